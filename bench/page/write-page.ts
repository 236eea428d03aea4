/** Writes the page and its plots. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repositoryRoot } from '../machine.ts';
import { drawPlot } from './draw.ts';
import type { PageResults } from './page-results.ts';
import { PLOT_NAMES, plotSpecs } from './plots.ts';
import { renderPage } from './render-page.ts';

/** Default: `bench` of this repository. */
export async function writePage(results: PageResults, folder: string = join(repositoryRoot(), 'bench')): Promise<void> {
  const specs = plotSpecs(results.parties);
  mkdirSync(join(folder, 'plots'), { recursive: true });
  for (const name of PLOT_NAMES) writeFileSync(join(folder, 'plots', `${name}.svg`), await drawPlot(specs[name]));
  writeFileSync(join(folder, 'RESULTS.md'), renderPage(results));
}
