/** Reads an institution's configuration file. Every problem is reported at once: what, where, what is allowed. */
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { UsageError } from '../../errors.ts';
import { type ConfigShape, readShape } from './config-schema.ts';
import { crossCheck } from './config-references.ts';
import { completeDataset } from './dataset-schema.ts';
import { type PartyId, partyId } from '../../kit/party.ts';
import type { AllowEntry, NodeConfig, PeerConfig, QuestionTerms } from './node-config.ts';
import { loadRulesOf } from '../questions/question-identifiers.ts';

/** Stable codes of what can be wrong in a configuration; texts may change, these do not. */
export type ConfigProblemCode =
  | 'unreadable'
  | 'not-json'
  | 'unknown-key'
  | 'missing-key'
  | 'wrong-type'
  | 'out-of-range'
  | 'bad-format'
  | 'unknown-name'
  | 'duplicate';

export interface ConfigProblem {
  readonly code: ConfigProblemCode;
  /** JSON path: `$.peers[0].url`. */
  readonly path: string;
  /** What is wrong; never the value, which may be a key. */
  readonly text: string;
  /** What may stand there. */
  readonly allowed?: string;
  readonly remedy: string;
}

/** All problems of one file; the message lists them line by line. */
export class ConfigError extends UsageError {
  readonly file: string;
  readonly problems: readonly ConfigProblem[];

  constructor(file: string, problems: readonly ConfigProblem[]) {
    const lines = problems.map((problem) => `  ${describeProblem(problem)}`).join('\n');
    super(`Cannot use configuration ${file}:\n${lines}`, {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: 'correct the file and start again; nothing was sent',
    });
    this.file = file;
    this.problems = problems;
  }
}

/** One line: where, what, what may stand there, what to do. */
export function describeProblem({ code, path, text, allowed, remedy }: ConfigProblem): string {
  const may = allowed === undefined || allowed === '' ? '' : `; allowed: ${allowed}`;
  return `${path}: ${text} (${code})${may} — ${remedy}`;
}

/** @throws ConfigError that lists every problem of the file */
export async function readConfig(file: string): Promise<NodeConfig> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new ConfigError(file, [
      {
        code: 'unreadable',
        path: '$',
        text: missing ? 'there is no such file' : 'it cannot be read',
        remedy: missing ? 'make one with init, or name the right file' : 'check who may read it',
      },
    ]);
  }
  const config = parseConfig(text, file);
  await loadRulesOf(config.questions);
  return config;
}

/** Paths in the file are relative to its folder. @throws ConfigError */
export function parseConfig(text: string, file: string): NodeConfig {
  let value: unknown;
  try {
    // A byte order mark is no JSON, and what editors on Windows put in front.
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new ConfigError(file, [notJson(text, error)]);
  }
  const shape = readShape(value);
  if (shape.kind === 'bad') throw new ConfigError(file, shape.problems);
  const problems = crossCheck(shape.value);
  if (problems.length > 0) throw new ConfigError(file, problems);
  return complete(shape.value, dirname(resolve(file)));
}

function notJson(text: string, error: unknown): ConfigProblem {
  // V8 names the position; its message also quotes the file, which is not repeated here.
  const position = error instanceof Error ? /position (\d+)/.exec(error.message)?.[1] : undefined;
  const line = position === undefined ? undefined : text.slice(0, Number(position)).split('\n').length;
  return {
    code: 'not-json',
    path: '$',
    text: line === undefined ? 'it is not JSON' : `it is not JSON from line ${line} on`,
    allowed: 'JSON without comments, and no comma before a closing bracket',
    remedy: 'correct that line',
  };
}

function complete(shape: ConfigShape, folder: string): NodeConfig {
  const { datasets, limits } = shape;
  const inFolder = (path: string): string => resolve(folder, path);
  return {
    name: partyId(shape.name),
    identity: inFolder(shape.identity),
    listen: shape.listen,
    peers: shape.peers.map(completePeer),
    datasets: {
      ...(datasets.accounts === undefined ? {} : { accounts: completeDataset(datasets.accounts, inFolder) }),
      ...(datasets.evidence === undefined ? {} : { evidence: completeDataset(datasets.evidence, inFolder) }),
      ...(datasets.holdings === undefined ? {} : { holdings: completeDataset(datasets.holdings, inFolder) }),
    },
    questions: shape.questions.map(completeTerms),
    allow: shape.allow.map(completeGrant),
    limits: {
      deadlineMs: limits.deadlineSeconds * 1000,
      concurrentRuns: limits.concurrentRuns,
      concurrentAsks: limits.concurrentAsks,
      retries: limits.retries,
      stopMs: limits.stopSeconds * 1000,
      ...(limits.workers === undefined ? {} : { workers: limits.workers }),
    },
    store: inFolder(shape.store),
    log: shape.log,
    ...(shape.operators === undefined ? {} : { operators: shape.operators }),
    ...(shape.language === undefined ? {} : { language: shape.language }),
  };
}

function completePeer({ name, url, card, expires, revoked, customers }: ConfigShape['peers'][number]): PeerConfig {
  return {
    name: partyId(name),
    url,
    card,
    revoked,
    ...(customers === undefined ? {} : { customers }),
    ...(expires === undefined ? {} : { expiresMs: Date.parse(expires) }),
  };
}

function completeGrant({ id, expires, uses, askers, ...rest }: ConfigShape['allow'][number]): AllowEntry {
  return {
    ...rest,
    askers: askers.map(partyId),
    ...(id === undefined ? {} : { id }),
    ...(expires === undefined ? {} : { expiresMs: Date.parse(expires) }),
    ...(uses === undefined ? {} : { uses }),
  };
}

function completeTerms({ askers, identifier, ...terms }: ConfigShape['questions'][number]): QuestionTerms {
  const asking = {
    ...(askers === undefined ? {} : { askers: askers.map(partyId) }),
    ...(identifier === undefined ? {} : { identifier }),
  };
  if (terms.protocol === 'overlap') {
    const { buckets, ...rest } = terms;
    const holders = terms.holders.map(partyId);
    return { ...rest, ...asking, holders, buckets: { ...buckets, holdings: sizesOf(holders, buckets.holdings) } };
  }
  const { committee, buckets, score, ...rest } = terms;
  const contributors = terms.contributors.map(partyId);
  return {
    ...rest,
    ...asking,
    contributors,
    ...(committee === undefined ? {} : { committee: committee.map(partyId) }),
    ...(score === undefined ? {} : { score }),
    buckets: { ...buckets, evidence: sizesOf(contributors, buckets.evidence) },
  };
}

function sizesOf(
  parties: readonly PartyId[],
  sizes: number | Readonly<Record<string, number>>,
): ReadonlyMap<PartyId, number> {
  return new Map(parties.map((party) => [party, typeof sizes === 'number' ? sizes : sizes[party]]));
}
