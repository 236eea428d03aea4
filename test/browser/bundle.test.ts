import { describe, expect, it } from 'vitest';
import { type Bundle, builtinsIn, bundleForBrowsers, entryFile } from './bundle.ts';

const FEWEST_CHARACTERS = 100_000;

describe.each(['.', './browser'])('the entry %s of the built package', (entry) => {
  it('bundles for browsers with nothing of Node left', async () => {
    const { code, imports, nodeGlobals } = await bundleForBrowsers(entryFile(entry));
    expect(code.length).toBeGreaterThan(FEWEST_CHARACTERS);
    expect(imports).toEqual([]);
    expect(nodeGlobals).toEqual([]);
  });
});

describe('bundleForBrowsers', () => {
  const withSource = (source: string): Promise<Bundle> => bundleForBrowsers(entryFile('.'), source);

  it('sees the modules of Node that blindflag/node needs', async () => {
    const { imports } = await bundleForBrowsers(entryFile('./node'));
    expect(builtinsIn(imports)).toEqual(expect.arrayContaining(['node:crypto', 'node:http', 'node:fs']));
  });

  it.each([
    "import { readFileSync } from 'node:fs'; export const text = readFileSync('a');",
    "import { join } from 'path'; export const path = join('a', 'b');",
    "export const later = () => import('node:os');",
    "export * from 'not-installed';",
  ])('finds the import in: %s', async (source) => {
    expect((await withSource(source)).imports).toHaveLength(1);
  });

  it.each([
    ['Buffer', "export const bytes = () => Buffer.from('a');"],
    ['process', 'export const home = () => process.env.HOME;'],
    ['setImmediate', 'const later = setImmediate; export { later };'],
    ['require', 'export const path = (name) => require(name);'],
    ['process', "export const kind = typeof window === 'undefined' ? process.version : 'page';"],
  ])('finds %s in: %s', async (name, source) => {
    expect((await withSource(source)).nodeGlobals).toEqual([name]);
  });

  it.each([
    "const has = typeof Buffer !== 'undefined'; export const bytes = () => (has ? Buffer.from('a') : 'a');",
    "export const home = () => (typeof process === 'object' ? process.env.HOME : '');",
    'export class Hash { process(block) { return this.process(block); } }',
    'export const run = (process) => process.next();',
  ])('lets pass what asks first or only shares a name: %s', async (source) => {
    expect((await withSource(source)).nodeGlobals).toEqual([]);
  });
});
