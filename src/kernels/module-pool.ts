/**
 * Instances of a WebAssembly module for computations that pause: each takes an instance for itself, so that another one
 * of the same thread may run between two of its steps. A computation that is abandoned leaves its instance to the
 * garbage collector.
 */
import { ranges, type Steps } from '../crypto/steps.ts';
import { compile } from './twin.ts';

const PAGE_BYTES = 65_536;
/**
 * Larger memories are given back: a node that ran once on a large list should not keep its room. A table for a list of 10^5
 * accounts takes 41 MB; touching as much for the first time takes a third of the time that making it does.
 */
const KEPT_BYTES: number = 48 * 2 ** 20;
const KEPT_INSTANCES = 2;
/** Bytes copied between two pauses: fresh memory is slow to touch for the first time. */
export const COPY_BYTES: number = 2 ** 20;

/** What a module must export: its memory, and where the part begins that the host lays out. */
export interface HostedModule {
  readonly memory: WebAssembly.Memory;
  heapBase(): number;
}

export class ModulePool<M extends HostedModule> {
  readonly #module: WebAssembly.Module;
  readonly #free: M[] = [];

  /** @throws where WebAssembly, or an extension that the module uses, is missing. */
  constructor(base64: string) {
    this.#module = compile(base64);
  }

  /** An instance whose memory has `bytes` from its heap base on. It grows once: growing detaches all views. */
  take(bytes: number): M {
    const instance = this.#free.pop() ?? this.#instantiate();
    const missing = instance.heapBase() + bytes - instance.memory.buffer.byteLength;
    if (missing > 0) instance.memory.grow(Math.ceil(missing / PAGE_BYTES));
    return instance;
  }

  /** Takes an instance back: zeroed from the heap base on, or left to the garbage collector as a whole. */
  give(instance: M): void {
    if (instance.memory.buffer.byteLength > KEPT_BYTES || this.#free.length >= KEPT_INSTANCES) return;
    new Uint8Array(instance.memory.buffer, instance.heapBase()).fill(0);
    this.#free.push(instance);
  }

  #instantiate(): M {
    return new WebAssembly.Instance(this.#module).exports as unknown as M;
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
