/** Compiles AssemblyScript of src/kernels/assembly in memory, with some files put in place of those on disk. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const FLAGS = '-O1 --runtime stub --enable simd --enable relaxed-simd --use abort='.split(' ');

/** The exports of `entry`; see `assemble`. */
export async function compileAssembly<M>(entry: string, files: Readonly<Record<string, string>>): Promise<M> {
  return new WebAssembly.Instance(new WebAssembly.Module(await assemble(entry, files))).exports as unknown as M;
}

/** The module of `entry`; `files` are texts by name, relative to the folder, and come before what is on disk. */
export async function assemble(
  entry: string,
  files: Readonly<Record<string, string>>,
): Promise<Uint8Array<ArrayBuffer>> {
  let binary: Uint8Array<ArrayBuffer> | undefined;
  const { error } = await asc.main([entry, ...FLAGS, '--outFile', 'out.wasm'], {
    readFile: (name) => {
      const path = fileURLToPath(new URL(`../../src/kernels/assembly/${name}`, import.meta.url));
      return files[name] ?? (existsSync(path) ? readFileSync(path, 'utf8') : null);
    },
    writeFile: (_name, contents) => {
      if (typeof contents !== 'string') binary = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  if (error !== null || binary === undefined) throw error ?? new Error(`Cannot compile ${entry}: no output`);
  return binary;
}

/** The text of a file in the folder. */
export function readAssembly(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../src/kernels/assembly/${name}`, import.meta.url)), 'utf8');
}
