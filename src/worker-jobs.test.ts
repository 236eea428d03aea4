import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { jobs } from './worker-jobs.ts';

/** Folders whose protocols run on nodes, and what is left out of them. */
const FOLDERS = [
  'src/kit',
  'protocols/items',
  'protocols/oprf',
  'protocols/match',
  'protocols/committee',
  'protocols/flag',
  'protocols/overlap',
  'protocols/vole',
];
/** The ideal OPRF is for tests in one process. */
const IN_THREAD_ONLY = ['oprf/ideal'];

function definedIn(folder: string): string[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  return files.flatMap((name) => {
    const source = readFileSync(join(folder, name), 'utf8');
    return [...source.matchAll(/defineJob\(\s*'([^']+)'/g)].map((match) => match[1]);
  });
}

describe('jobs', () => {
  it('are all that the protocols of a node define, each once', () => {
    const defined = FOLDERS.flatMap(definedIn);
    expect(defined.length).toBeGreaterThan(15);
    const listed = jobs.map((job) => job.name);
    expect(new Set(listed).size).toBe(listed.length);
    expect([...listed].sort()).toEqual(defined.filter((name) => !IN_THREAD_ONLY.includes(name)).sort());
  });
});
