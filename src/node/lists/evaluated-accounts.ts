/**
 * Which own accounts a question about new accounts only was answered about in a period, so that the next one can be about
 * the others. Kept are 16 bytes of a keyed hash of each account, under a key that only this institution can make: it is
 * derived from a signature of its identity, which no file holds. Lists of a period go when it is over.
 *
 * Not protected: who has identity and files can try accounts out. A signer whose signatures of one text differ makes
 * another key each time: then accounts are asked about again, never left out.
 */
import { setImmediate } from 'node:timers/promises';
import { fromHex, toHex, utf8 } from '../../crypto/bytes.ts';
import { DigestIndex } from '../../crypto/digest-index.ts';
import { deriveKey, HASH_BYTES, hashTuple } from '../../crypto/hash.ts';
import type { Signer } from '../../crypto/signature.ts';
import { finish } from '../../crypto/steps.ts';
import { accountDigests } from '../../data/account-digests.ts';
import { UsageError } from '../../errors.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { ListFiles } from './frozen-lists.ts';
import { type OwnAccounts, PackedAccounts } from './own-accounts.ts';
import { endOfNamed, periodName } from '../period-name.ts';

/** Two of 10^7 accounts have the same with a probability of 2^-82. */
const KEPT_BYTES = 16;
const DIGESTS_PER_LINE = 256;
const FIRST_CAPACITY: number = 2 ** 12;
/** Its folder under that of the store. */
export const EVALUATED_FOLDER = 'evaluated';

export interface EvaluatedIn {
  readonly question: string;
  /** `day:2027-12-31`. */
  readonly period: string;
}

/** The accounts of a question that is to be asked. */
export interface Evaluation {
  /** Those that the question was not answered about in the period. */
  readonly unasked: OwnAccounts;
  /** Different accounts of the list that were left out. */
  readonly leftOut: number;
  /** Once there is an answer: these accounts count as evaluated. `run` is a name that no other has. */
  keep(run: Uint8Array): Promise<void>;
}

export class EvaluatedAccounts {
  readonly #files: ListFiles;
  readonly #wallClock: WallClock;
  readonly #secret: Uint8Array;

  constructor({
    files,
    signer,
    wallClock,
  }: { readonly files: ListFiles; readonly signer: Signer; readonly wallClock: WallClock }) {
    this.#files = files;
    this.#wallClock = wallClock;
    this.#secret = signer.sign(utf8('blindflag/1: key of the accounts that were evaluated; never shown to anyone'));
  }

  /** Removes lists of periods that are over and, before any is written, what a killed process left of one. */
  async sweep(when: 'start' | 'later'): Promise<void> {
    for (const name of await this.#files.names()) {
      const endMs = endOf(name) ?? (when === 'start' ? -Infinity : Infinity);
      if (endMs <= this.#wallClock.now()) await this.#files.remove(name);
    }
  }

  /** Sorts out what is new. @throws UsageError `too-few-items` where nothing is */
  async of(own: OwnAccounts, where: EvaluatedIn): Promise<Evaluation> {
    await this.sweep('later');
    const key = deriveKey(this.#secret, new Uint8Array(0), `evaluated ${where.period} ${where.question}`);
    const index = new DigestIndex(FIRST_CAPACITY);
    await this.#load(index, where);
    const known = index.size;
    const seen = new Uint8Array(known);
    const batches = new PackedAccounts();
    for (const accounts of own.batches) {
      const items = index.addAll(shortened(finish(accountDigests(accounts, key))));
      const fresh = accounts.filter((_, k) => items[k] >= known);
      for (const item of items) if (item < known) seen[item] = 1;
      if (fresh.length > 0) batches.add(fresh);
      await setImmediate();
    }
    const distinct = index.size - known;
    const leftOut = seen.reduce((sum, bit) => sum + bit, 0);
    if (distinct === 0 && leftOut > 0) throw nothingNew();
    const added = index.digests().subarray(known * HASH_BYTES);
    return {
      unasked: { batches, distinct },
      leftOut,
      keep: (run) => this.#files.write(`${prefixOf(where)}${toHex(run)}`, linesOf(added)),
    };
  }

  async #load(index: DigestIndex, where: EvaluatedIn): Promise<void> {
    const prefix = prefixOf(where);
    try {
      for (const name of await this.#files.names()) {
        if (!name.startsWith(prefix) || endOf(name) === undefined) continue;
        for await (const line of this.#files.read(name)) index.addAll(digestsOf(line));
      }
    } catch (cause) {
      throw new UsageError('Cannot ask: what was evaluated in this period cannot be read', {
        code: 'unreadable-source',
        phase: 'input',
        remedy: 'check the disk under the folder of the store, or ask about all accounts',
        cause,
      });
    }
  }
}

/** Digests of `KEPT_BYTES` in the room of whole ones. */
function shortened(digests: Uint8Array): Uint8Array {
  for (let at = 0; at < digests.length; at += HASH_BYTES) digests.fill(0, at + KEPT_BYTES, at + HASH_BYTES);
  return digests;
}

async function* linesOf(digests: Uint8Array): AsyncGenerator<string> {
  for (let from = 0; from < digests.length; from += DIGESTS_PER_LINE * HASH_BYTES) {
    let line = '';
    const to = Math.min(digests.length, from + DIGESTS_PER_LINE * HASH_BYTES);
    for (let at = from; at < to; at += HASH_BYTES) line += toHex(digests.subarray(at, at + KEPT_BYTES));
    yield line;
  }
}

function digestsOf(line: string): Uint8Array {
  const count = line.length / (2 * KEPT_BYTES);
  const digests = new Uint8Array(count * HASH_BYTES);
  for (let k = 0; k < count; k++) {
    digests.set(fromHex(line.slice(2 * KEPT_BYTES * k, 2 * KEPT_BYTES * (k + 1))), k * HASH_BYTES);
  }
  return digests;
}

/** `day_2027-01-15.QUESTION.RUN` */
function prefixOf({ question, period }: EvaluatedIn): string {
  return `${periodName(period)}.${toHex(hashTuple('evaluated-question', utf8(question)).subarray(0, 8))}.`;
}

/** When the period of a list is over; undefined where it is no name of a whole list. */
function endOf(name: string): number | undefined {
  const [, period] = /^([a-z]+_[\d-]+)\.[0-9a-f]{16}\.[0-9a-f]{32}$/.exec(name) ?? [];
  return endOfNamed(period);
}

function nothingNew(): UsageError {
  return new UsageError('Cannot ask: every account of the list was evaluated in this period already', {
    code: 'too-few-items',
    phase: 'input',
    remedy: 'ask again when there are new accounts, or in the next period',
  });
}
