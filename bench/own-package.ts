/**
 * Libraries of a folder with its own package and lock file, so that a user's install stays small. The parts of a library that are used are
 * stated where it is used: nothing of it is there when this package is compiled.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { repositoryRoot } from './machine.ts';

/** Folders of the bench that have a package of their own. */
export type OwnPackage = 'peers' | 'page';

function folderOf(own: OwnPackage): string {
  return join(repositoryRoot(), 'bench', own);
}

/** The module, by its name in an import. */
export async function loadFrom<T>(own: OwnPackage, specifier: string): Promise<T> {
  const path = createRequire(join(folderOf(own), 'package.json')).resolve(specifier);
  // Stated types are as good as their statement: each use checks what comes out.
  return (await import(pathToFileURL(path).href)) as T;
}

/** The installed version, there or of this package's own dependencies, or undefined where it is not installed. */
export function installedVersion(own: OwnPackage, name: string): string | undefined {
  const paths = [folderOf(own), repositoryRoot()].map((folder) => join(folder, 'node_modules', name, 'package.json'));
  const path = paths.find((candidate) => existsSync(candidate));
  if (path === undefined) return undefined;
  const { version } = JSON.parse(readFileSync(path, 'utf8')) as { readonly version?: unknown };
  return typeof version === 'string' ? version : undefined;
}
