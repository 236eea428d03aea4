/**
 * The long loops of small-field VOLE in WebAssembly: the twin of `referenceFolds`, giving the same bytes. The module is
 * built from assembly/stream-folds.ts and embedded; nothing is read at run time.
 *
 * Constant time in keys, streams, Delta and columns; what is in the module's memory is zeroed before each pause. Where
 * WebAssembly SIMD is missing, or the module fails its self-test, the reference runs.
 */
import { asBytes, equalBytes } from '../crypto/bytes.ts';
import { BLOCK_BYTES, KEY_BYTES } from '../crypto/chacha20.ts';
import { finish, ranges, type Steps } from '../crypto/steps.ts';
import {
  DELTA_BITS,
  type FoldedStreams,
  type FoldInput,
  HALF_COLUMNS,
  referenceFolds,
  type StreamFolds,
} from '../crypto/subfield-vole.ts';
import { chacha20Kernel } from './chacha20.ts';
import { streamFoldsWasm } from './generated/stream-folds-wasm.ts';
import { fixedBytes } from './self-test-bytes.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/stream-folds.ts. */
interface StreamFoldsModule {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly PART: WebAssembly.Global;
  readonly keys: WebAssembly.Global;
  readonly sum: WebAssembly.Global;
  readonly columns: WebAssembly.Global;
  readonly received: WebAssembly.Global;
  readonly masks: WebAssembly.Global;
  readonly parts: WebAssembly.Global;
  fold(depth: number, counter: number, count: number): void;
  correct(depth: number, count: number): void;
  evaluateAtX(): void;
  wipe(): void;
}

/** Stream bytes between two pauses: about a millisecond. */
const BYTES_PER_STEP = 2 ** 20;
/** Parts of all columns between two pauses. */
const PARTS_PER_STEP = 16;

let kernel: StreamFolds | undefined;

/** The long loops; the first call compiles the module and tests it. */
export function streamFoldsKernel(): StreamFolds {
  kernel ??= streamFoldsFromModule(streamFoldsWasm) ?? referenceFolds(chacha20Kernel());
  return kernel;
}

/** The loops behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function streamFoldsFromModule(base64: string): StreamFolds | undefined {
  return provenTwin(() => fromExports(instantiate<StreamFoldsModule>(base64)), passesSelfTest);
}

function fromExports(module: StreamFoldsModule): StreamFolds {
  // The module never grows its memory, so views stay valid.
  const memory = new Uint8Array(module.memory.buffer);
  return {
    *fold(input): Steps<FoldedStreams> {
      const { depth, columnBytes } = input;
      const trees = DELTA_BITS / depth;
      const sums = new Uint32Array((trees * columnBytes) / 4);
      const columns = new Uint32Array((DELTA_BITS * columnBytes) / 4);
      const folded = { sums: asBytes(sums), columns: asBytes(columns) };
      const treesPerStep = Math.max(1, Math.floor(BYTES_PER_STEP / (columnBytes * 2 ** depth)));
      for (const [from, to] of ranges(trees, treesPerStep)) {
        try {
          for (let tree = from; tree < to; tree++) foldTree(module, memory, input, { ...folded, tree });
        } finally {
          // Another computation may follow.
          module.wipe();
        }
        yield;
      }
      return { sums, columns };
    },
    *evaluateAtX(columns): Steps<Uint32Array> {
      const sum = new Uint32Array(columns.length / HALF_COLUMNS);
      const [from, to] = [asBytes(columns), asBytes(sum)];
      const part = module.PART.value;
      for (const [first, end] of ranges(Math.ceil(to.length / part), PARTS_PER_STEP)) {
        try {
          for (let k = first; k < end; k++) evaluatePart(module, memory, from, to, k * part);
        } finally {
          module.wipe();
        }
        yield;
      }
      return sum;
    },
  };
}

/** Where the sums and columns of all trees are, and which tree it is. */
interface FoldedTree {
  readonly sums: Uint8Array;
  readonly columns: Uint8Array;
  readonly tree: number;
}

/** Chunk after chunk of a tree's columns. */
function foldTree(
  module: StreamFoldsModule,
  memory: Uint8Array,
  { keys, depth, columnBytes, correction }: FoldInput,
  { tree, sums, columns }: FoldedTree,
): void {
  const treeBytes = 2 ** depth * KEY_BYTES;
  const chunkBytes = module.CHUNK.value * BLOCK_BYTES;
  const [sumAt, columnsAt, receivedAt]: number[] = [module.sum.value, module.columns.value, module.received.value];
  const received = correction === undefined ? undefined : asBytes(correction.received);
  memory.set(keys.subarray(tree * treeBytes, (tree + 1) * treeBytes), module.keys.value);
  if (correction !== undefined) {
    const own = Int32Array.from(correction.delta.subarray(tree * depth, (tree + 1) * depth), (bit) => -bit);
    memory.set(new Uint8Array(own.buffer), module.masks.value);
  }
  for (const [from, to] of ranges(columnBytes, chunkBytes)) {
    const count = Math.ceil((to - from) / BLOCK_BYTES);
    module.fold(depth, from / BLOCK_BYTES, count);
    const start = tree * columnBytes;
    sums.set(memory.subarray(sumAt, sumAt + to - from), start + from);
    if (received !== undefined) {
      memory.set(received.subarray(start + from, start + to), receivedAt);
      module.correct(depth, count);
    }
    for (let bit = 0; bit < depth; bit++) {
      const at = columnsAt + bit * chunkBytes;
      columns.set(memory.subarray(at, at + to - from), (tree * depth + bit) * columnBytes + from);
    }
  }
}

/** From byte `at` of every column on. */
function evaluatePart(
  module: StreamFoldsModule,
  memory: Uint8Array,
  columns: Uint8Array,
  sum: Uint8Array,
  at: number,
): void {
  const [partBytes, partsAt]: number[] = [module.PART.value, module.parts.value];
  const bytes = Math.min(partBytes, sum.length - at);
  for (let c = 0; c < HALF_COLUMNS; c++) {
    const start = c * sum.length + at;
    memory.set(columns.subarray(start, start + bytes), partsAt + c * partBytes);
  }
  module.evaluateAtX();
  const last = partsAt + (HALF_COLUMNS - 1) * partBytes;
  sum.set(memory.subarray(last, last + bytes), at);
}

/** A chunk and a part and a little more, against the reference on the ChaCha20 kernel, which has proved itself. */
function passesSelfTest(folds: StreamFolds): boolean {
  const reference = referenceFolds(chacha20Kernel());
  const [depth, columnBytes] = [2, 4096 + 24];
  const keys = fixedBytes((DELTA_BITS / depth) * 2 ** depth * KEY_BYTES);
  const received = new Uint32Array(((DELTA_BITS / depth) * columnBytes) / 4).fill(0x9e37_79b9);
  const correction = { delta: Uint8Array.from({ length: DELTA_BITS }, (_, c) => (c >>> 1) & 1), received };
  const results = [folds, reference].map((own) => {
    const { sums, columns } = finish(own.fold({ keys, depth, columnBytes, correction }));
    return [sums, columns, finish(own.evaluateAtX(columns.subarray(0, columns.length / 2)))].map(asBytes);
  });
  return results[0].every((bytes, k) => equalBytes(bytes, results[1][k]));
}
