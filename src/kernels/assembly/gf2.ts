/**
 * Products of many field elements with one (src/crypto/gf2.ts is the reference) in WebAssembly SIMD, by a table of 256
 * multiples for each byte of a row. The host writes the tables, sums and rows at the exported addresses, calls, reads the
 * sums, and calls `wipe`. Rows choose addresses: they are public or the caller's own data.
 */

import { product, tables, wipeMultiples } from './multiples';

export { tables };

/** Rows of one call at most. */
export const CHUNK: u32 = 1024;
export const sums: usize = memory.data(1024 * 16, 64);
export const rows: usize = memory.data(1024 * 16, 64);

/** Adds to each sum its row of 8 bytes times the tabled element. */
export function addScaledHalves(count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const sum = v128.load(sums + 16 * i);
    v128.store(sums + 16 * i, v128.xor(sum, product(tables, load<u64>(rows + 8 * i))));
  }
}

/** The same for rows of 16 bytes. */
export function addScaled(count: u32): void {
  for (let i: usize = 0; i < <usize>count; i++) {
    const low = product(tables, load<u64>(rows + 16 * i));
    const high = product(tables + 32768, load<u64>(rows + 16 * i, 8));
    v128.store(sums + 16 * i, v128.xor(v128.load(sums + 16 * i), v128.xor(low, high)));
  }
}

export function wipe(): void {
  wipeMultiples();
  memory.fill(sums, 0, CHUNK * 16);
  memory.fill(rows, 0, CHUNK * 16);
}
