/**
 * The Diffie–Hellman engine: 2HashDH (Jarecki–Kiayias–Krawczyk, ASIACRYPT 2014) with one fresh key k of the holder for
 * all records; hash-to-group and group jobs are those of protocols/oprf.
 *
 *   in order   R_i = rho_i · H(x_i)       Z_i = k · R_i            z_i = rho_i^-1 · Z_i = k · H(x_i)
 *   shuffled   R_i = a · H(x_i)           Z   = pi(k · R)          z   = a^-1 · Z      = pi(k · H(x))
 *
 * Shuffled is the cardinality variant of De Cristofaro–Gasti–Tsudik (CANS 2012), where one mask a has to serve all
 * records because the receiver must not know which is which. In order, each record has a mask of its own, so the holder
 * sees uniform elements whatever the records are and whatever it can compute. They go over in a random order: from a
 * confirmation a holder that took another key for some slots would else learn where in the receiver's list it stands.
 *
 * Semi-honest. Scalar inversion is BigInt and not constant time; multiplications run on the kernel.
 */
import { ELEMENT_BYTES, invertScalar, randomScalar, SCALAR_BYTES } from '../../src/crypto/group.ts';
import { BLOCK_BYTES } from '../../src/crypto/chacha20.ts';
import { HASH_BYTES, RecordHash } from '../../src/crypto/hash.ts';
import type { PrgDraw } from '../../src/crypto/prg.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import type { Steps } from '../../src/crypto/steps.ts';
import { blake2sKernel } from '../../src/kernels/blake2s.ts';
import { PEER_SOFTWARE_REMEDY, ProtocolError } from '../../src/errors.ts';
import { defineJob, type Job } from '../../src/kit/compute.ts';
import { heldDraw } from '../../src/kit/held-draw.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import { onChannel } from '../../src/kit/protocol.ts';
import { type Blinded, blindJob, evaluateJob, multiplyJob, requireElements } from '../oprf/index.ts';
import { batchCount, batchesOf, rowsOf } from './batches.ts';
import type { Exchange, OverlapEngine, OverlapEvaluation } from './engine.ts';
import { permutationBytes, randomPermutation } from './permutation.ts';

/** R of one batch: rows x 32. */
export const OverlapQuery: Message<Uint8Array, number> = bytesMessage('overlap-query');
/** Z of one batch: rows x 32. */
export const OverlapAnswered: Message<Uint8Array, number> = bytesMessage('overlap-answered');

export const dhOverlap: OverlapEngine = {
  id: 'dh',
  securities: ['semi-honest'],
  valueBytes: ELEMENT_BYTES,
  shuffles: true,
  serves: () => true,
  // z is a bijection of H(x), and H is a random oracle onto about 2^252 elements.
  collisionLog2: -252,
  // No more records than it has slots: as many as its bucket where that goes over in one piece.
  receiverDeparture: ({ rowCount, shards }) =>
    shards === 1 ? undefined : `the answer for up to ${shards * rowCount} accounts a run, one for each of its slots`,
  // Queries are uniform whatever the accounts are.
  holderDeparture: () => undefined,
  // Queries; the holder evaluates when it has them all, while its answers are under way.
  rounds: () => 1,
  failures: () => [],

  async receive(io, exchange, records) {
    const secrets = new Secrets();
    try {
      return secrets.pass(await receiveValues(io, { exchange, records, secrets }));
    } finally {
      secrets.end();
    }
  },

  hold(io, exchange): OverlapEvaluation {
    const { receiver, rowCount, batchRows, shuffled } = exchange;
    const secrets = new Secrets();
    const key = secrets.hold(randomScalar(io.rng));
    const order = shuffled ? heldDraw(io, 'order', { bytes: permutationBytes(rowCount), secrets }) : undefined;
    const keys = secrets.hold(repeated(key, batchRows));
    return {
      async answer() {
        const all = secrets.hold(new Uint8Array(order === undefined ? 0 : rowCount * ELEMENT_BYTES));
        for (const { from, rows } of batchesOf(exchange)) {
          const points = await io.from(receiver).recv(OverlapQuery, rows * ELEMENT_BYTES);
          const scalars = keys.subarray(0, rows * SCALAR_BYTES);
          const answered = requireElements(await io.compute(multiplyJob, { points, scalars }), io, receiver);
          if (order === undefined) await io.to(receiver).send(OverlapAnswered, answered, answered.length);
          else all.set(answered, from * ELEMENT_BYTES);
        }
        if (order === undefined) return;
        // As a whole: shuffled batch by batch, each would tell how many of its own records are common to both.
        const shuffledRows = await io.compute(shuffleJob, { elements: all, order });
        for (const batch of batchesOf(exchange)) {
          const answered = rowsOf(shuffledRows, ELEMENT_BYTES, batch);
          await io.to(receiver).send(OverlapAnswered, answered, answered.length);
        }
      },
      async evaluate(list) {
        const records = secrets.hold(await io.compute(runRecordsJob, { records: list, sid: io.sid }));
        return await underOneKey(io, records, key);
      },
      end: () => secrets.end(),
    };
  },

  flow({ receiver, holder, rowCount, batchRows }, channel) {
    const rows = { count: batchCount({ rowCount, batchRows }), bytes: rowCount * ELEMENT_BYTES };
    return onChannel(channel, [
      { from: receiver, to: holder, message: OverlapQuery.name, ...rows },
      { from: holder, to: receiver, message: OverlapAnswered.name, ...rows },
    ]);
  },
};

