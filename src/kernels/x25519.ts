/**
 * X25519 (RFC 7748 §5) in WebAssembly: the twin of `referenceX25519`, giving the same bytes. The modules are built from
 * assembly/x25519.ts and embedded; nothing is read at run time. Which of the two runs where is as in ristretto255.ts.
 *
 * Constant time in scalars and points as far as the engine's compiler allows: a Montgomery ladder of fixed length with
 * masked swaps, no branch on a value. Inputs, products and temporaries in the module's memory are zeroed after each
 * batch. Not protected: copies the JavaScript engine makes, registers, and whoever reads the process's memory. Where
 * WebAssembly SIMD is missing, or the modules fail their self-test, the reference runs, which is *not* constant time.
 */
import { equalBytes, fromHex } from '../crypto/bytes.ts';
import { checkedX25519, referenceX25519, type X25519, X25519_BYTES } from '../crypto/x25519.ts';
import { x25519FmaWasm } from './generated/x25519-fma-wasm.ts';
import { x25519Wasm } from './generated/x25519-wasm.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/x25519.ts. */
export interface X25519Module {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly points: WebAssembly.Global;
  readonly scalars: WebAssembly.Global;
  /** 1 where the engine computes as the proof of the field kernel needs. */
  isExact(): number;
  multiplyPoints(pairs: number): number;
  wipe(): void;
}

let kernel: X25519 | undefined;

/** X25519 in batches; the first call compiles a module and tests it. */
export function x25519Kernel(): X25519 {
  kernel ??= x25519FromModule(x25519FmaWasm) ?? x25519FromModule(x25519Wasm) ?? referenceX25519;
  return kernel;
}

/** X25519 behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function x25519FromModule(base64: string): X25519 | undefined {
  return provenTwin(() => {
    const module = instantiate<X25519Module>(base64);
    return module.isExact() === 0 ? undefined : x25519FromExports(module);
  }, passesSelfTest);
}

function x25519FromExports(module: X25519Module): X25519 {
  // The module never grows its memory, so a view stays valid.
  const memory = new Uint8Array(module.memory.buffer);
  const chunk: number = module.CHUNK.value;
  const pointsAt: number = module.points.value;
  const scalarsAt: number = module.scalars.value;

  return {
    multiply(scalars, points) {
      const { count: total, stride } = checkedX25519(scalars, points);
      const out = new Uint8Array(points.length);
      let zeros = 0;
      try {
        for (let start = 0; start < total; start += chunk) {
          const count = Math.min(chunk, total - start);
          const end = count * X25519_BYTES;
          for (let i = 0; i < count; i++) {
            const from = stride * (start + i);
            memory.set(scalars.subarray(from, from + X25519_BYTES), scalarsAt + i * X25519_BYTES);
          }
          memory.set(points.subarray(start * X25519_BYTES, start * X25519_BYTES + end), pointsAt);
          if (count % 2 === 1) {
            for (const at of [pointsAt, scalarsAt]) memory.copyWithin(at + end, at + end - X25519_BYTES, at + end);
          }
          zeros |= module.multiplyPoints((count + 1) >> 1);
          out.set(memory.subarray(pointsAt, pointsAt + end), start * X25519_BYTES);
        }
      } finally {
        module.wipe();
      }
      if (zeros === 0) return out;
      out.fill(0);
      return undefined;
    },
  };
}

/** RFC 7748 §5.2, the two test vectors of one product, and §6.1: a point of order 8 makes zero. */
const SCALARS =
  'a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4' +
  '4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d';
const POINTS =
  'e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c' +
  'e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493';
const PRODUCTS =
  'c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552' +
  '95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957';
const SMALL_ORDER = 'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800';

function passesSelfTest(x25519: X25519): boolean {
  const [scalars, points] = [fromHex(SCALARS), fromHex(POINTS)];
  const products = x25519.multiply(scalars, points);
  const first = x25519.multiply(scalars.subarray(0, 32), points.subarray(0, 32));
  return (
    products !== undefined &&
    first !== undefined &&
    equalBytes(products, fromHex(PRODUCTS)) &&
    equalBytes(first, fromHex(PRODUCTS.slice(0, 64))) &&
    x25519.multiply(scalars, fromHex(POINTS.slice(0, 64) + SMALL_ORDER)) === undefined
  );
}
