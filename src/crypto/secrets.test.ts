import { describe, expect, it } from 'vitest';
import { Secrets } from './secrets.ts';
import { sharedBytes } from './shared-bytes.ts';

const isSet = (view: Uint8Array | Uint32Array): boolean => view.some((word) => word !== 0);
const full = (): Uint8Array => new Uint8Array(8).fill(7);

describe('Secrets', () => {
  it('are zeros at the end, views of parts alone, and not before', () => {
    const secrets = new Secrets();
    const all = full();
    const held = [secrets.hold(full()), secrets.hold(new Uint32Array(2).fill(7)), secrets.hold(all.subarray(2, 5))];
    expect(held.every(isSet)).toBe(true);
    secrets.end();
    expect(held.some(isSet)).toBe(false);
    expect([...all]).toEqual([7, 7, 0, 0, 0, 7, 7, 7]);
  });

  it('leave alone what was passed on, and what nobody gave them', () => {
    const secrets = new Secrets();
    const [passed, foreign] = [secrets.hold(full()), full()];
    expect(secrets.pass(passed)).toBe(passed);
    secrets.wipe(foreign);
    secrets.end();
    expect([passed, foreign].every(isSet)).toBe(true);
  });

  it('have nothing more to do with memory that they wiped before the end: it is another list’s by then', () => {
    const secrets = new Secrets();
    const length = 2 ** 20;
    const first = secrets.hold(sharedBytes(length).fill(7));
    secrets.wipe(first);
    expect(isSet(first)).toBe(false);
    const next = sharedBytes(length).fill(9);
    expect(next.buffer).toBe(first.buffer);
    secrets.end();
    expect(next[0]).toBe(9);
  });

  it('take a buffer that has moved on for one that is wiped', () => {
    const secrets = new Secrets();
    const moved = secrets.hold(full());
    structuredClone(moved, { transfer: [moved.buffer as ArrayBuffer] });
    expect(() => secrets.end()).not.toThrow();
  });

  it('hold nothing twice: a second end wipes nothing that was written since', () => {
    const secrets = new Secrets();
    const held = secrets.hold(full());
    secrets.end();
    held.fill(3);
    secrets.end();
    expect(isSet(held)).toBe(true);
  });
});
