/** What a curious asker can do with its view of a match: form keys and decode the contributors' tables. */
import { deriveKeys } from '../../protocols/match/keys.ts';
import { type MatchPlan, planMatch } from '../../protocols/match/index.ts';
import type { OprfEngine } from '../../protocols/oprf/index.ts';
import { type FlagParameters } from '../../protocols/flag/index.ts';
import { asBytes, concatBytes, toHex } from '../../src/crypto/bytes.ts';
import { cuckooPositions } from '../../src/crypto/cuckoo.ts';
import { decodeOkvs } from '../../src/crypto/okvs.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { type AskerValues, itemRecord, runDigest, saltOfTable } from './engines.ts';
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
    return accounts.map((account) => binOf.get(toHex(itemRecord(runDigest(this.#values.sid, account)))) ?? -1);
  }

  /** What each bin's own key decodes to: bins x valueBytes, as it goes to the committee. */
  ownTargets(contributor: PartyId): Uint8Array {
    const bins = Uint32Array.from({ length: this.plan.bins }, (_, bin) => bin);
    return this.#decode(contributor, bins, this.#values.records, this.#valuesOf(contributor));
  }

  /**
   * Every key the asker can form of its accounts: each in each of its three bins, with the value that belongs to the
   * account and with the one that belongs to the bin.
   */
  everyTarget(contributor: PartyId, accounts: readonly string[]): DecodedTarget[] {
    const own = this.ownBins(accounts);
    const tries = new Map<string, { account: string; bin: number; valueOf: number }>();
    for (const [k, bins] of this.binsOf(accounts).entries()) {
      for (const bin of bins) {
        for (const valueOf of [own[k], bin])
          tries.set(`${k} ${bin} ${valueOf}`, { account: accounts[k], bin, valueOf });
      }
    }
    const list = [...tries.values()];
    const { valueBytes } = this.plan.engine;
    const held = this.#valuesOf(contributor);
    const rows = this.#decode(
      contributor,
      Uint32Array.from(list, ({ bin }) => bin),
      concatBytes(...list.map(({ account }) => itemRecord(runDigest(this.#values.sid, account)))),
      concatBytes(...list.map(({ valueOf }) => held.subarray(valueOf * valueBytes, (valueOf + 1) * valueBytes))),
    );
    const width = this.plan.valueBytes;
    return list.map(({ account, bin }, k) => ({
      account,
      bin,
      target: toHex(rows.subarray(k * width, k * width + this.plan.targetBits / 8)),
    }));
  }

  /** As the asker's own software decodes. */
  #decode(contributor: PartyId, bins: Uint32Array, records: Uint8Array, oprfValues: Uint8Array): Uint8Array {
    const { plan } = this;
    const { sid, matchPhase: phase } = this.#values;
    const oprfValueBytes = plan.engine.valueBytes;
    const { keys, masks } = finish(deriveKeys({ sid, phase, contributor, bins, records, oprfValues, oprfValueBytes }));
    const shape = plan.okvsShapes[plan.contributors.indexOf(contributor)];
    const body = this.#tables.get(contributor) ?? new Uint8Array(0);
    const table = new Uint32Array(shape.columns * shape.valueWords);
    const stride = 4 * shape.valueWords;
    for (let column = 0; column < shape.columns; column++) {
      asBytes(table).set(body.subarray(column * plan.valueBytes, (column + 1) * plan.valueBytes), column * stride);
    }
    const decoded = asBytes(finish(decodeOkvs(shape, { seed: saltOfTable(this.#values, contributor), table, keys })));
    const rows = new Uint8Array(bins.length * plan.valueBytes);
    for (let i = 0; i < bins.length; i++) {
      for (let k = 0; k < plan.valueBytes; k++) {
        rows[i * plan.valueBytes + k] = decoded[i * stride + k] ^ asBytes(masks)[16 * i + k];
      }
    }
    return rows;
  }

  #record(bin: number): Uint8Array {
    return this.#values.records.subarray(33 * bin, 33 * bin + 33);
  }

  #valuesOf(contributor: PartyId): Uint8Array {
    return this.#values.values.get(contributor) ?? new Uint8Array(0);
  }
}
