/**
 * The loops of a silent VOLE's expansion in WebAssembly: the twin of `referenceSilentVole`, giving the same bytes. The
 * module is built from assembly/silent-vole.ts and embedded; nothing is read at run time.
 *
 * As in the reference, no branch or address depends on a leaf, a key, or the place of the noise. Trees are grown one at a
 * time in a part of the module's memory that stays in the processor's cache; their left leaves go straight to the result,
 * the right ones into the records that the code works on. At a length of 1.1 x 2^20 a holder's module has 18.5 MB and its
 * result as many, a receiver's 37 MB and its results 28 MB. Where WebAssembly SIMD is missing, or the module fails its
 * self-test, the reference runs.
 */
import { type Expansion, type ExpansionRole, WHOLE } from '../crypto/expansion.ts';
import { fieldBytes, sumOfMultiples } from '../crypto/gf2.ts';
import { type TransferKeys, type TreeShape } from '../crypto/ggm.ts';
import { referenceSilentVole } from '../crypto/reference-expansion.ts';
import { Secrets } from '../crypto/secrets.ts';
import { countWeighed, type SilentVole, silentVole, WEIGHT_WORDS, type WeighedRows } from '../crypto/silent-vole.ts';
import { type ExpansionKeys, type SilentVolePlan } from '../crypto/silent-vole-plan.ts';
import { ranges, type Steps } from '../crypto/steps.ts';
import { silentVoleWasm } from './generated/silent-vole-wasm.ts';
import { type HostedModule, MemoryLayout, ModulePool } from './module-pool.ts';
import { passesVoleSelfTest } from './silent-vole-self-test.ts';
import { provenTwin } from './twin.ts';

/** The exports of assembly/silent-vole.ts; addresses and counts are numbers. */
interface VoleModule extends HostedModule {
  readonly context: WebAssembly.Global;
  readonly fanBits: WebAssembly.Global;
  readonly nodeCounts: WebAssembly.Global;
  readonly levelSums: WebAssembly.Global;
  readonly root: WebAssembly.Global;
  readonly padKeys: WebAssembly.Global;
  readonly pads: WebAssembly.Global;
  readonly streamKey: WebAssembly.Global;
  grow(tree: number, levels: number, pathBits: number, leaf: number, even: number, odd: number): number;
  makePads(tree: number, count: number, from: number, stride: number, wide: number): void;
  placeNoisy(out: number, leaves: number, from: number, to: number, leaf: number, noise: number): void;
  placeNoise(out: number, bytes: number, from: number, to: number, leaf: number, noise: number): void;
  fold(tables: number, rows: number, rowBytes: number, first: number, count: number): void;
  convolve(pass: number, records: number, recordBytes: number, from: number, to: number): void;
  wrap(pass: number, records: number, recordBytes: number, count: number): void;
  expand(
    records: number,
    valueBytes: number,
    count: number,
    from: number,
    rows: number,
    rowsC: number,
    rowsA: number,
  ): void;
  wipe(): void;
}

const NODE_BYTES = 16;
const NODE_WORDS = 4;
const BLOCK_BYTES = 64;
const FOLD_BYTES: number = 4 * WEIGHT_WORDS * 256 * NODE_BYTES;
/** Rows that are weighed between two pauses: well below a millisecond, and what is copied stays in the cache. */
const CHUNK_ROWS = 16_384;
/** What a level writes beyond its last node, as four are expanded at a time. */
const SLACK_BYTES = 4 * BLOCK_BYTES;

let kernel: SilentVole | undefined;

/** Both expansions; the first call compiles the module and tests it. */
export function silentVoleKernel(): SilentVole {
  kernel ??= silentVoleFromModule(silentVoleWasm) ?? referenceSilentVole;
  return kernel;
}

/** The expansions behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function silentVoleFromModule(base64: string): SilentVole | undefined {
  return provenTwin(() => {
    const pool = new ModulePool<VoleModule>(base64);
    return {
      ...silentVole((plan, keys, role) => new HostedExpansion(pool, plan, keys, role)),
      weigh: (input) => weigh(pool, input),
    };
  }, passesVoleSelfTest);
}

/** A chunk of rows after the other. */
function* weigh(pool: ModulePool<VoleModule>, input: WeighedRows): Steps<Uint8Array> {
  const { rows, rowBytes, key } = input;
  const count = countWeighed(input);
  const layout = new MemoryLayout();
  const [tables, chunk] = [layout.part(FOLD_BYTES), layout.part(rowBytes * CHUNK_ROWS)];
  const module = pool.take(layout.bytes);
  const base = module.heapBase();
  const memory = new Uint8Array(module.memory.buffer);
  try {
    memory.set(key, module.streamKey.value);
    for (const [from, to] of ranges(count, CHUNK_ROWS)) {
      memory.set(rows.subarray(rowBytes * from, rowBytes * to), base + chunk);
      module.fold(base + tables, base + chunk, rowBytes, from, to - from);
      yield;
    }
    return sumOfMultiples(new Uint32Array(memory.buffer, base + tables, FOLD_BYTES / 4));
  } finally {
    module.wipe();
    pool.give(module);
  }
}

class HostedExpansion implements Expansion {
  readonly pace = { leaves: 32_768, positions: 65_536 } as const;
  readonly #pool: ModulePool<VoleModule>;
  readonly #module: VoleModule;
  readonly #memory: Uint8Array;
  readonly #plan: SilentVolePlan;
  /** Bytes of a first component of the result; none for a holder. */
  readonly #valueBytes: number;
  readonly #recordBytes: number;
  /** Addresses. */
  readonly #even: number;
  readonly #odd: number;
  readonly #records: number;
  /** The vectors, until they are taken. */
  readonly #secrets = new Secrets();
  readonly #a: Uint8Array;
  readonly #c: Uint8Array;
  /** Views for what is passed with every tree: to make them takes as long as some of the work on small trees. */
  readonly #padKeys: Uint32Array;
  readonly #pads: Uint32Array;
  readonly #sums: Uint32Array;
  readonly #root: Uint32Array;
  #leaves = 0;

