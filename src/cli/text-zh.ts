/** The texts in Chinese. */
import { chineseAuditTexts } from './audit/audit-text-zh.ts';
import { chineseBenchTexts } from './bench/bench-text-zh.ts';
import { chineseContractFaults, chineseContractTexts } from './contract/contract-text-zh.ts';
import { chineseDataTexts } from './data/data-text-zh.ts';
import { errorInChinese } from './errors/error-zh.ts';
import { bound as boundText, integer, percent } from './screen/number-format.ts';
import { chineseFlagFaults, chineseFlagTexts } from './flags/flag-text-zh.ts';
import { chineseLedgerFaults, chineseLedgerTexts } from './ledger/ledger-text-zh.ts';
import { chineseMonitorTexts } from './ledger/monitor-text-zh.ts';
import { chineseNodeFaults, chineseNodeHelp, chineseNodeTexts } from './node/node-text-zh.ts';
import { protocolInChinese } from './screen/protocol-zh.ts';
import type { DemoTexts, FaultTexts, HelpTexts, ProgressTexts, Texts } from './texts.ts';

const help: HelpTexts = {
  about: '多家机构联合识别涉诈账户；任何一方都看不到别家的数据。',
  usage: '[选项] <命令>',
  demoUsage: '[选项]',
  headings: { 'Usage:': '用法：', 'Options:': '选项：', 'Commands:': '命令：' },
  version: '显示版本和各查询的协议',
  help: '显示本帮助',
  helpCommand: '显示某个命令的帮助',
  language: '界面语言：en 或 zh（默认：按系统区域设置）',
  demo: '让多家机构（每家一个进程）联合标记涉诈账户，各家只得知自己的账户',
  institutions: '机构数，3 至 10（默认：4）',
  accounts: '每家机构生成的账户数，至少 32（默认：1000）',
  amlsim: '从含 nodes.csv 和 transactions.csv 的目录读取 AMLSim 数据，不再生成数据',
  quorum: '其他机构中至少几家列有该账户，至少 2（默认：2）',
  threshold: '其分值之和的门槛（默认：3）',
  seed: '生成数据的种子：种子相同则数据相同（默认：1）',
  engine: '不经意伪随机函数的引擎：vole 或 dh（默认：vole）',
  inMemory: '所有机构都在本进程内运行，不用套接字，并核对每条消息',
  json: '输出一个 JSON 对象，不显示结果页',
  node: chineseNodeHelp,
};

const faults: FaultTexts = {
  notInteger: (option) => ({ what: `${option} 不是整数`, remedy: '请用数字书写，例如 12' }),
  outOfRange: (option, { min, max, institutions }) => ({
    what: `${option} 超出范围`,
    remedy: `${institutions === undefined ? '' : `${institutions} 家机构时`}可取 ${min} 至 ${max}`,
  }),
  tooFewAccounts: (option, minimum) => ({
    what: `${option} 过小`,
    remedy: `请取 ${minimum} 或以上：只问少数账户等于查询个人`,
  }),
  smallInstitution: (name, accounts, minimum) => ({
    what: `${name} 只有 ${accounts} 个账户，少于最小批量 ${minimum}`,
    remedy: '请减少机构数，或使用更多数据',
  }),
  badSeed: () => ({ what: '--seed 不可用', remedy: '请用 1 至 64 个可见 ASCII 字符' }),
  notOffered: (option, choices) => ({ what: `${option} 没有这个选项值`, remedy: `可用：${choices.join('、')}` }),
  insecureEngine: (choices) => ({
    what: '--engine ideal 不提供任何保护，只用于测试',
    remedy: `可用：${choices.join('、')}`,
  }),
  conflict: (option, other) => ({
    what: `${option} 用于生成数据，而 ${other} 从文件读取数据`,
    remedy: '两者只能用一个',
  }),
  twoOutputs: (option, other) => ({
    what: `${option} 和 ${other} 各自指定了输出格式`,
    remedy: '两者只能用一个',
  }),
  unknownOption: (option) => ({ what: `没有选项 ${option}`, remedy: '请检查拼写' }),
  unknownCommand: (command) => ({ what: `没有命令 ${command}`, remedy: '请检查拼写' }),
  argumentMissing: (name) => ({
    what: `缺少参数 <${name}>`,
    remedy:
      name === 'protocol' ? "请写明协议，例如 'blindflag ask flag 目录' 或 'blindflag bench flag'" : '请写在命令之后',
  }),
  valueMissing: (option) => ({ what: `${option} 缺少值`, remedy: '请在其后写上值' }),
  tooManyWords: () => ({ what: '命令后的词过多', remedy: '选项以 -- 开头' }),
  badCommandLine: () => ({ what: '无法理解命令行', remedy: '请检查拼写' }),
  known: errorInChinese,
  unknown: (name) => `无法完成：意外错误（${name}），属于程序缺陷，请报告`,
  interrupted: () => "已中断：进行中的运行已取消；结果是否可能已开启，请看 'blindflag ledger show'",
  differs: (names) =>
    `结果错误：${names.join('、')} 的查询与明文规则或与既定消息不一致。请勿使用本次任何结果，并连同命令行一起报告`,
  seeHelp: () => "请看 'blindflag help' 或 'blindflag help <命令>'",
  node: chineseNodeFaults,
  flags: chineseFlagFaults,
  contract: chineseContractFaults,
  ledger: chineseLedgerFaults,
};

