/** Gates of the three-party committee over memory links: all three members in one thread, one batch after the other. */
import { type AllBitShares, reconstructBits, shareBits } from '../../src/crypto/bit-shares.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { type AllRingShares, reconstructRing, shareRing } from '../../src/crypto/ring-shares.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { defineProtocol } from '../../src/kit/protocol.ts';
import { runInMemory, succeeded } from '../../src/testing/in-memory.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { checkCommittee, type Gates, joinCommittee } from '../../protocols/committee/index.ts';
import { type BenchCase, type PreparedCase, ran, requireEqual } from '../bench-case.ts';
import { COMMITTEE_MODEL, memberSpec } from '../member-spec.ts';

const MEMBERS: readonly PartyId[] = ['member-a', 'member-b', 'member-c'].map(partyId);
const WORDS = 65_536;
const ELEMENTS = 65_536;

type Three<T> = readonly [T, T, T];

export const committeeCases: readonly BenchCase[] = [
  gateCase('and', 'gates', 32 * WORDS, andCase),
  gateCase('multiply', 'products', ELEMENTS, multiplyCase),
];

function gateCase(
  operation: string,
  units: string,
  items: number,
  prepare: (committee: OpenCommittee) => PreparedCase,
): BenchCase {
  return {
    id: `committee/${operation}/${units}-${items}`,
    securityModel: COMMITTEE_MODEL,
    unit: units.replace(/s$/, ''),
    items,
    kind: 'macro',
    repetitions: 7,
    selection: 'short',
    async setUp() {
      const committee = await openCommittee();
      return { ...prepare(committee), close: committee.close };
    },
  };
}

function andCase({ gates }: OpenCommittee): PreparedCase {
  const rng = insecureSeededRng('bench', 'committee-and');
  const [a, b] = [asWords(rng(4 * WORDS)), asWords(rng(4 * WORDS))];
  const [x, y] = [shareBits(a, rng), shareBits(b, rng)];
  let product: AllBitShares | undefined;
  return {
    async run() {
      product = await atAll(gates, (member, index) => member.and([x[index]], [y[index]]));
    },
    check() {
      const expected = a.map((word, k) => word & b[k]);
      requireEqual(reconstructBits(ran(product)), expected, 'x AND y');
    },
    facts: () => ({ bytes: 3 * 4 * WORDS, rounds: 1 }),
  };
}

function multiplyCase({ gates }: OpenCommittee): PreparedCase {
  const rng = insecureSeededRng('bench', 'committee-multiply');
  const elements = (): BigUint64Array => new BigUint64Array(rng(8 * ELEMENTS).slice().buffer);
  const [a, b] = [elements(), elements()];
  const [x, y] = [shareRing(a, rng), shareRing(b, rng)];
  let product: AllRingShares | undefined;
  return {
    async run() {
      product = await atAll(gates, (member, index) => member.multiply(x[index], y[index]));
    },
    check() {
      const expected = a.map((value, k) => BigInt.asUintN(64, value * b[k]));
      requireEqual(reconstructRing(ran(product)), expected, 'x times y');
    },
    facts: () => ({ bytes: 3 * 8 * ELEMENTS, rounds: 1 }),
  };
}

interface OpenCommittee {
  readonly gates: Three<Gates>;
  /** Ends the run; fails where a member failed. */
  readonly close: () => Promise<void>;
}

/** A run that joins a committee and then stays open, so that gates are measured without its beginning and its end. */
async function openCommittee(): Promise<OpenCommittee> {
  const seats = checkCommittee(MEMBERS);
  const joined: Gates[] = [];
  let allJoined = (): void => undefined;
  let end = (): void => undefined;
  const ready = new Promise<void>((resolve) => (allJoined = resolve));
  const ended = new Promise<void>((resolve) => (end = resolve));
  const protocol = defineProtocol<object, undefined, undefined, void>({
    spec: memberSpec('bench-gates/1', seats),
    prepare: () => Promise.resolve({ value: undefined, root: new Uint8Array(32) }),
    async run(io) {
      const own = await joinCommittee(io.sub('committee'), seats);
      joined[own.member] = own.gates(io.sub('gates'));
      if (joined.filter((gates) => gates !== undefined).length === 3) allJoined();
      await ended;
    },
  });
  const inputs = new Map(seats.map((party) => [party, undefined]));
  const outcomes = runInMemory(protocol, { parameters: {}, inputs, initiator: seats[0] });
  // A run that fails before all have joined must end the wait for them.
  await Promise.race([ready, outcomes.then(succeeded)]);
  return {
    gates: [joined[0], joined[1], joined[2]],
    async close() {
      end();
      succeeded(await outcomes);
    },
  };
}

async function atAll<T>(gates: Three<Gates>, task: (gates: Gates, index: 0 | 1 | 2) => Promise<T>): Promise<Three<T>> {
  return await Promise.all([task(gates[0], 0), task(gates[1], 1), task(gates[2], 2)]);
}
