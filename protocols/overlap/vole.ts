/**
 * The engine on subfield VOLE (Raghuraman, Rindal, CCS 2022, eprint 2022/320): the receiver's records go over as one random
 * band OKVS, masked by the first half of a VOLE. A few operations of symmetric cryptography a row.
 *
 * Two variants. `semi-honest`: both follow the protocol. `malicious`: a VOLE with checks, all values over GF(2^128), a coin
 * of both sides in every value; not protected is then only that a receiver has any records in its table, about as many as
 * that has columns: `mostAnswered`.
 */
import { utf8 } from '../../src/crypto/bytes.ts';
import { fieldBytes, GF128_BYTES, type VoleField } from '../../src/crypto/gf2.ts';
import { okvsColumns, okvsFailureLog2, OKVS_KEY_BYTES } from '../../src/crypto/okvs.ts';
import { RECORD_BYTES } from '../../src/crypto/record.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import { MAX_SILENT_LENGTH } from '../../src/crypto/silent-vole-plan.ts';
import { mostAnswered } from '../../src/crypto/vole-oprf.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import { type FailureBound, type FlowRow, onChannel } from '../../src/kit/protocol.ts';
import {
  type BaseOtStore,
  beginVole,
  storeOfRun,
  type Vole,
  voleChosenRounds,
  voleFlow,
  voleHold,
  volePlan,
  type VolePlan,
} from '../vole/index.ts';
import { EVENT_BITS } from './bounds.ts';
import { type Coin, coinFlow, COIN_CHANNEL, commitCoin, receiveCommitment } from './coins.ts';
import type { Exchange, OverlapEngine, OverlapEvaluation } from './engine.ts';
import {
  addCoin,
  addTo,
  decodeJob,
  encodeJob,
  expandRowsJob,
  type VoleEvaluation,
  voleEvaluateJob,
} from './vole-steps.ts';

/** D = A + P: columns x 8 or 16. */
export const OverlapDifferences: Message<Uint8Array, number> = bytesMessage('overlap-differences');

/**
 * Lists of so many records at most keep their rows from one step to the next: 64 bytes a record, where longer ones have none to
 * spare.
 */
const MAX_EXPANDED = 2 ** 17;

/** `store`: where base transfers of a pair of parties are kept from run to run. */
export function voleOverlap(store: BaseOtStore): OverlapEngine {
  return {
    id: 'vole',
    securities: ['semi-honest', 'malicious'],
    valueBytes: GF128_BYTES,
    shuffles: false,
    serves: ({ rowCount }) => okvsColumns(rowCount) <= MAX_SILENT_LENGTH,
    // The record is inside every hash that values go into; what can be equal by chance are keys of the table.
    collisionLog2: -8 * OKVS_KEY_BYTES,
    receiverDeparture,
    holderDeparture,

    ofRun: (io) => voleOverlap(storeOfRun(io, store)),

    receive: (io, exchange, records) => receiveValues(io, { exchange, records, store }),

    hold: (io, exchange) => holdValues(io, exchange, store),

    flow: flowOf,

    rounds: (exchange, after) => voleChosenRounds(planOf(exchange)) - KNOWN_ROUNDS[after],

    failures: failuresOf,
  };
}

function flowOf(exchange: Exchange, channel: string): readonly FlowRow[] {
  const { receiver, holder } = exchange;
  const plan = planOf(exchange);
  const differences = { message: OverlapDifferences.name, bytes: differenceBytes(plan), count: 1 };
  return [
    ...onChannel(channel, [...voleFlow(receiver, holder, plan), { from: receiver, to: holder, ...differences }]),
    ...onChannel(`${channel}/${COIN_CHANNEL}`, plan.checked ? coinFlow(receiver, holder) : []),
  ];
}

function failuresOf(exchange: Exchange): readonly FailureBound[] {
  const { rowCount, heldCount, shards } = exchange;
  return [
    { event: 'the rows of a table depend on each other', log2: okvsFailureLog2(rowCount) + Math.log2(shards) },
    {
      event: 'the receiver’s table has the hash of an account that is not in it',
      log2: Math.log2(heldCount * shards) - 8 * fieldBytes(fieldOf(exchange)),
    },
  ];
}

function receiverDeparture({ security, rowCount, shards }: Exchange): string {
  if (security === 'semi-honest') return 'the answer for every account that it can guess';
  const columns = okvsColumns(rowCount);
  const [plain, most] = [shards * columns, shards * mostAnswered(columns, shards)];
  return `the answer for up to ${plain} accounts a run, one for each column of its tables, and for more by a search, with 2^64 hashes for up to ${most} accounts`;
}

/**
 * Unchecked corrections that differ in some trees give bits of what base transfers hide; with all of these bits the holder
 * has both keys of its transfers under them, and from these A. Said for all sizes, as a contract says one line for them.
 */
function holderDeparture({ security }: Exchange): string | undefined {
  if (security === 'malicious') return undefined;
  return 'for every account that it can guess, whether the other lists it, from a few runs or shards under the same base transfers';
}

/** Base transfers of the first shard save one round, and a holder that begins by itself does not wait for two. */
const KNOWN_ROUNDS = { nothing: 0, confirmations: 1, rows: 3 } as const;

interface Asking {
  readonly exchange: Exchange;
  readonly records: Uint8Array;
  readonly store: BaseOtStore;
}

