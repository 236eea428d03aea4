import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { growthsOf, outOfBounds } from '../growth.ts';
import { installedVersion } from '../own-package.ts';
import { loadReports } from '../results.ts';
import { compareRatios, cpuRatios } from './compare.ts';
import { drawPlot, plotMark } from './draw.ts';
import { loadPage } from './page-results.ts';
import { PLOT_NAMES, plotSpecs } from './plots.ts';
import { knownQuantities, quotedIn } from './quoted-numbers.ts';
import { renderPage } from './render-page.ts';

const PAGE = 'bench/RESULTS.md';
const results = loadPage();
const specs = plotSpecs(results.parties);

describe('RESULTS.md', () => {
  it('says so when it rests on a short run', () => {
    const said = (short: boolean): boolean =>
      renderPage({
        ...results,
        parties: { ...results.parties, short },
        peers: { ...results.peers, short: false },
      }).includes('**Of a short run: questions and committee.**');
    expect([true, false].map(said)).toEqual([true, false]);
  });

  it('is what the stored results say, to the last digit', () => {
    expect(readFileSync(PAGE, 'utf8')).toBe(renderPage(results));
  });

  it('would differ if one number in it were another', () => {
    const [row, ...rest] = results.parties.rows;
    const changed = { ...row, wallMs: { ...row.wallMs, median: 2 * row.wallMs.median } };
    const page = renderPage({ ...results, parties: { ...results.parties, rows: [changed, ...rest] } });
    expect(page).not.toBe(readFileSync(PAGE, 'utf8'));
  });

  it('has a table of every part, and names no plot that is not there', () => {
    const page = readFileSync(PAGE, 'utf8');
    for (const heading of [
      'overlap',
      'flag',
      'Links',
      'Committee',
      'Other libraries',
      'cryptographic core',
      'Growth',
    ]) {
      expect(page).toMatch(new RegExp(`^## .*${heading}`, 'm'));
    }
    for (const [, file] of page.matchAll(/\]\((plots\/[^)]+)\)/g)) expect(existsSync(`bench/${file}`), file).toBe(true);
  });
});

describe('plots', () => {
  it.each(PLOT_NAMES)('%s shows the stored results', (name) => {
    const svg = readFileSync(`bench/plots/${name}.svg`, 'utf8');
    expect(svg.startsWith(plotMark(specs[name]))).toBe(true);
    expect(svg).toContain('</svg>');
  });

  it('are marked otherwise when a number in them is another', () => {
    const text = JSON.stringify(specs['overlap-scaling']).replace(/"seconds":[\d.]+/, '"seconds":1234');
    expect(plotMark(JSON.parse(text))).not.toBe(plotMark(specs['overlap-scaling']));
  });

  // Vega is installed by npm run bench:page, and by nothing else.
  it.runIf(installedVersion('page', 'vega') !== undefined)('can be drawn where Vega is installed', async () => {
    expect(await drawPlot(specs['flag-bytes'])).toBe(readFileSync('bench/plots/flag-bytes.svg', 'utf8'));
  });
});

describe('numbers in prose', () => {
  const known = knownQuantities([results, loadReports()]);
  /** Generated parts are compared whole with what makes them. */
  const proseOf = (file: string): string =>
    readFileSync(file, 'utf8').replace(/<!-- begin: ([a-z0-9 -]+) -->[\s\S]*?<!-- end: \1 -->/g, '');

  it('of README.md are in the results', () => {
    expect(quotedIn(proseOf('README.md')).filter((quoted) => !known.has(quoted))).toEqual([]);
  });

  it('are found when they are not', () => {
    const [row] = results.parties.rows;
    const invented = 'It takes 987.65 ms and 4321 MB, 31.4159 × the reference, at 76.5 M/s.';
    expect(quotedIn(invented)).toEqual(['987.65 ms', '4321 MB', '31.4159 ×', '76.5 M/s']);
    expect(quotedIn(invented).filter((quoted) => !known.has(quoted))).toHaveLength(4);
    expect(known.has(`${Number((row.bytes / 1e3).toPrecision(3))} kB`) || row.bytes >= 1e6).toBe(true);
    expect(quotedIn('five times 3 × 4 in `9 ms` of node 20')).toEqual([]);
  });
});

describe('compareRatios', () => {
  it('finds the ratios of the stored results equal to themselves, and one that moved', () => {
    const ratios = cpuRatios(results);
    expect(compareRatios(ratios, ratios)).toEqual({ compared: ratios.size, different: [] });
    expect(ratios.size).toBeGreaterThan(30);
    const [name, value] = [...ratios][0];
    const moved = new Map([...ratios, [name, 1.2 * value]]);
    expect(compareRatios(ratios, moved).different).toEqual([{ name, before: value, after: 1.2 * value }]);
  });
});

// A short run has too few sizes to fit.
describe.skipIf(results.parties.short)('growth in the stored results', () => {
  it('is within its bounds', () => {
    const growths = growthsOf(results.parties.rows);
    expect(growths.length).toBeGreaterThan(0);
    expect(growths.flatMap(outOfBounds)).toEqual([]);
  });
});
