/** The texts of `blindflag contract` and `blindflag grant` in Chinese. */
import type { Period } from '../../governance/contract.ts';
import type { GrantStatus } from '../../node/agreements/grants.ts';
import type { ContractFaultTexts, ContractTexts, Signed } from './contract-texts.ts';
import { integer } from '../screen/number-format.ts';
import { roleInChinese } from '../screen/protocol-zh.ts';

const PERIODS: Readonly<Record<Period, string>> = {
  day: '自然日（UTC）',
  week: '自然周（周一起，UTC）',
  month: '自然月（UTC）',
};

const SIGNED: Readonly<Record<Signed, string>> = {
  signed: '已签署',
  missing: '尚未签署',
  bad: '签名不是其本人的',
  stranger: '密钥与本地名片不符',
};

const GRANTS: Readonly<Record<GrantStatus['state'], string>> = {
  ready: '有效',
  expired: '已过期',
  revoked: '已撤销',
  uses: '次数已用完',
};

const DUPLICATES: Readonly<Record<string, string>> = {
  first: '同一账户有多行时取第一行',
  max: '同一账户有多行时取最高分值',
  sum: '同一账户多行的分值相加',
  join: '同一账户的多行按 SQL 连接计算',
  reject: '含同一账户多行的名单不予接受',
};

