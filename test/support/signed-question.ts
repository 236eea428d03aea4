/** The consortium's question under a contract: drafted from a bank's configuration, signed by whom a test says. */
import type { Contract, ContractFrame } from '../../src/governance/contract.ts';
import { type ContractFile, encodeContractFile } from '../../src/governance/contract-codec.ts';
import { signContract } from '../../src/governance/contract-signatures.ts';
import { partyId } from '../../src/kit/party.ts';
import { parseConfig } from '../../src/node/config/config.ts';
import type { ContractFiles } from '../../src/node/agreements/contract-book.ts';
import { draftContract } from '../../src/node/agreements/contract-draft.ts';
import type { QuestionKind } from '../../src/node/questions/question.ts';
import { BANKS, PUBLIC_KEYS, type RawConfig, rawConfig, SIGNERS, testQuestion } from './consortium-of-nodes.ts';

export const FRAME: ContractFrame = {
  jobId: '0123456789abcdef0123456789abcdef',
  projectId: 'consortium',
  legalBasis: 'agreement of the four banks',
  limits: { period: 'day', maxRuns: 100, failedStarts: 3 },
  retention: { auditDays: 30 },
  expires: '2028-01-01T00:00:00.000Z',
};

/** Puts a bank's question under a contract. */
export function underContract(config: RawConfig): void {
  Object.assign(config.questions[0], { agreement: 'signed', askers: [...BANKS] });
}

export interface DraftOptions {
  readonly frame?: Partial<ContractFrame>;
  /** Changes the configuration that it is drafted from. */
  readonly configure?: (config: RawConfig) => void;
  readonly kind?: QuestionKind;
  /** Index of the question. */
  readonly question?: number;
}

export function draft({ frame = {}, configure, kind = testQuestion, question = 0 }: DraftOptions = {}): Contract {
  const raw = rawConfig('bank-a');
  underContract(raw);
  configure?.(raw);
  const terms = parseConfig(JSON.stringify(raw), 'node.json').questions[question];
  return draftContract({ terms, kind, publicKeys: PUBLIC_KEYS }, { ...FRAME, ...frame });
}

/** Signed by these banks. Default: all who are parties. */
export function signedBy(contract: Contract, banks?: readonly string[]): ContractFile {
  const signers = banks?.map(partyId) ?? contract.parties.map(({ inst }) => inst);
  return signers.reduce<ContractFile>(
    (file, bank) => {
      const signer = SIGNERS.get(bank);
      if (signer === undefined) throw new RangeError(`no signer of ${bank}`);
      return signContract(file, bank, signer);
    },
    { contract, signatures: [] },
  );
}

/** A folder of contracts in memory, with this text for every question. */
export function contractFiles(content: ContractFile | string | undefined): ContractFiles {
  let text = content === undefined || typeof content === 'string' ? content : encodeContractFile(content);
  return {
    read: () => Promise.resolve(text),
    write(_question, changed) {
      text = changed;
      return Promise.resolve();
    },
  };
}
