/** The method of the four Russians: all sums of four vectors, so that any of them is one look-up by four bits. */

/** Writes entries 1 to 15 of a table of 16 vectors; entry 0 is the empty sum, and is zero already. */
@inline export function tabulateSums(table: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.xor(a, b), cd = v128.xor(c, d);
  v128.store(table, a, 16);
  v128.store(table, b, 32);
  v128.store(table, ab, 48);
  v128.store(table, c, 64);
  v128.store(table, v128.xor(a, c), 80);
  v128.store(table, v128.xor(b, c), 96);
  v128.store(table, v128.xor(ab, c), 112);
  v128.store(table, d, 128);
  v128.store(table, v128.xor(a, d), 144);
  v128.store(table, v128.xor(b, d), 160);
  v128.store(table, v128.xor(ab, d), 176);
  v128.store(table, cd, 192);
  v128.store(table, v128.xor(a, cd), 208);
  v128.store(table, v128.xor(b, cd), 224);
  v128.store(table, v128.xor(ab, cd), 240);
}
