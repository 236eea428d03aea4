/** Generated tables equal what the code says. `npm run docs` writes them anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blocksOf, withBlocks } from './blocks.ts';
import { renderBlock } from './render.ts';

const FILES = ['README.md', 'protocols/flag/README.md'];

describe.each(FILES)('%s', (file) => {
  const text = readFileSync(file, 'utf8');
  if (process.env['BLINDFLAG_WRITE_DOCS'] === '1') writeFileSync(file, withBlocks(text, renderBlock));
  const blocks = blocksOf(readFileSync(file, 'utf8'));

  it('has generated parts, and something renders each', () => {
    expect(blocks.size).toBeGreaterThan(0);
    for (const name of blocks.keys()) expect(renderBlock(name), name).toBeDefined();
  });

  it.each([...blocks])('shows the current table: %s', (name, content) => {
    expect(content).toBe(renderBlock(name));
  });
});

describe('withBlocks', () => {
  it('replaces a stale table and leaves everything else', () => {
    const stale =
      'before\n<!-- begin: costs -->\n| old |\n<!-- end: costs -->\nafter\n<!-- begin: other -->\nx\n<!-- end: other -->\n';
    const fresh = withBlocks(stale, (name) => (name === 'costs' ? '| new |\n' : undefined));
    expect(fresh).toBe(stale.replace('| old |', '| new |'));
    expect(blocksOf(fresh).get('costs')).not.toBe(blocksOf(stale).get('costs'));
  });
});
