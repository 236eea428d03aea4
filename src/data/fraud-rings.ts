/**
 * Synthetic fraud rings: collectors at some institutions, victims and mules mostly at others, who pay them. That is
 * why a collector's own institution sees little: the numbers below are chosen to show it, not measured anywhere.
 */
import { SCAM_TYPES, type ScamCode } from './scam-types.ts';
import type { SyntheticRandom } from './synthetic-random.ts';
import type { TransferWriter } from './transfer-table.ts';

/** Accounts are indices over all institutions: institution * accountsPerInstitution + position. */
export interface FraudRing {
  readonly scamType: ScamCode;
  readonly collectors: readonly number[];
  readonly victims: readonly number[];
  /** Paid by a victim, and pay a collector. */
  readonly mules: readonly number[];
}

/** The accounts that rings are made of. */
export interface Population {
  readonly institutions: number;
  readonly accountsPerInstitution: number;
}

const SECOND_COLLECTOR = 0.5;
const PAYERS_MIN = 4;
const PAYERS_SPREAD = 9;
const PAYER_ELSEWHERE = 0.85;
const MULE_SHARE = 0.3;
/** Of a payer that it pays the ring's other collector, too. */
const PAYS_BOTH = 0.2;
/** Draws before a small population counts as used up. */
const ATTEMPTS = 16;

/** Draws rings one by one; no account is a collector in two rings. */
export class RingMaker {
  readonly #population: Population;
  readonly #random: SyntheticRandom;
  readonly #collectors = new Set<number>();

  constructor(population: Population, random: SyntheticRandom) {
    this.#population = population;
    this.#random = random;
  }

  /** undefined when the population has no free collector left. */
  next(): FraudRing | undefined {
    const collectors: number[] = [];
    const wanted = this.#random.chance(SECOND_COLLECTOR) ? 2 : 1;
    while (collectors.length < wanted) {
      const collector = this.#draw((account) => !this.#collectors.has(account));
      if (collector === undefined) break;
      this.#collectors.add(collector);
      collectors.push(collector);
    }
    if (collectors.length === 0) return undefined;
    const victims: number[] = [];
    const mules: number[] = [];
    const members = new Set<number>(collectors);
    const payers = collectors.length * (PAYERS_MIN + this.#random.below(PAYERS_SPREAD));
    for (let i = 0; i < payers; i++) {
      const payer = this.#drawPayer(collectors[i % collectors.length], members);
      if (payer === undefined) break;
      members.add(payer);
      (this.#random.chance(MULE_SHARE) ? mules : victims).push(payer);
    }
    return { scamType: SCAM_TYPES[this.#random.below(SCAM_TYPES.length)].code, collectors, victims, mules };
  }

  #drawPayer(collector: number, members: ReadonlySet<number>): number | undefined {
    const { institutions, accountsPerInstitution } = this.#population;
    const home = Math.floor(collector / accountsPerInstitution);
    const elsewhere = institutions > 1 && this.#random.chance(PAYER_ELSEWHERE);
    const institution = elsewhere ? (home + 1 + this.#random.below(institutions - 1)) % institutions : home;
    return this.#draw((account) => !members.has(account) && !this.#collectors.has(account), institution);
  }

  #draw(usable: (account: number) => boolean, institution?: number): number | undefined {
    const { institutions, accountsPerInstitution } = this.#population;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const at = institution ?? this.#random.below(institutions);
      const account = at * accountsPerInstitution + this.#random.below(accountsPerInstitution);
      if (usable(account)) return account;
    }
    return undefined;
  }
}

/** Writes the payments of a ring: victims and mules to collectors, and a victim's to each mule. */
export function writeRingTransfers(ring: FraudRing, writer: TransferWriter, random: SyntheticRandom): void {
  const scamType = 1 + SCAM_TYPES.findIndex((type) => type.code === ring.scamType);
  const pay = (payer: number, payee: number): void => {
    const amountCents = 50_000 + random.below(5_000_000);
    writer.append({ payer, payee, amountCents, hour: random.below(PERIOD_HOURS), scamType });
  };
  for (const payer of [...ring.victims, ...ring.mules]) {
    const first = random.below(ring.collectors.length);
    pay(payer, ring.collectors[first]);
    if (ring.collectors.length > 1 && random.chance(PAYS_BOTH)) pay(payer, ring.collectors[1 - first]);
  }
  if (ring.victims.length === 0) return;
  for (const mule of ring.mules) pay(ring.victims[random.below(ring.victims.length)], mule);
}

/** The period that synthetic transfers lie in: 30 days. */
export const PERIOD_HOURS = 720;
