/** What a curious asker can do with its view of a match: read the contributors' tables with all masks that it can form. */
import { type MatchPlan, planMatch } from '../../protocols/match/index.ts';
import { type OprfEngine, VALUE_BYTES } from '../../protocols/oprf/index.ts';
import { type FlagParameters } from '../../protocols/flag/index.ts';
import { asBytes, asWords, concatBytes, toHex } from '../../src/crypto/bytes.ts';
import { cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { decodeOkvs, OKVS_KEY_BYTES, okvsShape } from '../../src/crypto/okvs.ts';
import { OPPRF_VALUE_BYTES, referenceOpprf, targetWords } from '../../src/crypto/opprf.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { resizeRows } from '../../src/crypto/rows.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { type AskerValues, runDigest, saltsOfTable } from './engines.ts';
import type { Wiretap } from './wiretap.ts';

/** One value that the asker can read, and the target in it. */
export interface DecodedTarget {
  readonly account: string;
  readonly bin: number;
  /** Hex. */
  readonly target: string;
}

interface AskedRecord {
  readonly record: Uint8Array;
  readonly bin: number;
  readonly slot: number;
  /** The bin whose value is taken for the record's. */
  readonly valueOf: number;
}

export class AskerView {
  readonly plan: MatchPlan;
  readonly #values: AskerValues;
  readonly #tables: ReadonlyMap<PartyId, Uint8Array>;

  constructor(parameters: FlagParameters, engine: OprfEngine, seen: readonly AskerValues[], tap: Wiretap) {
    const scoreBits = parameters.score === undefined ? 0 : Math.floor(Math.log2(parameters.score.max)) + 1;
    this.plan = planMatch({ ...parameters, scoreBits }, engine);
    [this.#values] = seen;
    this.#tables = new Map(
      parameters.contributors.map((from) => [from, tap.one({ from, to: parameters.asker, name: 'target-table' }).body]),
    );
  }

  /** The three bins of each account under the run id. */
  binsOf(accounts: readonly string[]): number[][] {
    const digests = concatBytes(...accounts.map((account) => runDigest(this.#values.sid, account)));
    const positions = finish(cuckooPositions(digests, this.plan.bins));
    return accounts.map((_, k) => [...positions.subarray(3 * k, 3 * k + 3)]);
  }

  /** The bin in which each account was asked about. */
  ownBins(accounts: readonly string[]): number[] {
    const binOf = new Map<string, number>();
    for (let bin = 0; bin < this.plan.bins; bin++) binOf.set(toHex(this.#record(bin)), bin);
    return accounts.map((account) => binOf.get(toHex(runDigest(this.#values.sid, account))) ?? -1);
  }

  /** What each bin's own record reads: bins x valueBytes, as it goes to the committee. */
  ownTargets(contributor: PartyId): Uint8Array {
    const records = Array.from({ length: this.plan.bins }, (_, bin) => this.#record(bin));
    const positions = finish(cuckooPositions(concatBytes(...records), this.plan.bins));
    const asked = records.map((record, bin) => {
      const slot = positions.subarray(3 * bin, 3 * bin + 3).indexOf(bin);
      // A record that is no account's is in no bin of its own, but for a few by chance.
      return { record, bin, slot: Math.max(0, slot), valueOf: bin };
    });
    return this.#read(contributor, asked);
  }

  /**
   * All that the asker can read of its accounts, for each of an account's three bins: with the value that it has for the account,
   * under the mask of this bin and under that of the bin it asked in, and without a mask.
   */
  everyTarget(contributor: PartyId, accounts: readonly string[]): DecodedTarget[] {
    const own = this.ownBins(accounts);
    const list = this.binsOf(accounts).flatMap((bins, k) =>
      bins.map((bin, slot) => ({
        account: accounts[k],
        record: runDigest(this.#values.sid, accounts[k]),
        bin,
        slot,
        valueOf: own[k],
      })),
    );
    const readings = [
      this.#read(contributor, list),
      this.#read(
        contributor,
        list.map((asked) => ({ ...asked, bin: asked.valueOf })),
      ),
      this.#readMasked(contributor, list),
    ];
    const [width, targetBytes] = [this.plan.valueBytes, Math.floor(this.plan.targetBits / 8)];
    return readings.flatMap((rows) =>
      list.map(({ account, bin }, k) => ({
        account,
        bin,
        target: toHex(rows.subarray(k * width, k * width + targetBytes)),
      })),
    );
  }

  /** As the asker's own software reads. */
  #read(contributor: PartyId, asked: readonly AskedRecord[]): Uint8Array {
    const { plan } = this;
    const held = this.#values.values.get(contributor) ?? new Uint8Array(0);
    const query = {
      ...saltsOfTable(this.#values, contributor),
      records: concatBytes(...asked.map(({ record }) => record)),
      slots: Uint8Array.from(asked, ({ slot }) => slot),
      bins: Uint32Array.from(asked, ({ bin }) => bin),
      oprfValues: concatBytes(
        ...asked.map(({ valueOf }) => held.subarray(valueOf * VALUE_BYTES, (valueOf + 1) * VALUE_BYTES)),
      ),
      table: this.#tables.get(contributor) ?? new Uint8Array(0),
    };
    const read = finish(referenceOpprf.read(plan.opprfShapes[plan.contributors.indexOf(contributor)], query));
    return finish(resizeRows(read, { from: OPPRF_VALUE_BYTES, to: plan.valueBytes }));
  }

  /** What stands in the table, masked. */
  #readMasked(contributor: PartyId, asked: readonly AskedRecord[]): Uint8Array {
    const shape = this.plan.opprfShapes[this.plan.contributors.indexOf(contributor)];
    const { recordCapacity, columns, valueBytes } = shape;
    const words = targetWords(shape);
    const okvs = okvsShape(recordCapacity, words);
    const { rowSalt: salt } = saltsOfTable(this.#values, contributor);
    const keys = concatBytes(...asked.map(({ record }) => record.subarray(0, OKVS_KEY_BYTES)));
    const body = this.#tables.get(contributor) ?? new Uint8Array(0);
    const bySlot = [0, 1, 2].map((slot) => {
      const own = body.subarray(slot * columns * valueBytes, (slot + 1) * columns * valueBytes);
      const table = asWords(finish(resizeRows(own, { from: valueBytes, to: 4 * words })));
      const rows = asBytes(finish(decodeOkvs(okvs, { salt, keys, table })));
      return finish(resizeRows(rows, { from: 4 * words, to: valueBytes }));
    });
    return concatBytes(...asked.map(({ slot }, k) => bySlot[slot].subarray(k * valueBytes, (k + 1) * valueBytes)));
  }

  #record(bin: number): Uint8Array {
    return this.#values.records.subarray(RECORD_BYTES * bin, RECORD_BYTES * (bin + 1));
  }
}
