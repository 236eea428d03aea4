/**
 * Bit slices in WebAssembly SIMD: the twin of `referenceBitSlicer`, giving the same bytes. The module is built from
 * assembly/bit-slices.ts and embedded; nothing is read at run time.
 *
 * Nothing branches on, or addresses memory by, the content of a row. Rows and slices in the module's memory are zeroed
 * after each step. Where WebAssembly SIMD is missing, the module fails its self-test, or a layout does not fit whole
 * 32-bit words of a row, the reference runs.
 */
import {
  type BitSlicer,
  checkRows,
  checkSlices,
  referenceBitSlicer,
  type SliceLayout,
  sliceWords,
} from '../crypto/bit-slices.ts';
import { asBytes, equalBytes } from '../crypto/bytes.ts';
import { finish, type Steps } from '../crypto/steps.ts';
import { bitSlicesWasm } from './generated/bit-slices-wasm.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/bit-slices.ts. */
interface BitSlicesModule {
  readonly memory: WebAssembly.Memory;
  readonly ROOM: WebAssembly.Global;
  readonly rows: WebAssembly.Global;
  readonly slices: WebAssembly.Global;
  toSlices(groups: number, rowBytes: number, first: number, bits: number, stride: number): void;
  fromSlices(groups: number, rowBytes: number, first: number, bits: number, stride: number): void;
  wipe(rowBytes: number, sliceBytes: number): void;
}

const GROUP_ROWS = 128;
/** Slices in the module lie this much further apart than they are long, so that they do not compete for cache lines. */
const SPARE_BYTES = 64;

let kernel: BitSlicer | undefined;

/** Bit slices in bulk; the first call compiles the module and tests it. */
export function bitSlicesKernel(): BitSlicer {
  kernel ??= bitSlicerFromModule(bitSlicesWasm) ?? referenceBitSlicer;
  return kernel;
}

/** The slicer behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function bitSlicerFromModule(base64: string): BitSlicer | undefined {
  return provenTwin(() => new HostedBitSlicer(instantiate<BitSlicesModule>(base64)), passesSelfTest);
}

/** Rows [from, to) of a layout and how they lie in the module's memory. */
interface Chunk {
  readonly from: number;
  readonly to: number;
  readonly groups: number;
  readonly strideBytes: number;
}

class HostedBitSlicer implements BitSlicer {
  readonly #module: BitSlicesModule;
  /** The module never grows its memory, so views stay valid. */
  readonly #rows: Uint8Array;
  readonly #slices: Uint32Array;

  constructor(module: BitSlicesModule) {
    const room: number = module.ROOM.value;
    this.#module = module;
    this.#rows = new Uint8Array(module.memory.buffer, module.rows.value, room);
    this.#slices = new Uint32Array(module.memory.buffer, module.slices.value, room / 4);
  }

  *toSlices(rows: Uint8Array, layout: SliceLayout): Steps<Uint32Array> {
    checkRows(rows, layout);
    if (!this.#fits(layout)) return yield* referenceBitSlicer.toSlices(rows, layout);
    const { rowBytes, firstBit, bits, strideWords } = layout;
    const out = new Uint32Array(bits * strideWords);
    for (const { from, to, groups, strideBytes } of this.#chunks(layout)) {
      this.#rows.set(rows.subarray(from * rowBytes, to * rowBytes));
      // Positions beyond the last row are zero.
      this.#rows.fill(0, (to - from) * rowBytes, groups * GROUP_ROWS * rowBytes);
      this.#module.toSlices(groups, rowBytes, firstBit / 8, bits, strideBytes);
      const words = sliceWords(to - from);
      for (let k = 0; k < bits; k++) {
        const at = (k * strideBytes) / 4;
        out.set(this.#slices.subarray(at, at + words), k * strideWords + from / 32);
      }
      this.#module.wipe(groups * GROUP_ROWS * rowBytes, bits * strideBytes);
      yield;
    }
    return out;
  }

  *fromSlices(slices: Uint32Array, layout: SliceLayout): Steps<Uint8Array> {
    checkSlices(slices, layout);
    if (!this.#fits(layout)) return yield* referenceBitSlicer.fromSlices(slices, layout);
    const { rowBytes, rowCount, firstBit, bits, strideWords } = layout;
    const out = new Uint8Array(rowCount * rowBytes);
    for (const { from, to, groups, strideBytes } of this.#chunks(layout)) {
      const words = sliceWords(to - from);
      for (let k = 0; k < bits; k++) {
        const at = k * strideWords + from / 32;
        this.#slices.set(slices.subarray(at, at + words), (k * strideBytes) / 4);
      }
      this.#module.fromSlices(groups, rowBytes, firstBit / 8, bits, strideBytes);
      out.set(this.#rows.subarray(0, (to - from) * rowBytes), from * rowBytes);
      this.#module.wipe(groups * GROUP_ROWS * rowBytes, bits * strideBytes);
      yield;
    }
    return out;
  }

  /** The module reads and writes whole words of a row, and a group of rows has to have room. */
  #fits({ rowBytes, firstBit, bits }: SliceLayout): boolean {
    return (
      bits > 0 &&
      firstBit % 8 === 0 &&
      firstBit + 32 * Math.ceil(bits / 32) <= 8 * rowBytes &&
      this.#groupsOfRoom(rowBytes, bits) > 0
    );
  }

  #groupsOfRoom(rowBytes: number, bits: number): number {
    const room = this.#rows.length;
    const rowGroups = Math.floor(room / (GROUP_ROWS * rowBytes));
    const sliceGroups = Math.floor((room / bits - SPARE_BYTES) / 16);
    return Math.min(rowGroups, sliceGroups);
  }

  *#chunks({ rowBytes, rowCount, bits }: SliceLayout): Generator<Chunk> {
    const rows = GROUP_ROWS * this.#groupsOfRoom(rowBytes, bits);
    for (let from = 0; from < rowCount; from += rows) {
      const to = Math.min(rowCount, from + rows);
      const groups = Math.ceil((to - from) / GROUP_ROWS);
      yield { from, to, groups, strideBytes: 16 * groups + SPARE_BYTES };
    }
  }
}

/** Both directions against the reference, with rows beside whole groups and bits beside whole words. */
function passesSelfTest(slicer: BitSlicer): boolean {
  const layout = { rowBytes: 13, rowCount: 300, firstBit: 8, bits: 70, strideWords: 11 };
  const rows = Uint8Array.from({ length: 3900 }, (_, i) => (i * 167) ^ (i >> 5));
  const slices = finish(referenceBitSlicer.toSlices(rows, layout));
  return (
    equalBytes(asBytes(finish(slicer.toSlices(rows, layout))), asBytes(slices)) &&
    equalBytes(finish(slicer.fromSlices(slices, layout)), finish(referenceBitSlicer.fromSlices(slices, layout)))
  );
}
