import { describe, expect, it } from 'vitest';
import { partyId } from '../../kit/party.ts';
import { AnswerSlots } from './answer-slots.ts';

const [a, b, c] = ['bank-a', 'bank-b', 'bank-c'].map(partyId);

function takeAll(slots: AnswerSlots, asker: typeof a): number {
  let taken = 0;
  while (slots.tryTake(asker)) taken++;
  return taken;
}

describe('AnswerSlots', () => {
  it('leaves places for others when one asker takes all that it can', () => {
    const slots = new AnswerSlots(16);
    expect([takeAll(slots, a), takeAll(slots, b), takeAll(slots, c)]).toEqual([8, 4, 2]);
    expect(slots.taken).toBe(14);
    expect(takeAll(slots, a)).toBe(0);
    for (let k = 0; k < 8; k++) slots.release(a);
    expect([slots.taken, takeAll(slots, a)]).toEqual([6, 5]);
  });

  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [1000, 500],
  ])('of %i gives a lone asker %i, and never more than there are', (places, expected) => {
    const slots = new AnswerSlots(places);
    expect(takeAll(slots, a)).toBe(expected);
    for (const asker of [b, c]) takeAll(slots, asker);
    expect(slots.taken).toBeLessThanOrEqual(places);
  });

  it('gives back only what was taken', () => {
    const slots = new AnswerSlots(1);
    slots.release(a);
    expect(slots.taken).toBe(0);
    expect([slots.tryTake(a), slots.tryTake(b)]).toEqual([true, false]);
    slots.release(b);
    expect(slots.tryTake(b)).toBe(false);
  });
});
