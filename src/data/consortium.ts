/**
 * A seeded generator of synthetic consortia: institutions, accounts, ordinary transfers, fraud rings that cross
 * institutions, and what each institution has marked. The same options give the same consortium everywhere. Its rates
 * are chosen so that the default size shows why evidence is joined; they are no statistics of real fraud.
 */
import type { Steps } from '../crypto/steps.ts';
import { UsageError } from '../errors.ts';
import type { Consortium, EvidenceRow, InstitutionData } from './consortium-data.ts';
import { type EvidenceColumns, EvidenceTally } from './evidence.ts';
import { type FraudRing, PERIOD_HOURS, RingMaker, writeRingTransfers } from './fraud-rings.ts';
import { MAX_INSTITUTION_CODES, SyntheticAccounts } from './synthetic-accounts.ts';
import { SyntheticRandom } from './synthetic-random.ts';
import { type TransferTable, TransferWriter } from './transfer-table.ts';

export interface ConsortiumOptions {
  readonly institutions: number;
  readonly accountsPerInstitution: number;
  /** A number and its decimal spelling are the same seed. */
  readonly seed: string | number;
  /** Fraud rings per account, 0 to 0.02; undefined means 0.007. */
  readonly ringRate?: number;
}

export interface SyntheticConsortium extends Consortium {
  /** Account indices are institution * accountsPerInstitution + position in `accounts`. */
  readonly transfers: TransferTable;
  readonly rings: readonly FraudRing[];
}

/** Accounts over all institutions, so that the result (some 250 bytes an account) stays in memory. */
const MAX_ACCOUNTS = 10_000_000;
const MAX_RING_RATE = 0.02;
const DEFAULT_RING_RATE = 0.007;
/** Each account makes 0 to 8 ordinary transfers, 4 on average. */
const TRANSFERS_SPREAD = 9;
const INSIDE_SHARE = 0.6;
/** Every 50th account is a shop. A tenth of the ordinary transfers go to any shop: where false alarms come from. */
const SHOP_EVERY = 50;
const SHOP_SHARE = 0.1;
/** Of victims and mules that their institution comes to know of. */
const MARKED_SHARE = 0.75;
/** Items between two pauses: below 2 ms for the slowest loop, about 4 µs an account (2026-11, 2-core server). */
const ITEMS_PER_STEP = 256;
const RINGS_PER_STEP = 32;

const NAMES = ['amber', 'birch', 'cedar', 'dune', 'ember', 'fjord', 'grove', 'heron', 'iris', 'juniper'] as const;

/**
 * Generates a consortium; run it with `finish` or slice by slice.
 * @throws UsageError `bad-parameter` or `resource-limit`, at the first step.
 */
export function* generateConsortium(options: ConsortiumOptions): Steps<SyntheticConsortium> {
  checkOptions(options);
  const seed = String(options.seed);
  const accounts = yield* makeAccounts(options, new SyntheticRandom(seed, 'accounts'));
  const writer = new TransferWriter(5 * options.institutions * options.accountsPerInstitution);
  const rings = yield* makeRings(options, writer, new SyntheticRandom(seed, 'rings'));
  yield* makeOrdinaryTransfers(options, writer, new SyntheticRandom(seed, 'transfers'));
  const marked = yield* markMembers(rings, new SyntheticRandom(seed, 'marks'));
  const transfers = writer.table();
  const { evidence, transferCounts } = yield* weighTransfers(options, transfers, marked);
  const institutions = yield* assemble(accounts, { evidence, marked, rings });
  return { institutions, transferCounts, transfers, rings };
}

function checkOptions(options: ConsortiumOptions): void {
  const { institutions, accountsPerInstitution, ringRate } = options;
  if (!Number.isInteger(institutions) || institutions < 1 || institutions > MAX_INSTITUTION_CODES) {
    throw badParameter(`institutions is not an integer from 1 to ${MAX_INSTITUTION_CODES}`);
  }
  if (!Number.isInteger(accountsPerInstitution) || accountsPerInstitution < 1) {
    throw badParameter('accountsPerInstitution is not a positive integer');
  }
  if (institutions * accountsPerInstitution > MAX_ACCOUNTS) {
    throw new UsageError(
      `Cannot generate consortium: ${institutions} x ${accountsPerInstitution} accounts are more than ${MAX_ACCOUNTS}`,
      { code: 'resource-limit' },
    );
  }
  if (ringRate !== undefined && !(ringRate >= 0 && ringRate <= MAX_RING_RATE)) {
    throw badParameter(`ringRate is not from 0 to ${MAX_RING_RATE}`);
  }
}

function badParameter(state: string): UsageError {
  return new UsageError(`Cannot generate consortium: ${state}`, { code: 'bad-parameter' });
}

