/** The contracts of this node's signed questions, as its folder has them: read at the start and when an operator says so. */
import { toHex } from '../../crypto/bytes.ts';
import { type Signer, type Verifier, verifyEd25519 } from '../../crypto/signature.ts';
import { InternalError, MpcError } from '../../errors.ts';
import { type Contract, contractHash, isExpired } from '../../governance/contract.ts';
import { type ContractFile, decodeContractFile, encodeContractFile } from '../../governance/contract-codec.ts';
import { checkSignatures, type SignatureCheck } from '../../governance/contract-signatures.ts';
import type { Ledger } from '../../governance/ledger.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { PartyId } from '../../kit/party.ts';
import { staleLine } from './contract-draft.ts';
import { contractError } from './contract-refusal.ts';
import { signCurrent, signingError } from './contract-signing.ts';
import { errorFields, type Log } from '../log.ts';
import type { NodeConfig, QuestionTerms } from '../config/node-config.ts';
import { kindOf } from '../node-context.ts';
import type { QuestionKind } from '../questions/question.ts';

/** Where contract files come from. */
export interface ContractFiles {
  /** The text of the question's contract file; undefined where there is none. */
  read(question: string): Promise<string | undefined>;
  /** Replaces what was there. */
  write(question: string, text: string): Promise<void>;
}

export const noContracts: ContractFiles = {
  read: () => Promise.resolve(undefined),
  write: () =>
    Promise.reject(new InternalError('Cannot write contract: this node has no folder', { code: 'internal' })),
};

/** A contract that all parties signed and that says what this node is configured to do. */
export interface SignedContract {
  readonly contract: Contract;
  readonly hash: Uint8Array;
}

/** Why a contract does not allow a run: names that peers see as a phase, `policy/contract/unsigned`. */
export type ContractProblem =
  | { readonly why: 'missing' | 'malformed' | 'expired' | 'revoked' | 'leakage' }
  /** Whose signature is not there, is not theirs, or whose key is another one here. */
  | { readonly why: 'unsigned' | 'signature' | 'keys'; readonly party: PartyId }
  /** The first line that says something else than the configuration here. */
  | { readonly why: 'stale'; readonly line: string };

export type ContractState =
  | { readonly kind: 'ready'; readonly signed: SignedContract }
  | { readonly kind: 'unusable'; readonly problem: ContractProblem; readonly signed?: SignedContract };

/** For screens: a question's contract and how it stands. */
export interface ContractStatus {
  readonly question: string;
  /** The hash in hexadecimal digits; absent where there is no file, or none that can be read. */
  readonly contract?: string;
  readonly expires?: string;
  /** `ready`, or why not. */
  readonly state: 'ready' | ContractProblem['why'];
  readonly party?: string;
  readonly line?: string;
}

export interface ContractBookOptions {
  readonly config: NodeConfig;
  readonly kinds: readonly QuestionKind[];
  /** Ed25519 keys of this institution and its peers. */
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly files: ContractFiles;
  readonly ledger: Ledger;
  readonly wallClock: WallClock;
  readonly signer: Signer;
  readonly log: Log;
  /** undefined checks Ed25519. */
  readonly verify: Verifier | undefined;
}

export class ContractBook {
  readonly #options: ContractBookOptions;
  #states: ReadonlyMap<string, ContractState> = new Map();

  constructor(options: ContractBookOptions) {
    this.#options = options;
  }

