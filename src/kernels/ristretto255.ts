/**
 * ristretto255 (RFC 9496) in WebAssembly: the twin of `referenceGroup`, giving the same bytes. The modules are built from
 * assembly/ristretto255.ts and embedded; nothing is read at run time. One computes in doubles with fused multiply-add
 * (relaxed SIMD: Node 22 and later, Chromium 114; on Node 20 only under V8's flag --experimental-wasm-relaxed-simd), the
 * other in integers wherever there is WebAssembly SIMD.
 *
 * Constant time in scalars and elements as far as the engine's compiler allows: fixed schedule, masked table reads, no
 * branch on a value (the masks of assembly/). Inputs, products and temporaries in the module's memory are zeroed after
 * each batch. Not protected: copies the JavaScript engine makes, registers, and whoever reads the process's memory.
 * Where WebAssembly SIMD is missing, or the modules fail their self-test, the reference runs, which is *not* constant
 * time.
 */
import { equalBytes } from '../crypto/bytes.ts';
import { type Group, referenceGroup } from '../crypto/group.ts';
import { ristretto255FmaWasm } from './generated/ristretto255-fma-wasm.ts';
import { ristretto255Wasm } from './generated/ristretto255-wasm.ts';
import { HostedGroup, type Ristretto255Module } from './hosted-group.ts';
import { instantiate, provenTwin } from './twin.ts';

/** What runs behind `ristretto255Kernel()`. */
export type Ristretto255Engine = 'wasm-fma' | 'wasm-simd' | 'reference';

let chosen: { readonly engine: Ristretto255Engine; readonly group: Group } | undefined;

/** The batch operations of ristretto255; the first call compiles a module and tests it. */
export function ristretto255Kernel(): Group {
  return choose().group;
}

/** Tells which implementation `ristretto255Kernel()` returns. */
export function ristretto255Engine(): Ristretto255Engine {
  return choose().engine;
}

function choose(): NonNullable<typeof chosen> {
  if (chosen !== undefined) return chosen;
  const fma = groupFromModule(ristretto255FmaWasm);
  const simd = fma ?? groupFromModule(ristretto255Wasm);
  chosen = {
    engine: fma === undefined ? (simd === undefined ? 'reference' : 'wasm-simd') : 'wasm-fma',
    group: simd ?? referenceGroup,
  };
  return chosen;
}

/** The group behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function groupFromModule(base64: string): Group | undefined {
  return provenTwin(() => {
    const module = instantiate<Ristretto255Module>(base64);
    return module.isExact() === 0 ? undefined : new HostedGroup(module);
  }, passesSelfTest);
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
  const [zero, one, three, seven] = ['00', '01', '03', '07'].map((byte) => byte + '00'.repeat(31));
  const products = group.multiply(fromHex(GENERATOR + TWO_GENERATORS + GENERATOR), fromHex(seven + ONE_HALF + seven));
  const sums = group.add(fromHex(GENERATOR), fromHex(GENERATOR));
  const differences = group.subtract(fromHex(TWO_GENERATORS), fromHex(GENERATOR));
  const sum = group.sumOfProducts(fromHex(GENERATOR + TWO_GENERATORS + TWO_GENERATORS), fromHex(one + three + zero));
  return (
    products !== undefined &&
    sums !== undefined &&
    differences !== undefined &&
    sum !== undefined &&
    equalBytes(products, fromHex(SEVEN_GENERATORS + GENERATOR + SEVEN_GENERATORS)) &&
    equalBytes(sums, fromHex(TWO_GENERATORS)) &&
    equalBytes(differences, fromHex(GENERATOR)) &&
    equalBytes(sum, fromHex(SEVEN_GENERATORS)) &&
    equalBytes(group.multiplyBase(fromHex(seven)), fromHex(SEVEN_GENERATORS)) &&
    equalBytes(group.fromUniform(fromHex(UNIFORM)), fromHex(DERIVED)) &&
    INVALID.every((encoding) => group.multiply(fromHex(GENERATOR + encoding), fromHex(seven + seven)) === undefined)
  );
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}