export const chineseContractTexts: ContractTexts = {
  help: {
    about: '查询的合同：未经全部参与方签署，任何一方都不查询也不回答',
    draft: '为配置中的查询起草合同，供各方查看和签署',
    show: '用平实的文字说明合同内容：谁查询什么、谁得知什么、谁已签署',
    sign: '显示合同并加上本机构的签名',
    add: '把其他方送来的文件中的签名与本地的合并',
    list: '列出哪些查询有可用的合同、哪些授权有效',
    revoke: '永久撤回本机构对合同的同意；正在进行的运行立即结束',
    basis: '法律依据（文字）',
    expires: '合同失效的日期或时间（ISO 8601）：2027-12-31',
    project: '项目名称（默认：查询名）',
    runs: '到期前每个查询方的运行次数（默认：366）',
    period: '按日、周或月累计查询方各次运行的声明规模：day、week、month（默认：day）',
    auditDays: '各方保存可证明其遵守协议的材料的天数（默认：30；0 表示不留存、不可审计）',
    yes: '不再询问确认：用于脚本',
    grant: '本机构对他方查询的同意：allow 中带 id 的条目',
    grantRevoke: '永久撤回一项授权；正在使用它的运行立即结束',
    operator: '在本节点查询、批准、审计或管理的人员，各有自己的密钥',
    operatorAdd: '为一位操作员生成以其自己的口令保护的密钥，并列入配置',
    operatorRemove: '从配置中移除一位操作员：节点下次启动起不再有效',
    role: 'requester（查询）、approver（签署和撤销）、auditor（查看）、administrator（停止节点、使其重新读取合同）',
  },
  labels: {
    contract: '合同',
    purpose: '目的',
    asks: '谁查询',
    answer: '查询什么',
    lists: '用哪些名单',
    computes: '谁计算',
    learns: '谁得知什么',
    pooled: '两方合谋',
    notLearned: '不会得知',
    often: '次数',
    until: '期限',
    kept: '留存',
    technical: '技术参数',
    signatures: '签名',
    here: '本节点',
  },
  title: ({ question, project, hash }) => `${question}，项目 ${project}，编号 ${hash}`,
  askers: (parties) => parties.join('、'),
  basis: (text) => `法律依据：${text}`,
  answer(output) {
    const told = `；告知 ${output.receivers.join('、')}`;
    switch (output.type) {
      case 'bit': {
        const { quorum, score } = output;
        const rule = score === undefined ? '' : `，且分值（各至多 ${score.max}）之和至少为 ${integer(score.threshold)}`;
        return `自己的每个账户一比特：回答方中是否至少 ${quorum} 家列有它${rule}${told}`;
      }
      case 'rows': {
        const columns = output.columns.map(({ name, bytes }) => `${name}（至多 ${bytes} 字节）`).join('、');
        const also = columns === '' ? '' : `，以及对方每一共有行的 ${columns}`;
        const who = output.mode === 'both' ? '双方得知' : '查询方得知';
        return `对另一家机构逐个账户：${who}自己的哪些账户对方也列有${also}${told}`;
      }
      case 'size':
        return `对另一家机构：双方共有账户的数量，但不知是哪些${told}`;
      default:
        return output satisfies never;
    }
  },
  list: ({ inst, dataset, columns, sizeBucket, answers }) =>
    `${inst} ${answers ? '据以回答' : '查询'} ${dataset}，读取列 ${columns.join('、')}；声明规模至多 ${integer(sizeBucket)}`,
  identifiers: (types) => `主体的标识：${types.join(' 与 ')}`,
  smallestBucket: (size) =>
    `其他方只得知名单规模向上取到 2 的幂（从 ${integer(size)} 起；上述声明规模不到其两倍时即为声明规模），不知准确数量`,
  committee: (parties) => `${parties.join('、')}，在随机份额上计算`,
  firstThree: () => '每次运行中回答方的前三家，在随机份额上计算',
  noCommittee: () => '运行的双方自己',
  learner: (parties) => `${parties.join('、')}：`,
  overlapNotLearned: (claim) =>
    ({
      'other-accounts': '对方的、自己并未带来的任何账户',
      'which-accounts': '双方共有哪些账户',
      'as-holder': '作为回答方：被查询的是哪些账户，以及任何结果',
    })[claim],
  often: ({ maxRuns, failedStarts, period }) =>
    `每个查询方总共至多 ${integer(maxRuns)} 次运行；每个${PERIODS[period]}内启动失败 ${integer(failedStarts)} 次后，到下一期之前被拒绝`,
  rowsInPeriod: (period) =>
    `每个${PERIODS[period]}内，每个查询方各次运行的声明规模合计不超过其声明规模；同一账户可出现在多次运行中；各方都按首次运行时的名单回答`,
  until: ({ expires, ttlDays, advisory }) =>
    `${expires}；结果可使用 ${ttlDays} 天${advisory ? '，仅供参考：不得作为关闭或拒绝账户的唯一依据' : ''}`,
  duplicates: (policy) => DUPLICATES[policy] ?? policy,
  batch: (accounts) => `有人从中得知内容的名单至少有 ${integer(accounts)} 个不同账户，或为空`,
  kept: (days) =>
    days === 0
      ? '不留存可证明各方是否遵守协议的材料：运行无法审计'
      : `各方在本机构内保存 ${days} 天可证明其遵守协议的材料：当时的名单、种子和所收到的消息`,
  technical: ({ code, canon, suite, version, job }) =>
    `协议 ${code}，标识规则 ${canon}，签名 ${suite}，格式 ${version}，任务 ${job}`,
  party: ({ inst, roles, key, state }) =>
    `${inst}（${roles.map(roleInChinese).join('、')}）${SIGNED[state]}；密钥 ${key}`,
  agrees: () => '配置与合同一致',
  differs: (line) => `配置与合同在 '${line}' 处不一致：本节点既不据此查询或回答，也不签署`,
  isRevoked: () => '已撤销该合同：它及其签名在此均不再有效',
  drafted: (path) => `合同在 ${path}。请用 'blindflag contract show' 查看，签署后把文件发给各方`,
  signedNow: ({ question, path, missing }) =>
    missing.length === 0
      ? `已签署：${question} 的合同已由全部参与方签署，在 ${path}；请发给还缺签名的各方`
      : `已签署。尚待签署：${missing.join('、')}。请把 ${path} 发给他们`,
  oneOperator: () => '本节点没有操作员名单：知道口令的人即可查询、批准、审计和管理',
  notTaken: ({ question, parties }) =>
    `${question}：未采用 ${parties.join('、')} 的签名：它不是用本地名片的密钥签在这份文本上的。合同在其签署后被改动，或名片不同：签署前请询问其操作员`,
  added: ({ question, missing }) =>
    missing.length === 0 ? `${question}：全部参与方已签署` : `${question}：尚待签署：${missing.join('、')}`,
  listed: ({ question, state, expires }) =>
    `${question}：${state}${expires === undefined ? '' : `；有效期至 ${expires}`}`,
  standing({ missing, bad, line, expired, revoked }) {
    if (revoked) return '已在本地撤销';
    if (expired) return '已过期';
    if (line !== undefined) return `与配置在 '${line}' 处不一致`;
    if (bad.length > 0) return `签名或密钥不符：${bad.join('、')}`;
    return missing.length === 0 ? '可用' : `尚待签署：${missing.join('、')}`;
  },
  notDrafted: () => '尚无合同',
  nothingSigned: () => '配置中没有需要合同的查询',
  notRunning: () => '此处没有运行的节点：因此不显示授权',
  grantListed: ({ id, question, askers, state, used, uses, expires }) =>
    `授权 ${id}（${question}，给 ${askers.join('、')}）：${GRANTS[state]}；已用 ${integer(used)}${uses === undefined ? '' : ` / ${integer(uses)}`}${expires === undefined ? '' : `；有效期至 ${expires}`}`,
  revoked: ({ question, runs }) => `已撤销：${question} 的合同。因此结束的运行：${runs}`,
  grantRevoked: ({ id, runs }) => `已撤销：授权 ${id}。因此结束的运行：${runs}`,
  revokedAt: ({ seq, hash, folder }) =>
    `请在本机之外保存：${seq}:${hash}。核验账本中是否仍有此条：blindflag ledger verify ${folder} --head ${seq}:${hash}`,
  revokedWithoutNode: () => '此处没有运行的节点：已写入账本，下次启动的节点即按此执行',
  reloaded: () => '正在运行的节点已重新读取合同',
  notReloaded: () => "正在运行的节点要在批准人要求时才会读取：请加 --as 重复，如 'blindflag contract add --as NAME'",
  operatorAdded: ({ name, role, path }) => `操作员 ${name}（${role}）：密钥在 ${path}，只归本人。节点下次启动起生效`,
  firstOperator: () => '此后本节点只执行操作员签名的请求；需要的每种角色都要有操作员',
  operatorRemoved: ({ name, path }) =>
    `操作员 ${name} 已从配置中移除。正在运行的节点在停止之前仍接受其请求；下次启动起不再有效。其密钥可以删除：${path}`,
  lastOperator: () => '已没有操作员：节点下次启动起，能使用其目录的人即可查询、批准、审计和管理',
  confirm: (question) => `如要签署该合同，请输入查询名（${question}）：`,
  confirmRevoking: (question) => `如要永久撤回本机构对该合同的同意，请输入查询名（${question}）：`,
  confirmGrantRevoking: (id) => `如要永久撤回该授权，请输入其 id（${id}）：`,
};