  /** Reads all files anew; what was read before counts until all are read. */
  async load(): Promise<void> {
    const { config } = this.#options;
    const signed = config.questions.filter(({ agreement }) => agreement === 'signed');
    const states = await Promise.all(signed.map(async (terms) => [terms.name, await this.#read(terms)] as const));
    this.#states = new Map(states);
    for (const question of this.#states.keys()) this.#tellUnusable(question);
  }

  /** Nobody would ask why a question is not answered before somebody asks it. */
  #tellUnusable(question: string): void {
    const { config, log } = this.#options;
    const state = this.stateOf(question);
    if (state.kind === 'ready') return;
    log.write('warn', 'contract-not-ready', { question, ...errorFields(contractError(config.name, state.problem)) });
  }

  /** How a question's contract stands now. */
  stateOf(question: string): ContractState {
    const state = this.#states.get(question) ?? { kind: 'unusable', problem: { why: 'missing' } };
    const { signed } = state;
    if (signed === undefined) return state;
    // Checked at every use: neither waits for files to be read again.
    if (this.#options.ledger.state.isContractRevoked(toHex(signed.hash))) {
      return { kind: 'unusable', problem: { why: 'revoked' }, signed };
    }
    const expired = state.kind === 'ready' && isExpired(signed.contract, this.#options.wallClock.now());
    return expired ? { kind: 'unusable', problem: { why: 'expired' }, signed } : state;
  }

  list(): readonly ContractStatus[] {
    return [...this.#states.keys()].map((question) => {
      const state = this.stateOf(question);
      const { signed } = state;
      const known = signed === undefined ? {} : { contract: toHex(signed.hash), expires: signed.contract.expires };
      if (state.kind === 'ready') return { question, ...known, state: 'ready' };
      const { why, ...rest } = state.problem;
      return { question, ...known, state: why, ...rest };
    });
  }

  /**
   * Adds this institution's signature in the name of an operator, in the ledger before it is in the file; parties whose
   * signature is missing then. @throws UsageError
   */
  async sign(
    { question, contract }: { readonly question: string; readonly contract: string },
    operator: string | undefined,
  ): Promise<readonly PartyId[]> {
    const { config, kinds, publicKeys, files, ledger, signer, verify = verifyEd25519 } = this.#options;
    const terms = config.questions.find(({ name, agreement }) => name === question && agreement === 'signed');
    const text = terms === undefined ? undefined : await files.read(question);
    const file = text === undefined ? undefined : decodeContractFile(text);
    if (terms === undefined || file === undefined || toHex(contractHash(file.contract)) !== contract) {
      throw signingError('it is not the one in the folder of this node', {
        party: config.name,
        remedy: "add the file with 'contract add', and look at it again before signing",
      });
    }
    const agreed = { terms, kind: kindOf(kinds, terms), publicKeys };
    const isRevoked = (hash: string): boolean => ledger.state.isContractRevoked(hash);
    const signed = await signCurrent(file, agreed, { self: config.name, signer, verify, isRevoked });
    await ledger.append('contract-signed', { question, contract, ...(operator === undefined ? {} : { operator }) });
    await files.write(question, encodeContractFile(signed));
    await this.load();
    return (await checkSignatures(signed, { keys: publicKeys, verify })).missing;
  }

  async #read(terms: QuestionTerms): Promise<ContractState> {
    const { config, kinds, files, publicKeys, verify = verifyEd25519 } = this.#options;
    const kind = kinds.find(({ name }) => name === terms.protocol);
    const text = kind === undefined ? undefined : await files.read(terms.name);
    if (kind === undefined || text === undefined) return { kind: 'unusable', problem: { why: 'missing' } };
    const file = fileOrUndefined(text);
    if (file === undefined) return { kind: 'unusable', problem: { why: 'malformed' } };
    const signed = { contract: file.contract, hash: contractHash(file.contract) };
    const check = await checkSignatures(file, { keys: publicKeys, verify });
    if (check.signed.includes(config.name)) await this.#noteSigned(terms.name, toHex(signed.hash));
    const problem = problemOf(check, {
      self: config.name,
      line: staleLine({ terms, kind, publicKeys }, file.contract),
    });
    return problem === undefined ? { kind: 'ready', signed } : { kind: 'unusable', problem, signed };
  }

  /** The first time that this node sees its institution's signature. */
  async #noteSigned(question: string, contract: string): Promise<void> {
    const { ledger } = this.#options;
    if (!ledger.state.isContractSigned(contract)) await ledger.append('contract-signed', { question, contract });
  }
}

function fileOrUndefined(text: string): ContractFile | undefined {
  try {
    return decodeContractFile(text);
  } catch (error) {
    // `contract show` says which line; for a run it is enough that it is none.
    if (error instanceof MpcError) return undefined;
    throw error;
  }
}

/** The own side first: that is what its operator can change. */
function problemOf(
  { missing, bad, strangers }: SignatureCheck,
  { self, line }: { readonly self: PartyId; readonly line: string | undefined },
): ContractProblem | undefined {
  const first = (parties: readonly PartyId[]): PartyId | undefined => (parties.includes(self) ? self : parties.at(0));
  const stranger = first(strangers);
  if (stranger !== undefined) return { why: 'keys', party: stranger };
  if (line !== undefined) return { why: 'stale', line };
  const wrong = first(bad);
  if (wrong !== undefined) return { why: 'signature', party: wrong };
  const absent = first(missing);
  return absent === undefined ? undefined : { why: 'unsigned', party: absent };
}
