/** Talks to a running node on this machine, as the command line does. */
import { connect } from 'node:net';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { TransportError, UsageError } from '../../errors.ts';
import {
  type AdminAskEvent,
  type AdminRequest,
  type AdminResponse,
  type AdminResults,
  type AnswerSummary,
  CHALLENGE_LINE,
  type ConsentStatus,
  MAX_RESPONSE_BYTES,
  type OverlapRowsSummary,
  type OverlapSummary,
  type SignedRequest,
} from './admin-protocol.ts';
import { adminSocket } from './held-folder.ts';
import type { AnswerRow, OverlapRow } from '../runs/answer.ts';
import type { RevokedConsent } from '../agreements/consent.ts';
import type { ContractStatus } from '../agreements/contract-book.ts';
import { LineReader } from './line-reader.ts';
import type { NodeEvent } from '../ledger/monitor.ts';
import type { NodeStatus } from '../node-status.ts';
import { type OperatorCredential, requestText } from '../agreements/operators.ts';
import { postedError } from '../workers/posted-error.ts';
import type { RunRecord } from '../runs/run-records.ts';

interface RequestOptions<Row> {
  readonly signal?: AbortSignal;
  /** Of a question: time for parties that are still starting to connect. Default 0: one attempt. */
  readonly waitMs?: number;
  readonly onEvent?: (event: AdminAskEvent) => void;
  /** Called with the answer's rows in their order, some hundred at a time. */
  readonly onRows?: (rows: readonly Row[]) => void;
}

export interface MonitorListening {
  readonly signal: AbortSignal;
  readonly onHappened: (event: NodeEvent) => void;
  /** So many events were left out, because they were not read. */
  readonly onMissed: (count: number) => void;
}

export interface AdminAskOptions extends RequestOptions<AnswerRow> {
  /** Only accounts that no question with this option was answered about in the period. */
  readonly onlyNew?: boolean;
}

export interface AdminAskPeerOptions extends RequestOptions<OverlapRow> {
  readonly peer: string;
}

export interface AdminClient {
  status(): Promise<NodeStatus>;
  /** Tells of what happens at the node until `signal` aborts or the node stops. @throws the signal's reason */
  monitor(options: MonitorListening): Promise<void>;
  /** Newest first. */
  runs(limit: number): Promise<readonly RunRecord[]>;
  /** Asks one institution. Aborting cancels the run. @throws the node's own error */
  ask(question: string, options: AdminAskPeerOptions): Promise<OverlapSummary>;
  /** Asks all parties of the question; else the same. */
  ask(question: string, options?: AdminAskOptions): Promise<AnswerSummary>;
  /** The answer that a question of another institution gave this node too. @throws the node's own error */
  answer(run: string, options?: Omit<RequestOptions<OverlapRow>, 'onEvent' | 'waitMs'>): Promise<OverlapRowsSummary>;
  /** Contracts and grants of the node, and how they stand. */
  consent(): Promise<ConsentStatus>;
  /** The node reads its contract files anew. */
  reloadContracts(): Promise<readonly ContractStatus[]>;
  /** The node adds its institution's signature to the contract with this hash; who has still to sign. */
  signContract(question: string, contract: string): Promise<readonly string[]>;
  /** Durable when it resolves. @throws the node's own error */
  revokeContract(question: string): Promise<RevokedConsent>;
  revokeGrant(id: string): Promise<RevokedConsent>;
  /** Resolves when the node has stopped. */
  stop(): Promise<void>;
}

/** A client of the node whose folder this is; every call connects anew. Without an operator nothing is signed. */
export function adminClient(folder: string, operator?: OperatorCredential): AdminClient {
  const socket = { path: adminSocket(folder), operator };
  return {
    status: () => send(socket, { op: 'status' }),
    monitor: async (options) => {
      await send(socket, { op: 'monitor' }, options);
    },
    runs: (limit) => send(socket, { op: 'runs', limit }),
    // What comes back is of the kind that the request asks for: the node holds to it.
    ask: (question: string, options?: AdminAskOptions | AdminAskPeerOptions): Promise<never> =>
      send(socket, { op: 'ask', question, ...howToAsk(options) }, options) as Promise<never>,
    answer: (run, options) => send(socket, { op: 'answer', run }, options),
    consent: () => send(socket, { op: 'consent' }),
    signContract: (question, contract) => send(socket, { op: 'sign-contract', question, contract }),
    reloadContracts: () => send(socket, { op: 'reload-contracts' }),
    revokeContract: (question) => send(socket, { op: 'revoke-contract', question }),
    revokeGrant: (id) => send(socket, { op: 'revoke-grant', id }),
    stop: async () => {
      await send(socket, { op: 'stop' });
    },
  };
}

