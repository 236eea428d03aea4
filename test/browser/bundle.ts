/** Bundles for browsers as a consumer would, and what of Node is left in them. */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { type InputOptions, type OutputChunk, type OutputOptions, rolldown } from 'rolldown';
import { minifySync, transformSync } from 'rolldown/utils';

export interface Bundle {
  readonly code: string;
  /** Modules that code outside the bundle would have to provide. */
  readonly imports: readonly string[];
  /** Globals of Node that the code uses without asking first whether they are there. */
  readonly nodeGlobals: readonly string[];
}

const NODE_GLOBALS = ['Buffer', 'process', 'global', '__dirname', '__filename', 'setImmediate', 'require'] as const;
const mark = (name: string): string => `onlyInNode_${name}`;

/**
 * `typeof X` says what it says in a browser, so code behind such a question falls away; whatever still names a global of
 * Node after that is marked and found. `require` is not asked for: the bundler has resolved every one that it can.
 */
const AS_IN_BROWSERS: Record<string, string> = Object.fromEntries([
  ...NODE_GLOBALS.map((name) => [name, mark(name)]),
  ...NODE_GLOBALS.filter((name) => name !== 'require').map((name) => [`typeof ${name}`, '"undefined"']),
]);

/** The file behind an entry of the package, as package.json's `exports` has it. */
export function entryFile(entry: string): string {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly exports: Readonly<Record<string, { readonly default: string } | undefined>>;
  };
  const file = exports[entry]?.default;
  if (file === undefined) throw new Error(`package.json exports no ${entry}`);
  return file;
}

/** What `input` and all that it imports become for a page; `source` replaces the text of that file. */
export async function bundleForBrowsers(input: string, source?: string): Promise<Bundle> {
  const { code, imports, dynamicImports } = await bundled({
    input,
    // Unresolved imports, which are warnings only, are in the result.
    onLog: () => undefined,
    plugins: source === undefined ? [] : [planted(input, source)],
  });
  return { code, imports: [...imports, ...dynamicImports], nodeGlobals: nodeGlobalsIn(code) };
}

/** The script of a page, whose exports are the global `party`. */
export async function pageScript(input: string): Promise<string> {
  const options: InputOptions = {
    input,
    onLog: (_level, { code = '', message }) => {
      throw new Error(`Cannot bundle ${input}: ${code} ${message}`);
    },
  };
  return (await bundled(options, { format: 'iife', name: 'party' })).code;
}

async function bundled(options: InputOptions, output: OutputOptions = {}): Promise<OutputChunk> {
  // Native code, which a bundler cannot read; it is loaded where a list is in Parquet.
  const build = await rolldown({ platform: 'browser', external: ['@duckdb/node-api'], ...options });
  try {
    return (await build.generate({ format: 'esm', codeSplitting: false, ...output })).output[0];
  } finally {
    await build.close();
  }
}

function nodeGlobalsIn(code: string): readonly string[] {
  const marked = transformSync('bundle.js', code, { define: AS_IN_BROWSERS });
  const reachable = minifySync('bundle.js', marked.code, { module: true, compress: true, mangle: false });
  const [problem] = [...marked.errors, ...reachable.errors];
  if (problem !== undefined) throw problem;
  return NODE_GLOBALS.filter((name) => new RegExp(`\\b${mark(name)}\\b`).test(reachable.code));
}

export const builtinsIn = (imports: readonly string[]): readonly string[] => imports.filter((name) => isBuiltin(name));

function planted(input: string, source: string): { name: string; load(id: string): string | undefined } {
  return { name: 'planted', load: (id) => (id.endsWith(input.replace(/^\.\//, '')) ? source : undefined) };
}
