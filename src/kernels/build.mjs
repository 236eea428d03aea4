/**
 * Builds the WebAssembly kernels: writes what is unrolled, compiles with asc, embeds the module as base64 in
 * `generated/<name>-wasm.ts`. The output depends on the inputs alone; a kernel whose inputs did not change is skipped.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { generateBlake2sLanes } from './blake2s-generator.mjs';
import { generateChachaLanes } from './chacha-lanes-generator.mjs';
import { generateChachaRows } from './chacha-rows-generator.mjs';
import { generateField25519Fma } from './field25519-fma-generator.mjs';
import { generateField25519 } from './field25519-generator.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const assembly = join(here, 'assembly');
const compilerVersion = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.resolve('assemblyscript/asc'))), '../package.json'), 'utf8'),
).version;

const SCALAR = ['--runtime', 'stub', '--noAssert'];
const SIMD = [...SCALAR, '--enable', 'simd'];
/** On memories that modules take by turns; see module-pool.ts. */
const POOLED = ['--importMemory', '--zeroFilledMemory'];

const FIELD = ['field25519.ts', 'limbs25519.ts'];
const FMA_FIELD = ['field25519.ts', 'limbs25519-fma.ts'];
const RISTRETTO = ['ristretto255.ts', 'encoding.ts', 'edwards25519.ts', 'scalar.ts'];
/** What makes a kernel on the field one for engines with fused multiply-add. */
const FMA = {
  instead: { 'limbs25519.ts': 'limbs25519-fma.ts' },
  generated: { 'field25519-fma-unrolled.ts': generateField25519Fma },
  // us a point at -O0 / -O1 / -O2 / -O3, Node 24.21: ristretto255 multiply 34 / 29 / 28 / 52, X25519 26 / 24 / 23 / 31.
  flags: [...SIMD, '-O2', '--enable', 'relaxed-simd'],
};

/**
 * `instead`: files that are read in place of others. -O1: Binaryen's higher levels reorder locals in unrolled code, and
 * V8 then spills more. ristretto255 multiply on Node 20.20, EPYC Zen 5, 2026-11: 49 us a point at -O0 and -O1, 50-61 at
 * -O2, 64 at -O3.
 * @type {{ name: string, sources: string[], instead?: Record<string, string>,
 *   generated: Record<string, () => string>, flags: string[] }[]}
 */
const KERNELS = [
  {
    // ns a row of one block at -O1 / -O3: 38 / 39-41; at -O0 78, at -O2 57. Same machine and Node.
    name: 'blake2s',
    sources: ['blake2s.ts'],
    generated: { 'blake2s-lanes.ts': generateBlake2sLanes },
    flags: [...SIMD, '-O1'],
  },
  {
    name: 'chacha20',
    sources: ['chacha20.ts'],
    generated: { 'chacha-rows.ts': generateChachaRows },
    flags: [...SIMD, '-O1'],
  },
  {
    name: 'stream-folds',
    sources: ['stream-folds.ts'],
    generated: { 'chacha-rows.ts': generateChachaRows },
    flags: [...SIMD, '-O1'],
  },
  {
    name: 'bit-slices',
    sources: ['bit-slices.ts'],
    generated: {},
    flags: [...SIMD, '-O3'],
  },
  {
    name: 'ristretto255',
    sources: [...RISTRETTO, ...FIELD],
    generated: { 'field25519-unrolled.ts': generateField25519 },
    flags: [...SIMD, '-O1'],
  },
  { name: 'ristretto255-fma', sources: [...RISTRETTO, ...FMA_FIELD], ...FMA },
  {
    name: 'x25519',
    sources: ['x25519.ts', ...FIELD],
    generated: { 'field25519-unrolled.ts': generateField25519 },
    flags: [...SIMD, '-O1'],
  },
  { name: 'x25519-fma', sources: ['x25519.ts', ...FMA_FIELD], ...FMA },
  {
    name: 'expand-message',
    sources: ['expand-message.ts'],
    generated: {},
    flags: [...SCALAR, '-O3'],
  },
  {
    name: 'opprf',
    sources: ['opprf.ts', 'row-pages.ts', 'band-rows.ts', 'four-sums.ts'],
    generated: { 'chacha-rows.ts': generateChachaRows, 'chacha-lanes.ts': generateChachaLanes },
    flags: [...SIMD, '-O3', ...POOLED],
  },
  {
    name: 'cuckoo',
    sources: ['cuckoo.ts'],
    generated: {},
    flags: [...SCALAR, '-O3', ...POOLED],
  },
  {
    name: 'bin-values',
    sources: ['bin-values.ts', 'multiples.ts'],
    generated: {},
    flags: [...SIMD, '-O3', ...POOLED],
  },
  {
    name: 'vole-oprf',
    sources: ['vole-oprf.ts', 'row-pages.ts', 'band-rows.ts', 'four-sums.ts', 'multiples.ts'],
    generated: { 'chacha-rows.ts': generateChachaRows },
    flags: [...SIMD, '-O3', ...POOLED],
  },
  {
    name: 'sorted-tags',
    sources: ['sorted-tags.ts'],
    generated: {},
    flags: [...SIMD, '-O3', ...POOLED],
  },
  {
    // ns a row of 8 / 16 bytes, Node 20.20, EPYC Zen 4: 3.6 / 9.3 at -O1 to -O3, 4.7 / 10.4 at -O0.
    name: 'gf2',
    sources: ['gf2.ts', 'multiples.ts'],
    generated: {},
    flags: [...SIMD, '-O1'],
  },
  {
    // ms of 1.1 x 2^20 rows, holder / receiver, same machine: 111-115 / 164-174 at -O1 to -O3, 129 / 172 at -O0; 28 KB.
    name: 'silent-vole',
    sources: ['silent-vole.ts', 'ggm.ts', 'expand-convolute.ts', 'four-sums.ts', 'fold.ts', 'public-stream.ts'],
    generated: { 'chacha-rows.ts': generateChachaRows },
    flags: [...SIMD, '-O3', ...POOLED],
  },
];

