/**
 * Loads a library of bench/peers, which has its own package and lock file. The parts of a library that are used are stated where it is
 * used: nothing of it is there when this package is compiled.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from '../machine.ts';

const FOLDER: string = join(repositoryRoot(), 'bench', 'peers');

/** The module, by its name in an import. */
export async function loadPeer<T>(specifier: string): Promise<T> {
  const path = createRequire(join(FOLDER, 'package.json')).resolve(specifier);
  // Stated types are as good as their statement: each case checks what comes out.
  return (await import(pathToFileURL(path).href)) as T;
}

/** The installed version, or undefined where it is not installed. */
export function peerVersion(name: string): string | undefined {
  const path = join(FOLDER, 'node_modules', name, 'package.json');
  if (!existsSync(path)) return undefined;
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown };
  return typeof version === 'string' ? version : undefined;
}