interface Asking {
  readonly exchange: Exchange;
  readonly records: Uint8Array;
  readonly secrets: Secrets;
}

/** The values; `secrets` has what they are made of. */
async function receiveValues(io: Io, { exchange, records: list, secrets }: Asking): Promise<Uint8Array> {
  const { holder, rowCount, shuffled } = exchange;
  const bytes = permutationBytes(rowCount);
  const slots = shuffled ? undefined : heldDraw(io, 'slots', { bytes, secrets });
  const listed = secrets.hold(await io.compute(runRecordsJob, { records: list, sid: io.sid }));
  const records =
    slots === undefined ? listed : secrets.hold(await io.compute(shuffleJob, { elements: listed, order: slots }));
  const blind = shuffled ? oneBlind(io, secrets) : blindEach(io, rowCount, secrets);
  const unblinders: Uint8Array[] = [];
  const values = secrets.hold(new Uint8Array(rowCount * ELEMENT_BYTES));
  const ask = async (): Promise<void> => {
    for (const batch of batchesOf(exchange)) {
      // In memory of their own: a thread would be given all of what a view lies in.
      const own = secrets.hold(rowsOf(records, RECORD_BYTES, batch).slice());
      const blinded = await blind(own, batch.from);
      unblinders.push(secrets.hold(blinded.unblinders));
      secrets.wipe(own);
      await io.to(holder).send(OverlapQuery, blinded.query, blinded.query.length);
    }
  };
  const unblind = async (): Promise<void> => {
    for (const [index, { from, rows }] of batchesOf(exchange).entries()) {
      const points = await io.from(holder).recv(OverlapAnswered, rows * ELEMENT_BYTES);
      const scalars = unblinders.at(index);
      if (scalars === undefined) throw tooEarly(io, exchange);
      const product = requireElements(await io.compute(multiplyJob, { points, scalars }), io, holder);
      values.set(product, from * ELEMENT_BYTES);
      product.fill(0);
      secrets.wipe(scalars);
    }
  };
  await io.all([ask, unblind]);
  return slots === undefined ? values : await io.compute(shuffleJob, { elements: values, order: slots, undo: true });
}

/** Blinds a batch, whose first record has this number. */
type Blind = (records: Uint8Array, from: number) => Promise<Blinded>;

function blindEach(io: Io, rowCount: number, secrets: Secrets): Blind {
  const all = heldDraw(io, 'blinds', { bytes: rowCount * BLOCK_BYTES, secrets });
  return (records, from) => {
    const length = (records.length / RECORD_BYTES) * BLOCK_BYTES;
    const blinds: PrgDraw = { key: all.key, block: all.block + from, length };
    return io.compute(blindJob, { records, blinds });
  };
}

function oneBlind(io: Io, secrets: Secrets): Blind {
  const mask = secrets.hold(randomScalar(io.rng));
  const inverse = secrets.hold(invertScalar(mask));
  return async (records) => {
    const query = await underOneKey(io, records, mask);
    return { query, unblinders: repeated(inverse, records.length / RECORD_BYTES) };
  };
}

/** key · H(record) for every record: n x 32. */
function underOneKey(io: Io, records: Uint8Array, key: Uint8Array): Promise<Uint8Array> {
  const bins = new Uint32Array(records.length / RECORD_BYTES);
  return io.compute(evaluateJob, { records, bins, binKeys: key });
}

function repeated(scalar: Uint8Array, count: number): Uint8Array {
  const out = new Uint8Array(count * SCALAR_BYTES);
  for (let i = 0; i < count; i++) out.set(scalar, i * SCALAR_BYTES);
  return out;
}

/** Records under the run id: equal ones of two runs have nothing in common, whatever the key. */
export const runRecordsJob: Job<{ readonly records: Uint8Array; readonly sid: Uint8Array }, Uint8Array> = defineJob(
  'overlap/run-records',
  ({ records, sid }): Steps<Uint8Array> =>
    new RecordHash('overlap-item', { widths: [HASH_BYTES], context: [sid], blake2s: blake2sKernel() }).digests(records),
);

interface Shuffled {
  /** n x 32. */
  readonly elements: Uint8Array;
  readonly order: PrgDraw;
  /** Puts back what was shuffled with the same draw. Default: false. */
  readonly undo?: boolean;
}

export const shuffleJob: Job<Shuffled, Uint8Array> = defineJob(
  'overlap/shuffle',
  function* ({ elements, order, undo = false }): Steps<Uint8Array> {
    const count = elements.length / ELEMENT_BYTES;
    const sources = yield* randomPermutation(order, count);
    const out = new Uint8Array(elements.length);
    for (let i = 0; i < count; i++) {
      const [from, to] = undo ? [i, sources[i]] : [sources[i], i];
      out.set(elements.subarray(from * ELEMENT_BYTES, (from + 1) * ELEMENT_BYTES), to * ELEMENT_BYTES);
      if (i % 4096 === 4095) yield;
    }
    return out;
  },
);

function tooEarly(io: Io, { holder }: Exchange): ProtocolError {
  return new ProtocolError('Cannot continue run: an answer came before its query', {
    code: 'unexpected-message',
    phase: io.phase,
    party: holder,
    remedy: PEER_SOFTWARE_REMEDY,
  });
}
