/**
 * Whole overlap runs of two institutions in this process, from account names to the answer by row, over links in memory; and
 * what hashing the names alone costs, as the measure beside them.
 */
import { createHash } from 'node:crypto';
import { createOverlap, dhOverlap, type OverlapProtocol, voleOverlap } from '../../protocols/overlap/index.ts';
import { memoryBaseOtStore, noBaseOtStore } from '../../protocols/vole/index.ts';
import {
  expectedOverlap,
  overlapLists,
  type OverlapLists,
  overlapSizeParameters,
} from '../../src/measure/overlap-question.ts';
import { runInMemory, succeeded } from '../../src/testing/in-memory.ts';
import { type BenchCase, type CaseFacts, ran, requireEqual, requireResult } from '../bench-case.ts';

async function overlapRun(
  protocol: OverlapProtocol,
  engine: string,
  { asked, held }: OverlapLists,
): Promise<CaseFacts & { readonly answers: Uint8Array }> {
  const parameters = overlapSizeParameters({ engine, accounts: asked.length, security: 'semi-honest' });
  const { receiver, holder } = parameters;
  const inputs = new Map([
    [receiver, { accounts: [{ accounts: asked }] }],
    [holder, { accounts: [{ accounts: held }] }],
  ]);
  const results = succeeded(await runInMemory(protocol, { parameters, inputs, initiator: receiver }));
  const own = results.get(receiver);
  if (own?.output?.kind !== 'rows') throw new TypeError('Cannot read answer: the receiver has none');
  let bytes = 0;
  for (const { report } of results.values()) bytes += report.traffic.sentBytes;
  const { rounds, failureLog2 } = own.report;
  return { answers: own.output.held, bytes, rounds, failureLog2 };
}

interface OverlapBench {
  /** `area/op`. */
  readonly operation: string;
  readonly engine: 'vole' | 'dh';
  readonly log2: number;
  readonly baseline: string | undefined;
  readonly selection: BenchCase['selection'];
  /** Base transfers stay from run to run. */
  readonly kept?: boolean;
}

function overlapBench({ operation, engine, log2, baseline, selection, kept = false }: OverlapBench): BenchCase {
  const items = 2 ** log2;
  return {
    id: `${operation}/accounts-${items}`,
    securityModel: 'semi-honest; the receiver learns row-level overlap',
    unit: 'account of each side',
    items,
    kind: 'macro',
    repetitions: 20,
    selection,
    ...(baseline === undefined ? {} : { baseline: `${baseline}/accounts-${items}` }),
    setUp() {
      const lists = overlapLists(items);
      const protocol = createOverlap([voleOverlap(kept ? memoryBaseOtStore() : noBaseOtStore), dhOverlap]);
      let outcome: Awaited<ReturnType<typeof overlapRun>> | undefined;
      return Promise.resolve({
        async run() {
          outcome = await overlapRun(protocol, engine, lists);
        },
        check() {
          const { answers } = ran(outcome);
          requireEqual(answers, expectedOverlap(items), 'the accounts that both list');
        },
        facts() {
          const { bytes = 0, rounds = 0, failureLog2 = 0 } = ran(outcome);
          return { bytes, rounds, failureLog2 };
        },
      });
    },
  };
}

/** One SHA-256 in hex for every name of both lists; in how many rows the two are equal. */
export function hashNames({ asked, held }: OverlapLists): number {
  let common = 0;
  for (const [k, name] of asked.entries()) {
    const hash = createHash('sha256').update(name).digest('hex');
    if (hash === createHash('sha256').update(held[k]).digest('hex')) common++;
  }
  return common;
}

function hashingBench(log2: number, selection: BenchCase['selection']): BenchCase {
  const items = 2 ** log2;
  return {
    id: `overlap/sha256-of-names/accounts-${items}`,
    securityModel: 'none: a hash of a name can be guessed',
    unit: 'account of each side',
    items,
    kind: 'macro',
    repetitions: 20,
    selection,
    setUp() {
      const lists = overlapLists(items);
      let common: number | undefined;
      return Promise.resolve({
        run() {
          common = hashNames(lists);
        },
        check: () => requireResult(ran(common) === items / 2, 'the accounts that both list'),
      });
    },
  };
}

const baseline = 'overlap/sha256-of-names';

export const overlapCases: readonly BenchCase[] = [
  hashingBench(16, 'default'),
  overlapBench({ operation: 'overlap/vole', engine: 'vole', log2: 10, baseline: undefined, selection: 'short' }),
  overlapBench({ operation: 'overlap/dh', engine: 'dh', log2: 10, baseline: 'overlap/vole', selection: 'short' }),
  overlapBench({ operation: 'overlap/vole', engine: 'vole', log2: 16, baseline, selection: 'default' }),
  overlapBench({
    operation: 'overlap/vole-kept',
    engine: 'vole',
    log2: 16,
    baseline,
    selection: 'default',
    kept: true,
  }),
  hashingBench(20, 'on-request'),
  overlapBench({ operation: 'overlap/vole', engine: 'vole', log2: 20, baseline, selection: 'on-request' }),
];
