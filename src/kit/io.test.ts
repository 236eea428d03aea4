import { describe, expect, it } from 'vitest';
import { Cancellation } from './cancellation.ts';
import { systemClock, systemRng } from './clock.ts';
import { cooperativeCompute } from './compute.ts';
import { createIo, type Io } from './io.ts';
import { bytesMessage } from './message.ts';
import { type PartyId, partyId } from './party.ts';
import { unseeded } from './randomness.ts';
import type { ExpectedMessage, RunSession } from './run-session.ts';

const SELF = partyId('bank-a');
const PEER = partyId('bank-b');
const Rows = bytesMessage('rows');

/** A party to which its session brings what `receive` gives. */
function party(receive: (expected: ExpectedMessage) => Uint8Array): Io {
  const cancellation = new Cancellation(new AbortController().signal);
  const session: RunSession = {
    self: SELF,
    signal: cancellation.signal,
    cancellation,
    send: () => Promise.resolve(),
    receive: (_from, _channel, expected) => Promise.resolve(receive(expected)),
    computing: (work) => work,
    fail: () => undefined,
    close: () => undefined,
  };
  return createIo(
    {
      session,
      parties: [SELF, PEER],
      sid: new Uint8Array(32),
      randomness: unseeded(systemRng),
      compute: cooperativeCompute(systemClock),
      onProgress: undefined,
      sign: (message) => message,
      verify: () => true,
      publicKey: () => new Uint8Array(32),
      signed: (_phase, message) => message,
    },
    'test',
  );
}

/** What is around the room, and in it, when a message of four bytes was received into it. */
async function around(io: Io, from: PartyId): Promise<readonly number[]> {
  const all = new Uint8Array(6).fill(9);
  await io.from(from).recvInto(Rows, all.subarray(1, 5));
  return [...all];
}

describe('Io', () => {
  it('receives into the room that is given when the session puts the message together there', async () => {
    const expected: ExpectedMessage[] = [];
    const io = party((message) => {
      expected.push(message);
      message.room?.set([1, 2, 3, 4]);
      return message.room ?? new Uint8Array(0);
    });
    expect(await around(io, PEER)).toEqual([9, 1, 2, 3, 4, 9]);
    expect(expected).toMatchObject([{ name: 'rows', bytes: 4, variable: false }]);
  });

  it('receives into the room that is given when the message has memory of its own', async () => {
    const io = party(() => Uint8Array.of(1, 2, 3, 4));
    expect(await around(io, PEER)).toEqual([9, 1, 2, 3, 4, 9]);
  });

  it('receives into the room that is given when the message is its own, which stays the sender’s', async () => {
    const io = party(() => new Uint8Array(0));
    const sent = Uint8Array.of(1, 2, 3, 4);
    await io.to(SELF).send(Rows, sent, 4);
    sent.fill(0);
    expect(await around(io, SELF)).toEqual([9, 1, 2, 3, 4, 9]);
  });
});
