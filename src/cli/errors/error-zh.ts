/**
 * Errors in Chinese. The package describes them in English; a sentence that matches nothing here stays in English, behind
 * what kind of error it is, rather than being guessed at.
 */
import type { ErrorCode, MpcError } from '../../errors.ts';
import { ConfigError, type ConfigProblem } from '../../node/config/config.ts';
import { ACTIONS, RUN_PHRASES } from './run-phrases-zh.ts';
import { CONTRACT_PHRASES } from '../contract/contract-phrases-zh.ts';
import { DATA_PHRASES } from '../data/data-phrases-zh.ts';
import { AUDIT_PHRASES } from '../audit/audit-phrases-zh.ts';
import { FLAG_PHRASES } from '../flags/flag-phrases-zh.ts';
import { LEDGER_PHRASES } from '../ledger/ledger-phrases-zh.ts';
import { INPUT_PHRASES } from './input-phrases-zh.ts';
import type { Failure, FailureLocation } from '../node/node-texts.ts';
import { type Phrase, PhraseBook } from './phrase-book.ts';
import { POLICY_PHRASES } from './policy-phrases-zh.ts';

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

const ACTION_BOOK = new PhraseBook(ACTIONS);
/** What errors say, besides how they are put together. */
export const SENTENCES: readonly Phrase[] = [
  ...RUN_PHRASES,
  ...POLICY_PHRASES,
  ...INPUT_PHRASES,
  ...DATA_PHRASES,
  ...FLAG_PHRASES,
  ...AUDIT_PHRASES,
  ...CONTRACT_PHRASES,
  ...LEDGER_PHRASES,
];
const SENTENCE_BOOK = new PhraseBook([
  ...SENTENCES,
  ['{1#} to {2#}', '{1} 至 {2}'],
  // A place in the configuration before what is wrong there, and several of a kind.
  ['$.{1}: {2*}', '$.{1}：{2}'],
  ['{1*}; {2*}', '{1}；{2}'],
]);

export function errorInChinese(error: MpcError): string {
  const what = error instanceof ConfigError ? configurationProblems(error) : sentence(error.message);
  if (what === undefined) return `${CODES[error.code]}：${error.describe()}`;
  const { code, phase, party, remedy } = error;
  return `${what}${place(phase, party)}（${code}）${next(remedy)}`;
}

function configurationProblems({ file, problems }: ConfigError): string {
  return [`无法使用配置 ${file}：`, ...problems.map((problem) => `  ${problemInChinese(problem)}`)].join('\n');
}

/** One line: where, what, what may stand there, what to do. */
export function problemInChinese({ code, path, text, allowed, remedy }: ConfigProblem): string {
  const may = allowed === undefined || allowed === '' ? '' : `；可用：${sentence(allowed) ?? allowed}`;
  return `${path}：${sentence(text) ?? text}（${code}）${may}——${sentence(remedy) ?? remedy}`;
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

function place(phase: string | undefined, party: string | undefined): string {
  return `${phase === undefined ? '' : `［阶段 ${phase}］`}${party === undefined ? '' : `［${party}］`}`;
}

function next(remedy: string | undefined): string {
  return remedy === undefined ? '' : `——${sentence(remedy) ?? remedy}`;
}

/** undefined where there are no words for it. */
export function sentence(english: string): string | undefined {
  return english.startsWith(CANNOT) ? failedAction(english.slice(CANNOT.length)) : SENTENCE_BOOK.find(english, words);
}

const CANNOT = 'Cannot ';

/** `<action>: <state>`. What is acted on may be a path with a colon of its own, so every colon is tried. */
function failedAction(text: string): string | undefined {
  for (let at = text.indexOf(': '); at >= 0; at = text.indexOf(': ', at + 1)) {
    const action = ACTION_BOOK.find(text.slice(0, at), words);
    const state = action === undefined ? undefined : sentence(text.slice(at + 2));
    if (action !== undefined && state !== undefined) return `无法${action}：${state}`;
  }
  const action = ACTION_BOOK.find(text, words);
  return action === undefined ? undefined : `无法${action}`;
}

function words(piece: string): string | undefined {
  return Object.hasOwn(CODES, piece) ? CODES[piece as ErrorCode] : sentence(piece);
}
