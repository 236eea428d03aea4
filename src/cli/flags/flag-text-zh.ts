/** The texts of `blindflag flags` in Chinese. */
import { SCAM_TYPES } from '../../data/scam-types.ts';
import type { WithdrawalReason } from '../../governance/flag-events.ts';
import { ROLE_NAMES, STATE_NAMES } from '../../node/flags/flag-words.ts';
import type { FlagFaultTexts, FlagTexts, ShownFlag } from './flag-texts.ts';
import { integer } from '../screen/number-format.ts';

const SCAMS: ReadonlyMap<string, string> = new Map(SCAM_TYPES.map(({ code, chinese }) => [code, chinese]));
const REASONS: Readonly<Record<WithdrawalReason, string>> = {
  mistaken: '误报',
  resolved: '已了结',
  ordered: '依指令',
  other: '其他',
};

function stateOf({ state, reporters, withdrawn, disputed, expires, stands }: ShownFlag): string {
  const by = reporters === 0 ? '' : `，${integer(reporters)} 人举报`;
  const why = withdrawn === undefined ? '' : `（${REASONS[withdrawn]}）`;
  const until = state === 'withdrawn' ? '' : `，至 ${expires.slice(0, 10)}`;
  const counts = stands ? '' : '；不计入';
  return `${STATE_NAMES[state]}${why}${by}${until}${disputed ? '，有异议' : ''}${counts}`;
}

export const chineseFlagTexts: FlagTexts = {
  help: {
    about: '管理本机构的涉诈账户登记簿，flag 查询由此作答',
    add: '登记一个账户；账户、诈骗类型和角色都相同时并入已有登记',
    import:
      '登记 CSV 或 Parquet 文件中的全部账户，列为 account、scam_type、role、state、reporter、evidence、reported_at、expires；' +
      '先报告文件内容，要么全部登记，要么一条也不登记',
    withdraw: '撤回一条登记：下一周期的运行不再计入',
    dispute: '记下有人提出异议：维持之前不计入',
    uphold: '记下异议已核查，登记维持',
    expire: '让一条登记立即到期',
    list: '显示登记，账户打码',
    account: '账户；不给出时在终端询问，命令历史不留痕迹',
    scamType: '诈骗类型代码，如 task-rebate（默认：other）',
    role: '账户的角色：victim、first-payee、transit、cash-out、front-merchant（默认：first-payee）',
    state: 'suspected、customer-reported 或 police-confirmed（默认：suspected）',
    reporter: '举报人的内部编号；只保存加盐的哈希值，用来数出不同的人',
    evidence: '所留证据的 SHA-256，64 位十六进制',
    evidenceFile: '所留证据的文件；取其哈希值',
    reportedAt: '举报的日期或时间（默认：现在）',
    days: '登记的有效天数（默认：180）',
    reason: 'mistaken、resolved、ordered 或 other（默认：other）',
    reference: '所异议结果的异议编号',
    all: '也显示已撤回和已到期的登记',
    accounts: '显示完整账户',
  },
  askAccount: '账户：',
  added: (flag) => `登记 ${flag} 已写入；下一周期的运行将计入。`,
  imported: ({ reports, flags }) => `已写入 ${integer(reports)} 条举报，涉及 ${integer(flags)} 条登记。`,
  changed: (flag) => `登记 ${flag.flag} 现为：${stateOf(flag)}`,
  line: (flag) =>
    `${flag.flag}  ${flag.account}  ${SCAMS.get(flag.scamType) ?? flag.scamType}，${ROLE_NAMES[flag.role]}：${stateOf(flag)}`,
  counts: ({ flags, stand }) => `共 ${integer(flags)} 条登记，其中 ${integer(stand)} 条计入`,
};

export const chineseFlagFaults: FlagFaultTexts = {
  noRegister: (file) => ({
    what: `${file} 中没有登记簿`,
    remedy: '请把 datasets.evidence 设为 {"type": "register", "file": "flags.jsonl", "identifier": "account"}',
  }),
  oneEvidence: () => ({
    what: '登记需要一份证据',
    remedy: '请用 --evidence 给出哈希值，或用 --evidence-file 给出文件',
  }),
  badEvidence: () => ({ what: '--evidence 不是 SHA-256', remedy: '请给出 64 位十六进制，或使用 --evidence-file' }),
  unreadableEvidence: (file) => ({ what: `无法读取 ${file}`, remedy: '请写明本用户可读的文件' }),
  noReporter: () => ({ what: '客户举报需要写明举报人', remedy: '请用 --reporter 给出客户的内部编号' }),
  noAccount: () => ({ what: '没有账户', remedy: '请给出 --account，或在终端中运行该命令' }),
  badAccount: () => ({
    what: '该账户不是配置中所写的类型',
    remedy: '请检查其数字，以及 datasets.evidence.identifier',
  }),
  badTime: () => ({ what: '--reported-at 不是日期或时间', remedy: '请写作 2026-11-27 或 2026-11-27T08:00:00+08:00' }),
  badFlag: () => ({ what: '这不是登记的编号', remedy: '请按 list 所示给出，至少八位' }),
  notOneFlag: (found) => ({
    what: found === 0 ? '没有这个编号的登记' : `有 ${found} 条登记以这些数字开头`,
    remedy: found === 0 ? '请查看 blindflag flags list' : '请给出更多位',
  }),
  badReference: () => ({ what: '--reference 不是异议编号', remedy: '请给出结果中显示的 16 位编号' }),
};
