/**
 * Operations of the three-member committee as a measured question: products modulo 2^64, and comparisons of shared 32-bit numbers. The
 * members have the shares before the run. What is timed and counted as the operations lies between two rounds in which all members meet;
 * the whole run has the opening, the end and the check around it.
 */
import { checkCommittee, type Gates, joinCommittee, sumsAtLeast } from '../../protocols/committee/index.ts';
import {
  type AllBitShares,
  type BitShares,
  concatShares,
  type Member,
  notShares,
  reconstructBits,
  shareBits,
} from '../../src/crypto/bit-shares.ts';
import { asWords } from '../../src/crypto/bytes.ts';
import { type AllRingShares, reconstructRing, type RingShares, shareRing } from '../../src/crypto/ring-shares.ts';
import type { Io } from '../../src/kit/io.ts';
import { type Message, ringMessage, wordsMessage } from '../../src/kit/message.ts';
import { partyId, type PartyId } from '../../src/kit/party.ts';
import { defineProtocol, type ProtocolDefinition } from '../../src/kit/protocol.ts';
import { TrafficMeter } from '../../src/kit/traffic-meter.ts';
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import {
  type MeasuredQuestion,
  type OperationCost,
  type Part,
  type QuestionSettings,
  runPart,
} from '../../src/measure/part.ts';
import { sameElements } from '../../src/measure/same-elements.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';
import { COMMITTEE_MODEL, memberSpec } from '../member-spec.ts';

const SEATS = checkCommittee(['member-a', 'member-b', 'member-c'].map(partyId));
/** Products of one batch: loops on shares do not pause. */
const BATCH: number = 2 ** 18;
const BITS = 32;

/** x >= y is the sum of x and NOT y reaching 2^32 - 1: x + (2^32 - 1 - y) >= 2^32 - 1. */
const COMPARISON = { addendBits: BITS, addendCount: 2, threshold: 2 ** BITS - 1 } as const;

/** What the members do, and how the first of them sees that it was right. */
interface Operation {
  /** @returns the check, in which the third component, that the first member lacks, goes to it after the clock stopped */
  operate(gates: Gates): Promise<(io: Io) => Promise<boolean>>;
}

export function createCommitteeQuestion(): MeasuredQuestion {
  return {
    name: 'committee',
    parties: () => ({ all: SEATS, asker: SEATS[0] }),
    part(settings, self): Part {
      const operation = operationOf(settings, SEATS.indexOf(self));
      return {
        securityModel: COMMITTEE_MODEL,
        async run(surroundings, finished) {
          const meter = new TrafficMeter();
          const { output, report } = await runPart(
            {
              protocol: committeeRun(operation, meter),
              parameters: {},
              input: undefined,
              initiator: SEATS[0],
              observers: [meter],
            },
            surroundings,
          );
          finished();
          return { report, ...output };
        },
      };
    },
  };
}

function operationOf(settings: QuestionSettings, seat: number): Operation {
  if (seat !== 0 && seat !== 1 && seat !== 2) throw new RangeError('Cannot measure: no member');
  return settings.engine === 'multiply' ? products(settings.accounts, seat) : comparisons(settings.accounts, seat);
}

interface Outcome {
  readonly correct: boolean;
  readonly operations: OperationCost;
}

function committeeRun(
  operation: Operation,
  meter: TrafficMeter,
): ProtocolDefinition<object, undefined, undefined, Outcome> {
  return defineProtocol({
    spec: memberSpec('bench-committee/1', SEATS),
    prepare: () => Promise.resolve({ value: undefined, root: new Uint8Array(32) }),
    async run(io) {
      const own = await joinCommittee(io.sub('committee'), SEATS);
      await meet(own.gates(io.sub('before')));
      const [startMs, start, sent] = [performance.now(), process.cpuUsage(), meter.totals().sentBytes];
      const check = await operation.operate(own.gates(io.sub('operations')));
      const operations = {
        wallMs: performance.now() - startMs,
        cpuMs: cpuMsSince(start),
        sentBytes: meter.totals().sentBytes - sent,
      };
      return { operations, correct: await check(io.sub('check')) };
    },
  });
}

