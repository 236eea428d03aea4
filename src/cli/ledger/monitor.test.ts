import { describe, expect, it } from 'vitest';
import { partyId } from '../../kit/party.ts';
import type { NodeEvent } from '../../node/ledger/monitor.ts';
import { monitorLine } from './monitor.ts';
import { textsOf } from '../texts.ts';

const B = partyId('bank-b');
const at = '2027-01-15T12:34:56.789Z';
const run = 'ab12cd34'.repeat(4);

const EVENTS: readonly (readonly [NodeEvent, RegExp, RegExp])[] = [
  [
    { kind: 'admitted', at, run, question: 'q', asker: B, bucket: 1024 },
    /begun .*ab12cd34 .*bank-b asks 'q' .*1,024/,
    /开始 .*bank-b 查询 q，至多 1,024/,
  ],
  [{ kind: 'opening', at, run }, /opening .*ab12cd34/, /开启 .*ab12cd34/],
  [{ kind: 'ended', at, run, outcome: 'done' }, /ended .*done/, /结束 .*完成/],
  [
    { kind: 'ended', at, run, outcome: 'refused', phase: 'p', party: 'bank-c' },
    /refused in p, bank-c/,
    /本机构策略拒绝，阶段 p，bank-c/,
  ],
  [
    { kind: 'refused', at, peer: B, reason: 'policy/per-day', count: 10 },
    /refused .*bank-b: more requests than it may make in one day; 10 today/,
    /拒绝 .*bank-b：请求次数多于每日允许的次数，今日第 10 次/,
  ],
  [{ kind: 'sealed', at, run, peers: [B, partyId('bank-c')] }, /sealed .*bank-b, bank-c/, /会签 .*bank-b、bank-c/],
  [
    { kind: 'frozen', at, question: 'q', period: 'day:2027-01-15', dataset: 'evidence' },
    /frozen .*evidence of day:2027-01-15/,
    /冻结 .*证据名单/,
  ],
  [
    { kind: 'agreement', at, what: 'contract-revoked', question: 'q' },
    /'q': the contract was revoked/,
    /q：本机构已撤销合同/,
  ],
  [
    { kind: 'alert', at, alert: 'piecemeal', peer: B, question: 'q' },
    /ALERT .*bank-b 'q'.*small lists/,
    /警报 .*bank-b.*小名单/,
  ],
  [
    { kind: 'budget', at, line: { kind: 'day', question: 'q', asker: B, used: 3, most: 10 } },
    /q, bank-b: 3 of 10/,
    /q.*bank-b.*3\/10/,
  ],
];

describe('monitorLine', () => {
  it.each(EVENTS)('tells %j in both languages, with its time', (event, english, chinese) => {
    const inEnglish = monitorLine(event, textsOf('en'));
    expect(inEnglish).toMatch(english);
    expect(inEnglish).toContain('2027-01-15 12:34');
    expect(monitorLine(event, textsOf('zh'))).toMatch(chinese);
  });
});
