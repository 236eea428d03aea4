import { describe, expect, it } from 'vitest';
import { opprfWasm } from './generated/opprf-wasm.ts';
import { rowsWasm } from './generated/rows-wasm.ts';
import { type HostedModule, ModulePool } from './module-pool.ts';
import { rowsFromModule } from './rows.ts';

const opprf = new ModulePool<HostedModule>(opprfWasm);
const rows = new ModulePool<HostedModule>(rowsWasm);
const MEGABYTE = 2 ** 20;

const bytesOf = ({ memory }: HostedModule): Uint8Array => new Uint8Array(memory.buffer);
const isZero = (bytes: Uint8Array): boolean => bytes.every((byte) => byte === 0);

describe('ModulePool', () => {
  it('gives the memory of one module to the next, as if nothing had been there', () => {
    const before = opprf.take(8 * MEGABYTE);
    const base = before.heapBase();
    bytesOf(before).fill(0xff, 0, base + 8 * MEGABYTE);
    expect(isZero(bytesOf(before).subarray(base))).toBe(false);
    opprf.give(before);
    const after = rows.take(6 * MEGABYTE);
    expect(after.memory).toBe(before.memory);
    // Below that are constants of its own.
    expect(isZero(bytesOf(after).subarray(after.heapBase()))).toBe(true);
    rows.give(after);
    expect(rowsFromModule(rowsWasm)).toBeDefined();
  });

  it('gives a module its own memory again where there is another as well', () => {
    const [first, second] = [opprf.take(MEGABYTE), rows.take(MEGABYTE)];
    expect(first.memory).not.toBe(second.memory);
    rows.give(second);
    opprf.give(first);
    const [again, other] = [rows.take(MEGABYTE), opprf.take(MEGABYTE)];
    expect(again).toBe(second);
    expect(other).toBe(first);
    rows.give(again);
    opprf.give(other);
  });

  it('leaves other modules their memory where a computation is small', () => {
    const [large, other] = [opprf.take(30 * MEGABYTE), opprf.take(MEGABYTE)];
    opprf.give(large);
    opprf.give(other);
    const small = rows.take(MEGABYTE);
    expect([large.memory, other.memory]).not.toContain(small.memory);
    rows.give(small);
  });

  it('wipes what a computation asked for and no more of a larger memory', () => {
    const large = rows.take(30 * MEGABYTE);
    rows.give(large);
    const small = rows.take(20 * MEGABYTE);
    expect(small.memory).toBe(large.memory);
    const base = small.heapBase();
    bytesOf(small).fill(0xff, base);
    rows.give(small);
    expect([0, 1, 10 * MEGABYTE, 20 * MEGABYTE - 1].map((at) => bytesOf(small)[base + at])).toEqual([0, 0, 0, 0]);
    expect(bytesOf(small)[base + 20 * MEGABYTE]).toBe(0xff);
    bytesOf(small).fill(0, base);
  });

  it('widens a memory that is in use', () => {
    const module = rows.take(MEGABYTE);
    bytesOf(module)[module.heapBase()] = 7;
    rows.widen(module, 9 * MEGABYTE);
    expect(bytesOf(module).length).toBeGreaterThanOrEqual(module.heapBase() + 9 * MEGABYTE);
    expect(bytesOf(module)[module.heapBase()]).toBe(7);
    rows.give(module);
  });

  it('keeps no memory beyond what all of them may have together', () => {
    const [one, two] = [opprf.take(60 * MEGABYTE), rows.take(60 * MEGABYTE)];
    opprf.give(one);
    rows.give(two);
    const [again, other] = [opprf.take(60 * MEGABYTE), rows.take(60 * MEGABYTE)];
    expect(again.memory).toBe(one.memory);
    expect(other.memory).not.toBe(two.memory);
  });
});