/** Rows as they are sent; each request's own type says which they are. */
type SendOptions = Omit<RequestOptions<AnswerRow>, 'onRows'> &
  Partial<MonitorListening> & { readonly onRows?: (rows: readonly never[]) => void };

function howToAsk(
  options: (AdminAskOptions | AdminAskPeerOptions) & { readonly onlyNew?: boolean } = {},
): Pick<Extract<AdminRequest, { readonly op: 'ask' }>, 'peer' | 'onlyNew' | 'waitMs'> {
  return {
    ...('peer' in options ? { peer: options.peer } : {}),
    ...(options.onlyNew === true ? { onlyNew: true } : {}),
    ...(options.waitMs === undefined ? {} : { waitMs: options.waitMs }),
  };
}

function send<Op extends AdminRequest['op']>(
  { path, operator }: { readonly path: string; readonly operator: OperatorCredential | undefined },
  request: Extract<AdminRequest, { readonly op: Op }>,
  { signal, onEvent, onRows, onHappened, onMissed }: SendOptions = {},
): Promise<AdminResults[Op]> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const connection = connect(path);
    const text = JSON.stringify(request);
    const lines = new LineReader(MAX_RESPONSE_BYTES);
    const cancel = (): void => {
      reject(signal?.reason as Error);
      connection.destroy();
    };
    signal?.addEventListener('abort', cancel, { once: true });
    const take = (response: AdminResponse): void => {
      if (response.kind === 'challenge') connection.write(`${signedLine(text, response.nonce, operator)}\n`);
      else if (response.kind === 'progress') onEvent?.(response.event);
      else if (response.kind === 'event') onHappened?.(response.event);
      else if (response.kind === 'missed') onMissed?.(response.count);
      else if (response.kind === 'rows') onRows?.(response.rows as readonly never[]);
      else if (response.kind === 'error') reject(postedError(response.error));
      else resolve(response.value as AdminResults[Op]);
    };
    connection.on('connect', () => connection.write(`${operator === undefined ? text : CHALLENGE_LINE}\n`));
    connection.on('data', (chunk: Uint8Array) => {
      try {
        // The node of the same user is trusted to keep to the form; its version may differ, which fails in `take`.
        for (const line of lines.push(chunk)) take(JSON.parse(line) as AdminResponse);
      } catch (error) {
        reject(notUnderstood(error));
        connection.destroy();
      }
    });
    connection.on('error', (error) => reject(notThere(error)));
    connection.on('close', () => {
      signal?.removeEventListener('abort', cancel);
      // Does nothing where the request was answered.
      reject(endedEarly());
    });
  });
}

/** A node that challenges unasked gets the bare request, and refuses it. */
function signedLine(request: string, nonce: string, operator: OperatorCredential | undefined): string {
  if (operator === undefined) return request;
  const { institution, name, signer } = operator;
  const signature = toHex(signer.sign(requestText({ institution, nonce: fromHex(nonce) }, request)));
  return JSON.stringify({ operator: name, request, signature } satisfies SignedRequest);
}

function notThere(error: Error): UsageError {
  const code = 'code' in error ? error.code : undefined;
  const forbidden = code === 'EACCES' || code === 'EPERM';
  return new UsageError(`Cannot reach node: ${forbidden ? 'it belongs to another user' : 'it does not run here'}`, {
    code: 'unreadable-source',
    phase: 'administration',
    remedy: forbidden ? 'use the account under which the node runs' : 'start it with up, or name its folder',
    cause: error,
  });
}

function notUnderstood(cause: unknown): UsageError {
  return new UsageError('Cannot understand node: its answer has another form', {
    code: 'bad-frame',
    phase: 'administration',
    remedy: 'use the command line of the same version as the node',
    cause,
  });
}

function endedEarly(): TransportError {
  return new TransportError('Cannot finish request: the node closed the connection', {
    code: 'peer-closed',
    phase: 'administration',
    remedy: 'look at the log of the node; it may have been stopped, or be busy with too many requests',
  });
}
