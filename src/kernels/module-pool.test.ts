import { describe, expect, it } from 'vitest';
import { opprfWasm } from './generated/opprf-wasm.ts';
import { cuckooWasm } from './generated/cuckoo-wasm.ts';
import { type HostedModule, ModulePool } from './module-pool.ts';
import { cuckooFromModule } from './cuckoo.ts';

const opprf = new ModulePool<HostedModule>(opprfWasm);
const cuckoo = new ModulePool<HostedModule>(cuckooWasm);
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
    const after = cuckoo.take(6 * MEGABYTE);
    expect(after.memory).toBe(before.memory);
    // Below that are constants of its own.
    expect(isZero(bytesOf(after).subarray(after.heapBase()))).toBe(true);
    cuckoo.give(after);
    expect(cuckooFromModule(cuckooWasm)).toBeDefined();
  });

  it('gives a module its own memory again where there is another as well', () => {
    const [first, second] = [opprf.take(MEGABYTE), cuckoo.take(MEGABYTE)];
    expect(first.memory).not.toBe(second.memory);
    cuckoo.give(second);
    opprf.give(first);
    const [again, other] = [cuckoo.take(MEGABYTE), opprf.take(MEGABYTE)];
    expect(again).toBe(second);
    expect(other).toBe(first);
    cuckoo.give(again);
    opprf.give(other);
  });

  it('leaves other modules their memory where a computation is small', () => {
    const [large, other] = [opprf.take(30 * MEGABYTE), opprf.take(MEGABYTE)];
    opprf.give(large);
    opprf.give(other);
    const small = cuckoo.take(MEGABYTE);
    expect([large.memory, other.memory]).not.toContain(small.memory);
    cuckoo.give(small);
  });

  it('wipes what a computation asked for and no more of a larger memory', () => {
    const large = cuckoo.take(30 * MEGABYTE);
    cuckoo.give(large);
    const small = cuckoo.take(20 * MEGABYTE);
    expect(small.memory).toBe(large.memory);
    const base = small.heapBase();
    bytesOf(small).fill(0xff, base);
    cuckoo.give(small);
    expect([0, 1, 10 * MEGABYTE, 20 * MEGABYTE - 1].map((at) => bytesOf(small)[base + at])).toEqual([0, 0, 0, 0]);
    expect(bytesOf(small)[base + 20 * MEGABYTE]).toBe(0xff);
    bytesOf(small).fill(0, base);
  });

  it('widens a memory that is in use', () => {
    const module = cuckoo.take(MEGABYTE);
    bytesOf(module)[module.heapBase()] = 7;
    cuckoo.widen(module, 9 * MEGABYTE);
    expect(bytesOf(module).length).toBeGreaterThanOrEqual(module.heapBase() + 9 * MEGABYTE);
    expect(bytesOf(module)[module.heapBase()]).toBe(7);
    cuckoo.give(module);
  });

  it('keeps no memory beyond what all of them may have together', () => {
    const [one, two] = [opprf.take(60 * MEGABYTE), cuckoo.take(60 * MEGABYTE)];
    opprf.give(one);
    cuckoo.give(two);
    const [again, other] = [opprf.take(60 * MEGABYTE), cuckoo.take(60 * MEGABYTE)];
    expect(again.memory).toBe(one.memory);
    expect(other.memory).not.toBe(two.memory);
  });
});
