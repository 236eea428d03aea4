/** The shape of a configuration file: keys, types and ranges. What refers to what is checked after it. */
import { z } from 'zod';
import type { ConfigProblem, ConfigProblemCode } from './config.ts';
import { ALLOWED, filePath, integer, party } from './config-rules.ts';
import { dataset, type DatasetShape, evidenceDataset } from './dataset-schema.ts';
import { type OperatorRole, ROLES } from '../agreements/operators.ts';
import { questionTerms, type TermsShape } from './terms-schema.ts';

/** The file's content, defaults filled in. */
export interface ConfigShape {
  readonly name: string;
  readonly identity: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly peers: readonly {
    readonly name: string;
    readonly url: string;
    readonly card: string;
    readonly expires?: string | undefined;
    readonly revoked: boolean;
    readonly customers?: number | undefined;
  }[];
  readonly datasets: {
    readonly accounts?: DatasetShape | undefined;
    readonly evidence?: DatasetShape | undefined;
    readonly holdings?: DatasetShape | undefined;
  };
  readonly questions: readonly TermsShape[];
  readonly allow: readonly {
    readonly id?: string | undefined;
    readonly expires?: string | undefined;
    readonly uses?: number | undefined;
    readonly question: string;
    readonly askers: readonly string[];
    readonly maxItems: number;
    readonly perDay: number;
  }[];
  readonly operators?:
    | readonly { readonly name: string; readonly role: OperatorRole; readonly key: string }[]
    | undefined;
  readonly limits: {
    readonly deadlineSeconds: number;
    readonly concurrentRuns: number;
    readonly concurrentAsks: number;
    readonly retries: number;
    readonly stopSeconds: number;
    readonly workers?: number | undefined;
  };
  readonly store: string;
  readonly log: { readonly level: 'error' | 'warn' | 'info' | 'debug' };
  readonly language?: 'en' | 'zh' | undefined;
}

export type ShapeResult =
  | { readonly kind: 'good'; readonly value: ConfigShape }
  | { readonly kind: 'bad'; readonly problems: readonly ConfigProblem[] };

const moment = z.union([z.iso.date(), z.iso.datetime({ offset: true })], ALLOWED.date);

const peer = z.strictObject({
  name: party,
  url: z.url({ protocol: /^wss?$/, error: ALLOWED.url }),
  card: z.string().min(16, 'the card that its operator gave you').max(4096, 'the card that its operator gave you'),
  expires: moment.optional(),
  revoked: z.boolean().default(false),
  customers: integer(1, 2 ** 31).optional(),
});

const limits = z.strictObject({
  deadlineSeconds: integer(1, 7 * 86_400).default(1800),
  concurrentRuns: integer(1, 1000).default(16),
  concurrentAsks: integer(1, 1000).default(4),
  retries: integer(0, 10).default(0),
  stopSeconds: integer(0, 3600).default(20),
  workers: integer(0, 256).optional(),
});

const configuration = z.strictObject({
  name: party,
  identity: filePath.default('identity.json'),
  listen: z.strictObject({ host: z.string().min(1, 'an address').max(255, 'an address'), port: integer(0, 65_535) }),
  peers: z.array(peer).max(1000, 'at most 1000 peers'),
  datasets: z
    .strictObject({ accounts: dataset.optional(), evidence: evidenceDataset.optional(), holdings: dataset.optional() })
    .default({}),
  questions: z.array(questionTerms).max(1000, 'at most 1000 questions'),
  allow: z
    .array(
      z.strictObject({
        id: party.optional(),
        expires: moment.optional(),
        uses: integer(1, 1_000_000_000).optional(),
        question: party,
        askers: z.array(party).min(1, 'at least one peer'),
        maxItems: integer(1, 2 ** 24),
        perDay: integer(1, 1_000_000),
      }),
    )
    .default([]),
  operators: z
    .array(
      z.strictObject({
        name: party,
        role: z.enum(ROLES),
        key: z.string().regex(/^[0-9a-f]{64}$/, 'the key that operator add wrote'),
      }),
    )
    .min(1, 'at least one operator')
    .max(1000, 'at most 1000 operators')
    .optional(),
  limits: limits.prefault({}),
  store: filePath.default('store'),
  log: z.strictObject({ level: z.enum(['error', 'warn', 'info', 'debug']).default('info') }).prefault({}),
  language: z.enum(['en', 'zh']).optional(),
});

/** Checks keys, types and ranges; finds all problems, not only the first. */
export function readShape(value: unknown): ShapeResult {
  const result = configuration.safeParse(value);
  if (result.success) return { kind: 'good', value: result.data };
  const isMissing = (path: readonly PropertyKey[]): boolean => valueAt(value, path) === undefined;
  return { kind: 'bad', problems: result.error.issues.flatMap((issue) => problemsOf(issue, isMissing(issue.path))) };
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

type Issue = z.core.$ZodIssue;

function problemsOf(issue: Issue, isMissing: boolean): readonly ConfigProblem[] {
  const where = jsonPath(issue.path);
  if (isMissing) return [problem('missing-key', where, 'it is missing', whatIsAllowed(issue))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        code: 'unknown-key',
        path: jsonPath([...issue.path, key]),
        text: 'this key means nothing here',
        remedy: 'remove it, or correct its spelling',
      }));
    case 'invalid_type':
      return [problem('wrong-type', where, 'it has the wrong type', whatIsAllowed(issue))];
    case 'invalid_value':
      return [problem('wrong-type', where, 'it is not one of the known values', whatIsAllowed(issue))];
    case 'too_big':
    case 'too_small':
      return [problem('out-of-range', where, 'it is outside of what is allowed', issue.message)];
    case 'invalid_union':
      return [problem('wrong-type', where, 'it has none of the allowed forms', issue.message)];
    default:
      return [problem('bad-format', where, 'it does not have the form that is needed', issue.message)];
  }
}

/** The rule's own message where it has one; else what zod knows about it. */
function whatIsAllowed(issue: Issue): string {
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input')) return typeName(issue.expected);
  return issue.message;
}

function typeName(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    string: 'text in double quotes',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list in square brackets',
    object: 'an object in curly brackets',
    record: 'an object in curly brackets',
  };
  return names[expected] ?? expected;
}

function problem(code: ConfigProblemCode, path: string, text: string, allowed: string): ConfigProblem {
  return { code, path, text, allowed, remedy: code === 'missing-key' ? 'add it' : 'correct it' };
}

function jsonPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    const name = String(key);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `${text}.${name}` : `${text}[${JSON.stringify(name)}]`;
  }, '$');
}
