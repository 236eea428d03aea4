/** A table by its plain description, as a configuration gives it. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UsageError } from '../errors.ts';
import { csvTable } from './csv-table.ts';
import { parquetTable } from './parquet-table.ts';
import { type PostgresConnection, postgresTable } from './postgres-table.ts';
import { sqliteTable } from './sqlite-table.ts';
import type { SqlSelection } from './sql-table.ts';
import type { Table } from './table.ts';
import type { Encoding } from './text-encoding.ts';

export type TableSpec =
  | {
      readonly kind: 'csv';
      readonly file: string;
      readonly encoding?: Encoding | undefined;
      readonly delimiter?: string | undefined;
    }
  | { readonly kind: 'parquet'; readonly file: string }
  | ({ readonly kind: 'sqlite'; readonly file: string } & SqlSelection)
  | ({
      readonly kind: 'postgres';
      /** `passwordFile` is by default the one that PGPASSFILE names, or ~/.pgpass. */
      readonly connection: Omit<PostgresConnection, 'password'>;
      /** The environment variable that has the password; undefined: PGPASSWORD, or else the password file. */
      readonly passwordVariable?: string | undefined;
    } & SqlSelection);

type Environment = Readonly<Record<string, string | undefined>>;

/** Nothing is opened before it is read. @throws UsageError `bad-parameter` where the environment lacks the password */
export function openTable(spec: TableSpec, environment: Environment = process.env): Table {
  switch (spec.kind) {
    case 'csv':
      return csvTable(spec.file, spec);
    case 'parquet':
      return parquetTable(spec);
    case 'sqlite':
      return sqliteTable(spec);
    case 'postgres':
      return postgresTable({
        ...spec,
        connection: {
          passwordFile: environment['PGPASSFILE'] ?? join(homedir(), '.pgpass'),
          ...spec.connection,
          password: passwordOf(spec.passwordVariable, environment),
        },
      });
    default:
      return spec satisfies never;
  }
}

function passwordOf(variable: string | undefined, environment: Environment): string | undefined {
  if (variable === undefined) return environment['PGPASSWORD'];
  const password = environment[variable];
  if (password !== undefined && password !== '') return password;
  throw new UsageError(`Cannot open database: the environment has no ${variable}`, {
    code: 'bad-parameter',
    phase: 'configuration',
    remedy: `set ${variable} to the password before the start`,
  });
}
