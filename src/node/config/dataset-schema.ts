/** The shape of a list in a configuration file: where its table is, what its columns are, what is done with bad rows. */
import { z } from 'zod';
import { parseOffset } from '../../data/cells.ts';
import type { PostgresConnection } from '../../data/postgres-table.ts';
import { ENCODINGS, type Encoding } from '../../data/text-encoding.ts';
import { accountKind, column, filePath, identifierKind, integer, keyKind } from './config-rules.ts';
import { REGISTER_COLUMNS } from '../flags/register-table.ts';
import type { DatasetTable } from '../lists/open-dataset.ts';
import type { DatasetConfig } from './node-config.ts';

/** A table by name, or a query that gives one. */
interface SelectionShape {
  readonly table?: string | undefined;
  readonly query?: string | undefined;
}

type PlaceShape =
  | {
      readonly type: 'csv';
      readonly file: string;
      readonly encoding?: Encoding | undefined;
      readonly delimiter?: string | undefined;
    }
  | { readonly type: 'parquet' | 'register'; readonly file: string }
  | ({ readonly type: 'sqlite'; readonly file: string } & SelectionShape)
  | ({ readonly type: 'postgres'; readonly passwordVariable?: string | undefined } & Omit<
      PostgresConnection,
      'password'
    > &
      SelectionShape);

export type DatasetShape = PlaceShape &
  Omit<DatasetConfig, 'table' | 'type'> & { readonly identifier: DatasetConfig['type'] };

const FORMATS = 'csv, parquet, postgres, sqlite';
const ONE_SELECTION = 'a "table" or a "query", one of them';
const VARIABLE = 'the name of an environment variable';

const name = z.string().min(1, '1 to 255 characters').max(255, '1 to 255 characters');
const columns = z.strictObject({
  account: column,
  score: z.exactOptional(column),
  scamType: z.exactOptional(column),
  amount: z.exactOptional(column),
  time: z.exactOptional(column),
  payload: z.record(z.string(), column).default({}),
});
const region = z.string().regex(/^[A-Z]{2}$/, 'two capital letters of ISO 3166, such as CN');
const common = {
  columns,
  identifier: keyKind,
  region: z.exactOptional(region),
  keyParts: z.exactOptional(
    z
      .array(
        z
          .strictObject({ column, identifier: identifierKind, region: z.exactOptional(region) })
          .transform(({ identifier: type, ...part }) => ({ ...part, type })),
      )
      .min(1, 'one to three columns')
      .max(3, 'one to three columns'),
  ),
  malformed: z.enum(['refuse', 'skip']).default('refuse'),
  checkDigits: z.enum(['reject', 'keep']).default('reject'),
  utcOffset: z
    .string()
    .refine((text) => parseOffset(text) !== undefined, 'an offset from UTC: Z, or +08:00')
    .default('Z'),
};
const selection = {
  table: z.string().min(1, 'the name of a table').max(255, 'the name of a table').optional(),
  query: z.string().min(1, 'a query').max(10_000, 'at most 10000 characters').optional(),
};
const hasOneSelection = ({ table, query }: SelectionShape): boolean => (table === undefined) !== (query === undefined);

const PLACES = [
  z.strictObject({
    type: z.literal('csv'),
    file: filePath,
    encoding: z.enum(ENCODINGS).optional(),
    delimiter: z
      .string()
      .regex(/^[^"\r\n]{1,8}$/, '1 to 8 characters, no quote and no line break')
      .optional(),
    ...common,
  }),
  z.strictObject({ type: z.literal('parquet'), file: filePath, ...common }),
  z
    .strictObject({ type: z.literal('sqlite'), file: filePath, ...selection, ...common })
    .refine(hasOneSelection, ONE_SELECTION),
  z
    .strictObject({
      type: z.literal('postgres'),
      host: name,
      port: integer(1, 65_535).optional(),
      database: name,
      user: name,
      passwordVariable: z
        .string()
        .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, VARIABLE)
        .optional(),
      passwordFile: filePath.optional(),
      tls: z.enum(['verify', 'off']).optional(),
      caFile: filePath.optional(),
      ...selection,
      ...common,
    })
    .refine(hasOneSelection, ONE_SELECTION),
] as const;

/** The institution's register of flags: its columns are known, and `flags import` has seen to its rows. */
const register = z
  .strictObject({
    type: z.literal('register'),
    file: filePath,
    identifier: accountKind,
    checkDigits: common.checkDigits,
  })
  .transform((shape) => ({
    ...shape,
    columns: { ...REGISTER_COLUMNS, payload: {} },
    malformed: 'refuse' as const,
    utcOffset: 'Z',
  }));

const placesOf = (formats: string): { error: z.core.$ZodErrorMap } => ({
  error: (issue) => (issue.code === 'invalid_union' ? formats : undefined),
});

export const dataset: z.ZodType<DatasetShape> = z.discriminatedUnion('type', PLACES, placesOf(FORMATS));
export const evidenceDataset: z.ZodType<DatasetShape> = z.discriminatedUnion(
  'type',
  [...PLACES, register],
  placesOf(`${FORMATS}, register`),
);

/** `inFolder` makes a path absolute. */
export function completeDataset(shape: DatasetShape, inFolder: (path: string) => string): DatasetConfig {
  const { columns: named, identifier, malformed, checkDigits, utcOffset, region: plan, keyParts } = shape;
  return {
    table: tableSpec(shape, inFolder),
    columns: named,
    type: identifier,
    malformed,
    checkDigits,
    utcOffset,
    ...(plan === undefined ? {} : { region: plan }),
    ...(keyParts === undefined ? {} : { keyParts }),
  };
}

function tableSpec(shape: PlaceShape, inFolder: (path: string) => string): DatasetTable {
  const optional = (path: string | undefined): string | undefined => (path === undefined ? undefined : inFolder(path));
  switch (shape.type) {
    case 'csv':
      return { kind: 'csv', file: inFolder(shape.file), encoding: shape.encoding, delimiter: shape.delimiter };
    case 'parquet':
    case 'register':
      return { kind: shape.type, file: inFolder(shape.file) };
    case 'sqlite':
      return { kind: 'sqlite', file: inFolder(shape.file), ...selected(shape) };
    case 'postgres': {
      const { host, port, database, user, tls, passwordVariable } = shape;
      const files = { caFile: optional(shape.caFile), passwordFile: optional(shape.passwordFile) };
      return {
        kind: 'postgres',
        // A local socket is a folder.
        connection: { host, port, database, user, tls, ...files },
        passwordVariable,
        ...selected(shape),
      };
    }
    default:
      return shape satisfies never;
  }
}

/** The schema has seen to it that one of the two is there. */
function selected({ table, query }: SelectionShape): { readonly table: string } | { readonly query: string } {
  return query === undefined ? { table: table ?? '' } : { query };
}
