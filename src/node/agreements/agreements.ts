/** What a question's runs are under: a contract that all parties signed, or the terms as this node is configured. */
import { equalBytes, utf8 } from '../../crypto/bytes.ts';
import { hashTuple } from '../../crypto/hash.ts';
import type { Contract } from '../../governance/contract.ts';
import type { ContractBook, ContractProblem } from './contract-book.ts';
import type { NodeConfig, QuestionTerms } from '../config/node-config.ts';

/** `hash` is what offers carry. */
export type Agreement =
  | { readonly kind: 'configured'; readonly hash: Uint8Array }
  | { readonly kind: 'signed'; readonly hash: Uint8Array; readonly contract: Contract };

export type FoundAgreement =
  | { readonly kind: 'good'; readonly terms: QuestionTerms; readonly agreement: Agreement }
  | { readonly kind: 'bad'; readonly terms?: QuestionTerms; readonly problem: ContractProblem };

/** Which configured question a run is about, where there is no contract of it. */
function questionHash(name: string): Uint8Array {
  return hashTuple('agreed-question', utf8(name));
}

export class Agreements {
  readonly #questions: readonly QuestionTerms[];
  readonly #book: ContractBook;

  constructor({ questions }: Pick<NodeConfig, 'questions'>, book: ContractBook) {
    this.#questions = questions;
    this.#book = book;
  }

  /** What a run of this question is under now. */
  of(terms: QuestionTerms): FoundAgreement {
    if (terms.agreement === 'configured') {
      return { kind: 'good', terms, agreement: { kind: 'configured', hash: questionHash(terms.name) } };
    }
    const state = this.#book.stateOf(terms.name);
    if (state.kind === 'unusable') return { kind: 'bad', terms, problem: state.problem };
    return { kind: 'good', terms, agreement: { kind: 'signed', ...state.signed } };
  }

  /**
   * The question whose agreement has this hash. One reason for all that is not known here: who offers it does not learn
   * which questions there are.
   */
  find(hash: Uint8Array): FoundAgreement {
    const terms = this.#questions.find((candidate) => equalBytes(hash, this.#hashOf(candidate) ?? NO_HASH));
    return terms === undefined ? { kind: 'bad', problem: { why: 'missing' } } : this.of(terms);
  }

  /** Also of a contract that cannot be used: who offers it signed it and may know why. */
  #hashOf(terms: QuestionTerms): Uint8Array | undefined {
    if (terms.agreement === 'configured') return questionHash(terms.name);
    return this.#book.stateOf(terms.name).signed?.hash;
  }
}

const NO_HASH = new Uint8Array(0);
