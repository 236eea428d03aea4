/** Draws plots as SVG by Vega. A comment in each says which specification it shows, so that a stale plot is found without drawing. */
import { createHash } from 'node:crypto';
import { loadFrom } from '../own-package.ts';
import type { PlotSpec } from './plots.ts';

/** The parts of vega and vega-lite that are used. */
interface Vega {
  readonly View: new (runtime: unknown, options: { readonly renderer: 'none' }) => { toSVG(): Promise<string> };
  parse(spec: unknown): unknown;
}
interface VegaLite {
  compile(spec: PlotSpec): { readonly spec: unknown };
}

/** What an SVG of this specification carries. */
export function plotMark(spec: PlotSpec): string {
  const hash = createHash('sha256').update(JSON.stringify(spec)).digest('hex');
  return `<!-- specification ${hash} -->`;
}

export async function drawPlot(spec: PlotSpec): Promise<string> {
  const { View, parse } = await loadFrom<Vega>('page', 'vega');
  const { compile } = await loadFrom<VegaLite>('page', 'vega-lite');
  const svg = await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG();
  if (!svg.startsWith('<svg')) throw new TypeError('Cannot draw plot: no SVG came');
  return `${plotMark(spec)}\n${svg}\n`;
}
