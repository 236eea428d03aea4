/** OPRF engines of a curious asker, and a faulty one. */
import { runDigestJob } from '../../protocols/items/index.ts';
import { type OprfEngine, VALUE_BYTES } from '../../protocols/oprf/index.ts';
import { referenceBlake2s } from '../../src/crypto/blake2s.ts';
import { utf8 } from '../../src/crypto/bytes.ts';
import { hashTuple, RecordHash } from '../../src/crypto/hash.ts';
import type { OpprfSalts } from '../../src/crypto/opprf.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { pickRows, resizeRows } from '../../src/crypto/rows.ts';
import { finish } from '../../src/crypto/steps.ts';
import type { Io } from '../../src/kit/io.ts';
import { localDigest } from '../support/local-digest.ts';

/** What one evaluation gave the asker. */
export interface AskerValues {
  readonly sid: Uint8Array;
  /** The match's channel, which is in the salts of all tables. */
  readonly matchPhase: string;
  /** bins x 32. */
  readonly records: Uint8Array;
  /** By contributor: bins x 16. */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** The same engine; the asker keeps what it received. */
export function recordingOprf(inner: OprfEngine): { readonly engine: OprfEngine; readonly seen: AskerValues[] } {
  const seen: AskerValues[] = [];
  const recording = (recorded: OprfEngine): OprfEngine => ({
    ...recorded,
    ofRun: (io) => recording(recorded.ofRun?.(io) ?? recorded),
    async receive(io, holders, query) {
      const values = await recorded.receive(io, holders, query);
      seen.push({
        sid: io.sid,
        matchPhase: io.phase.replace(/\/oprf$/, ''),
        // Copies: the protocol's jobs take over the buffers themselves, or its role wipes them.
        records: query.records.slice(),
        values: new Map(holders.map((holder, index) => [holder, values[index].slice()])),
      });
      return values;
    },
  });
  return { engine: recording(inner), seen };
}

/** The same engine; the asker passes off garbage for the values of some contributors. */
export function garblingOprf(inner: OprfEngine, victims: readonly string[]): OprfEngine {
  return {
    ...inner,
    ofRun: (io) => garblingOprf(inner.ofRun?.(io) ?? inner, victims),
    async receive(io, holders, query) {
      const values = await inner.receive(io, holders, query);
      return values.map((own, index) => (victims.includes(holders[index]) ? io.rng(own.length) : own));
    },
  };
}

/** THE FAULT: a value depends on the item and not on the bin, so one query serves all three bins of an item. */
export function oneTagPerItemOprf(secret: Uint8Array): OprfEngine {
  const tags = (io: Io, holder: string, records: Uint8Array): Uint8Array => {
    const context = [secret, io.sid, utf8(io.phase), utf8(holder)];
    const hash = new RecordHash('one-tag-per-item', { widths: [RECORD_BYTES], context, blake2s: referenceBlake2s });
    return finish(resizeRows(finish(hash.digests(records)), { from: 32, to: VALUE_BYTES }));
  };
  const thrice = (rows: Uint8Array): Uint8Array => {
    const numbers = Uint32Array.from({ length: (3 * rows.length) / VALUE_BYTES }, (_, i) => Math.floor(i / 3));
    return pickRows(rows, numbers, { stride: VALUE_BYTES });
  };
  return {
    id: 'ideal',
    securityModel: 'none: a fault for tests',
    rounds: () => 0,
    collisionLog2: () => -128,
    receive: (io, holders, { records }) => Promise.resolve(holders.map((holder) => tags(io, holder, records))),
    hold: (io) => ({
      answer: () => Promise.resolve(),
      evaluate: (_bins, records) => Promise.resolve(thrice(tags(io, io.self, records))),
      end: () => undefined,
    }),
    flow: () => [],
  };
}

/** An account's digest under the run id, as the items of a run have it. */
export function runDigest(sid: Uint8Array, account: string): Uint8Array {
  return finish(runDigestJob.run({ digests: localDigest(account), sid }));
}

/** The public salts of a contributor's table. */
export function saltsOfTable({ sid, matchPhase }: AskerValues, contributor: string): OpprfSalts {
  return {
    rowSalt: hashTuple('opprf-rows', sid, utf8(matchPhase)),
    maskSalt: hashTuple('opprf-masks', sid, utf8(matchPhase), utf8(contributor)),
  };
}