/** The receiver's part. It encodes while the holder grows its trees, and decodes while the holder evaluates. */
async function receiveValues(io: Io, asking: Asking): Promise<Uint8Array> {
  const { exchange, records } = asking;
  const secrets = new Secrets();
  try {
    const { c, coin, expandedRows } = await sendTable(io, asking, secrets);
    const input = { ...commonOf(io, exchange), records, c, expandedRows };
    const [values, drawn] = await io.all([
      async () => secrets.hold(await io.compute(decodeJob, input)),
      async () => await coin?.draw(),
    ]);
    if (drawn !== undefined) addCoin(values, drawn);
    return secrets.pass(values);
  } finally {
    secrets.end();
  }
}

interface SentTable {
  readonly c: Uint8Array;
  /** In the malicious variant. */
  readonly coin: Coin | undefined;
  readonly expandedRows: Uint8Array | undefined;
}

/** Rows of a list that keeps them. */
async function expandRows(
  io: Io,
  exchange: Exchange,
  { records, secrets }: { readonly records: Uint8Array; readonly secrets: Secrets },
): Promise<Uint8Array | undefined> {
  if (records.length > MAX_EXPANDED * RECORD_BYTES) return undefined;
  const expandedRows = await io.compute(expandRowsJob, { ...commonOf(io, exchange), records });
  return expandedRows === undefined ? undefined : secrets.hold(expandedRows);
}

/** Until the masked table has left. */
async function sendTable(io: Io, { exchange, records, store }: Asking, secrets: Secrets): Promise<SentTable> {
  const plan = planOf(exchange);
  const { holder } = exchange;
  const vole = await beginVole(io, holder, { ...plan, store, secrets });
  // One after the other: each needs a good part of the memory that a run takes.
  const expandedRows = await expandRows(io, exchange, { records, secrets });
  const table = secrets.hold(await io.compute(encodeJob, { ...commonOf(io, exchange), records, expandedRows }));
  const { a, c } = await vole.finish();
  const coin = plan.checked ? await receiveCommitment(io, holder) : undefined;
  addTo(table, a);
  secrets.wipe(a);
  await io.to(holder).send(OverlapDifferences, table, table.length);
  secrets.wipe(table);
  return { c, coin, expandedRows };
}

/** The holder's end: it begins at once, whatever its own records are. */
function holdValues(io: Io, exchange: Exchange, store: BaseOtStore): OverlapEvaluation {
  const secrets = new Secrets();
  let expected: Uint8Array | undefined;
  const opened = openHolder(io, exchange, { store, secrets, expected: () => expected });
  const end = (): void => secrets.end();
  // Whoever awaits it below sees the failure; this keeps an unused promise from reporting it a second time.
  opened.catch(() => undefined);
  return {
    expect(records) {
      expected = records;
    },
    answer: async () => void (await opened),
    async evaluate(records, { more = false } = {}) {
      const { coin, expandedRows, ...held } = await opened;
      // The job takes over what it is given.
      const given = more ? { ...held, k: held.k.slice(), differences: held.differences.slice() } : held;
      const rows = records === expected ? expandedRows : undefined;
      // Once: the job takes them over, too.
      expected = undefined;
      const values = await io.compute(voleEvaluateJob, {
        ...given,
        ...commonOf(io, exchange),
        records,
        expandedRows: rows,
      });
      if (coin !== undefined) addCoin(values, coin);
      return values;
    },
    end: () => void opened.then(end, end),
  };
}

interface Opened extends Pick<VoleEvaluation, 'k' | 'differences' | 'delta' | 'expandedRows'> {
  /** In the malicious variant. */
  readonly coin: Uint8Array | undefined;
}

interface Opening extends Pick<Vole, 'store' | 'secrets'> {
  /** Records that will be evaluated first, as soon as these are known. */
  expected(): Uint8Array | undefined;
}

/** The holder's part until the receiver's table is there. Rows are expanded while the receiver expands. */
async function openHolder(io: Io, exchange: Exchange, { expected, ...kept }: Opening): Promise<Opened> {
  const { receiver } = exchange;
  const plan = planOf(exchange);
  const coin = plan.checked ? await commitCoin(io, receiver) : undefined;
  const { delta, k } = await voleHold(io, receiver, { ...plan, ...kept });
  const records = expected();
  const expandedRows =
    records === undefined ? undefined : await expandRows(io, exchange, { records, secrets: kept.secrets });
  const differences = await io.from(receiver).recv(OverlapDifferences, differenceBytes(plan));
  return { delta, k, differences, expandedRows, coin: await coin?.draw() };
}

/**
 * 𝔹 of a run. For y that the receiver does not list, Decode(P, y) = h(y) has probability 1/|𝔹|, and then z(y) = Decode(C, y),
 * which the receiver could compute: over all rows of the holder less than one event's share of the run's error. A receiver
 * that may deviate could search for such y: there 𝔹 has 128 bits.
 */
export function fieldOf({
  heldCount,
  shards,
  security,
}: Pick<Exchange, 'heldCount' | 'shards' | 'security'>): VoleField {
  return security === 'semi-honest' && 64 >= EVENT_BITS + Math.log2(heldCount * shards) ? 'gf64' : 'gf128';
}

/** The VOLE of an exchange: one row per column of the receiver's table. */
function planOf(exchange: Exchange): VolePlan {
  const { rowCount, security } = exchange;
  return volePlan({ length: okvsColumns(rowCount), field: fieldOf(exchange), security });
}

function differenceBytes({ length, field }: VolePlan): number {
  return length * fieldBytes(field);
}

function commonOf(io: Io, exchange: Exchange): Pick<VoleEvaluation, 'context' | 'field' | 'rowCount'> {
  return { context: [io.sid, utf8(io.phase)], field: fieldOf(exchange), rowCount: exchange.rowCount };
}
