/** The texts around a node in Chinese. */
import type { TurnedAway } from '../../net/network.ts';
import { contractHere } from '../../node/agreements/contract-refusal.ts';
import { codeInChinese, errorInChinese, failureInChinese, problemInChinese, sentence } from '../errors/error-zh.ts';
import { chineseDataTexts } from '../data/data-text-zh.ts';
import { integer } from '../screen/number-format.ts';
import type { End, NodeFaultTexts, NodeHelpTexts, NodeTexts } from './node-texts.ts';
import { protocolInChinese, whomInChinese } from '../screen/protocol-zh.ts';

export const chineseNodeHelp: NodeHelpTexts = {
  init: '建立节点目录（默认：当前目录）：身份、配置，以及交给其他机构的名片',
  name: '本机构在联合体中的名称：1 至 32 个 a-z、0-9 或 -',
  listen: '节点监听地址：主机:端口（默认：127.0.0.1:7400）',
  url: '其他机构连接本节点的地址：ws:// 或 wss://（默认：已有名片上的地址，否则由 --listen 得出）',
  peer: '本节点与之通信的机构',
  peerAdd: '把其他机构加入节点目录的配置：用名片文件，或用 --card 和 --url',
  card: '对方的名片，即对方执行 init 时显示的内容',
  peerUrl: '连接对方的地址：ws://主机:端口',
  up: '启动目录（默认：当前目录）中的节点；按 Ctrl-C 有序停止',
  upJson: '以每行一个 JSON 的格式写日志，供程序使用',
  ask:
    '通过运行中的节点查询：flag——向所有机构查询自己的哪些账户被标记；' +
    'overlap——查询另一家机构也列有自己的哪些账户，并会披露约定条款所列的内容',
  question: '查询名称（默认：配置中该协议唯一的查询）',
  askWait: '等待节点启动和对方机构连接的秒数，0 至 3600（默认：30）',
  askOnlyNew: 'flag：只查询本期 --only-new 尚未评估的账户',
  askPeer: 'overlap：要查询的机构（默认：唯一回答该查询的机构）',
  answer:
    '显示因其他机构查询而产生的本机构结果（overlap，both 模式）；结果只在内存中，到期或节点停止即消失；' +
    '<run> 见 status',
  format: 'table：被标记或共有的账户；csv、json：全部账户（默认：table）',
  out: '把结果写入只有本用户可读的新文件，而不是标准输出',
  askJson: '同 --format json',
  checkData: '说明目录（默认：本目录）中名单的内容：不发送任何内容，无需节点运行',
  checkQuestion: '按此查询读取名单的方式检查（默认：全部查询）',
  status: '显示运行中的节点：对方机构、查询、运行',
  stop: '有序停止运行中的节点',
  nodeJson: '输出一个 JSON 对象',
  as: '以哪位操作员的名义请求节点（默认：BLINDFLAG_OPERATOR）；节点列有操作员时必需',
  exitCodes:
    '退出码：0 完成；1 某次运行、某方或本程序失败；2 命令行、配置或数据有误，没有发送任何内容；' +
    '3 该目录中没有运行的节点；70 演示发现错误结果；130 被中断。',
};

