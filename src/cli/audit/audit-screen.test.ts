import { describe, expect, it } from 'vitest';
import type { Difference } from '../../governance/replay-session.ts';
import { partyId } from '../../kit/party.ts';
import type { AuditedRun } from '../../node/ledger/audit-run.ts';
import { auditScreen, isShown } from './audit-screen.ts';
import { englishAuditTexts } from './audit-text-en.ts';
import { chineseAuditTexts } from './audit-text-zh.ts';

const [A, B] = [partyId('bank-a'), partyId('bank-b')];
const place = {
  peer: B,
  channel: 'flag/shard:0/match/input:bank-a/to-1-0',
  message: 'dealt-component',
  number: 0,
  order: 7,
};
const different = (kind: Difference['kind']): AuditedRun['verdict'] => ({
  kind: 'different',
  isInput: false,
  difference: { kind, message: { ...place, digest: '00'.repeat(32) } } as Difference,
});

const VERDICTS: readonly (readonly [AuditedRun['verdict'], RegExp, RegExp])[] = [
  [
    { kind: 'equal', messages: 1234, sealedBy: [B], isPartial: false },
    /EQUAL: all 1,234 .*transcript: bank-b/s,
    /一致：全部 1,234 .*bank-b/s,
  ],
  [{ kind: 'equal', messages: 3, sealedBy: [], isPartial: false }, /No peer countersigned/, /没有对方会签/],
  [{ kind: 'equal', messages: 3, sealedBy: [], isPartial: true }, /ended before its time/, /提前结束/],
  [
    different('content'),
    /DIFFERENT: message 1 \(dealt-component\) to bank-b on channel flag\/shard:0/,
    /不一致：通道 flag\/shard:0.* bank-b 的第 1 条/,
  ],
  [different('missing'), /was sent, and honest software does not send it/, /诚实软件不发/],
  [different('withheld'), /was not sent, and honest software sends it/, /诚实软件会发/],
  [
    { ...different('content'), isInput: true } as AuditedRun['verdict'],
    /another list, or another seed/,
    /名单或种子与记录不同/,
  ],
  [{ kind: 'other-seed' }, /seed of the record is not/, /种子不是账本/],
  [{ kind: 'other-list', period: 'day:2027-01-15' }, /the ledger has for day:2027-01-15/, /为 day:2027-01-15 所承诺/],
  [{ kind: 'other-transcript', peer: B }, /bank-b countersigned another transcript/, /bank-b 会签的内容/],
  [
    { kind: 'not-executable', code: 'bad-message', phase: 'open', party: 'bank-b' },
    /bad-message in open, because of bank-b/,
    /对方发来的消息有误.*阶段 open.*bank-b/,
  ],
];

describe('auditScreen', () => {
  it.each(VERDICTS)('says %j in both languages, with the run first', (verdict, english, chinese) => {
    const audited: AuditedRun = {
      run: 'ab'.repeat(16),
      party: A,
      question: 'fraud-flags',
      protocol: 'flag/12',
      initiator: A,
      startedAt: '2027-01-15T12:00:00.000Z',
      roles: ['contributor', 'member'],
      parties: [A, B],
      verdict,
    };
    const [first, ...lines] = auditScreen(audited, englishAuditTexts);
    expect(first).toMatch(/^Run (?:ab){16}: fraud-flags \(flag\/12\), asked by bank-a .* as contributor, member$/);
    expect(lines.join('\n')).toMatch(english);
    const [head, ...more] = auditScreen(audited, chineseAuditTexts);
    expect(head).toMatch(/本机构为 贡献方、委员$/);
    expect(more.join('\n')).toMatch(chinese);
    // Whether it is equal is the first word.
    expect(lines[0].startsWith('EQUAL')).toBe(verdict.kind === 'equal');
  });

  it('says that the protocol was followed only where every peer countersigned', () => {
    const audited = (sealedBy: readonly (typeof B)[], isPartial: boolean): AuditedRun => ({
      run: 'ab'.repeat(16),
      party: A,
      question: 'fraud-flags',
      protocol: 'flag/12',
      initiator: A,
      startedAt: '2027-01-15T12:00:00.000Z',
      roles: ['asker'],
      parties: [A, B, partyId('bank-c')],
      verdict: { kind: 'equal', messages: 3, sealedBy, isPartial },
    });
    for (const texts of [englishAuditTexts, chineseAuditTexts]) {
      const last = (run: AuditedRun): string | undefined => auditScreen(run, texts).at(-1);
      expect(last(audited([B, partyId('bank-c')], false))).toBe(texts.means);
      // Twice the same, or the institution itself, is not every peer.
      const short = [audited([B], false), audited([B, B], false), audited([A, B], false), audited([], false)];
      for (const run of [...short, audited([], true)]) {
        expect(last(run)).toBe(texts.unbound);
        expect(isShown(run)).toBe(false);
      }
      expect(isShown(audited([B, partyId('bank-c')], false))).toBe(true);
    }
  });
});
