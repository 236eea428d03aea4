/** Which room may import which, as ARCHITECTURE.md says, and a check that holds files against it. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

export interface Violation {
  readonly file: string;
  readonly imports: string;
}

type Rule = (target: string) => boolean;

const any =
  (...prefixes: readonly string[]): Rule =>
  (target) =>
    prefixes.some((prefix) => target === prefix || target.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`));

const noble = any('@noble/hashes', '@noble/curves', '@noble/ciphers');

/** Room, by path prefix, to what it may import besides itself; the first room that fits a file counts. */
const ROOMS: readonly (readonly [room: string, may: Rule])[] = [
  ['src/errors.ts', () => false],
  ['src/crypto', (target) => noble(target) || any('src/errors.ts')(target)],
  ['src/kernels', any('src/errors.ts', 'src/crypto')],
  ['src/wire/encode.ts', any('src/errors.ts', 'msgpackr')],
  ['src/wire', any('src/errors.ts')],
  ['src/kit/canonical.ts', any('canonicalize')],
  ['src/kit', any('src/errors.ts', 'src/wire', 'src/crypto')],
  ['src/data/canon/phone.ts', any('libphonenumber-js')],
  ['src/data/canon/name.ts', any('opencc-js', 'pinyin-pro')],
  ['src/data/parquet-table.ts', any('src/errors.ts', '@duckdb/node-api', 'node:')],
  ['src/data/postgres-table.ts', any('src/errors.ts', 'pg', 'node:')],
  ['src/data/sqlite-table.ts', any('src/errors.ts', 'node-sqlite3-wasm', 'node:')],
  [
    'src/data',
    (target) =>
      noble(target) ||
      any('src/errors.ts', 'src/crypto', 'src/kernels', 'ibantools', 'card-validator', 'node:')(target),
  ],
  [
    'src/net',
    (target) =>
      noble(target) ||
      any('src/errors.ts', 'src/wire', 'src/kit', 'src/crypto', 'ws', '@noble/post-quantum', 'node:')(target),
  ],
  ['src/node.ts', any('src', 'protocols')],
  ['src/browser.ts', any('src', 'protocols')],
  ['src/governance', any('src/errors.ts', 'src/crypto', 'src/kit')],
  [
    'src/node',
    any('src/errors.ts', 'src/wire', 'src/kit', 'src/crypto', 'src/data', 'src/governance', 'zod', 'lmdb', 'node:'),
  ],
  ['src/worker-jobs.ts', any('src', 'protocols')],
  ['src/service', any('src', 'protocols', 'node:')],
  ['src/measure', any('src', 'protocols', 'node:')],
  ['src/testing.ts', any('src', 'protocols')],
  ['src/testing', any('src/errors.ts', 'src/crypto', 'src/wire', 'src/kit', 'protocols')],
  ['src/index.ts', any('src', 'protocols')],
  ['src/cli', any('src', 'protocols', 'node:', 'commander')],
];

/** A protocol sees the kit and the core, and other protocols only through their index. */
function protocolMay(file: string, target: string): boolean {
  const own = file.split('/').slice(0, 2).join('/');
  if (target.startsWith(`${own}/`)) return true;
  if (target.startsWith('protocols/')) return target.endsWith('/index.ts');
  return noble(target) || any('src/errors.ts', 'src/crypto', 'src/kernels', 'src/wire', 'src/kit')(target);
}

export function allows(file: string, target: string): boolean {
  if (file.startsWith('protocols/')) return protocolMay(file, target);
  const room = ROOMS.find(([prefix]) => any(prefix)(file));
  if (room === undefined) return false;
  const folder = /^src\/[^/]+\//.exec(file)?.[0];
  return (folder !== undefined && target.startsWith(folder)) || room[1](target);
}

// Static, type-only, re-exporting and dynamic imports alike.
const SPECIFIERS = /(?:\bfrom\s*|\bimport\s*\(\s*|\bimport\s+)(['"])([^'"]+)\1/g;

/** Everything `source` (the text of `file`) imports: repository paths, package names, node: names. */
export function importsOf(file: string, source: string): string[] {
  // Comments are prose and may quote imports.
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(SPECIFIERS)].map(([, , specifier]) => {
    if (specifier.startsWith('.')) return relative('.', resolve(dirname(file), specifier));
    if (specifier.startsWith('node:')) return `node:/${specifier.slice(5)}`;
    return specifier;
  });
}

/** Everything that `entry` loads, directly or not. */
export function closureOf(root: string, entry: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    if (file.endsWith('.ts')) for (const target of importsOf(file, readSource(root, file))) visit(target);
  };
  visit(entry);
  return seen;
}

export function violationsIn(file: string, source: string): Violation[] {
  return importsOf(file, source)
    .filter((target) => !allows(file, target))
    .map((imports) => ({ file, imports }));
}

/** All sources of the layered rooms: tests and benches may import what they examine. */
export function layeredFiles(root: string): string[] {
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      const path = `${folder}/${name}`;
      if (statSync(join(root, path)).isDirectory()) {
        if (path !== 'src/kernels/assembly') walk(path);
      } else if (name.endsWith('.ts') && !/\.(test|bench)\.ts$/.test(name)) files.push(path);
    }
  };
  walk('src');
  walk('protocols');
  return files;
}

export function readSource(root: string, file: string): string {
  return readFileSync(join(root, file), 'utf8');
}
