/**
 * Values of records in bins (src/crypto/bin-values.ts is the reference) in WebAssembly SIMD. The host lays out the memory, passes
 * addresses, and writes the tables of multiples for each call. Records and bins choose addresses: they are the caller's own.
 */
import { product, tables, wipeMultiples } from './multiples';

export { tables, wipeMultiples };

/** First byte that the host may use. */
export function heapBase(): usize {
  return (__heap_base + 63) & ~63;
}

/** The values of `count` records (n x 32) in `share` bins each (n x share), by keys (16 bytes each); `bytes` of H are 8 or 16. */
export function evaluate(
  records: usize, bytes: i32, bins: usize, share: i32, keys: usize, count: i32, out: usize,
): void {
  for (let i = 0; i < count; i++, records += 32) {
    const first = product(tables, load<u64>(records + (bytes == 8 ? 24 : 16)));
    let own = v128.xor(v128.load(records), first);
    if (bytes == 16) own = v128.xor(own, product(tables + 32768, load<u64>(records, 24)));
    for (let k = 0; k < share; k++, bins += 4, out += 16) {
      v128.store(out, v128.xor(own, v128.load(keys + (<usize>load<u32>(bins) << 4))));
    }
  }
}
