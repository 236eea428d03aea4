/** What a consortium of institutions holds, in plaintext and in one place: the input of demos, tests and benches only. */
import { type Source, sourceOf } from './source.ts';

/** One payee that an institution has something to say about. */
export interface EvidenceRow {
  /** Canonical account, at any institution, the own one included. */
  readonly account: string;
  /** How many distinct marked customers of this institution paid it. */
  readonly score: number;
}

export interface InstitutionData {
  readonly name: string;
  /** Its own accounts, canonical, each at one institution only. */
  readonly accounts: readonly string[];
  /** One row per payee that at least one of its marked customers paid. */
  readonly evidence: readonly EvidenceRow[];
  /** Own accounts that this institution has marked as involved in fraud: what it knows. */
  readonly marked: ReadonlySet<string>;
  /** Own accounts that are collectors: what is to be found. */
  readonly truth: ReadonlySet<string>;
}

export interface Consortium {
  readonly institutions: readonly InstitutionData[];
  /** Transfers read or made: between accounts of one institution, and between two. */
  readonly transferCounts: { readonly inside: number; readonly across: number };
}

/** An institution's own accounts, as the asker of a flag run reads them. */
export function accountSource(institution: InstitutionData): Source {
  return sourceOf(institution.accounts);
}

/** An institution's evidence with scores, as a contributor of a flag run reads it. */
export function evidenceSource(institution: InstitutionData): Source {
  const { evidence } = institution;
  return sourceOf(
    evidence.map((row) => row.account),
    Uint32Array.from(evidence, (row) => row.score),
  );
}
