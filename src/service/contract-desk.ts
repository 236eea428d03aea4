/** What a person does with contracts in a node's folder, also while no node runs: draft, look at, sign, put together. */
import { join } from 'node:path';
import { toHex } from '../crypto/bytes.ts';
import type { Rng } from '../crypto/rng.ts';
import { type Signer, verifyEd25519 } from '../crypto/signature.ts';
import { MpcError, UsageError } from '../errors.ts';
import { contractHash, type ContractFrame } from '../governance/contract.ts';
import { type ContractFile, decodeContractFile, encodeContractFile, JOB_BYTES } from '../governance/contract-codec.ts';
import {
  checkSignatures,
  mergeContracts,
  type SignatureCheck,
  withGoodSignatures,
} from '../governance/contract-signatures.ts';
import { systemRng } from '../kit/clock.ts';
import type { PartyId } from '../kit/party.ts';
import { readCard } from '../net/identity-file.ts';
import { readConfig } from '../node/config/config.ts';
import { type Agreed, draftContract, staleLine } from '../node/agreements/contract-draft.ts';
import { type ContractFolder, contractFolder, readContractText } from '../node/agreements/contract-folder.ts';
import { signCurrent } from '../node/agreements/contract-signing.ts';
import type { NodeConfig } from '../node/config/node-config.ts';
import { kindOf } from '../node/node-context.ts';
import type { QuestionKind } from '../node/questions/question.ts';
import { loadRulesOf } from '../node/questions/question-identifiers.ts';
import { pinnedPeer } from './pinned-peer.ts';
import { revokedContracts } from './revoke-consent.ts';
import { CONFIG_FILE, nodeQuestions } from './start-node.ts';

/** What is stated when a contract is drafted. */
export type DraftOptions = Omit<ContractFrame, 'jobId'>;

/** A contract file as this institution sees it. */
export interface SeenContract {
  readonly file: ContractFile;
  readonly check: SignatureCheck;
  /** The first line that the configuration here says otherwise; undefined where both say the same. */
  readonly staleLine: string | undefined;
  /** This institution took it back, for ever. */
  readonly revoked: boolean;
}

/** A question that needs a contract, with the one that is here, or with what keeps it from being looked at. */
export type ListedContract =
  | { readonly question: string; readonly seen: SeenContract | undefined }
  | { readonly question: string; readonly problem: MpcError };

type RevokedHere = () => Promise<ReadonlySet<string>>;

/** One that files were added to. */
export interface AddedContract extends SeenContract {
  /** Parties whose signature in a file is not on its text under the key here: it was left out. */
  readonly notTaken: readonly PartyId[];
}

export class ContractDesk {
  readonly #config: NodeConfig;
  readonly #folder: ContractFolder;
  readonly #publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly #kinds: readonly QuestionKind[] = nodeQuestions();
  readonly #rng: Rng;

  private constructor(
    config: NodeConfig,
    parts: { readonly folder: string; readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>; readonly rng: Rng },
  ) {
    this.#config = config;
    this.#folder = contractFolder(parts.folder);
    this.#publicKeys = parts.publicKeys;
    this.#rng = parts.rng;
  }

  /** @throws ConfigError, or UsageError when a card is none */
  static async open(folder: string, rng: Rng = systemRng): Promise<ContractDesk> {
    const config = await readConfig(join(folder, CONFIG_FILE));
    await loadRulesOf(config.questions);
    const own = await readCard(config.identity);
    const keys = config.peers.map(pinnedPeer).map(({ name, signingKey }) => [name, signingKey] as const);
    return new ContractDesk(config, { folder, publicKeys: new Map([...keys, [config.name, own.signingKey]]), rng });
  }

  get config(): NodeConfig {
    return this.#config;
  }

  path(question: string): string {
    return this.#folder.path(question);
  }