export const chineseNodeFaults: NodeFaultTexts = {
  nameMissing: () => ({ what: '缺少 --name', remedy: '请写联合体中使用的本机构名称' }),
  badName: () => ({ what: '--name 不可用', remedy: '请用 1 至 32 个 a-z、0-9 或 -，不以 - 开头' }),
  otherName: (file) => ({ what: `--name 与 ${file} 中的名称不同`, remedy: '请省略 --name，或使用另一个目录' }),
  otherListen: (file) => ({
    what: `--listen 与 ${file} 中的 "listen" 不同`,
    remedy: '请省略 --listen，并在该文件中修改 "listen"',
  }),
  badListen: () => ({ what: '--listen 不是“主机:端口”', remedy: '例如 127.0.0.1:7400 或 [::]:7400' }),
  badUrl: (option) => ({ what: `${option} 不是 WebSocket 地址`, remedy: '例如 ws://host:7400' }),
  noPassphrase: (variable) => ({ what: '没有口令，也没有可供输入的终端', remedy: `请设置 ${variable}` }),
  passphrasesDiffer: () => ({ what: '两次口令不同', remedy: '请重新开始' }),
  shortPassphrase: (minimum) => ({ what: `口令少于 ${minimum} 个字符`, remedy: '请选择更长且他人猜不到的口令' }),
  noCards: () => ({ what: '没有给出任何机构', remedy: '请写名片文件，或用 --card 和 --url' }),
  urlWithoutCard: () => ({ what: '--url 须与 --card 同用，而 --card 缺失', remedy: '请同时给出两者' }),
  noUrl: (source) => ({ what: `${source} 中没有对方地址`, remedy: '请用 --card 给出名片，用 --url 给出地址' }),
  badCard: (source) => ({ what: `${source} 中没有名片，或名片不完整`, remedy: '请复制整行' }),
  unreadableCard: (file) => ({ what: `无法读取 ${file}`, remedy: '请检查路径' }),
  ownCard: (source) => ({ what: `${source} 是本机构自己的名片`, remedy: '请去掉它' }),
  otherCard: (peer) => ({
    what: `${peer} 已存在，但密钥不同`,
    remedy: '请通过可信途径向对方操作员确认密钥是否更换，再删除旧条目',
  }),
  keyTaken: (peer) => ({ what: `${peer} 的密钥与另一机构相同`, remedy: '请向对方操作员索取其名片' }),
  unreadableConfig: (file) => ({
    what: `无法把 ${file} 读作配置`,
    remedy: "请用 'blindflag init' 建立，或更正其 JSON",
  }),
  notWritable: (path) => ({ what: `无法写入 ${path}`, remedy: '请检查目录及其所有者' }),
  chooseQuestion: (names) =>
    names.length === 0
      ? { what: '配置中没有查询', remedy: '请在 "questions" 中加入约定的查询，再重新启动节点' }
      : { what: '缺少 --question', remedy: `可用：${names.join('、')}` },
  noSuchQuestion: (names) => ({
    what: '--question 所写的查询不能这样发起',
    remedy: names.length === 0 ? '请用 status 查看本节点的查询' : `可用：${names.join('、')}`,
  }),
  choosePeer: (names) =>
    names.length === 0
      ? { what: '没有其他机构回答该查询', remedy: '请约定该查询的持有方（holders）' }
      : { what: '缺少 --peer', remedy: `请写明要查询的机构：${names.join('、')}` },
  onlyNewOfOverlap: () => ({ what: '--only-new 只用于 flag', remedy: '请去掉它' }),
  peerOfFlag: () => ({ what: '--peer 只用于 overlap；flag 同时查询所有机构', remedy: '请去掉它' }),
  badRun: () => ({ what: '<run> 不是运行名称', remedy: "请从 status 或 'ledger show' 复制，至少八个十六进制数字" }),
  outExists: (path) => ({ what: `${path} 已存在`, remedy: '请换一个新文件名' }),
  notRunning: (folder) => ({
    what: `无法连接节点：${folder} 中没有运行的节点`,
    remedy: `请用 'blindflag up ${folder}' 启动，或写明节点正在运行的目录`,
  }),
  addPeers: () => "本地缺少名片的机构用 'blindflag peer add 目录 名片文件' 加入",
};

