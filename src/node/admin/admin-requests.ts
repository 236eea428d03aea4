/** Carries out what local administration requests of a node. */
import type { AdmittedRequest } from './admin-door.ts';
import {
  type AdminRequest,
  type AdminResponse,
  type AdminResults,
  plainEvent,
  ROWS_PER_LINE,
  summaryOf,
} from './admin-protocol.ts';
import type { Answer, AnswerRow, OverlapAnswer, OverlapRow } from '../runs/answer.ts';
import type { AskOptions } from '../runs/asking.ts';
import type { RunningNode } from '../node.ts';
import type { NodeStatus } from '../node-status.ts';
import { approvedBySelf, type OperatorConfig } from '../agreements/operators.ts';

/** Where what precedes the result goes. */
export interface AdminSink {
  /** Resolves when there is room for the next line. */
  send(response: AdminResponse): Promise<void>;
  /** What a slow reader may miss; false where it does. */
  offer(response: AdminResponse): boolean;
}

export interface CarryOutOptions {
  readonly node: RunningNode;
  readonly sink: AdminSink;
  readonly signal: AbortSignal;
}

export async function carryOut(
  { request, operator }: AdmittedRequest,
  options: CarryOutOptions,
): Promise<AdminResults[keyof AdminResults]> {
  const { node, sink } = options;
  switch (request.op) {
    case 'status':
      return statusFor(operator, node.status());
    case 'monitor':
      await monitor(options);
      return null;
    case 'runs':
      return node.runs(request.limit);
    case 'ask':
      return await ask(request, operator, options);
    case 'answer':
      return await sendAnswer(sink, node.keptAnswer(request.run));
    case 'consent':
      return { contracts: node.consent.contracts(), grants: node.consent.grants() };
    case 'reload-contracts':
      return await node.consent.reloadContracts();
    case 'sign-contract':
      return await node.consent.signContract(request, operator?.name);
    case 'revoke-contract':
      return await node.consent.revokeContract(request.question, operator?.name);
    case 'revoke-grant':
      return await node.consent.revokeGrant(request.id, operator?.name);
    case 'stop':
      await node.stop();
      return null;
    default:
      return request satisfies never;
  }
}

/** Tells of what happens until the client leaves or the node stops. */
async function monitor({ node, sink, signal }: CarryOutOptions): Promise<void> {
  let missed = 0;
  const stopListening = node.listen((event) => {
    if (missed > 0 && sink.offer({ kind: 'missed', count: missed })) missed = 0;
    if (missed > 0 || !sink.offer({ kind: 'event', event })) missed++;
  });
  try {
    await Promise.race([
      node.stopped,
      new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve())),
    ]);
  } finally {
    stopListening();
  }
}

/** Kept answers tell results: they are for who asks. */
function statusFor(operator: OperatorConfig | undefined, status: NodeStatus): NodeStatus {
  return operator === undefined || operator.role === 'requester' ? status : { ...status, answers: [] };
}

async function ask(
  { question, peer, onlyNew, waitMs }: Extract<AdminRequest, { readonly op: 'ask' }>,
  operator: OperatorConfig | undefined,
  { node, sink, signal }: CarryOutOptions,
): Promise<AdminResults['ask']> {
  if (operator !== undefined && node.consent.approverOf(question) === operator.name) throw approvedBySelf();
  const options: AskOptions = {
    signal,
    ...(onlyNew === undefined ? {} : { onlyNew }),
    ...(waitMs === undefined ? {} : { waitMs }),
    onEvent: (event) => sink.offer({ kind: 'progress', event: plainEvent(event) }),
  };
  const asking = peer === undefined ? node.ask(question, options) : node.ask(question, { ...options, peer });
  return await sendAnswer(sink, await asking);
}

async function sendAnswer(sink: AdminSink, answer: Answer | OverlapAnswer): Promise<ReturnType<typeof summaryOf>> {
  if (answer.kind !== 'size') {
    for (const rows of inBatches<AnswerRow | OverlapRow>(answer.rows())) await sink.send({ kind: 'rows', rows });
  }
  return summaryOf(answer);
}

function* inBatches<Row>(rows: Iterable<Row>): Generator<readonly Row[]> {
  let batch: Row[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < ROWS_PER_LINE) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
