/**
 * ristretto255 (RFC 9496) in WebAssembly: the twin of `referenceGroup`, giving the same bytes. The module is built from
 * assembly/ristretto255.ts and embedded; nothing is read at run time.
 *
 * Constant time in scalars and elements as far as the engine's compiler allows: fixed schedule, masked table reads, no
 * branch on a value (the masks of assembly/). Inputs, products and temporaries in the module's memory are zeroed after
 * each batch. Not protected: copies the JavaScript engine makes, registers, and whoever reads the process's memory.
 * Where WebAssembly SIMD is missing, or the module fails its self-test, the reference runs, which is *not* constant time.
 */
import { equalBytes } from '../crypto/bytes.ts';
import { ELEMENT_BYTES, type Group, referenceGroup, SCALAR_BYTES, UNIFORM_BYTES } from '../crypto/group.ts';
import { ristretto255Wasm } from './generated/ristretto255-wasm.ts';

/** What runs behind `ristretto255Kernel()`. */
export type Ristretto255Engine = 'wasm-simd' | 'reference';

/** The exports of assembly/ristretto255.ts. */
interface KernelModule {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly encodings: WebAssembly.Global;
  readonly scalars: WebAssembly.Global;
  readonly uniform: WebAssembly.Global;
  multiply(pairs: number): number;
  fromUniform(pairs: number): void;
  wipe(): void;
}

const BAD_SCALAR = 2;

let kernel: Group | undefined;

/** The batch operations of ristretto255; the first call compiles the module and tests it. */
export function ristretto255Kernel(): Group {
  kernel ??= groupFromModule(ristretto255Wasm) ?? referenceGroup;
  return kernel;
}

/** Tells which implementation `ristretto255Kernel()` returns. */
export function ristretto255Engine(): Ristretto255Engine {
  return ristretto255Kernel() === referenceGroup ? 'reference' : 'wasm-simd';
}

/** The group behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function groupFromModule(base64: string): Group | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const group = groupFromExports(exportsOf(bytes));
    return passesSelfTest(group) ? group : undefined;
  } catch {
    // No WebAssembly, no SIMD, compilation forbidden by a policy, or a damaged module: the caller has the reference.
    return undefined;
  }
}

function exportsOf(bytes: BufferSource): KernelModule {
  return new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as KernelModule;
}

function groupFromExports(module: KernelModule): Group {
  // The module never grows its memory, so views stay valid.
  const memory = new Uint8Array(module.memory.buffer);
  const chunk: number = module.CHUNK.value;

  /** Writes rows start..start+count of `input` at `address`; an odd count is made even by repeating the last row. */
  function load(address: number, input: Uint8Array, rowBytes: number, start: number, count: number): void {
    memory.set(input.subarray(start * rowBytes, (start + count) * rowBytes), address);
    if (count % 2 === 1)
      memory.copyWithin(address + count * rowBytes, address + (count - 1) * rowBytes, address + count * rowBytes);
  }

  /** Runs `call` on chunks of n rows, and collects the encodings it leaves. */
  function inChunks(n: number, call: (start: number, count: number) => void): Uint8Array {
    const out = new Uint8Array(n * ELEMENT_BYTES);
    const encodings: number = module.encodings.value;
    try {
      for (let start = 0; start < n; start += chunk) {
        const count = Math.min(chunk, n - start);
        call(start, count);
        out.set(memory.subarray(encodings, encodings + count * ELEMENT_BYTES), start * ELEMENT_BYTES);
      }
    } finally {
      module.wipe();
    }
    return out;
  }

  return {
    fromUniform(uniform) {
      return inChunks(rows(uniform, UNIFORM_BYTES), (start, count) => {
        load(module.uniform.value, uniform, UNIFORM_BYTES, start, count);
        module.fromUniform((count + 1) >> 1);
      });
    },
    multiply(points, scalars) {
      const n = rows(points, ELEMENT_BYTES);
      if (rows(scalars, SCALAR_BYTES) !== n)
        throw new RangeError('Cannot multiply: points and scalars differ in number');
      let status = 0;
      const out = inChunks(n, (start, count) => {
        load(module.encodings.value, points, ELEMENT_BYTES, start, count);
        load(module.scalars.value, scalars, SCALAR_BYTES, start, count);
        status |= module.multiply((count + 1) >> 1);
      });
      if (status === 0) return out;
      out.fill(0);
      if ((status & BAD_SCALAR) !== 0) throw new RangeError('Cannot use scalar: not in 1..l-1');
      return undefined;
    },
  };
}

function rows(bytes: Uint8Array, rowBytes: number): number {
  const n = bytes.length / rowBytes;
  if (!Number.isInteger(n)) throw new RangeError(`Cannot read rows: length is not a multiple of ${rowBytes}`);
  return n;
}

/** RFC 9496 Appendix A.1: the generator and some of its multiples. */
const GENERATOR = 'e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76';
const SEVEN_GENERATORS = '44f53520926ec81fbd5a387845beb7df85a96a24ece18738bdcfa6a7822a176d';
const TWO_GENERATORS = '6a493210f7499cd17fecb510ae0cea23a110e8d5b901f8acadd3095c73a3b919';
/** 2^-1 modulo l; half of twice the generator is the generator. */
const ONE_HALF = 'f7e97a2e8d31092c6bce7b51ef7c6f0a00000000000000000000000000000008';
/** Appendix A.2: not canonical; negative; no square; negative x y. */
const INVALID = [
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'ed57ffd8c914fb201471d1c3d245ce3c746fcbe63a3679d51b6a516ebebe0e20',
  '26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371',
  '3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e',
];
/** Appendix A.3, first vector. */
const UNIFORM =
  '5d1be09e3d0c82fc538112490e35701979d99e06ca3e2b5b54bffe8b4dc772c1' +
  '4d98b696a1bbfb5ca32c436cc61c16563790306c79eaca7705668b47dffe5bb6';
const DERIVED = '3066f82a1a747d45120d1740f14358531a8f04bbffe6a819f86dfe50f44a0a46';

function passesSelfTest(group: Group): boolean {
  const seven = `07${'00'.repeat(31)}`;
  const products = group.multiply(fromHex(GENERATOR + TWO_GENERATORS + GENERATOR), fromHex(seven + ONE_HALF + seven));
  return (
    products !== undefined &&
    equalBytes(products, fromHex(SEVEN_GENERATORS + GENERATOR + SEVEN_GENERATORS)) &&
    equalBytes(group.fromUniform(fromHex(UNIFORM)), fromHex(DERIVED)) &&
    INVALID.every((encoding) => group.multiply(fromHex(GENERATOR + encoding), fromHex(seven + seven)) === undefined)
  );
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