export const chineseNodeTexts: NodeTexts = {
  askPassphrase: '口令：',
  askOperatorPassphrase: (operator) => `操作员 ${operator} 的口令：`,
  newPassphrase: '新口令：',
  repeatPassphrase: '再次输入：',
  initDone: ({ folder, configWritten, identityWritten, cardFile }) =>
    `${folder}：身份已${identityWritten ? '建立' : '保留'}，配置已${configWritten ? '建立' : '保留'}。` +
    `交给其他机构的名片如下，也在 ${cardFile} 中：`,
  cardWithoutUrl: () => '名片中没有地址：请告诉其他机构用哪个 ws:// 或 wss:// 地址连接。',
  cardOfLoopback: (folder) =>
    `名片上的地址只在本机有效：如有其他机器上的机构，请用 'blindflag init ${folder} --url ws://主机:端口' 写入其可连接的地址。`,
  nextAfterInit: (folder) => [
    '接下来：',
    '  1. 通过他人无法调换的途径与其他机构交换名片。',
    `  2. blindflag peer add ${folder} <名片文件> ...`,
    '  3. 在 "datasets" 中写明名单，在 "questions" 中写明约定的查询，在 "allow" 中写明谁可以查询。',
    `  4. blindflag up ${folder}`,
  ],
  peerAdded: (peer, url) => `已加入 ${peer}，地址 ${url}`,
  peerUpdated: (peer, url) => `${peer} 已存在，地址现为 ${url}`,
  comparePeers: () => '请通过电话等途径与对方操作员核对每张名片：密钥决定谁能读取本机构的运行。',
  configProblem: problemInChinese,
  configLeft: (file) => `已保存。节点启动之前，${file} 还需要：`,
  nextAfterPeers: (folder) => `配置完整。接下来：blindflag up ${folder}`,

  upAt: ({ name, host, port }) => `${name} 正在监听 ${host}:${port}`,
  upTerms: ({ questions, peers }) =>
    `${peers} 个对方机构${peers === 0 ? "（用 'blindflag peer add' 加入）" : ''}；查询：${questions.length === 0 ? '无' : questions.join('、')}`,
  upStop: '按 Ctrl-C 有序停止；再按一次立即停止。',
  stopping: (runs) => (runs === 0 ? '正在停止' : `正在停止；${runs} 次运行获得时间结束`),
  stopped: '已停止',
  connected: (peer) => `${peer} 已连接`,
  disconnected: (peer) => `${peer} 已断开`,
  unreachable: (peer, error) => `${peer}：${errorInChinese(error)}；将再次尝试`,
  clockWrong: errorInChinese,
  ledgerFailed: (why) => `账本无法写入；修复之前既不查询也不回答：${why}`,
  evaluatedNotKept: (question, why) => `无法保存 ${question} 已评估哪些账户；--only-new 会再次查询它们：${why}`,
  turnedAway: (peer, why) =>
    `拒绝了${peer === undefined ? '一个陌生连接' : ` ${peer} 的连接`}：${TURNED_AWAY[why]}${peer === undefined && why === 'not-admitted' ? '；本地缺少名片的机构也会这样' : ''}`,
  runAsked: ({ question, run }) => `本机构查询 ${question}，运行 ${run}`,
  runJoined: ({ peer, question, run }) => `${peer} 查询 ${question}，运行 ${run}：已加入`,
  runEnded: ({ run, seconds, sent, received }) =>
    `运行 ${run}：完成，用时 ${seconds.toFixed(1)} 秒，发送 ${sent}，接收 ${received}`,
  answerKept: ({ peer, question, run }) =>
    `${peer} 的查询 ${question} 也给本机构带来结果：请用 'blindflag answer ${run}' 查看`,
  questionDiscloses: (question) => `回答 ${question} 即披露：`,
  runFailed: ({ run, why }) => `运行 ${run}：失败，${why}`,
  runRefused: ({ peer, why }) => `${peer} 提出查询，没有得到回答：${why}`,
  contractNotReady: ({ question, why }) => `${question} 既不查询也不回答：${why}`,
  contractSigned: (question) => `本机构已签署 ${question} 的合同`,
  consentRevoked: ({ question, runs }) => `本机构已撤销对 ${question} 的同意；因此结束的运行：${runs}`,
  expiresSoon: ({ question, peer, days }) =>
    question === undefined
      ? `${peer} 的名片还有 ${days} 天到期：届时不再与其通信；请与对方操作员约定更晚的 "expires"，或交换新名片`
      : `${question} 的合同还有 ${days} 天到期：届时既不查询也不回答；请及时约定新合同`,
  sweepFailed: (why) => `保存期已过的内容无法删除；一小时后再试：${why}`,
  interruptedRuns: (count) => `上一进程有 ${count} 次运行没有结束：已标为中断`,
  why: failureInChinese,
  footer: ({ connected, peers, runs }) =>
    `${peers} 个对方机构中已连接 ${connected} 个${runs.length === 0 ? '' : `；运行中：${runs.join('、')}`}`,

  waitsForNode: ({ folder, seconds }) => `${folder} 中尚无运行的节点：最多等待 ${seconds} 秒`,
  askEvent: (event) => {
    switch (event.kind) {
      case 'waiting':
        return '等待：节点同时进行的查询已达上限';
      case 'reading':
        return `读取自己的账户：${integer(event.rows)}`;
      case 'checked':
        return chineseDataTexts.summary(event.report);
      case 'only-new':
        return `新账户 ${integer(event.unasked)} 个，本期已评估 ${integer(event.leftOut)} 个`;
      case 'planned':
        return `向另外 ${event.parties.length - 1} 方查询，声明规模 ${integer(event.askerBucket)}`;
      case 'connecting':
        return `正在连接，运行 ${event.run}${event.attempt === 1 ? '' : `，第 ${event.attempt} 次尝试`}`;
      case 'waiting-for-parties':
        return `等待 ${event.parties.join('、')} 连接，最多 ${Math.ceil(event.leftMs / 1000)} 秒`;
      case 'running':
        return `${event.phase}：${integer(event.done)} / ${integer(event.total)}`;
      case 'retrying':
        return `第 ${event.attempt} 次尝试失败（${codeInChinese(event.code)}${event.party === undefined ? '' : `，${event.party}`}）；将再次尝试`;
      default:
        return event satisfies never;
    }
  },
  answerTitle: ({ question, flagged, accounts }) =>
    `${question}：${integer(accounts)} 个自己的账户中标记 ${integer(flagged)} 个`,
  answerColumns: { account: '账户（类型:号码）', expires: '有效期至', disputeId: '异议编号' },
  noneFlagged: '（无）',
  answerAdvice: ({ expires, disputeId, purpose }) =>
    `标记仅供参考，不得作为关闭或拒绝账户的唯一依据。自 ${expires} 起失效，且只用于：${purpose}。当事人可提出异议：${disputeId}。`,
  answerRun: ({ seconds, rounds, sent, received, bound }) =>
    `${seconds.toFixed(1)} 秒，${rounds} 轮，发送 ${sent}，接收 ${received}；偶然出错的概率不超过 ${bound}`,
  overlapTitle: ({ question, peer, common, accounts }) =>
    `${question}：${integer(accounts)} 个自己的账户中，${peer} 也列有 ${integer(common)} 个`,
  overlapSize: ({ question, peer, size }) => `${question}：本机构与 ${peer} 都列有 ${integer(size)} 个不同账户`,
  overlapAdvice: ({ expires, disputeId, purpose }) =>
    `另一家机构列有某账户仅供参考，不得作为关闭或拒绝该账户的唯一依据。自 ${expires} 起失效，且只用于：${purpose}。` +
    `当事人可提出异议：${disputeId}。`,
  discloses: (name, words) => (words === undefined ? `披露：${name}` : `披露：${words}（${name}）`),
  overlapDisclosure: (name, { receiver = '查询方', holder = '被查询的机构' }) =>
    ({
      'receiver-learns-row-level-overlap': `${receiver} 逐个账户得知 ${holder} 列有自己的哪些账户`,
      'holder-learns-row-level-overlap': `${holder} 逐个账户得知 ${receiver} 列有自己的哪些账户`,
      'receiver-learns-payload-columns': `${receiver} 得知 ${holder} 中共有账户每一行的约定列`,
      'receiver-learns-exact-overlap-size': `${receiver} 得知双方共有账户的准确数量，但不知是哪些`,
    })[name],
  flagDisclosure: (name) =>
    ({
      'positive-answer-names-all-contributors': '结果为“是”即表明其他每家机构都列有该账户',
      'asker-is-committee-member': '查询方也参与计算，可能改变计算内容',
      'any-two-parties-learn-everything': '任意两家机构合谋可得知全部匹配',
    })[name],
  learns: (to, what) => `${whomInChinese(to)} 得知：${protocolInChinese(what)}`,
  written: (path) => `结果在 ${path} 中`,

  statusLabels: {
    node: '节点',
    peers: '对方机构',
    questions: '查询',
    running: '运行中',
    answers: '本机构结果',
    lastRuns: '最近运行',
    clock: '时钟',
  },
  statusNode: ({ name, upSeconds, stopping }) =>
    `${name}，已运行 ${duration(upSeconds)}${stopping ? '，正在停止' : ''}`,
  statusPeer: ({ peer, connected, since, lastError, end }) =>
    `${peer} 自 ${since} 起${connected ? '已连接' : '未连接'}${ending(end)}${lastError === undefined ? '' : `：${errorInChinese(lastError)}`}`,
  statusRunning: ({ question, initiator, seconds, percent }) =>
    `${question}，由 ${initiator} 发起，已进行 ${duration(seconds)}${percent === undefined ? '' : `，本阶段 ${percent}%`}`,
  statusFlag: ({ name, protocolId }) => `${name}：${protocolId}`,
  statusOverlap: ({ name, protocolId, mode, peers }) =>
    `${name}：${protocolId}，${mode} 模式；${peers.length === 0 ? '由本机构回答' : `可查询：${peers.join('、')}`}`,
  statusAgreement({ agreement, line, contract, end }) {
    if (agreement === 'configured') return '按本地配置，没有合同';
    const said = contractHere(line === undefined ? agreement : `${agreement}/${line}`)?.state ?? agreement;
    const state = agreement === 'ready' ? '全部参与方已签署' : (sentence(said) ?? said);
    return contract === undefined ? state : `合同 ${contract.slice(0, 16)}…：${state}${ending(end)}`;
  },
  statusAnswer: ({ run, question, peer, common, accounts, expires }) =>
    `${run} ${question}：由 ${peer} 发起，其列有 ${integer(accounts)} 个自己的账户中的 ${integer(common)} 个；有效期至 ${expires}`,
  statusRun: ({ startedAt, question, initiator, outcome }) =>
    `${startedAt} ${question}，由 ${initiator} 发起：${codeInChinese(outcome)}`,
  none: '无',
};

const TURNED_AWAY: Readonly<Record<TurnedAway, string>> = {
  malformed: '不是握手消息',
  'unknown-suite': '算法套件未知',
  'not-admitted': '不在名单中',
  replayed: '像是重放的消息',
  clock: '时钟相差过大：请双方用时间服务校准',
  version: '软件版本不同：请与其操作员核对',
  suite: '不接受其算法套件',
  unfinished: '握手没有完成',
  duplicate: '已有连接',
  expired: '名片已过期',
  revoked: '名片已撤销',
};

function ending(end: End | undefined): string {
  if (end === undefined) return '';
  return end.days > 0 ? `；${end.day} 到期，还有 ${end.days} 天` : `；已于 ${end.day} 到期`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} 秒`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} 分钟` : `${Math.round(seconds / 3600)} 小时`;
}
