/** A consumer of the packed package: its tarball unpacked beside links to the dependencies that it declares, and to nothing else. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

const ROOT = process.cwd();

export interface Packed {
  /** Copies an example and installs the package there, with what the example itself declares for development. */
  consumer(example: string, as?: string): string;
  remove(): void;
}

/** Packs the built package once. */
export function packPackage(): Packed {
  if (!existsSync(join(ROOT, 'dist/src/node.js'))) throw new Error('Cannot pack: not built, run npm run build');
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'bf-pack-')));
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const [{ filename }] = JSON.parse(execFileSync('npm', args, { encoding: 'utf8' })) as { filename: string }[];
  return {
    remove: () => rmSync(folder, { recursive: true, force: true }),
    consumer(example, as = example) {
      const home = join(folder, as);
      cpSync(join(ROOT, 'examples', example), home, { recursive: true, filter: isSource });
      const modules = join(home, 'node_modules');
      const own = join(modules, 'blindflag');
      mkdirSync(own, { recursive: true });
      execFileSync('tar', ['-xzf', join(folder, filename), '-C', own, '--strip-components=1']);
      const { dependencies, bin } = readManifest(own);
      const { devDependencies = {} } = readManifest(home);
      for (const name of [...Object.keys(dependencies ?? {}), ...Object.keys(devDependencies)]) link(name, modules);
      for (const [command, file] of Object.entries(bin ?? {})) {
        const target = join(own, file);
        chmodSync(target, 0o755);
        mkdirSync(join(modules, '.bin'), { recursive: true });
        symlinkSync(target, join(modules, '.bin', command));
      }
      return home;
    },
  };
}

/** What a checkout that was tried out has besides, is left behind. */
function isSource(path: string): boolean {
  return !/\/(node_modules|build|store|admin)$|\.(card|csv|jsonl)$|identity\.json$|package-lock\.json$/.test(path);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
}

function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
}

function link(name: string, modules: string): void {
  const path = join(modules, name);
  mkdirSync(dirname(path), { recursive: true });
  symlinkSync(realpathSync(resolve(ROOT, 'node_modules', name)), path);
}
