/** The language that a node's configuration names, also where the rest of it is wrong: errors about it come in that language. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CONFIG_FILE } from '../service/start-node.ts';
import { type Language, LANGUAGES } from './texts.ts';

/** undefined where there is no configuration, or none that names one. */
export async function configuredLanguage(folder: string): Promise<Language | undefined> {
  // What cannot be read or is no JSON is told by the command that needs it.
  const text = await readFile(join(folder, CONFIG_FILE), 'utf8').catch(() => '');
  const named = /"language"\s*:\s*"([a-z]+)"/.exec(text)?.[1];
  return LANGUAGES.find((language) => language === named);
}
