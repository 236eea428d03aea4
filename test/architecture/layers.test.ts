import { describe, expect, it } from 'vitest';
import { closureOf, importsOf, layeredFiles, readSource, violationsIn } from './layers.ts';

const ROOT = process.cwd();
/** Far below today's number, far above what a broken search would find. */
const FEWEST_FILES = 60;

describe('layers', () => {
  const files = layeredFiles(ROOT);

  it('finds the sources it is to check', () => {
    expect(files.length).toBeGreaterThan(FEWEST_FILES);
    const imports = files.flatMap((file) => importsOf(file, readSource(ROOT, file)));
    expect(imports.length).toBeGreaterThan(4 * FEWEST_FILES);
  });

  it('hold in every file', () => {
    expect(files.flatMap((file) => violationsIn(file, readSource(ROOT, file)))).toEqual([]);
  });

  it.each([
    ['src/crypto/okvs.ts', "import { readFileSync } from 'node:fs';"],
    ['src/crypto/okvs.ts', "import type { Io } from '../kit/io.ts';"],
    ['src/wire/frame.ts', "import { pack } from 'msgpackr/pack';"],
    ['src/kit/session.ts', "const ws = await import('ws');"],
    ['src/kit/session.ts', "import { flag } from '../../protocols/flag/index.ts';"],
    ['src/errors.ts', "export * from './crypto/bytes.ts';"],
    ['protocols/flag/roles.ts', "import { planMatch } from '../match/plan.ts';"],
    ['protocols/flag/roles.ts', "import 'node:crypto';"],
    ['protocols/flag/roles.ts', "export type { Source } from '../../src/data/source.ts';"],
    ['src/data/source.ts', "import { parse } from 'csv-parse';"],
  ])('catch a planted violation in %s: %s', (file, source) => {
    expect(violationsIn(file, source)).toHaveLength(1);
  });

  it('allow what the table allows', () => {
    expect(violationsIn('protocols/flag/roles.ts', "import { planMatch } from '../match/index.ts';")).toEqual([]);
    expect(violationsIn('src/wire/encode.ts', "import { pack } from 'msgpackr/pack';")).toEqual([]);
  });

  it('keep Node and the insecure engine out of what the blindflag entry loads', () => {
    const loaded = [...closureOf(ROOT, 'src/index.ts')];
    expect(loaded.length).toBeGreaterThan(40);
    expect(loaded.filter((target) => target.startsWith('node:') || target === 'protocols/oprf/ideal.ts')).toEqual([]);
    const inBrowser = [...closureOf(ROOT, 'src/browser.ts')];
    expect(inBrowser.filter((target) => target.startsWith('node:') || target === 'ws')).toEqual([]);
    // The check sees both where they are.
    expect([...closureOf(ROOT, 'src/node.ts')].some((target) => target.startsWith('node:'))).toBe(true);
    expect(closureOf(ROOT, 'src/testing.ts').has('protocols/oprf/ideal.ts')).toBe(true);
  });
});
