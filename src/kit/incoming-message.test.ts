import { describe, expect, it } from 'vitest';
import { IncomingMessage } from './incoming-message.ts';
import { partyId } from './party.ts';

const where = { party: partyId('bank-b'), phase: 'flag/match' };
const part = (body: readonly number[], last: boolean) => ({
  name: 'm',
  sequence: 0,
  last,
  body: Uint8Array.from(body),
});
const fixed = { name: 'm', bytes: 4, variable: false };

describe('IncomingMessage', () => {
  it.each([
    ['one part', [[1, 2, 3, 4]]],
    ['several parts', [[1], [2, 3], [4]]],
    ['an empty last part', [[1, 2, 3, 4], []]],
  ] as const)('is the whole message when it came in %s', (_, bodies) => {
    const message = new IncomingMessage(fixed, where);
    for (const [k, body] of bodies.entries()) message.add(part(body, k === bodies.length - 1));
    expect([...message.body]).toEqual([1, 2, 3, 4]);
  });

  it('owns its bytes at the start of a buffer, whatever the frame was part of', () => {
    const frame = Uint8Array.of(9, 1, 2, 3, 4);
    const message = new IncomingMessage(fixed, where);
    message.add({ ...part([], true), body: frame.subarray(1) });
    frame.fill(0);
    expect([...message.body]).toEqual([1, 2, 3, 4]);
    expect(message.body.byteOffset).toBe(0);
  });

  it('is put together in the room that the receiver gives, and nowhere else', () => {
    const all = new Uint8Array(8).fill(9);
    const message = new IncomingMessage({ ...fixed, room: all.subarray(2, 6) }, where);
    message.add(part([1, 2, 3], false));
    message.add(part([4], true));
    expect([...all]).toEqual([9, 9, 1, 2, 3, 4, 9, 9]);
    expect([message.body.buffer === all.buffer, message.body.byteOffset, message.body.length]).toEqual([true, 2, 4]);
    const long = new IncomingMessage({ ...fixed, room: all.subarray(2, 6) }, where);
    expect(() => long.add(part([5, 5, 5, 5, 5], true))).toThrow(expect.objectContaining({ code: 'oversize-message' }));
    expect([...all]).toEqual([9, 9, 1, 2, 3, 4, 9, 9]);
  });

  it('may be shorter where its length is variable, also empty', () => {
    const variable = { ...fixed, variable: true };
    const short = new IncomingMessage(variable, where);
    short.add(part([1], false));
    short.add(part([2], true));
    expect([...short.body]).toEqual([1, 2]);
    const empty = new IncomingMessage(variable, where);
    empty.add(part([], true));
    expect(empty.body.length).toBe(0);
  });

  it.each([
    ['is too long', [[1, 2, 3, 4, 5]], 'oversize-message'],
    [
      'is too long in its second part',
      [
        [1, 2, 3],
        [4, 5],
      ],
      'oversize-message',
    ],
    ['is too short', [[1, 2, 3]], 'bad-message'],
    ['has an empty part before the last', [[1], [], [2, 3, 4]], 'bad-message'],
  ] as const)('is refused with the party when it %s', (_, bodies, code) => {
    const message = new IncomingMessage(fixed, where);
    const addAll = (): void => {
      for (const [k, body] of bodies.entries()) message.add(part(body, k === bodies.length - 1));
    };
    expect(addAll).toThrow(expect.objectContaining({ code, party: 'bank-b' }));
  });
});
