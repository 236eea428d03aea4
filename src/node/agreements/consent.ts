/** What an operator does about contracts and grants while the node runs: looks at them, reads them anew, takes them back. */
import { equalBytes, toHex } from '../../crypto/bytes.ts';
import { PolicyError, UsageError } from '../../errors.ts';
import type { LedgerHead } from '../../governance/ledger-entry.ts';
import type { ContractStatus } from './contract-book.ts';
import type { PartyId } from '../../kit/party.ts';
import type { GrantStatus } from './grants.ts';
import type { NodeContext } from '../node-context.ts';
import type { AllowEntry, NodeConfig } from '../config/node-config.ts';

/** How many runs ended by it, and the entry that says it: who has its number and hash sees when it is taken out again. */
export interface RevokedConsent {
  readonly runs: number;
  readonly head: LedgerHead;
}

export class Consent {
  readonly #context: NodeContext;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  /** Signed questions and how their contracts stand. */
  contracts(): readonly ContractStatus[] {
    return this.#context.contracts.list();
  }

  /** Grants that have an id, and how they stand. */
  grants(): readonly GrantStatus[] {
    return this.#context.policy.grants();
  }

  /** Reads the contracts anew; runs under way go on under what they began with. */
  async reloadContracts(): Promise<readonly ContractStatus[]> {
    await this.#context.contracts.load();
    return this.contracts();
  }

  /**
   * Adds this institution's signature, in the name of an operator; parties whose signature is missing then.
   * @throws UsageError when the contract here is another one than the operator was shown, or not as configured
   */
  async signContract(
    { question, contract }: { readonly question: string; readonly contract: string },
    operator: string | undefined,
  ): Promise<readonly PartyId[]> {
    const { contracts, log } = this.#context;
    const missing = await contracts.sign({ question, contract }, operator);
    log.write('info', 'contract-signed', { question });
    return missing;
  }

  /** The operator who approved the contract of a question. */
  approverOf(question: string): string | undefined {
    const { contracts, ledger } = this.#context;
    const { signed } = contracts.stateOf(question);
    return signed === undefined ? undefined : ledger.state.approverOf(toHex(signed.hash));
  }

  /**
   * Takes this institution's part in the question's contract back, durably and for ever; runs under it end at once.
   * @throws UsageError where there is none
   */
  async revokeContract(question: string, operator?: string): Promise<RevokedConsent> {
    const { contracts, runs, ledger, log } = this.#context;
    const signed = contractToRevoke(contracts.stateOf(question).signed);
    const head = await ledger.append('contract-revoked', { question, contract: toHex(signed.hash), ...by(operator) });
    const ended = runs.cancelWhere(
      ({ agreement }) => equalBytes(agreement, signed.hash),
      consentEnded('contract/revoked', this.#context.config.name),
    );
    log.write('warn', 'contract-revoked', { question, count: ended });
    return { runs: ended, head };
  }

  /** The same for the grant of this id. @throws UsageError where there is none */
  async revokeGrant(id: string, operator?: string): Promise<RevokedConsent> {
    const { config, runs, ledger, log } = this.#context;
    const { question } = grantToRevoke(id, config);
    const head = await ledger.append('grant-revoked', { question, grant: id, ...by(operator) });
    const ended = runs.cancelWhere(
      ({ grant }) => grant === id,
      consentEnded('grant/revoked', this.#context.config.name),
    );
    log.write('warn', 'grant-revoked', { question, count: ended });
    return { runs: ended, head };
  }
}

const ENDED = {
  'contract/revoked': 'the consent to it was revoked',
  'grant/revoked': 'the consent to it was revoked',
  'grant/expired': 'the consent to it has expired',
} as const;

/** What ends a run under way whose consent ends. */
export function consentEnded(how: keyof typeof ENDED, self: PartyId): PolicyError {
  return new PolicyError(`Cannot finish run: ${ENDED[how]}`, {
    code: 'refused',
    phase: `policy/${how}`,
    party: self,
    remedy: 'agree anew if the question is to be asked again',
  });
}

/** In whose name, where the node has operators. */
function by(operator: string | undefined): { readonly operator?: string } {
  return operator === undefined ? {} : { operator };
}

/** @throws UsageError where no entry under allow has this id */
export function grantToRevoke(id: string, { allow }: Pick<NodeConfig, 'allow'>): AllowEntry {
  const entry = allow.find((candidate) => candidate.id === id);
  if (entry === undefined) throw nothingToRevoke('no entry under allow has this id');
  return entry;
}

/** @throws UsageError where there is none: undefined */
export function contractToRevoke<T>(contract: T | undefined): T {
  if (contract === undefined) throw nothingToRevoke('there is no contract of this question here');
  return contract;
}

function nothingToRevoke(state: string): UsageError {
  return new UsageError(`Cannot revoke: ${state}`, {
    code: 'bad-parameter',
    phase: 'administration',
    remedy: "see 'contract list' for what is there",
  });
}
