/**
 * AMLSim sample data (github.com/IBM/AMLSim: nodes.csv, transactions.csv) as a consortium: account `nodeid` is held by
 * institution `nodeid mod N`. Collectors are the fraud-marked accounts that at least five distinct fraud-marked
 * accounts paid.
 */
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type DataError, UsageError } from '../errors.ts';
import type { Consortium, InstitutionData } from './consortium-data.ts';
import { csvTable } from './csv-table.ts';
import { type EvidenceColumns, EvidenceTally } from './evidence.ts';
import { canonicalAccount } from './identifiers.ts';
import { malformedRow, strictBatches } from './table.ts';

export interface AmlsimOptions {
  /** How many institutions share the accounts, N. */
  readonly institutions: number;
  readonly signal?: AbortSignal;
}

const COLLECTOR_PAYERS = 5;
const MAX_INSTITUTIONS = 1000;

/**
 * Reads `directory`, streaming; in memory are the accounts and the payments of fraud-marked ones, not the
 * transactions. The order of an institution's accounts is that of nodes.csv.
 * @throws UsageError `unreadable-source`, `missing-column`, `malformed-row`, `duplicate-item`, `bad-parameter`.
 */
export async function readAmlsim(directory: string, options: AmlsimOptions): Promise<Consortium> {
  const { institutions, signal } = options;
  if (!Number.isInteger(institutions) || institutions < 1 || institutions > MAX_INSTITUTIONS) {
    throw new UsageError(`Cannot split accounts: institutions is not an integer from 1 to ${MAX_INSTITUTIONS}`, {
      code: 'bad-parameter',
    });
  }
  const nodes = await readNodes(join(directory, 'nodes.csv'), signal);
  const tally = new EvidenceTally(institutions, nodes.ids.length);
  const transferCounts = { inside: 0, across: 0 };
  for await (const transfers of transferBatches(join(directory, 'transactions.csv'), nodes, signal)) {
    for (const { payer, payee } of transfers) {
      const payerInstitution = nodes.ids[payer] % institutions;
      transferCounts[payerInstitution === nodes.ids[payee] % institutions ? 'inside' : 'across']++;
      if (nodes.fraud[payer]) tally.add(payerInstitution, payer, payee);
    }
  }
  const steps = tally.columns();
  for (;;) {
    const step = steps.next();
    if (step.done) return { institutions: assemble(nodes, institutions, step.value), transferCounts };
    await setImmediate();
  }
}

interface Nodes {
  readonly ids: readonly number[];
  readonly fraud: readonly boolean[];
  readonly indexOf: ReadonlyMap<number, number>;
}

async function readNodes(path: string, signal: AbortSignal | undefined): Promise<Nodes> {
  const ids: number[] = [];
  const fraud: boolean[] = [];
  const indexOf = new Map<number, number>();
  for await (const { rows, columns } of strictBatches(csvTable(path), { columns: ['nodeid', 'isFraud'], signal })) {
    for (const [at, row] of rows.entries()) {
      const id = parseId(columns[0].cells[at]);
      if (id === undefined) throw malformed(path, { row, column: 'nodeid' }, NOT_AN_ID);
      const mark = columns[1].cells[at].trim();
      if (mark !== '0' && mark !== '1') throw malformed(path, { row, column: 'isFraud' }, 'it is not 0 or 1');
      if (indexOf.has(id)) {
        throw new UsageError(`Cannot read ${path}: the account of row ${row} came before`, { code: 'duplicate-item' });
      }
      indexOf.set(id, ids.length);
      ids.push(id);
      fraud.push(mark === '1');
    }
  }
  return { ids, fraud, indexOf };
}

const NOT_AN_ID = 'it is not a whole number without leading zeros, below 10^15';

function malformed(path: string, place: { readonly row: number; readonly column: string }, state: string): DataError {
  return malformedRow(path, { ...place, reason: 'bad-format' }, state);
}

function parseId(text: string): number | undefined {
  const trimmed = text.trim();
  return /^(0|[1-9]\d{0,14})$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** Transfers as indices into the nodes. */
async function* transferBatches(
  path: string,
  nodes: Nodes,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly { readonly payer: number; readonly payee: number }[]> {
  const indexOf = (row: number, column: string, text: string): number => {
    const id = parseId(text);
    if (id === undefined) throw malformed(path, { row, column }, NOT_AN_ID);
    const index = nodes.indexOf.get(id);
    if (index === undefined) throw malformed(path, { row, column }, 'nodes.csv has no such account');
    return index;
  };
  const wanted = { columns: ['sourceNodeId', 'targetNodeId'], signal };
  for await (const { rows, columns } of strictBatches(csvTable(path), wanted)) {
    yield rows.map((row, at) => ({
      payer: indexOf(row, 'sourceNodeId', columns[0].cells[at]),
      payee: indexOf(row, 'targetNodeId', columns[1].cells[at]),
    }));
  }
}

function assemble(
  nodes: Nodes,
  institutions: number,
  evidence: readonly EvidenceColumns[],
): readonly InstitutionData[] {
  const names = nodes.ids.map(accountName);
  const markedPayers = new Uint32Array(names.length);
  for (const { payees, scores } of evidence) payees.forEach((payee, i) => (markedPayers[payee] += scores[i]));

  const data = evidence.map(({ payees, scores }, i) => ({
    name: `institution-${i}`,
    accounts: [] as string[],
    evidence: Array.from(payees, (payee, row) => ({ account: names[payee], score: scores[row] })),
    marked: new Set<string>(),
    truth: new Set<string>(),
  }));
  names.forEach((name, index) => {
    const holder = data[nodes.ids[index] % institutions];
    holder.accounts.push(name);
    if (!nodes.fraud[index]) return;
    holder.marked.add(name);
    if (markedPayers[index] >= COLLECTOR_PAYERS) holder.truth.add(name);
  });
  return data;
}

function accountName(id: number): string {
  const account = canonicalAccount(String(id), 'plain');
  if (account.status === 'malformed') throw new RangeError('Cannot name account: its id is not canonical');
  return account.value;
}
