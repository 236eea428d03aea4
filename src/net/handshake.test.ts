import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { answerHandshake, type Answer, type HandshakeSide, openHandshake } from './handshake.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { portablePrimitives } from './portable-primitives.ts';
import type { Freshness } from './replay-guard.ts';
import { CLASSICAL_ALLOWED, HYBRID_ONLY, type SuiteName, type SuitePolicy, SUITES } from './suite.ts';

const NOW = 1_800_000_000_000;
const rng = insecureSeededRng('handshake');
const [INITIATOR, RESPONDER] = [rng(32), rng(32)];

interface Setting {
  readonly primitives?: readonly [typeof platformPrimitives, typeof platformPrimitives];
  readonly offer?: SuiteName;
  readonly responder?: SuitePolicy;
  readonly versions?: readonly [number, number];
  readonly admitted?: boolean;
  readonly freshness?: Freshness;
  /** What happens to the first message on its way. */
  readonly change?: (first: Uint8Array) => Uint8Array;
}

function attempt(setting: Setting = {}): {
  readonly answer: Answer<string>;
  readonly finish: (second: Uint8Array) => unknown;
  readonly sentMs: readonly number[];
} {
  const [one, two] = setting.primitives ?? [platformPrimitives, platformPrimitives];
  const [mine, theirs] = setting.versions ?? [1, 1];
  const initiator: HandshakeSide = {
    identity: one.keyAgreement(INITIATOR),
    primitives: one,
    rng,
    suites: { ...CLASSICAL_ALLOWED, offer: setting.offer ?? HYBRID_ONLY.offer },
    version: mine,
  };
  const responder: HandshakeSide = {
    identity: two.keyAgreement(RESPONDER),
    primitives: two,
    rng,
    suites: setting.responder ?? HYBRID_ONLY,
    version: theirs,
  };
  const opened = openHandshake(initiator, { publicKey: responder.identity.publicKey, nowMs: NOW + 0.5 });
  const sentMs: number[] = [];
  const answer = answerHandshake<string>(responder, setting.change?.(opened.first) ?? opened.first, {
    admit: () => ((setting.admitted ?? true) ? 'bank-a' : undefined),
    judge: (_peer, _ephemeral, ms) => {
      sentMs.push(ms);
      return setting.freshness ?? 'fresh';
    },
    nowMs: () => NOW + 7,
  });
  return { answer, finish: (second) => opened.finish(second), sentMs };
}

describe('answerHandshake', () => {
  const mixed = [platformPrimitives, portablePrimitives] as const;

  it.each(Object.keys(SUITES) as SuiteName[])('welcomes a pinned peer in suite %s, across primitives', (offer) => {
    for (const primitives of [mixed, [mixed[1], mixed[0]] as const]) {
      const { answer, finish, sentMs } = attempt({ primitives, offer, responder: CLASSICAL_ALLOWED });
      if (answer.kind !== 'welcome') throw new Error(answer.why);
      const result = finish(answer.second) as typeof answer;
      expect([result.kind, result.suite, sentMs]).toEqual(['welcome', offer, [NOW]]);
      expect(result).toMatchObject({ peerMs: NOW + 7 });
      expect(result.hash).toEqual(answer.hash);
      expect(Array.from(result.states.receive.open(answer.states.send.seal(Uint8Array.of(7))))).toEqual([7]);
    }
  });

  it.each([
    [{ versions: [1, 2] }, 'version'],
    [{ versions: [9, 1] }, 'version'],
    [{ offer: 'x25519-aesgcm' }, 'suite'],
    [{ freshness: 'clock-off' }, 'clock'],
  ] as readonly (readonly [Setting, string])[])('tells a pinned peer why, with %o', (setting, why) => {
    const { answer, finish } = attempt(setting);
    if (answer.kind !== 'refuse') throw new Error(answer.kind);
    expect(answer.why).toBe(why);
    expect(finish(answer.second)).toEqual({ kind: 'refused', why, peerMs: NOW + 7 });
  });

  it.each([
    [{ admitted: false }, 'not-admitted'],
    [{ freshness: 'replayed' }, 'replayed'],
    // A replay in another version, or one whose clock is off too, is still a replay.
    [{ freshness: 'replayed', versions: [2, 1] }, 'replayed'],
    [{ change: () => new Uint8Array(0) }, 'malformed'],
    [{ change: () => Uint8Array.of(1) }, 'malformed'],
    [{ change: (first) => first.with(1, 200) }, 'unknown-suite'],
    // The suite and the version are bound: neither can be changed on the way to talk the sides down.
    [{ change: (first) => first.with(1, 2), responder: CLASSICAL_ALLOWED }, 'malformed'],
    [{ change: (first) => first.with(1, 3), responder: CLASSICAL_ALLOWED }, 'malformed'],
    [{ change: (first) => first.with(0, 2) }, 'malformed'],
    [{ change: (first) => first.subarray(0, -1) }, 'malformed'],
  ] as readonly (readonly [Setting, string])[])('says nothing at all, with %o', (setting, why) => {
    expect(attempt(setting).answer).toEqual({ kind: 'silent', why });
  });
});

describe('openHandshake', () => {
  it('refuses an answer of anybody but the pinned peer', () => {
    const { answer } = attempt();
    if (answer.kind !== 'welcome') throw new Error(answer.kind);
    const { finish } = attempt();
    expect(() => finish(answer.second)).toThrow(ProtocolError);
  });
});