  /** Writes the contract of a configured question, which nobody has signed. @throws UsageError when one is there */
  async draft(question: string, options: DraftOptions): Promise<ContractFile> {
    if ((await this.#folder.read(question)) !== undefined) {
      throw deskError('Cannot draft contract', 'there is one of this question already', {
        remedy: `look at it with show; to replace it, move ${this.path(question)} away`,
      });
    }
    const jobId = toHex(this.#rng(JOB_BYTES));
    const contract = draftContract(this.#agreedOn(question), { ...options, jobId });
    return await this.#write({ contract, signatures: [] });
  }

  /** The contract of a question. @throws UsageError when there is none that can be read */
  async look(question: string): Promise<SeenContract> {
    return await this.#see(await this.#stored(question));
  }

  /** A contract file that came from elsewhere. */
  async lookAt(path: string): Promise<SeenContract> {
    return await this.#see(await readFile(path));
  }

  /** Adds this institution's signature. @throws UsageError when the contract says something else than the configuration */
  async sign(question: string, signer: Signer): Promise<SeenContract> {
    const revokedHere = this.#revoked();
    const revoked = await revokedHere();
    const isRevoked = (contract: string): boolean => revoked.has(contract);
    const by = { self: this.#config.name, signer, verify: verifyEd25519, isRevoked };
    const signed = await signCurrent(await this.#stored(question), this.#agreedOn(question), by);
    return await this.#see(await this.#write(signed), revokedHere);
  }

  /** Joins the signatures of copies with the one that is here, or takes the first where there is none. */
  async add(paths: readonly string[]): Promise<readonly AddedContract[]> {
    const files = await Promise.all(paths.map(readFile));
    const added = new Map<string, ContractFile>();
    const left = new Map<string, Set<PartyId>>();
    for (const file of files) {
      const { question } = file.contract;
      this.#agreedOn(question);
      const before = added.get(question) ?? (await this.#storedOrUndefined(question)) ?? { ...file, signatures: [] };
      const good = await this.#goodSignatures(file);
      const lost = file.signatures.filter((signature) => !good.signatures.includes(signature));
      left.set(question, new Set([...(left.get(question) ?? []), ...lost.map(({ party }) => party)]));
      added.set(question, mergeContracts(await this.#goodSignatures(before), [good]));
    }
    const seen: AddedContract[] = [];
    const revoked = this.#revoked();
    for (const [question, file] of added) {
      seen.push({ ...(await this.#see(await this.#write(file), revoked)), notTaken: [...(left.get(question) ?? [])] });
    }
    return seen;
  }

  /** All questions that need a contract: what is wrong with one hides none of the others. */
  async list(): Promise<readonly ListedContract[]> {
    const signed = this.#config.questions.filter(({ agreement }) => agreement === 'signed');
    const revoked = this.#revoked();
    return await Promise.all(
      signed.map(async ({ name: question }): Promise<ListedContract> => {
        try {
          const file = await this.#storedOrUndefined(question);
          return { question, seen: file === undefined ? undefined : await this.#see(file, revoked) };
        } catch (problem) {
          if (problem instanceof MpcError) return { question, problem };
          throw problem;
        }
      }),
    );
  }

  #agreedOn(question: string): Agreed {
    const terms = this.#config.questions.find(({ name }) => name === question);
    if (terms === undefined || terms.agreement !== 'signed') {
      throw deskError('Cannot use contract', 'the configuration has no signed question of this name', {
        remedy: "add its terms to the configuration, with 'agreement': 'signed'",
      });
    }
    return { terms, kind: kindOf(this.#kinds, terms), publicKeys: this.#publicKeys };
  }

  async #stored(question: string): Promise<ContractFile> {
    this.#agreedOn(question);
    const file = await this.#storedOrUndefined(question);
    if (file !== undefined) return file;
    throw deskError('Cannot use contract', 'there is none of this question here', {
      remedy: "make one with 'contract draft', or add the file that another party has drafted with 'contract add'",
    });
  }

  async #storedOrUndefined(question: string): Promise<ContractFile | undefined> {
    const text = await this.#folder.read(question);
    return text === undefined ? undefined : decodeContractFile(text);
  }

  async #write(file: ContractFile): Promise<ContractFile> {
    await this.#folder.write(file.contract.question, encodeContractFile(file));
    return file;
  }

  /** What was revoked here; the ledger is read when that is first asked, and once. */
  #revoked(): RevokedHere {
    let found: ReturnType<RevokedHere> | undefined;
    return () => (found ??= revokedContracts(this.#config));
  }

  async #see(file: ContractFile, revokedHere: RevokedHere = this.#revoked()): Promise<SeenContract> {
    const check = await checkSignatures(file, { keys: this.#publicKeys, verify: verifyEd25519 });
    const { contract } = file;
    const isKnown = this.#config.questions.some(
      ({ name, agreement }) => name === contract.question && agreement === 'signed',
    );
    const line = isKnown ? staleLine(this.#agreedOn(contract.question), contract) : 'question';
    const revoked = (await revokedHere()).has(toHex(contractHash(contract)));
    return { file, check, staleLine: line, revoked };
  }

  async #goodSignatures(file: ContractFile): Promise<ContractFile> {
    return await withGoodSignatures(file, { keys: this.#publicKeys, verify: verifyEd25519 });
  }
}

async function readFile(path: string): Promise<ContractFile> {
  const text = await readContractText(path);
  if (text !== undefined) return decodeContractFile(text);
  throw deskError(`Cannot use contract file ${path}`, 'there is no such file', { remedy: 'check the path' });
}

function deskError(action: string, state: string, { remedy }: { readonly remedy: string }): UsageError {
  return new UsageError(`${action}: ${state}`, { code: 'bad-parameter', phase: 'contract', remedy });
}
