import { describe, expect, it } from 'vitest';
import { chineseRefusals } from './ledger-text-zh.ts';
import { englishRefusals } from './ledger-text-en.ts';
import { refusalReason } from './refusal-reason.ts';

const REASONS: readonly (readonly [string, RegExp, RegExp])[] = [
  ['policy/not-allowed', /^no entry under allow/, /^allow 中没有/],
  ['policy/differing-terms/quorum', /^its terms are not .* \(quorum\)$/, /^其条款与本地配置不同 \(quorum\)$/],
  ['policy/grant/uses', /^the grant .* is used up$/, /已用完$/],
  ['policy/contract/inputs.size-bucket', /^the sizes that were declared in this period add up/, /合同上限$/],
  ['policy/contract/stale/output.quorum', /say different things \(output\.quorum\)$/, /\(output\.quorum\)$/],
  ['policy/contract/missing', /^there is no contract/, /合同/],
];

describe('refusalReason', () => {
  it.each(REASONS)('says %s in both languages', (reason, english, chinese) => {
    expect(refusalReason(reason, englishRefusals)).toMatch(english);
    const inChinese = refusalReason(reason, chineseRefusals);
    expect(inChinese).toMatch(chinese);
    expect(inChinese).toMatch(/[\u4e00-\u9fff]/);
  });

  it('leaves a reason as it is that another version wrote', () => {
    for (const reason of ['policy/other', 'policy/contract/other', 'open', 'policy/to-string', '']) {
      for (const language of [englishRefusals, chineseRefusals]) expect(refusalReason(reason, language)).toBe(reason);
    }
  });
});
