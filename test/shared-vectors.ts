/**
 * Test vectors made elsewhere, kept beside the project: in `$BLINDFLAG_SHARED/vectors`, or else in `../shared/vectors`
 * seen from the project's root.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The parsed file `vectors/<name>`, or undefined, with a warning, when this machine does not have it.
 * @throws Error when `$BLINDFLAG_SHARED` is set and the file is not there: whoever names the place means it
 */
export function sharedVectors(name: string): unknown {
  const named = process.env['BLINDFLAG_SHARED'];
  const path = join(named ?? join(import.meta.dirname, '..', '..', 'shared'), 'vectors', name);
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8'));
  if (named !== undefined) throw new Error(`Cannot read vectors: ${name} is not in BLINDFLAG_SHARED`);
  process.emitWarning(`vectors ${name} not found: their tests are skipped; set BLINDFLAG_SHARED to run them`);
  return undefined;
}