  constructor(pool: ModulePool<VoleModule>, plan: SilentVolePlan, keys: ExpansionKeys, role: ExpansionRole) {
    const treeBytes = NODE_BYTES * plan.tree.leaves + SLACK_BYTES;
    const layout = new MemoryLayout();
    this.#valueBytes = role === 'receiver' ? fieldBytes(plan.field) : 0;
    this.#recordBytes = role === 'receiver' ? 2 * NODE_BYTES : NODE_BYTES;
    const [even, odd] = [layout.part(treeBytes), layout.part(treeBytes)];
    const records = layout.part(plan.parity * this.#recordBytes);
    this.#pool = pool;
    this.#plan = plan;
    this.#module = pool.take(layout.bytes);
    this.#memory = new Uint8Array(this.#module.memory.buffer);
    const base = this.#module.heapBase();
    this.#even = base + even;
    this.#odd = base + odd;
    this.#records = base + records;
    this.#a = this.#secrets.hold(new Uint8Array(plan.length * this.#valueBytes));
    this.#c = this.#secrets.hold(new Uint8Array(plan.length * NODE_BYTES));
    const { pathBits, sumRows } = plan.tree;
    this.#padKeys = this.#words(this.#module.padKeys, 2 * NODE_WORDS * pathBits);
    this.#pads = this.#words(this.#module.pads, ((pathBits + 1) * BLOCK_BYTES) / 4);
    this.#sums = this.#words(this.#module.levelSums, NODE_WORDS * sumRows);
    this.#root = this.#words(this.#module.root, NODE_WORDS);
    this.#configure(plan.tree, keys);
  }

  #configure({ levels }: TreeShape, keys: ExpansionKeys): void {
    const { context, fanBits, nodeCounts, streamKey } = this.#module;
    this.#memory.set(keys.code, streamKey.value);
    this.#words(context, 4).set(keys.tree);
    this.#words(fanBits, levels.length).set(levels.map(({ bits }) => bits));
    this.#words(nodeCounts, levels.length).set(levels.map(({ nodes }) => nodes));
  }

  #words(address: WebAssembly.Global, length: number): Uint32Array {
    return new Uint32Array(this.#memory.buffer, address.value, length);
  }

  pads(tree: number, { words, first, stride }: TransferKeys): Uint32Array {
    const { pathBits, wideTransfer } = this.#plan.tree;
    this.#padKeys.set(words);
    this.#module.makePads(tree, pathBits, 4 * first, 4 * stride, wideTransfer);
    return this.#pads;
  }

  grow(tree: number, root: Uint32Array): Uint32Array {
    this.#sums.fill(0);
    this.#root.set(root);
    this.#grow(tree, WHOLE);
    return this.#sums;
  }

  growPunctured(tree: number, leaf: number, sums: Uint32Array): void {
    this.#sums.set(sums);
    this.#grow(tree, leaf);
  }

  #grow(tree: number, leaf: number): void {
    const { levels, pathBits } = this.#plan.tree;
    this.#leaves = this.#module.grow(tree, levels.length, pathBits, leaf, this.#even, this.#odd);
  }

  placeRight(tree: number, leaf: number, noise: Uint32Array): void {
    const { rows, tree: shape } = this.#plan;
    const first = tree * shape.leaves - rows;
    const from = Math.max(0, -first);
    const records = this.#records + (first + from) * this.#recordBytes;
    if (this.#valueBytes > 0) {
      this.#module.placeNoisy(records, this.#leaves, from, shape.leaves, leaf, this.#noise(noise));
    } else {
      this.#memory.copyWithin(records, this.#leaves + NODE_BYTES * from, this.#leaves + NODE_BYTES * shape.leaves);
    }
  }

  finishLeft(tree: number, leaf: number, noise: Uint32Array): void {
    const { length, parity, tree: shape } = this.#plan;
    const first = tree * shape.leaves;
    // Rows from the length on only fill the last block: they are left out.
    const count = Math.max(0, Math.min(shape.leaves, length - first));
    const c = this.#leaves;
    const a = c === this.#even ? this.#odd : this.#even;
    const bytes = this.#valueBytes;
    if (bytes > 0) this.#module.placeNoise(a, bytes, 0, count, leaf, this.#noise(noise));
    this.#module.expand(this.#records, bytes, parity, first, count, c, a);
    if (count === 0) return;
    this.#c.set(this.#memory.subarray(c, c + NODE_BYTES * count), NODE_BYTES * first);
    this.#a.set(this.#memory.subarray(a, a + bytes * count), bytes * first);
  }

  /** Address of the noise, in place of the root that is no longer needed. */
  #noise(words: Uint32Array): number {
    this.#root.set(words);
    return this.#root.byteOffset;
  }

  convolve(pass: number, from: number, to: number): void {
    this.#module.convolve(pass, this.#records, this.#recordBytes, from, to);
  }

  wrap(pass: number): void {
    this.#module.wrap(pass, this.#records, this.#recordBytes, this.#plan.parity);
  }

  take(): { readonly a: Uint8Array; readonly c: Uint8Array } {
    return { a: this.#secrets.pass(this.#a), c: this.#secrets.pass(this.#c) };
  }

  close(): void {
    this.#secrets.end();
    this.#module.wipe();
    this.#pool.give(this.#module);
  }
}
