/**
 * BLAKE2s-256 (RFC 7693) in WebAssembly: the twin of `referenceBlake2s`, giving the same bytes. The module is built from
 * assembly/blake2s.ts and embedded; nothing is read at run time.
 *
 * Constant time in keys and contents; lengths steer the loops, as in the reference. Keys, inputs and digests in the
 * module's memory are zeroed after each call. Not protected: copies the JavaScript engine makes, registers, and whoever
 * reads the process's memory. Where WebAssembly SIMD is missing, or the module fails its self-test, the reference runs.
 */
import {
  BLAKE2S_BYTES,
  type Blake2s,
  type ByteStrings,
  checkedRows,
  checkStrings,
  type Column,
  MAX_BLAKE2S_INPUT_BYTES,
  referenceBlake2s,
} from '../crypto/blake2s.ts';
import { equalBytes, utf8 } from '../crypto/bytes.ts';
import { blake2sWasm } from './generated/blake2s-wasm.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/blake2s.ts. */
interface Blake2sModule {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly ROOM: WebAssembly.Global;
  readonly inputs: WebAssembly.Global;
  readonly column: WebAssembly.Global;
  readonly ends: WebAssembly.Global;
  readonly key: WebAssembly.Global;
  readonly digests: WebAssembly.Global;
  start(keyBytes: number): void;
  place(count: number, width: number, offset: number, stride: number): void;
  hashRows(count: number, rowBytes: number, stride: number): void;
  hashItems(count: number): void;
  packDigests(count: number, bytes: number): void;
  wipe(count: number, inputBytes: number, columnBytes: number): void;
}

let kernel: Blake2s | undefined;

/** BLAKE2s in batches; the first call compiles the module and tests it. */
export function blake2sKernel(): Blake2s {
  kernel ??= blake2sFromModule(blake2sWasm) ?? referenceBlake2s;
  return kernel;
}

/** BLAKE2s behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function blake2sFromModule(base64: string): Blake2s | undefined {
  return provenTwin(() => new HostedBlake2s(instantiate<Blake2sModule>(base64)), passesSelfTest);
}

class HostedBlake2s implements Blake2s {
  readonly #module: Blake2sModule;
  /** The module never grows its memory, so views stay valid. */
  readonly #memory: Uint8Array;
  readonly #ends: Uint32Array;
  readonly #chunk: number;
  readonly #room: number;

  constructor(module: Blake2sModule) {
    this.#module = module;
    this.#memory = new Uint8Array(module.memory.buffer);
    this.#chunk = module.CHUNK.value;
    this.#room = module.ROOM.value;
    this.#ends = new Uint32Array(module.memory.buffer, module.ends.value, this.#chunk + 4);
  }

  hashRowsInto(out: Uint8Array, key: Uint8Array, columns: readonly Column[]): void {
    const { count, rowBytes, digestBytes } = checkedRows(out, key, columns);
    // Columns are copied by 16 bytes: a row that is put together has room for 15 too many.
    const stride = columns.length === 1 ? rowBytes : (rowBytes + 30) & ~15;
    const chunk = Math.min(count, this.#chunk, Math.floor(this.#room / stride));
    this.#start(key);
    try {
      for (let from = 0; from < count; from += chunk) {
        const rows = Math.min(chunk, count - from);
        this.#load(columns, from, rows, stride);
        this.#module.hashRows(rows, rowBytes, stride);
        if (digestBytes < BLAKE2S_BYTES) this.#module.packDigests(rows, digestBytes);
        this.#takeDigests(out, digestBytes * from, digestBytes * rows);
      }
    } finally {
      const widest = columns.length === 1 ? 0 : Math.max(...columns.map(({ width }) => width));
      this.#module.wipe(chunk, chunk * stride, chunk * widest);
    }
  }

  hashStringsInto(out: Uint8Array, key: Uint8Array, strings: ByteStrings): void {
    checkStrings(out, key, strings);
    const { ends } = strings;
    this.#start(key);
    try {
      let from = 0;
      while (from < ends.length) from += this.#hashStrings(out, strings, from);
    } finally {
      const longest = Math.min(strings.bytes.length, this.#room);
      this.#module.wipe(Math.min(ends.length, this.#chunk), longest, 0);
    }
  }

  /** Hashes as many strings as have room, from number `from` on. */
  #hashStrings(out: Uint8Array, { bytes, ends }: ByteStrings, from: number): number {
    const start = from === 0 ? 0 : ends[from - 1];
    let count = 0;
    for (; count < this.#chunk && from + count < ends.length; count++) {
      const end = ends[from + count] - start;
      if (end > this.#room) break;
      this.#ends[count] = end;
    }
    const last = this.#ends[count - 1];
    this.#ends.fill(last, count, count + 3);
    this.#memory.set(bytes.subarray(start, start + last), this.#module.inputs.value);
    this.#module.hashItems(count);
    this.#takeDigests(out, BLAKE2S_BYTES * from, BLAKE2S_BYTES * count);
    return count;
  }

  #start(key: Uint8Array): void {
    this.#memory.set(key, this.#module.key.value);
    this.#module.start(key.length);
  }

  /** Puts rows [from, from + rows) of all columns side by side. */
  #load(columns: readonly Column[], from: number, rows: number, stride: number): void {
    const { inputs, column } = this.#module;
    let offset = 0;
    for (const { bytes, width } of columns) {
      const own = bytes.subarray(from * width, (from + rows) * width);
      this.#memory.set(own, columns.length === 1 ? inputs.value : column.value);
      if (columns.length > 1) this.#module.place(rows, width, offset, stride);
      offset += width;
    }
  }

  /** So many bytes of digests to place `from` of `out`. */
  #takeDigests(out: Uint8Array, from: number, bytes: number): void {
    const at: number = this.#module.digests.value;
    out.set(this.#memory.subarray(at, at + bytes), from);
  }
}

/** Rows and strings of one and several blocks in every lane, with and without a key, against the reference. */
function passesSelfTest(blake2s: Blake2s): boolean {
  const lengths = [1, 3, 64, 65, 129, 7, 128, 200, MAX_BLAKE2S_INPUT_BYTES];
  const ends = Uint32Array.from(lengths, (_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length));
  const bytes = Uint8Array.from({ length: ends[ends.length - 1] }, (_, i) => (i * 73) ^ (i >> 8));
  const columns = [4, 33, 41].map((width, k) => ({ bytes: bytes.subarray(k, k + 9 * width), width }));
  return [new Uint8Array(0), utf8('a key of twenty bytes')].every((key) => {
    const run = (by: Blake2s): Uint8Array => {
      const out = new Uint8Array(3 * 9 * BLAKE2S_BYTES + 9 * 10);
      const part = (k: number): Uint8Array => out.subarray(k * 9 * BLAKE2S_BYTES, (k + 1) * 9 * BLAKE2S_BYTES);
      by.hashStringsInto(part(0), key, { bytes, ends });
      by.hashRowsInto(part(1), key, columns);
      by.hashRowsInto(part(2), key, columns.slice(2));
      by.hashRowsInto(out.subarray(3 * 9 * BLAKE2S_BYTES), key, columns);
      return out;
    };
    return equalBytes(run(blake2s), run(referenceBlake2s));
  });
}