function* makeAccounts(options: ConsortiumOptions, random: SyntheticRandom): Steps<readonly (readonly string[])[]> {
  const numbers = new SyntheticAccounts(random);
  const all: string[][] = [];
  for (let institution = 0; institution < options.institutions; institution++) {
    const own: string[] = [];
    for (let serial = 0; serial < options.accountsPerInstitution; serial++) {
      if (serial % ITEMS_PER_STEP === 0) yield;
      own.push(numbers.canonical(institution, serial));
    }
    all.push(own);
  }
  return all;
}

function* makeRings(
  options: ConsortiumOptions,
  writer: TransferWriter,
  random: SyntheticRandom,
): Steps<readonly FraudRing[]> {
  const ringRate = options.ringRate ?? DEFAULT_RING_RATE;
  const expected = ringRate * options.institutions * options.accountsPerInstitution;
  // A consortium too small for its rate still has one ring to find, unless rings are switched off.
  const ringCount = ringRate === 0 ? 0 : Math.max(1, Math.round(expected));
  const maker = new RingMaker(options, random);
  const rings: FraudRing[] = [];
  for (let i = 0; i < ringCount; i++) {
    const ring = maker.next();
    if (ring === undefined) break;
    rings.push(ring);
    writeRingTransfers(ring, writer, random);
    if (i % RINGS_PER_STEP === 0) yield;
  }
  return rings;
}

function* makeOrdinaryTransfers(
  options: ConsortiumOptions,
  writer: TransferWriter,
  random: SyntheticRandom,
): Steps<void> {
  const { institutions, accountsPerInstitution: size } = options;
  const shops = Math.ceil(size / SHOP_EVERY);
  for (let payer = 0; payer < institutions * size; payer++) {
    if (payer % ITEMS_PER_STEP === 0) yield;
    for (let left = random.below(TRANSFERS_SPREAD); left > 0; left--) {
      const isShop = random.chance(SHOP_SHARE);
      const at = isShop || !random.chance(INSIDE_SHARE) ? random.below(institutions) : Math.floor(payer / size);
      const payee = at * size + (isShop ? random.below(shops) * SHOP_EVERY : random.below(size));
      if (payee === payer) continue;
      const amountCents = 100 + random.below(200_000);
      writer.append({ payer, payee, amountCents, hour: random.below(PERIOD_HOURS), scamType: 0 });
    }
  }
}

function* markMembers(rings: readonly FraudRing[], random: SyntheticRandom): Steps<ReadonlySet<number>> {
  const marked = new Set<number>();
  for (const [i, ring] of rings.entries()) {
    if (i % RINGS_PER_STEP === 0) yield;
    for (const member of [...ring.victims, ...ring.mules]) {
      if (random.chance(MARKED_SHARE)) marked.add(member);
    }
  }
  return marked;
}

function* weighTransfers(
  options: ConsortiumOptions,
  transfers: TransferTable,
  marked: ReadonlySet<number>,
): Steps<{ evidence: readonly EvidenceColumns[]; transferCounts: { inside: number; across: number } }> {
  const size = options.accountsPerInstitution;
  const tally = new EvidenceTally(options.institutions, options.institutions * size);
  let inside = 0;
  for (let i = 0; i < transfers.payers.length; i++) {
    if (i % (16 * ITEMS_PER_STEP) === 0) yield;
    const payer = transfers.payers[i];
    const payee = transfers.payees[i];
    const institution = Math.floor(payer / size);
    if (institution === Math.floor(payee / size)) inside++;
    if (marked.has(payer)) tally.add(institution, payer, payee);
  }
  const evidence = yield* tally.columns();
  return { evidence, transferCounts: { inside, across: transfers.payers.length - inside } };
}

interface Findings {
  readonly evidence: readonly EvidenceColumns[];
  readonly marked: ReadonlySet<number>;
  readonly rings: readonly FraudRing[];
}

function* assemble(
  accounts: readonly (readonly string[])[],
  { evidence, marked, rings }: Findings,
): Steps<readonly InstitutionData[]> {
  const size = accounts[0].length;
  const name = (index: number): string => accounts[Math.floor(index / size)][index % size];
  const institutions = accounts.map((own, i) => ({
    name: i < NAMES.length ? `bank-${NAMES[i]}` : `bank-${i + 1}`,
    accounts: own,
    evidence: [] as EvidenceRow[],
    marked: new Set<string>(),
    truth: new Set<string>(),
  }));
  for (const [i, { payees, scores }] of evidence.entries()) {
    for (let row = 0; row < payees.length; row++) {
      if (row % ITEMS_PER_STEP === 0) yield;
      institutions[i].evidence.push({ account: name(payees[row]), score: scores[row] });
    }
  }
  const place = function* (indices: Iterable<number>, set: 'marked' | 'truth'): Steps<void> {
    let count = 0;
    for (const index of indices) {
      institutions[Math.floor(index / size)][set].add(name(index));
      if (++count % ITEMS_PER_STEP === 0) yield;
    }
  };
  yield* place(marked, 'marked');
  yield* place(
    rings.flatMap((ring) => ring.collectors),
    'truth',
  );
  return institutions;
}
