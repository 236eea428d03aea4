/** The texts of `blindflag ledger` in Chinese. */
import type { AlertKind } from '../../governance/ledger-entry.ts';
import type { LedgerFault } from '../../governance/ledger-check.ts';
import type { Used } from '../../node/ledger/budget-lines.ts';
import { codeInChinese, sentence } from '../errors/error-zh.ts';
import type { LedgerFaultTexts, LedgerTexts } from './ledger-texts.ts';
import { integer } from '../screen/number-format.ts';
import { type RefusalLanguage, refusalReason } from './refusal-reason.ts';

const FAULTS: Readonly<Record<LedgerFault, string>> = {
  form: '不是写入时的形式',
  version: '由本软件的另一版本写入：请用写入它的版本核验',
  chain: '与前一条不相连：有记录被取出、插入或移动',
  signature: '不是本机构的签名',
  seal: '其中的会签不是对方的签名，或不属于本账本',
  head: '缺失，或不是其他机构会签的那一条：账本被恢复到较早的状态，或 --head 属于另一账本',
};

const ALERTS: Readonly<Record<AlertKind, string>> = {
  enumeration: '已达限额仍继续查询',
  piecemeal: '分多次小名单用尽额度，每次都是新账户',
  'above-base': '查询的账户多于其申报的客户数',
  'failed-starts': '造成某查询方本期内允许的最后一次启动失败：该查询方在本期结束前被拒绝',
  'own-rollback': '出示了本机构对本账本所没有的记录的签名：账本被恢复到较早的状态。请停止节点，并换上最新的账本副本',
  'peer-rollback': '其账本止于本机构会签之前。请致电其操作员，查明之前不要向其查询',
  'snapshot-changed': '本期冻结的名单被改动或丢失',
};

export const chineseRefusals: RefusalLanguage = {
  words: {
    'unknown-peer': '它或该运行的某方不在本地配置的 peers 中',
    'revoked-peer': '它或该运行某方的名片在本地标为已撤销',
    'expired-peer': '它或该运行某方的名片在本地已过期',
    'not-allowed': 'allow 中没有允许它提出该查询的条目',
    'differing-terms': '其条款与本地配置不同',
    'too-many-items': '账户数多于允许的一次查询数',
    'per-day': '请求次数多于每日允许的次数',
    clock: '本机时钟倒退',
    ledger: '本地账本无法写入，或不完整',
    'grant/expired': '允许它查询的授权已过期',
    'grant/revoked': '允许它查询的授权已在本地撤销',
    'grant/uses': '允许它查询的授权已用完',
  },
  translate: sentence,
};

const used = ({ used: count, most }: Used): string => `${integer(count)}/${integer(most)}`;

export const chineseLedgerTexts: LedgerTexts = {
  help: {
    about: '本机构回答、发起、拒绝和约定事项的签名账本',
    verify: '逐条核验目录（默认：当前目录）中的账本，并指出第一条有误的记录',
    show: '显示谁在何时查询了什么、可能开启了什么、各项限额还剩多少',
    head: '其他机构会签过的一条记录，即对方 ledger show 所写的 序号:哈希',
  },
  labels: { ledger: '账本', runs: '运行', budgets: '限额', refusals: '拒绝', alerts: '警报', seals: '会签' },
  none: '无',
  piece: (bytes) =>
    `最后一条完整记录之后还有 ${integer(bytes)} 字节不完整的记录：可能正在写入，或是写入时崩溃所留（下次启动时会去掉）。若都不是，则文件被截断：请换上最新副本`,
  good: ({ entries, head }) =>
    `无误：${integer(entries)} 条${head === undefined ? '' : `，最后一条是 ${head.seq}:${head.hash}`}`,
  bad: ({ seq, fault }) =>
    `有误：第 ${seq} 条${FAULTS[fault]}${fault === 'version' ? '' : '。请停止节点，保留该文件作为证据，并换上最新的完整副本'}`,
  run: ({ minute, question, asker, bucket, mayHaveOpened, outcome, run }) =>
    `${minute}  ${run.slice(0, 8)}  ${asker} 查询 ${question}，至多 ${integer(bucket)} 个账户：${codeInChinese(outcome)}，` +
    (mayHaveOpened ? '结果可能已开启' : '此处没有开启任何结果'),
  budget(line) {
    switch (line.kind) {
      case 'day':
        return `${line.question}，${line.asker}：今日 ${used(line)} 次`;
      case 'grant':
        return `${line.question}，授权 ${line.grant}：${used(line)} 次`;
      case 'contract':
        return (
          `${line.question}，${line.asker}，${line.period}：已用声明规模 ${used(line.rows)}，合同运行 ${used(line.runs)}，` +
          `启动失败 ${used(line.failedStarts)}`
        );
      default:
        return line satisfies never;
    }
  },
  refusal: ({ minute, peer, reason, count, question }) =>
    `${minute}  ${peer}${question === undefined ? '' : `，${question}`}：${refusalReason(reason, chineseRefusals)}，当日 ${integer(count)} 次`,
  alert: ({ alert, peer, question }) =>
    `${peer ?? ''}${question === undefined ? '' : `（${question}）`}：${ALERTS[alert]}`,
  seal: ({ minute, peer, own, theirs }) =>
    `${minute}  ${peer}：本方 ${own.seq}:${own.hash.slice(0, 16)}…，对方 ${theirs.seq}:${theirs.hash}`,
};

export const chineseLedgerFaults: LedgerFaultTexts = {
  badHead: () => ({ what: '--head 不是一条记录', remedy: "请从对方的 'ledger show' 复制 序号:哈希" }),
};
