/**
 * Memory for computations that pause: each takes a memory and an instance of its module on it for itself, so that another
 * one of the same thread may run between two of its steps. Memories go from module to module, as the steps of a run follow
 * each other: to touch fresh ones takes as long as some of the steps, and counts as garbage until it is collected. A
 * computation that is abandoned leaves its memory to the garbage collector.
 */
import { ranges, type Steps } from '../crypto/steps.ts';
import { compile } from './twin.ts';

const PAGE_BYTES = 65_536;
/** What any module needs for itself, and a little more. */
const FIRST_PAGES = 16;
/**
 * Of all memories that wait for a computation: beyond it they are given back, as a node that ran once on a large list should
 * not keep its room. A list of 2^20 accounts takes 87 MB.
 */
const KEPT_BYTES: number = 112 * 2 ** 20;
/** Computations that need less have memories of their modules: to instantiate another module takes as long as some of them. */
const SHARED_BYTES: number = 4 * 2 ** 20;
/** Bytes copied between two pauses: fresh memory is slow to touch for the first time. */
export const COPY_BYTES: number = 2 ** 20;

/** What a module must export: its memory, which it imports, and where the part begins that the host lays out. */
export interface HostedModule {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
}

/** A memory that waits, with what is instantiated on it. */
interface Waiting {
  readonly module: WebAssembly.Module;
  readonly instance: HostedModule;
}

/** In ascending order of their sizes. */
let waiting: readonly Waiting[] = [];

function sizeOf({ instance }: Waiting): number {
  return instance.memory.buffer.byteLength;
}

export class ModulePool<M extends HostedModule> {
  readonly #module: WebAssembly.Module;
  /** Where the host's part begins; known from the first instance on. */
  #base = 0;
  /** Bytes from its heap base on that each instance was taken with, or widened to. */
  readonly #taken = new WeakMap<M, number>();

  /** @throws where WebAssembly, or an extension that the module uses, is missing. */
  constructor(base64: string) {
    this.#module = compile(base64);
  }

  /** An instance whose memory has `bytes` from its heap base on, all zeros. It grows once: growing detaches all views. */
  take(bytes: number): M {
    const fits = (entry: Waiting): boolean => sizeOf(entry) >= this.#base + bytes;
    const own = waiting.filter(({ module }) => module === this.#module);
    const candidates = bytes < SHARED_BYTES ? own : waiting;
    const found = own.find(fits) ?? candidates.find(fits) ?? candidates[candidates.length - 1];
    waiting = waiting.filter((entry) => entry !== found);
    const instance = found?.module === this.#module ? (found.instance as M) : this.#instantiate(found?.instance);
    this.#base = instance.heapBase();
    this.widen(instance, bytes);
    return instance;
  }

  /** Sees to it that an instance's memory has `bytes` from its heap base on; views of it may be of no more use. */
  widen(instance: M, bytes: number): void {
    this.#taken.set(instance, Math.max(bytes, this.#taken.get(instance) ?? 0));
    const missing = instance.heapBase() + bytes - instance.memory.buffer.byteLength;
    if (missing > 0) instance.memory.grow(Math.ceil(missing / PAGE_BYTES));
  }

  /** Takes an instance back. Its memory may be larger than what was asked for, and is zero beyond it. */
  give(instance: M): void {
    const bytes = this.#taken.get(instance) ?? 0;
    this.#taken.delete(instance);
    const entry = { module: this.#module, instance };
    new Uint8Array(instance.memory.buffer, instance.heapBase(), bytes).fill(0);
    if (waiting.reduce((sum, other) => sum + sizeOf(other), sizeOf(entry)) > KEPT_BYTES) return;
    waiting = [...waiting, entry].sort((a, b) => sizeOf(a) - sizeOf(b));
  }

  /** On the memory of another instance, which is at its end, or on a new one. */
  #instantiate(before: HostedModule | undefined): M {
    const memory = before?.memory ?? new WebAssembly.Memory({ initial: FIRST_PAGES });
    // A module begins with what it stores there itself, and zeros.
    if (before !== undefined) new Uint8Array(memory.buffer, 0, before.heapBase()).fill(0);
    return new WebAssembly.Instance(this.#module, { env: { memory } }).exports as unknown as M;
  }
}

/** Copies with pauses. */
export function* copyInto(target: Uint8Array, at: number, source: Uint8Array): Steps<void> {
  for (const [from, to] of ranges(source.length, COPY_BYTES)) {
    target.set(source.subarray(from, to), at + from);
    yield;
  }
}

/** Hands out parts of a memory, each at a multiple of 64 bytes. */
export class MemoryLayout {
  #end = 0;

  /** Offset of a part of `bytes` bytes from the heap base. */
  part(bytes: number): number {
    const at = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    return at;
  }

  /** Bytes of all parts. */
  get bytes(): number {
    return this.#end;
  }
}
