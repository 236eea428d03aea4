/** A node's configuration as JSON that commands change: read loosely, written whole or not at all. */
import { randomUUID } from 'node:crypto';
import { chmod, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { ArgumentError } from '../errors/argument-error.ts';
import type { FaultTexts } from '../texts.ts';

export type JsonObject = { readonly [key: string]: unknown };

/** undefined where there is no such file. @throws ArgumentError when it is no JSON object */
export async function readJsonFile(file: string, faults: FaultTexts): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ArgumentError(faults.node.unreadableConfig(file));
  }
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  } catch {
    // Said below, as for any other text that is no object; the parser's own words quote the file.
  }
  throw new ArgumentError(faults.node.unreadableConfig(file));
}

/** @throws ArgumentError */
export async function writeJsonFile(file: string, value: JsonObject, faults: FaultTexts): Promise<void> {
  const partial = `${file}.${randomUUID()}.partial`;
  try {
    await writeFile(partial, `${JSON.stringify(value, undefined, 2)}\n`, { flag: 'wx' });
    const before = await stat(file).catch(() => undefined);
    if (before !== undefined) await chmod(partial, before.mode & 0o777);
    await rename(partial, file);
  } catch {
    throw new ArgumentError(faults.node.notWritable(file));
  } finally {
    await rm(partial, { force: true });
  }
}
