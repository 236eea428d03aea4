/** OPRF engines of a curious asker, and a faulty one. */
import { sha256 } from '@noble/hashes/sha2.js';
import { type OprfEngine, RECORD_BYTES } from '../../protocols/oprf/index.ts';
import { concatBytes, utf8 } from '../../src/crypto/bytes.ts';
import { hashTuple, RecordHash } from '../../src/crypto/hash.ts';
import type { Io } from '../../src/kit/io.ts';

/** What one evaluation gave the asker. */
export interface AskerValues {
  readonly sid: Uint8Array;
  /** The match's channel, which is in every key. */
  readonly matchPhase: string;
  /** bins x 33. */
  readonly records: Uint8Array;
  /** By contributor: bins x the engine's `valueBytes`. */
  readonly values: ReadonlyMap<string, Uint8Array>;
}

/** The same engine; the asker keeps what it received. */
export function recordingOprf(inner: OprfEngine): { readonly engine: OprfEngine; readonly seen: AskerValues[] } {
  const seen: AskerValues[] = [];
  const engine: OprfEngine = {
    ...inner,
    async receive(io, holders, records) {
      const values = await inner.receive(io, holders, records);
      seen.push({
        sid: io.sid,
        matchPhase: io.phase.replace(/\/oprf$/, ''),
        records,
        values: new Map(holders.map((holder, index) => [holder, values[index]])),
      });
      return values;
    },
  };
  return { engine, seen };
}

/** The same engine; the asker passes off garbage for the values of some contributors. */
export function garblingOprf(inner: OprfEngine, victims: readonly string[]): OprfEngine {
  return {
    ...inner,
    async receive(io, holders, records) {
      const values = await inner.receive(io, holders, records);
      return values.map((own, index) => (victims.includes(holders[index]) ? io.rng(own.length) : own));
    },
  };
}

/** THE FAULT: a value depends on the item and not on the bin, so one query serves all three bins of an item. */
export function oneTagPerItemOprf(secret: Uint8Array): OprfEngine {
  const tags = (io: Io, holder: string, records: Uint8Array): Uint8Array => {
    const hash = new RecordHash('one-tag-per-item', RECORD_BYTES, secret, io.sid, utf8(io.phase), utf8(holder));
    const count = records.length / RECORD_BYTES;
    const out = new Uint8Array(count * 32);
    for (let i = 0; i < count; i++) {
      hash.digestInto(records.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES), out, i * 32);
    }
    return out;
  };
  return {
    id: 'ideal',
    valueBytes: 32,
    securityModel: 'none: a fault for tests',
    rounds: 0,
    collisionLog2: -256,
    receive: (io, holders, records) => Promise.resolve(holders.map((holder) => tags(io, holder, records))),
    hold: (io) => ({
      answer: () => Promise.resolve(),
      evaluate: (_bins, records) => Promise.resolve(tags(io, io.self, records)),
    }),
    flow: () => [],
  };
}

/** An account's digest under the run id, as the items of a run have it. */
export function runDigest(sid: Uint8Array, account: string): Uint8Array {
  const out = new Uint8Array(32);
  new RecordHash('item', 32, sid).digestInto(sha256(utf8(account)), out, 0);
  return out;
}

/** The public salt of a contributor's table. */
export function saltOfTable({ sid, matchPhase }: AskerValues, contributor: string): Uint8Array {
  return hashTuple('okvs', sid, utf8(matchPhase), utf8(contributor));
}

export function itemRecord(digest: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(0), digest);
}
