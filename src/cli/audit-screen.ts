/** What an audit found, for people. */
import type { AuditedRun } from '../node/audit-run.ts';
import type { AuditTexts } from './audit-texts.ts';

export function auditScreen(audited: AuditedRun, texts: AuditTexts): readonly string[] {
  return [texts.run(audited), ...verdictLines(audited, texts)];
}

function verdictLines({ verdict }: AuditedRun, texts: AuditTexts): readonly string[] {
  switch (verdict.kind) {
    case 'equal': {
      const { messages, sealedBy, isPartial } = verdict;
      return [texts.equal(messages), isPartial ? texts.partial : texts.sealedBy(sealedBy), texts.means];
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
