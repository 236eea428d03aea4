/** The version in package.json, which lies above both the sources and the compiled files. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InternalError } from '../errors.ts';

export function packageVersion(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const path = join(folder, 'package.json');
    if (existsSync(path)) {
      const { name, version } = JSON.parse(readFileSync(path, 'utf8')) as { name?: unknown; version?: unknown };
      if (name === 'blindflag' && typeof version === 'string') return version;
    }
    if (folder === dirname(folder)) break;
    folder = dirname(folder);
  }
  throw new InternalError('Cannot tell version: the package has no package.json', { code: 'internal' });
}