export const chineseContractFaults: ContractFaultTexts = {
  noBasis: () => ({ what: '合同须写明法律依据', remedy: '请加上 --basis "……"，至多 500 个字符' }),
  badExpiry: () => ({
    what: '--expires 不是将来的日期或时间',
    remedy: '写法如 2027-12-31 或 2027-12-31T12:00:00Z',
  }),
  isOver: (question) => ({
    what: `${question} 的合同已过期，没有签署`,
    remedy: "请移走其文件，并用 'contract draft' 约定新合同",
  }),
  notConfirmed: () => ({ what: '没有签署：未输入查询名', remedy: '请在询问时输入，或使用 --yes' }),
  notRevoked: () => ({ what: '合同没有撤销：未输入查询名', remedy: '请在询问时输入，或使用 --yes' }),
  grantNotRevoked: () => ({ what: '授权没有撤销：未输入其 id', remedy: '请在询问时输入，或使用 --yes' }),
  noRole: (roles) => ({ what: '操作员须有角色', remedy: `请加上 --role 及其一：${roles.join('、')}` }),
  operatorThere: (name, file) => ({
    what: `操作员 ${name} 已在 ${file} 中`,
    remedy: `请换一个名称，或先将其移除：'blindflag operator remove ${name}'，并删除其密钥文件`,
  }),
  noSuchOperator: (name, names) => ({
    what: `没有操作员 ${name}`,
    remedy: names.length === 0 ? '配置中没有列出操作员' : `可用：${names.join('、')}`,
  }),
  badName: (option) => ({ what: `${option} 不可用`, remedy: '请使用 1 至 32 个 a-z、0-9 或 -' }),
};
