import { describe, expect, it } from 'vitest';
import { IdleClock } from '../testing.ts';
import { encodeFrame } from '../wire/encode.ts';
import type { Link, LinkEvents } from './link.ts';
import { type PartyId, partyId } from './party.ts';
import { Session } from './session.ts';
import { DEFAULT_LIMITS } from './session-limits.ts';

const [SELF, LOST, OTHER] = ['bank-b', 'bank-a', 'bank-c'].map(partyId);
const RUN = new Uint8Array(16).fill(7);

/** A session of which nothing waits yet, whose link to `lost` ends before another party says that this one is at fault. */
function blamedSession(lost: PartyId | undefined, code: string): unknown {
  const ends = new Map<PartyId, LinkEvents>();
  const linkTo = (peer: PartyId): Link => ({
    send: () => undefined,
    attach: (events) => void ends.set(peer, events),
    close: () => undefined,
  });
  const session = new Session({
    self: SELF,
    run: RUN,
    links: new Map([LOST, OTHER].map((peer) => [peer, linkTo(peer)])),
    clock: new IdleClock(),
    limits: DEFAULT_LIMITS,
    signal: undefined,
    observers: [],
  });
  if (lost !== undefined) ends.get(lost)?.closed();
  ends.get(OTHER)?.frame(encodeFrame({ kind: 'abort', run: RUN, code, phase: 'open', party: SELF }));
  return session.signal.reason;
}

describe('a party that another one names', () => {
  it.each(['peer-closed', 'peer-silent', 'peer-aborted'])(
    'names whom it has lost itself, where it is named for %s',
    (code) => {
      expect(blamedSession(LOST, code)).toMatchObject({ code: 'peer-closed', party: LOST });
    },
  );

  it('says that it is named itself where it has lost nobody, or is named for what it sent', () => {
    const named = { code: 'peer-aborted', party: SELF, reportedBy: OTHER };
    expect(blamedSession(undefined, 'peer-closed')).toMatchObject(named);
    expect(blamedSession(LOST, 'bad-message')).toMatchObject(named);
  });
});
