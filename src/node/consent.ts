/** What an operator does about contracts and grants while the node runs: looks at them, reads them anew, takes them back. */
import { equalBytes, toHex } from '../crypto/bytes.ts';
import { PolicyError, UsageError } from '../errors.ts';
import type { ContractStatus } from './contract-book.ts';
import type { GrantStatus } from './grants.ts';
import type { NodeContext } from './node-context.ts';

export class Consent {
  readonly #context: NodeContext;

  constructor(context: NodeContext) {
    this.#context = context;
  }

  contracts(): readonly ContractStatus[] {
    return this.#context.contracts.list();
  }

  grants(): readonly GrantStatus[] {
    return this.#context.policy.grants();
  }

  async reloadContracts(): Promise<readonly ContractStatus[]> {
    await this.#context.contracts.load();
    return this.contracts();
  }

  /** The number of runs that ended by it. */
  async revokeContract(question: string): Promise<number> {
    const { contracts, runs, ledger, log } = this.#context;
    const { signed } = contracts.stateOf(question);
    if (signed === undefined) throw nothingToRevoke('there is no contract of this question here', 'contract list');
    await ledger.append('contract-revoked', { question, contract: toHex(signed.hash) });
    const count = runs.cancelWhere(({ agreement }) => equalBytes(agreement, signed.hash), this.#revoked('contract'));
    log.write('warn', 'contract-revoked', { question, count });
    return count;
  }

  /** The number of runs that ended by it. */
  async revokeGrant(id: string): Promise<number> {
    const { config, runs, ledger, log } = this.#context;
    const entry = config.allow.find((candidate) => candidate.id === id);
    if (entry === undefined) throw nothingToRevoke('no entry under allow has this id', 'contract list');
    await ledger.append('grant-revoked', { question: entry.question, grant: id });
    const count = runs.cancelWhere(({ grant }) => grant === id, this.#revoked('grant'));
    log.write('warn', 'grant-revoked', { question: entry.question, count });
    return count;
  }

  #revoked(what: 'contract' | 'grant'): PolicyError {
    return new PolicyError('Cannot finish run: the consent to it was revoked', {
      code: 'refused',
      phase: `policy/${what}/revoked`,
      party: this.#context.config.name,
      remedy: 'agree anew if the question is to be asked again',
    });
  }
}

function nothingToRevoke(state: string, command: string): UsageError {
  return new UsageError(`Cannot revoke: ${state}`, {
    code: 'bad-parameter',
    phase: 'administration',
    remedy: `see ${command} for what is there`,
  });
}
