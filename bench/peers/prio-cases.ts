/** Prio3Sum (draft-irtf-cfrg-vdaf-08) by @divviup/prio3: shares of numbers with a proof of their range, two aggregators, and their sum. */
import { randomBytes } from 'node:crypto';
import {
  type AllRingShares,
  addRing,
  reconstructRing,
  type RingShares,
  shareRing,
} from '../../src/crypto/ring-shares.ts';
import { systemRng } from '../../src/kit/clock.ts';
import { ran } from '../bench-case.ts';
import { loadFrom } from '../own-package.ts';
import type { PeerCase, PreparedPeer } from './peer-case.ts';

/** The part of @divviup/prio3 that is used. */
interface Sum {
  readonly verifyKeySize: number;
  readonly nonceSize: number;
  readonly randSize: number;
  shard(
    measurement: number,
    nonce: Uint8Array,
    rand: Uint8Array,
  ): Promise<{ readonly publicShare: unknown; readonly inputShares: readonly unknown[] }>;
  prepareInit(
    key: Uint8Array,
    aggregator: number,
    parameter: null,
    ...report: readonly unknown[]
  ): Promise<{ readonly preparationState: unknown; readonly preparationShare: unknown }>;
  unshardPreparationShares(parameter: null, shares: readonly unknown[]): Promise<unknown>;
  prepareNext(state: unknown, message: unknown): { readonly outputShare?: unknown };
  aggregate(parameter: null, shares: readonly unknown[]): unknown;
  unshard(parameter: null, shares: readonly unknown[], count: number): number | bigint;
  encodeInputShare(share: unknown): Uint8Array;
  encodePublicShare(share: unknown): Uint8Array;
  encodePreparationShare(share: unknown): Uint8Array;
}

const COUNT = 200;
const BITS = 32;
const TASK = { task: `sum-${COUNT}`, items: COUNT, unit: 'number', warmUps: 1, short: true } as const;

const NUMBERS: readonly number[] = Array.from({ length: COUNT }, (_, k) => Math.imul(k, 2_654_435_761) >>> 1);
const TOTAL: number = NUMBERS.reduce((sum, number) => sum + number, 0);

export const prioCases: readonly PeerCase[] = [
  {
    ...TASK,
    library: '@divviup/prio3',
    securityModel: 'one aggregator of two may be curious; senders may be malicious: a proof of range with every number',
    samples: 3,
    setUp: prepareProven,
  },
  {
    ...TASK,
    library: 'blindflag',
    securityModel: 'semi-honest; one member of three may be curious; no proof of range',
    samples: 25,
    setUp: () => Promise.resolve(prepareShared()),
  },
];

async function prepareProven(): Promise<PreparedPeer> {
  const { Prio3Sum } = await loadFrom<{
    readonly Prio3Sum: new (options: { readonly shares: number; readonly bits: number }) => Sum;
  }>('peers', '@divviup/prio3');
  const vdaf = new Prio3Sum({ shares: 2, bits: BITS });
  const key = randomBytes(vdaf.verifyKeySize);
  let total: number | bigint | undefined;
  let bytes = 0;
  return {
    async run() {
      bytes = 0;
      const outputs: [unknown[], unknown[]] = [[], []];
      for (const number of NUMBERS) {
        const nonce = randomBytes(vdaf.nonceSize);
        const { publicShare, inputShares } = await vdaf.shard(number, nonce, randomBytes(vdaf.randSize));
        const prepared = await Promise.all(
          inputShares.map((share, aggregator) => vdaf.prepareInit(key, aggregator, null, nonce, publicShare, share)),
        );
        const shares = prepared.map(({ preparationShare }) => preparationShare);
        const message = await vdaf.unshardPreparationShares(null, shares);
        for (const [aggregator, { preparationState }] of prepared.entries()) {
          outputs[aggregator].push(vdaf.prepareNext(preparationState, message).outputShare);
        }
        // The public share goes to both aggregators.
        bytes += 2 * vdaf.encodePublicShare(publicShare).length;
        for (const share of inputShares) bytes += vdaf.encodeInputShare(share).length;
        for (const share of shares) bytes += vdaf.encodePreparationShare(share).length;
      }
      const aggregates = outputs.map((shares) => vdaf.aggregate(null, shares));
      total = vdaf.unshard(null, aggregates, COUNT);
    },
    check: () => Number(ran(total)) === TOTAL,
    bytes: () => bytes,
  };
}

/** Every number shared by a sender of its own, as there; the members add what they hold. */
function prepareShared(): PreparedPeer {
  let total: bigint | undefined;
  return {
    run() {
      const zero: RingShares = { first: new BigUint64Array(1), second: new BigUint64Array(1) };
      const sums: [RingShares, RingShares, RingShares] = [zero, zero, zero];
      for (const number of NUMBERS) {
        const shares = shareRing(BigUint64Array.of(BigInt(number)), systemRng);
        for (const member of [0, 1, 2] as const) sums[member] = addRing(sums[member], shares[member]);
      }
      const all: AllRingShares = sums;
      [total] = reconstructRing(all);
    },
    check: () => ran(total) === BigInt(TOTAL),
    // A sender gives each member two elements; for the result one element goes to the receiver from each.
    bytes: () => 8 * (6 * COUNT + 3),
  };
}
