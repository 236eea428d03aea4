import { describe, expect, it } from 'vitest';
import { partyId } from '../kit/party.ts';
import type { IncomingRun } from './peer-network.ts';
import { RunHandler } from './run-handler.ts';

/** Runs with the given numbers; those whose link was closed are noted. */
function numbered(closed: number[]): (number: number) => IncomingRun {
  return (number) => ({
    peer: partyId('bank-a'),
    runName: Uint8Array.of(number >>> 8, number & 255),
    link: { send: () => undefined, attach: () => undefined, close: () => closed.push(number) },
  });
}

const numberOf = ({ runName }: IncomingRun): number => 256 * runName[0] + runName[1];

describe('RunHandler', () => {
  it('hands over runs that came before the handler, in their order, and later ones at once', () => {
    const closed: number[] = [];
    const run = numbered(closed);
    const handler = new RunHandler();
    handler.arrived(run(1));
    handler.arrived(run(2));
    const seen: number[] = [];
    handler.set((arrived) => seen.push(numberOf(arrived)));
    handler.arrived(run(3));
    expect(seen).toEqual([1, 2, 3]);
    expect(closed).toEqual([]);
  });

  it('closes links beyond so many', () => {
    const closed: number[] = [];
    const run = numbered(closed);
    const handler = new RunHandler();
    for (let number = 0; number < 258; number++) handler.arrived(run(number));
    expect(closed).toEqual([256, 257]);
    const seen: number[] = [];
    handler.set((arrived) => seen.push(numberOf(arrived)));
    expect(seen).toHaveLength(256);
  });
});
