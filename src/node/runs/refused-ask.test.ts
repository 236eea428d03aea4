import { describe, expect, it } from 'vitest';
import { MpcError, ProtocolError, TransportError } from '../../errors.ts';
import { partyId } from '../../kit/party.ts';
import { peerAborted, peerRefused } from '../../kit/session-faults.ts';
import { explainToAsker } from './refused-ask.ts';

const self = partyId('bank-a');
const party = partyId('bank-c');
const planned = { parameters: { quorum: 2, ttlDays: 7, askerBucket: 1024 } };

function explained(error: MpcError): MpcError {
  const told = explainToAsker(error, { planned, self });
  if (!(told instanceof MpcError)) throw new Error('no error of this package');
  expect([told.constructor, told.code, told.phase, told.party]).toEqual([
    error.constructor,
    error.code,
    error.phase,
    error.party,
  ]);
  return told;
}

const refused = (phase: string): MpcError => peerRefused({ party, phase });
const ended = (phase: string): MpcError => peerAborted({ party, phase }, { self, reportedBy: party, code: undefined });

describe('explainToAsker', () => {
  it.each([
    ['unknown-peer', 'has no card of another party', 'add the cards'],
    ['revoked-peer', 'has revoked the card', 'exchange new cards'],
    ['expired-peer', 'has expired', 'exchange new cards'],
    ['not-allowed', 'does not answer this question', 'under allow'],
    ['differing-terms', 'has other terms', 'word by word'],
    ['differing-terms/quorum', "another value of 'quorum'", "compare 'quorum'"],
    ['differing-terms/asker-bucket', "another value of 'askerBucket'", "compare 'askerBucket'"],
    ['differing-terms/keys', 'another card', 'compare the cards'],
    ['differing-terms/rules', 'other rules for identifiers', 'compare the versions'],
    ['differing-terms/protocol', 'another version of the protocol', 'compare the versions'],
    ['differing-terms/parties', 'other institutions', 'name by name'],
    ['differing-terms/roles', 'other roles', 'who contributes'],
    ['too-many-items', 'fewer accounts at once', 'maxItems'],
    ['per-day', 'as often today as it allows', 'tomorrow (UTC)'],
    ['clock', 'clock of the party went back', 'time service'],
  ])('tells what and what to do when a party refused by policy/%s', (reason, state, remedy) => {
    const told = explained(refused(`policy/${reason}`));
    expect(told.message).toContain(state);
    expect(told.remedy).toContain(remedy);
  });

  it.each([
    ['node/busy', 'as many runs as it allows', 'limits.retries'],
    ['node/stopping', 'stops', 'started it again'],
    ['input', 'its own list', 'log there'],
  ])('tells what and what to do when a party ended the run at %s', (phase, state, remedy) => {
    const told = explained(ended(phase));
    expect(told.message).toContain(state);
    expect(told.remedy).toContain(remedy);
  });

  it.each([
    ['a reason that nobody knows', refused('policy/because')],
    ['a name of every object', refused('policy/constructor')],
    ['a name of every object as phase', ended('constructor')],
    ['another phase', ended('flag/match')],
    [
      'an error of this side',
      peerAborted({ party: self, phase: 'input' }, { self, reportedBy: party, code: undefined }),
    ],
    ['another error', new TransportError('text', { code: 'peer-silent', phase: 'node/busy', party })],
    ['an error of nobody', new ProtocolError('text', { code: 'peer-aborted', phase: 'node/busy' })],
  ])('leaves %s as it is', (_what, error) => {
    expect(explainToAsker(error, { planned, self })).toBe(error);
  });

  it('does not repeat a name of a field that is not its own', () => {
    expect(
      explained(refused('policy/differing-terms/secret-name'))
        .describe()
        .replace(/\[phase .*?\]/, ''),
    ).not.toContain('secret');
  });
});
