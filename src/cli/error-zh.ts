/**
 * Errors in Chinese. The package describes them in English; a sentence that matches nothing here stays in English, behind
 * what kind of error it is, rather than being guessed at.
 */
import type { ErrorCode, MpcError } from '../errors.ts';
import type { Failure, FailureLocation } from './node-texts.ts';

/** What kind of error it is. */
const CODES: Readonly<Record<ErrorCode, string>> = {
  'bad-parameter': '参数有误',
  'bad-input': '输入有误',
  'unreadable-source': '无法读取数据源',
  'missing-column': '缺少列',
  'malformed-row': '数据行格式有误',
  'duplicate-item': '账户重复',
  'too-many-items': '条目过多',
  'too-few-items': '条目过少',
  'resource-limit': '超出资源上限',
  'bad-frame': '对方发来的帧有误',
  'bad-message': '对方发来的消息有误',
  'unexpected-message': '对方发来意外的消息',
  'oversize-message': '对方发来的消息过长',
  'offer-mismatch': '各方约定不一致',
  'bad-signature': '签名无效',
  'bad-commitment': '承诺值不符',
  equivocation: '某方对不同参与方说法不一',
  disagreement: '各方结果不一致',
  'peer-aborted': '对方已中止',
  'peer-silent': '对方没有回应',
  'peer-closed': '对方已断开',
  deadline: '超过时限',
  cancelled: '已取消',
  refused: '本机构策略拒绝',
  'refused-by-peer': '对方策略拒绝',
  'table-full': '小概率事件：表已满',
  'encoding-failed': '小概率事件：编码失败',
  internal: '程序内部缺陷',
};

const SENTENCES: readonly (readonly [RegExp, (...found: readonly string[]) => string])[] = [
  [/^Cannot run: a party refused the request$/, () => '无法运行：对方拒绝了请求'],
  [/^ask its operator what its policy allows$/, () => '请向对方操作员询问其策略允许什么'],
  [/^Cannot continue run: the party does not answer$/, () => '无法继续：对方没有回应'],
  [
    /^ask its operator whether the node runs and is reachable, then start again$/,
    () => '请向对方操作员确认其节点正在运行且可以连接，然后重新开始',
  ],
  [/^Cannot continue run: the connection was closed$/, () => '无法继续：连接已断开'],
  [
    /^ask its operator whether the node was stopped, then start again$/,
    () => '请向对方操作员确认其节点是否已停止，然后重新开始',
  ],
  [/^Cannot finish run: the time for it is over$/, () => '无法完成：已超过时限'],
  [
    /^ask that party whether its node is overloaded or stuck, or allow more time$/,
    () => '请询问该方的节点是否过载或卡住，或放宽时限',
  ],
  [/^Cannot finish run: cancelled$/, () => '无法完成：已取消'],
  [/^start a new run when ready$/, () => '准备好后请重新开始'],
  [
    /^Cannot continue run: a party ended it(?:, reporting ([a-z-]+))?$/,
    (code) => `无法继续：某方中止了运行${code === undefined ? '' : `，原因：${codeInChinese(code)}`}`,
  ],
  [/^the other side found this side at fault; look at the log here$/, () => '对方认为问题在本方：请查看本机日志'],
  [/^look at the log of the named party, then start again$/, () => '请查看所列一方的日志，然后重新开始'],
  [
    /^Cannot join run: the parties were configured with different values of '([^']+)'$/,
    (field) => `无法加入：各方对 '${field}' 的配置不同`,
  ],
  [
    /^compare '([^']+)' with the initiator's operator; nothing was sent that depends on data$/,
    (field) => `请与发起方操作员核对 '${field}'；没有发送任何与数据有关的内容`,
  ],
  [/^Cannot ask: this question goes to all its parties at once$/, () => '无法查询：该查询同时向所有参与方发起'],
  [/^name no peer$/, () => '请不要指定机构'],
  [/^Cannot ask: no peer is named$/, () => '无法查询：没有指定要查询的机构'],
  [/^Cannot ask: the named peer does not answer this question$/, () => '无法查询：所指定的机构不回答该查询'],
  [/^name one of: (.+)$/, (names) => `可指定：${names}`],
  [/^Cannot show answer: none of this run is kept$/, () => '无法显示结果：没有保留该次运行的结果'],
  [
    /^see status for the answers that are kept; they end with the process, or when they expire$/,
    () => '请用 status 查看保留的结果；节点停止或到期后结果即消失',
  ],
  [
    /^Cannot compare: (\d+) accounts are fewer than the (\d+) of the smallest batch$/,
    (count, least) => `无法比对：${count} 个账户少于最小批量 ${least} 个`,
  ],
  [/^bring more of your accounts at once$/, () => '请一次带来更多账户'],
  [/^Cannot ask: no accounts to ask about$/, () => '无法查询：没有可查询的账户'],
  [
    /^add datasets\.accounts to the configuration, or give the accounts with the question$/,
    () => '请在配置中加入 datasets.accounts，或随查询给出账户',
  ],
  [
    /^Cannot use identity file (.+): the passphrase is wrong, or the file was changed$/,
    (file) => `无法使用身份文件 ${file}：口令有误，或文件被改动`,
  ],
  [/^try again; else restore it from a backup$/, () => '请重试；仍不行则从备份恢复'],
];

