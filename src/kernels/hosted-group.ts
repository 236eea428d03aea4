/**
 * The `Group` behind an instance of assembly/ristretto255.ts: copies rows in and out in chunks, and has the module's
 * memory zeroed after each batch.
 */
import { ELEMENT_BYTES, type Group, SCALAR_BYTES, UNIFORM_BYTES } from '../crypto/group.ts';

/** The exports of assembly/ristretto255.ts. */
export interface Ristretto255Module {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly SUM_PAIRS: WebAssembly.Global;
  readonly encodings: WebAssembly.Global;
  readonly scalars: WebAssembly.Global;
  readonly uniform: WebAssembly.Global;
  /** 1 where the engine computes as the proof of the field kernel needs. */
  isExact(): number;
  prepare(): void;
  multiply(pairs: number): number;
  multiplyBase(pairs: number): number;
  beginSum(): void;
  addToSum(pairs: number): number;
  endSum(): void;
  /** `minus` is 0 or 1. */
  add(pairs: number, minus: number): number;
  fromUniform(pairs: number): void;
  wipe(): void;
}

/** Of a status; what else is set is a bad encoding. */
const BAD_SCALAR = 2;

export class HostedGroup implements Group {
  readonly #module: Ristretto255Module;
  /** The module never grows its memory, so a view stays valid. */
  readonly #memory: Uint8Array;

  constructor(module: Ristretto255Module) {
    this.#module = module;
    this.#memory = new Uint8Array(module.memory.buffer);
    module.prepare();
  }

  fromUniform(uniform: Uint8Array): Uint8Array {
    return this.#inChunks(rows(uniform, UNIFORM_BYTES), (start, count) => {
      this.#load(this.#module.uniform, uniform, UNIFORM_BYTES, start, count);
      this.#module.fromUniform((count + 1) >> 1);
      return 0;
    }).out;
  }

  multiply(points: Uint8Array, scalars: Uint8Array): Uint8Array | undefined {
    const n = rowsOfBoth(points, scalars);
    const { out, status } = this.#inChunks(n, (start, count) => {
      this.#load(this.#module.encodings, points, ELEMENT_BYTES, start, count);
      this.#load(this.#module.scalars, scalars, SCALAR_BYTES, start, count);
      return this.#module.multiply((count + 1) >> 1);
    });
    return accepted(out, status);
  }

  multiplyBase(scalars: Uint8Array): Uint8Array {
    const { out, status } = this.#inChunks(rows(scalars, SCALAR_BYTES), (start, count) => {
      this.#load(this.#module.scalars, scalars, SCALAR_BYTES, start, count);
      return this.#module.multiplyBase((count + 1) >> 1);
    });
    accepted(out, status);
    return out;
  }

  sumOfProducts(points: Uint8Array, scalars: Uint8Array): Uint8Array | undefined {
    const n = rowsOfBoth(points, scalars);
    const chunk = 2 * this.#module.SUM_PAIRS.value;
    let status = 0;
    try {
      this.#module.beginSum();
      for (let start = 0; start < n; start += chunk) {
        const count = Math.min(chunk, n - start);
        this.#load(this.#module.encodings, points, ELEMENT_BYTES, start, count);
        this.#load(this.#module.scalars, scalars, SCALAR_BYTES, start, count);
        // The copy that makes the count even must add nothing.
        const end: number = this.#module.scalars.value + count * SCALAR_BYTES;
        if (count % 2 === 1) this.#memory.fill(0, end, end + SCALAR_BYTES);
        status |= this.#module.addToSum((count + 1) >> 1);
      }
      this.#module.endSum();
      const sum: number = this.#module.encodings.value;
      return accepted(this.#memory.slice(sum, sum + ELEMENT_BYTES), status);
    } finally {
      this.#module.wipe();
    }
  }

  add(left: Uint8Array, right: Uint8Array): Uint8Array | undefined {
    return this.#combine(left, right, 0);
  }

  subtract(left: Uint8Array, right: Uint8Array): Uint8Array | undefined {
    return this.#combine(left, right, 1);
  }

  #combine(left: Uint8Array, right: Uint8Array, minus: number): Uint8Array | undefined {
    const n = rows(left, ELEMENT_BYTES);
    if (rows(right, ELEMENT_BYTES) !== n) throw new RangeError('Cannot combine elements: rows differ in number');
    const { out, status } = this.#inChunks(n, (start, count) => {
      this.#load(this.#module.encodings, left, ELEMENT_BYTES, start, count);
      this.#load(this.#module.uniform, right, ELEMENT_BYTES, start, count);
      return this.#module.add((count + 1) >> 1, minus);
    });
    return accepted(out, status);
  }

  /** Writes rows start..start+count of `input` to `place`; an odd count is made even by repeating the last row. */
  #load(place: WebAssembly.Global, input: Uint8Array, rowBytes: number, start: number, count: number): void {
    const end: number = place.value + count * rowBytes;
    this.#memory.set(input.subarray(start * rowBytes, (start + count) * rowBytes), place.value);
    if (count % 2 === 1) this.#memory.copyWithin(end, end - rowBytes, end);
  }

  /** Runs `call` on chunks of n rows, and collects the encodings it leaves and the status it gives. */
  #inChunks(n: number, call: (start: number, count: number) => number): { out: Uint8Array; status: number } {
    const out = new Uint8Array(n * ELEMENT_BYTES);
    const encodings: number = this.#module.encodings.value;
    const chunk: number = this.#module.CHUNK.value;
    let status = 0;
    try {
      for (let start = 0; start < n; start += chunk) {
        const count = Math.min(chunk, n - start);
        status |= call(start, count);
        out.set(this.#memory.subarray(encodings, encodings + count * ELEMENT_BYTES), start * ELEMENT_BYTES);
      }
    } finally {
      this.#module.wipe();
    }
    return { out, status };
  }
}

/** The result, unless an encoding was bad. @throws RangeError where a scalar was bad */
function accepted(out: Uint8Array, status: number): Uint8Array | undefined {
  if (status === 0) return out;
  out.fill(0);
  if ((status & BAD_SCALAR) !== 0) throw new RangeError('Cannot use scalar: out of range');
  return undefined;
}

function rowsOfBoth(points: Uint8Array, scalars: Uint8Array): number {
  const n = rows(points, ELEMENT_BYTES);
  if (rows(scalars, SCALAR_BYTES) !== n) throw new RangeError('Cannot multiply: points and scalars differ in number');
  return n;
}

function rows(bytes: Uint8Array, rowBytes: number): number {
  const n = bytes.length / rowBytes;
  if (!Number.isInteger(n)) throw new RangeError(`Cannot read rows: length is not a multiple of ${rowBytes}`);
  return n;
}
