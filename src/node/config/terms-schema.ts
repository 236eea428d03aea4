/** The shape of a question's terms in a configuration file: keys, types and ranges, by protocol. */
import { z } from 'zod';
import type { IdentifierType } from '../../data/identifiers.ts';
import { agreedSize, ALLOWED, bucket, identifierKind, integer, keyKind, party } from './config-rules.ts';

/** What all questions have. */
interface CommonShape {
  readonly name: string;
  readonly agreement: 'signed' | 'configured';
  readonly askers?: readonly string[] | undefined;
  readonly identifier?: readonly IdentifierType[] | undefined;
  readonly ttlDays: number;
  readonly purpose: string;
  readonly acknowledged: readonly string[];
}

/** One size for all institutions, or one for each by name. */
type SizesShape = number | Readonly<Record<string, number>>;

export interface FlagShape extends CommonShape {
  readonly protocol: 'flag';
  readonly contributors: readonly string[];
  readonly committee?: readonly string[] | undefined;
  readonly quorum: number;
  readonly score?: { readonly threshold: number; readonly max: number } | undefined;
  readonly buckets: { readonly smallest: number; readonly asker: number; readonly evidence: SizesShape };
  readonly duplicates: 'first' | 'max' | 'sum' | 'reject';
}

export interface OverlapShape extends CommonShape {
  readonly protocol: 'overlap';
  readonly holders: readonly string[];
  readonly mode: 'receiver' | 'both' | 'size-only';
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
  readonly buckets: { readonly smallest: number; readonly asker: number; readonly holdings: SizesShape };
  readonly duplicates: 'join' | 'reject';
  readonly smallestBatch: number;
}

export type TermsShape = FlagShape | OverlapShape;

const agreedSizes = z.union(
  [agreedSize, z.record(z.string(), agreedSize)],
  `${ALLOWED.agreedSize}, or one for each institution by name`,
);
const MAX_KEY_PARTS = 4;
const KEYS = 'a type of identifiers, or a list of up to four that make one key';
const common = {
  name: party,
  agreement: z.enum(['signed', 'configured']).default('signed'),
  askers: z.array(party).min(1, 'one to a hundred institutions').max(100, 'one to a hundred institutions').optional(),
  identifier: z
    .union(
      [
        keyKind.transform((type): readonly IdentifierType[] => [type]),
        z.tuple([keyKind], identifierKind).refine(({ length }) => length <= MAX_KEY_PARTS),
      ],
      KEYS,
    )
    .optional(),
  ttlDays: integer(1, 366).default(7),
  purpose: z.string().min(1, '1 to 200 characters').max(200, '1 to 200 characters'),
};

const flagTerms = z.strictObject({
  ...common,
  protocol: z.literal('flag'),
  contributors: z.array(party).min(2, 'two to ten institutions').max(10, 'two to ten institutions'),
  committee: z.array(party).length(3, 'three parties').optional(),
  quorum: integer(2, 9).default(2),
  score: z.strictObject({ threshold: integer(1, 2 ** 28), max: integer(1, 2 ** 24 - 1) }).optional(),
  buckets: z.strictObject({ smallest: bucket.default(1024), asker: agreedSize, evidence: agreedSizes }),
  duplicates: z.enum(['first', 'max', 'sum', 'reject']).default('max'),
  acknowledged: z
    .array(
      z.enum([
        'positive-answer-names-all-contributors',
        'asker-is-committee-member',
        'any-two-parties-learn-everything',
      ]),
    )
    .default([]),
});

const COLUMN_NAME = '1 to 32 of a-z, 0-9, _ and -, starting with a letter';

const overlapTerms = z.strictObject({
  ...common,
  protocol: z.literal('overlap'),
  holders: z.array(party).min(1, 'one to a hundred institutions').max(100, 'one to a hundred institutions'),
  mode: z.enum(['receiver', 'both', 'size-only']),
  columns: z
    .array(z.strictObject({ name: z.string().regex(/^[a-z][a-z0-9_-]{0,31}$/, COLUMN_NAME), bytes: integer(1, 64) }))
    .max(8, 'at most eight columns')
    .default([]),
  buckets: z.strictObject({ smallest: bucket.default(1024), asker: agreedSize, holdings: agreedSizes }),
  duplicates: z.enum(['join', 'reject']).default('join'),
  smallestBatch: integer(32, 2 ** 20).default(32),
  // There is no default: who configures the question writes down what it gives away.
  acknowledged: z.array(
    z.enum([
      'receiver-learns-row-level-overlap',
      'holder-learns-row-level-overlap',
      'receiver-learns-payload-columns',
      'receiver-learns-exact-overlap-size',
    ]),
  ),
});

export const questionTerms: z.ZodType<TermsShape> = z.discriminatedUnion('protocol', [flagTerms, overlapTerms], {
  error: (issue) => (issue.code === 'invalid_union' ? 'flag, overlap' : undefined),
});