/** Writes only what differs, so that nobody watching the file is woken for nothing. */
function write(path, text) {
  mkdirSync(dirname(path), { recursive: true });
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}

function hashInputs(kernel, generated) {
  const hash = createHash('sha256');
  const own = readFileSync(fileURLToPath(import.meta.url), 'utf8');
  const sources = kernel.sources.map((file) => readFileSync(join(assembly, file), 'utf8'));
  hash.update(JSON.stringify([compilerVersion, kernel.flags, own, sources, generated]));
  return hash.digest('hex');
}

/** What asc asks for, by a name relative to the working directory; null where there is no such file. */
function readSource(kernel, name) {
  const asked = resolve(name);
  const file = Object.entries(kernel.instead ?? {}).find(([original]) => asked === join(assembly, original))?.[1];
  const path = file === undefined ? asked : join(assembly, file);
  return existsSync(path) ? readFileSync(path, 'utf8') : null;
}

async function compile(kernel) {
  let binary;
  const { error, stderr } = await asc.main(
    [join(assembly, kernel.sources[0]), ...kernel.flags, '--outFile', `${kernel.name}.wasm`],
    { readFile: (name) => readSource(kernel, name), writeFile: (_name, contents) => void (binary = contents) },
  );
  if (error !== null || binary === undefined) throw new Error(`Cannot compile ${kernel.name}: ${error}\n${stderr}`);
  return binary;
}

const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase());

async function build(kernel) {
  const generated = Object.entries(kernel.generated).map(([file, generate]) => [file, generate()]);
  const stamp = `// Inputs: sha256 ${hashInputs(kernel, generated)}\n`;
  const output = join(here, 'generated', `${kernel.name}-wasm.ts`);
  if (existsSync(output) && readFileSync(output, 'utf8').startsWith(stamp)) return `${kernel.name}: unchanged`;
  for (const [file, text] of generated) write(join(assembly, 'generated', file), text);
  const binary = await compile(kernel);
  const base64 = Buffer.from(binary).toString('base64');
  const comment = `/** The WebAssembly module of assembly/${kernel.sources[0]}, base64. */`;
  write(output, `${stamp}${comment}\nexport const ${camelCase(kernel.name)}Wasm: string =\n  '${base64}';\n`);
  return `${kernel.name}: ${binary.length} bytes`;
}

for (const kernel of KERNELS) process.stdout.write(`${await build(kernel)}\n`);
