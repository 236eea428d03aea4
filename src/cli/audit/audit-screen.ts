/** What an audit found, for people. */
import type { AuditedRun } from '../../node/ledger/audit-run.ts';
import type { AuditTexts } from './audit-texts.ts';

export function auditScreen(audited: AuditedRun, texts: AuditTexts): readonly string[] {
  return [texts.run(audited), ...verdictLines(audited, texts)];
}

/**
 * Whether it shows that the protocol was followed: all is equal, and every peer countersigned it. Who departed from the
 * protocol can withhold its seal, and cut its record off before the message that shows it.
 */
export function isShown({ verdict, party, parties }: AuditedRun): boolean {
  if (verdict.kind !== 'equal' || verdict.isPartial) return false;
  const { sealedBy } = verdict;
  return parties.every((one) => one === party || sealedBy.includes(one));
}

function verdictLines(audited: AuditedRun, texts: AuditTexts): readonly string[] {
  const { verdict } = audited;
  switch (verdict.kind) {
    case 'equal': {
      const { messages, sealedBy, isPartial } = verdict;
      const seals = isPartial ? texts.partial : texts.sealedBy(sealedBy);
      return [texts.equal(messages), seals, isShown(audited) ? texts.means : texts.unbound];
    }
    case 'different':
      return [texts.different(verdict.difference), ...(verdict.isInput ? [texts.otherInput] : [])];
    case 'other-seed':
      return [texts.otherSeed];
    case 'other-list':
      return [texts.otherList(verdict.period)];
    case 'other-transcript':
      return [texts.otherTranscript(verdict.peer)];
    case 'not-executable':
      return [texts.notExecutable(verdict)];
    default:
      return verdict satisfies never;
  }
}
