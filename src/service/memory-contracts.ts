/** Contracts of nodes in one process: each signed question gets one that all of them sign, so that it runs as configured. */
import type { Signer } from '../crypto/signature.ts';
import { toHex } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { type ContractFile, encodeContractFile, JOB_BYTES } from '../governance/contract-codec.ts';
import { signContract } from '../governance/contract-signatures.ts';
import type { PartyId } from '../kit/party.ts';
import type { ContractFiles } from '../node/agreements/contract-book.ts';
import { draftContract } from '../node/agreements/contract-draft.ts';
import type { NodeConfig, QuestionTerms } from '../node/config/node-config.ts';
import { kindOf } from '../node/node-context.ts';
import type { QuestionKind } from '../node/questions/question.ts';
import { loadRulesOf } from '../node/questions/question-identifiers.ts';

export interface MemoryContractsOptions {
  readonly kinds: readonly QuestionKind[];
  readonly signers: ReadonlyMap<PartyId, Signer>;
  readonly rng: Rng;
}

/** Later than any test. */
const EXPIRES = '9999-12-31T00:00:00.000Z';

/** A question with a party that is none of these nodes has no contract. */
export async function memoryContracts(
  configs: readonly NodeConfig[],
  options: MemoryContractsOptions,
): Promise<ContractFiles> {
  const files = new Map<string, string>();
  const questions = configs.flatMap((config) => config.questions);
  await loadRulesOf(questions);
  for (const terms of questions) {
    if (terms.agreement !== 'signed' || files.has(terms.name)) continue;
    const file = signedByAll(terms, options);
    if (file !== undefined) files.set(terms.name, encodeContractFile(file));
  }
  return {
    read: (question) => Promise.resolve(files.get(question)),
    write(question, text) {
      files.set(question, text);
      return Promise.resolve();
    },
  };
}

function signedByAll(terms: QuestionTerms, { kinds, signers, rng }: MemoryContractsOptions): ContractFile | undefined {
  const publicKeys = new Map([...signers].map(([name, { publicKey }]) => [name, publicKey]));
  const contract = draftContract(
    { terms, kind: kindOf(kinds, terms), publicKeys },
    {
      jobId: toHex(rng(JOB_BYTES)),
      projectId: terms.name,
      legalBasis: 'test',
      limits: { period: 'day', maxRuns: 1_000_000, failedStarts: 100 },
      retention: { auditDays: 0 },
      expires: EXPIRES,
    },
  );
  let file: ContractFile = { contract, signatures: [] };
  for (const { inst } of contract.parties) {
    const signer = signers.get(inst);
    if (signer === undefined) return undefined;
    file = signContract(file, inst, signer);
  }
  return file;
}
