/** What a curious asker can do with its view of a match: form keys and decode the contributors' tables. */
import { type MatchPlan, planMatch } from '../../protocols/match/index.ts';
import { type OprfEngine, RECORD_BYTES, VALUE_BYTES } from '../../protocols/oprf/index.ts';
import { type FlagParameters } from '../../protocols/flag/index.ts';
import { asBytes, asWords, concatBytes, toHex } from '../../src/crypto/bytes.ts';
import { cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { decodeOkvs } from '../../src/crypto/okvs.ts';
import { referenceRows } from '../../src/crypto/rows.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { type AskerValues, runDigest, saltOfTable } from './engines.ts';
import type { Wiretap } from './wiretap.ts';

/** One key that the asker can form, and the target it decodes to. */
export interface DecodedTarget {
  readonly account: string;
  readonly bin: number;
  /** Hex. */
  readonly target: string;
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

  /** What each bin's own key decodes to: bins x valueBytes, as it goes to the committee. */
  ownTargets(contributor: PartyId): Uint8Array {
    const bins = Uint32Array.from({ length: this.plan.bins }, (_, bin) => bin);
    return this.#decode(contributor, bins, this.#valuesOf(contributor));
  }

  /** Every key the asker can form of its accounts: the value it has for each, in each of the account's three bins. */
  everyTarget(contributor: PartyId, accounts: readonly string[]): DecodedTarget[] {
    const own = this.ownBins(accounts);
    const list = this.binsOf(accounts).flatMap((bins, k) =>
      bins.map((bin) => ({ account: accounts[k], bin, valueOf: own[k] })),
    );
    const held = this.#valuesOf(contributor);
    const rows = this.#decode(
      contributor,
      Uint32Array.from(list, ({ bin }) => bin),
      concatBytes(...list.map(({ valueOf }) => held.subarray(valueOf * VALUE_BYTES, (valueOf + 1) * VALUE_BYTES))),
    );
    const width = this.plan.valueBytes;
    return list.map(({ account, bin }, k) => ({
      account,
      bin,
      target: toHex(rows.subarray(k * width, k * width + Math.floor(this.plan.targetBits / 8))),
    }));
  }

  /** As the asker's own software decodes. */
  #decode(contributor: PartyId, bins: Uint32Array, keys: Uint8Array): Uint8Array {
    const { plan } = this;
    const shape = plan.okvsShapes[plan.contributors.indexOf(contributor)];
    const body = this.#tables.get(contributor) ?? new Uint8Array(0);
    const stride = 4 * shape.valueWords;
    const table = asWords(finish(referenceRows.resize(body, { from: plan.valueBytes, to: stride })));
    const seed = saltOfTable(this.#values, contributor);
    const decoded = asBytes(finish(decodeOkvs(shape, { seed, table, keys, labels: bins, masked: true })));
    return finish(referenceRows.resize(decoded, { from: stride, to: plan.valueBytes }));
  }

  #record(bin: number): Uint8Array {
    return this.#values.records.subarray(RECORD_BYTES * bin, RECORD_BYTES * (bin + 1));
  }

  #valuesOf(contributor: PartyId): Uint8Array {
    return this.#values.values.get(contributor) ?? new Uint8Array(0);
  }
}
