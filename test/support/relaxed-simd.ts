/** Node 20 has relaxed SIMD only behind a flag of V8; it holds for modules that are compiled after this call. */
import { setFlagsFromString } from 'node:v8';

export function allowRelaxedSimd(): void {
  if (Number(process.versions.node.split('.')[0]) < 22) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