const progress: ProgressTexts = {
  waiting: '等待',
  making: '正在准备数据并测量本机速度 ...',
  running: ({ seconds, leftSeconds }) =>
    `查询中，已用 ${seconds.toFixed(0)} 秒${leftSeconds === undefined ? '' : `，约剩 ${Math.max(1, Math.ceil(leftSeconds))} 秒`}`,
  done: ({ flagged, accounts, seconds }) =>
    `完成，用时 ${seconds.toFixed(1)} 秒：${integer(accounts)} 个账户中标记 ${integer(flagged)} 个`,
  left: ({ runs, seconds }) => `还有 ${runs} 家待查询，约 ${Math.max(1, Math.ceil(seconds))} 秒`,
};

const demo: DemoTexts = {
  title: 'blindflag 演示：各机构凭联合证据找出自己的涉诈账户（可算不可识）',
  labels: {
    data: '数据',
    rule: '规则',
    protocol: '协议',
    model: '安全模型',
    sizes: '规模',
    committee: '计算委员会',
    note: '说明',
    work: '工作量',
    flagged: '标记',
    jointly: '联合查得',
    alone: '单独查得',
    learned: '得知',
    notLearned: '未得知',
    run: '本家查询',
    traffic: '全部查询',
    bound: '误差上界',
    check: '核对',
    advice: '使用',
  },
  columns: {
    institution: '机构',
    accounts: '账户',
    toFind: '应查',
    flagged: '标记',
    found: '查得',
    precision: '精确率',
    recall: '召回率',
    aloneFlagged: '单独：标记',
    aloneFound: '查得',
    sent: '发送',
    received: '接收',
    rounds: '轮数',
    seconds: '秒',
    bound: '误差上界',
  },
  total: '合计',
  headings: {
    comparison: '联合与单独对比',
    cost: '代价（发送与接收：作为查询方、贡献方和委员，所有查询合计）',
    whoLearnedWhat: '谁得知了什么',
  },
  data: ({ source, institutions }) =>
    source.kind === 'generated'
      ? `生成：${institutions} 家机构，每家 ${integer(source.accountsPerInstitution)} 个账户，种子 ${source.seed}`
      : `AMLSim，目录 ${source.directory}：账户 n 属于第 n mod ${institutions} 家机构`,
  rule: ({ institutions, quorum, scoreThreshold }) =>
    `其他 ${institutions - 1} 家机构中至少 ${quorum} 家列有该账户，且分值之和至少为 ${scoreThreshold} 时标记；` +
    '一家机构的分值是其已标记客户中向该账户付过款的人数',
  protocol: ({ protocol, engine, inMemory }) =>
    `${protocol}，引擎 ${engine}；每家机构各查询一次自己的账户，其他各家贡献证据；` +
    (inMemory
      ? '所有参与方在本进程内运行，各有签名密钥，消息经与网络行为相同的链路传递'
      : '每个参与方都是一个独立进程中的节点，各有密钥，消息经本机上加密的 WebSocket 传递'),
  sizes: ({ askerBucket, contributorBucket }) =>
    `声明规模：账户 ${integer(askerBucket)}，证据 ${integer(contributorBucket)} 行；实际数量不公开`,
  committee: (helpers) =>
    helpers.length === 0
      ? '其他机构中的前三家在随机份额上计算'
      : `另外两家机构和没有数据的中立方 ${helpers.join('、')} 在随机份额上计算：只有三家机构时，另外两家可能合并同一次查询的份额`,
  disclosure: (disclosure) =>
    ({
      'positive-answer-names-all-contributors':
        '家数门槛等于其他机构的数目，因此“是”的结果说明其他每一家都列有该账户；合同必须写明这一点，本演示已作确认。' +
        '降低门槛或增加一家机构即可避免',
      'asker-is-committee-member': '查询方是委员，可能改变计算内容',
      'any-two-parties-learn-everything': '三家机构中任意两家合谋即可得知全部匹配',
    })[disclosure],
  capped: (rows, max) => `${integer(rows)} 个超过 ${max} 的分值按 ${max} 计`,
  work: ({ runs, runSeconds }) =>
    `共 ${runs} 次查询，本机每次约 ${duration(runSeconds)}，合计约 ${duration(runs * runSeconds)}`,
  flagged: ({ count, accounts, masked }) =>
    `${integer(accounts)} 个账户中 ${integer(count)} 个` +
    (masked.length === 0 ? '' : `：${masked.join('、')}`) +
    (count > masked.length ? `，另有 ${integer(count - masked.length)} 个` : ''),
  quality: ({ flagged, found, toFind, precision, recall }) =>
    `应查 ${integer(toFind)} 个，查得 ${integer(found)} 个（共标记 ${integer(flagged)} 个）：精确率 ${percent(precision)}，召回率 ${percent(recall)}`,
  notLearned: (claim) =>
    ({
      'foreign-accounts': '别家的任何账户：只有自己名单上的行有结果',
      'who-listed': '被标记的账户由哪几家列出',
      scores: '别家的分值，或分值之和超出规则多少',
      'below-the-rule': '未被标记的账户是否有任何一家列出',
      'hits-as-contributor': '作为贡献方：别家查询了哪些账户、自己的证据是否命中、任何结果',
      'shares-as-member': '作为委员：随机份额和声明规模以外的任何内容',
    })[claim],
  run: ({ rounds, seconds, sent, received }) =>
    `${rounds} 轮，${seconds.toFixed(1)} 秒；发送 ${sent}，接收 ${received}`,
  traffic: ({ sent, received }) => `发送 ${sent}，接收 ${received}`,
  bound: (value) => `偶然出错或中止的概率不超过 ${value}`,
  plaintextRule: (equal) => (equal ? '与明文规则核对：一致' : '与明文规则核对：不一致'),
  messageShape: (shape) =>
    ({
      'as-planned': '每条消息的方向、数目和长度都只由参数决定，与数据无关',
      different: '消息与参数所定的不一致',
      'not-observed': '各进程之间的消息已加密，未作核对：--in-memory 会核对',
    })[shape],
  advice: ({ ttlDays, disputeId }) => `有效期 ${ttlDays} 天；异议编号 ${disputeId}`,
  whoLearns: ({ to, when }) =>
    `${to.map(protocolInChinese).join('、')}${when === undefined ? '' : `，${protocolInChinese(when)}`}：`,
  toFind: () => '应查：为诈骗团伙归集资金的账户；数据是样本，所以这里知道答案',
  summary: ({ totals, institutions }) =>
    `联合查得 ${integer(totals.jointly.toFind)} 个中的 ${integer(totals.jointly.found)} 个，单独查得 ` +
    `${integer(totals.alone.found)} 个。${institutions.length} 个结果中 ${totals.equalAnswers} 个与明文规则一致。` +
    `合计 ${duration(totals.seconds)}；所有查询的误差合计不超过 ${boundText(totals.failureLog2)}。`,
  advisory: (ttlDays) =>
    `标记仅供参考，不得作为关闭或拒绝账户的唯一依据；${ttlDays} 天后失效，当事人可凭异议编号提出异议。`,
};

function duration(value: number): string {
  return value < 120 ? `${value.toFixed(1)} 秒` : `${Math.ceil(value / 60)} 分钟`;
}

export const chineseTexts: Texts = {
  language: 'zh',
  help,
  faults,
  progress,
  demo,
  node: chineseNodeTexts,
  data: chineseDataTexts,
  bench: chineseBenchTexts,
  flags: chineseFlagTexts,
  audit: chineseAuditTexts,
  monitor: chineseMonitorTexts,
  contract: chineseContractTexts,
  ledger: chineseLedgerTexts,
  protocol: protocolInChinese,
};
