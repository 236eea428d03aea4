/**
 * Builds the WebAssembly kernels: writes what is unrolled, compiles with asc, embeds the module as base64 in
 * `generated/<name>-wasm.ts`. The output depends on the inputs alone; a kernel whose inputs did not change is skipped.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { generateField25519 } from './field25519-generator.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const assembly = join(here, 'assembly');
const compilerVersion = JSON.parse(
  readFileSync(join(dirname(fileURLToPath(import.meta.resolve('assemblyscript/asc'))), '../package.json'), 'utf8'),
).version;

/**
 * -O1: Binaryen's higher levels reorder locals in unrolled code, and V8 then spills more. ristretto255 multiply on Node
 * 20.20, EPYC Zen 5, 2026-11: 49 us a point at -O0 and -O1, 50-61 at -O2, 64 at -O3.
 * @type {{ name: string, sources: string[], generated: Record<string, () => string>, flags: string[] }[]}
 */
const KERNELS = [
  {
    name: 'ristretto255',
    sources: ['ristretto255.ts', 'encoding.ts', 'edwards25519.ts', 'field25519.ts', 'scalar.ts'],
    generated: { 'field25519-unrolled.ts': generateField25519 },
    flags: ['-O1', '--runtime', 'stub', '--enable', 'simd', '--noAssert'],
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

async function compile(kernel) {
  let binary;
  const { error, stderr } = await asc.main(
    [join(assembly, kernel.sources[0]), ...kernel.flags, '--outFile', `${kernel.name}.wasm`],
    { writeFile: (_name, contents) => void (binary = contents) },
  );
  if (error !== null || binary === undefined) throw new Error(`Cannot compile ${kernel.name}: ${error}\n${stderr}`);
  return binary;
}

async function build(kernel) {
  const generated = Object.entries(kernel.generated).map(([file, generate]) => [file, generate()]);
  const stamp = `// Inputs: sha256 ${hashInputs(kernel, generated)}\n`;
  const output = join(here, 'generated', `${kernel.name}-wasm.ts`);
  if (existsSync(output) && readFileSync(output, 'utf8').startsWith(stamp)) return `${kernel.name}: unchanged`;
  for (const [file, text] of generated) write(join(assembly, 'generated', file), text);
  const binary = await compile(kernel);
  const base64 = Buffer.from(binary).toString('base64');
  const comment = `/** The WebAssembly module of assembly/${kernel.sources[0]}, base64. */`;
  write(output, `${stamp}${comment}\nexport const ${kernel.name}Wasm: string =\n  '${base64}';\n`);
  return `${kernel.name}: ${binary.length} bytes`;
}

for (const kernel of KERNELS) process.stdout.write(`${await build(kernel)}\n`);
