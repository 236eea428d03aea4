/** The contract files of a node's folder: `contracts/<question>.contract.json`. */
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../errors.ts';
import { MAX_CONTRACT_BYTES } from '../../governance/contract-codec.ts';
import type { ContractFiles } from './contract-book.ts';

export interface ContractFolder extends ContractFiles {
  path(question: string): string;
}

export function contractFolder(folder: string): ContractFolder {
  const path = (question: string): string => join(folder, 'contracts', `${question}.contract.json`);
  return {
    path,
    read: (question) => readContractText(path(question)),
    write: (question, text) => replaceFile(join(folder, 'contracts'), path(question), text),
  };
}

/** undefined where there is no such file. @throws UsageError `unreadable-source` when it is too long or cannot be read */
export async function readContractText(path: string): Promise<string | undefined> {
  try {
    const { size } = await stat(path);
    if (size > MAX_CONTRACT_BYTES) throw new RangeError('Cannot read contract: it is too long');
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw fileError(path, 'it cannot be read', cause);
  }
}

async function replaceFile(folder: string, path: string, text: string): Promise<void> {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const file = await open(partial, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (cause) {
    throw fileError(path, 'it cannot be written', cause);
  } finally {
    await rm(partial, { force: true });
  }
}

function fileError(path: string, state: string, cause: unknown): UsageError {
  return new UsageError(`Cannot use contract file ${path}: ${state}`, {
    code: 'unreadable-source',
    phase: 'contract',
    remedy: 'check the folder and its permissions',
    cause,
  });
}
