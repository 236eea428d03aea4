import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const SNIPPET = readFileSync('test/docs/quick-start.ts', 'utf8');
/** Inside the package, so that its own name resolves to the built files as it does for a consumer. */
const COPY = 'dist/quick-start.mjs';

describe('quick start', () => {
  it('is in the README word for word', () => {
    const [, inReadme] = /```ts\n([\s\S]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    expect(inReadme).toBe(SNIPPET);
  });

  it('runs against the built package and flags the one account', () => {
    expect(existsSync('dist/src/index.js'), 'the package is built: npm run build').toBe(true);
    writeFileSync(COPY, SNIPPET);
    try {
      const printed = execFileSync(process.execPath, [COPY], { encoding: 'utf8' });
      expect(printed).toBe(`01${'0'.repeat(38)}\n`);
    } finally {
      rmSync(COPY);
    }
  });
});