/** One gate: nobody goes on before the member that it gets a share from has come. */
async function meet(gates: Gates): Promise<void> {
  const nothing = { first: new Uint32Array(1), second: new Uint32Array(1) };
  await gates.and([nothing], [nothing]);
}

function products(count: number, seat: Member): Operation {
  const rng = insecureSeededRng('bench', 'products');
  const elements = (): BigUint64Array => new BigUint64Array(rng(8 * count).slice().buffer);
  const [a, b] = [elements(), elements()];
  const [x, y] = [shareRing(a, rng)[seat], shareRing(b, rng)[seat]];
  return {
    async operate(gates) {
      const first = new BigUint64Array(count);
      const second = new BigUint64Array(count);
      for (let from = 0; from < count; from += BATCH) {
        const part = ({ first: p, second: q }: RingShares): RingShares => ({
          first: p.subarray(from, from + BATCH),
          second: q.subarray(from, from + BATCH),
        });
        const product = await gates.multiply(part(x), part(y));
        first.set(product.first, from);
        second.set(product.second, from);
      }
      const own = { first, second };
      return async (io) => {
        const third = await lastComponent(io, own, { message: ringMessage('check-products'), count });
        if (third === undefined) return true;
        const shares: AllRingShares = [own, { first: own.second, second: third }, { first: third, second: own.first }];
        const expected = a.map((value, k) => BigInt.asUintN(64, value * b[k]));
        return sameElements(reconstructRing(shares), expected);
      };
    },
  };
}

function comparisons(count: number, seat: Member): Operation {
  const laneWords = Math.ceil(count / 32);
  const rng = insecureSeededRng('bench', 'comparisons');
  // Bit slices of random numbers: slice k holds bit k of all of them.
  const slices = (): Uint32Array => asWords(rng(4 * BITS * laneWords)).slice();
  const [a, b] = [slices(), slices()];
  const [x, y] = [shareBits(a, rng)[seat], shareBits(b, rng)[seat]];
  // Both addends' slices of one weight lie together.
  const addends = concatShares(
    Array.from({ length: BITS }, (_, bit) => bit).flatMap((bit) => [
      slice(x, bit, laneWords),
      notShares(seat, slice(y, bit, laneWords)),
    ]),
  );
  return {
    async operate(gates) {
      const [own] = await sumsAtLeast(gates, [{ ...COMPARISON, addends }], laneWords);
      return async (io) => {
        const third = await lastComponent(io, own, { message: wordsMessage('check-comparisons'), count: laneWords });
        if (third === undefined) return true;
        const shares: AllBitShares = [own, { first: own.second, second: third }, { first: third, second: own.first }];
        return sameElements(reconstructBits(shares), plainComparisons(a, b, laneWords));
      };
    },
  };
}

/** x >= y of every lane, from the highest bit in which they differ. */
function plainComparisons(a: Uint32Array, b: Uint32Array, laneWords: number): Uint32Array {
  const result = new Uint32Array(laneWords);
  for (let lane = 0; lane < 32 * laneWords; lane++) {
    const number = (slices: Uint32Array): number => {
      let value = 0;
      for (let bit = BITS - 1; bit >= 0; bit--) {
        value = 2 * value + ((slices[bit * laneWords + (lane >>> 5)] >>> (lane & 31)) & 1);
      }
      return value;
    };
    if (number(a) >= number(b)) result[lane >>> 5] |= 1 << (lane & 31);
  }
  return result;
}

function slice({ first, second }: BitShares, bit: number, laneWords: number): BitShares {
  const [from, to] = [bit * laneWords, (bit + 1) * laneWords];
  return { first: first.subarray(from, to), second: second.subarray(from, to) };
}

/** At the first member the component that it does not hold; the second one has it. */
async function lastComponent<V>(
  io: Io,
  own: { readonly second: V },
  { message, count }: { readonly message: Message<V, number>; readonly count: number },
): Promise<V | undefined> {
  const [first, second]: readonly PartyId[] = SEATS;
  if (io.self === second) await io.to(first).send(message, own.second, count);
  return io.self === first ? await io.from(second).recv(message, count) : undefined;
}