/** By the code of why a peer could not be reached. */
const PEER_REMEDIES: Readonly<Record<string, string>> = {
  'peer-silent': '请检查其 url 和防火墙，并向对方操作员确认节点正在运行',
  'peer-closed': '请向对方操作员确认本机构的名片在其名单中且有效，并核对双方时钟',
  'refused-by-peer': '请与对方操作员核对时钟、版本和算法套件',
  'bad-signature': '请与对方操作员核对名单中的名片',
  refused: '其条目已过期或被撤销：请向对方操作员索取新名片',
};

export function errorInChinese(error: MpcError): string {
  const what = sentence(error.message);
  if (what === undefined) return `${CODES[error.code]}：${error.describe()}`;
  const { code, phase, party, remedy } = error;
  return `${what}${place(phase, party)}（${code}）${next(remedy)}`;
}

export function failureInChinese({ error, phase, party, remedy, location }: Failure): string {
  const inList = location === undefined ? '' : `：${placeInList(location)}`;
  return `${codeInChinese(error)}${inList}${place(phase, party)}${next(remedy)}`;
}

function placeInList({ file, row, line, column }: FailureLocation): string {
  const counted = row === undefined ? (line === undefined ? '' : `，第 ${line} 行文本`) : `，第 ${row} 行`;
  return `${file}${counted}${column === undefined ? '' : `，列 '${column}'`}`;
}

/** Also how a run ended: a run that failed has the code of its error. */
export function codeInChinese(code: string): string {
  if (code === 'done') return '完成';
  if (code === 'running') return '运行中';
  if (code === 'interrupted') return '被中断';
  return Object.hasOwn(CODES, code) ? CODES[code as ErrorCode] : code;
}

/** Why a peer is not connected, and what to do. */
export function peerErrorInChinese(code: string): string {
  const remedy = PEER_REMEDIES[code];
  return `（${codeInChinese(code)}）${remedy === undefined ? '' : `——${remedy}`}`;
}

function place(phase: string | undefined, party: string | undefined): string {
  return `${phase === undefined ? '' : `［阶段 ${phase}］`}${party === undefined ? '' : `［${party}］`}`;
}

function next(remedy: string | undefined): string {
  return remedy === undefined ? '' : `——${sentence(remedy) ?? remedy}`;
}

function sentence(english: string): string | undefined {
  for (const [pattern, words] of SENTENCES) {
    const found = pattern.exec(english);
    if (found !== null) return words(...found.slice(1));
  }
  return undefined;
}
