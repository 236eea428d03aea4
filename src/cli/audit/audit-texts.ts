/** Texts of `blindflag audit`. */
import type { AuditedRun } from '../../node/ledger/audit-run.ts';
import type { Difference } from '../../governance/replay-session.ts';

export interface AuditTexts {
  readonly help: Readonly<Record<'about' | 'json', string>>;
  readonly working: string;
  /** Which run it is, and what this institution was in it. */
  run(audited: AuditedRun): string;
  equal(messages: number): string;
  partial: string;
  sealedBy(peers: readonly string[]): string;
  /** The first message that honest software would not have sent like this. */
  different(difference: Difference): string;
  /** The difference lies in what the run was opened with: another list, or another seed, than was committed to. */
  readonly otherInput: string;
  readonly otherSeed: string;
  otherList(period: string | undefined): string;
  otherTranscript(peer: string): string;
  notExecutable(found: { readonly code: string; readonly phase?: string; readonly party?: string }): string;
  /** What an equal run shows and what not. */
  readonly means: string;
  /** The same where a peer did not countersign. */
  readonly unbound: string;
}
