/** The texts about own lists in Chinese. */
import type { Finding } from '../../data/data-report.ts';
import { REASON_TEXTS } from '../../data/table.ts';
import { type DataTexts, firstRows } from './data-texts.ts';
import { sentence } from '../errors/error-zh.ts';
import { integer } from '../screen/number-format.ts';

const EFFECTS: Readonly<Record<Finding['effect'], string>> = {
  refused: '拒绝',
  'left-out': '略去',
  joined: '合并',
  kept: '保留',
  doubtful: '请核对',
};

const BY = { 'byte-order-mark': '依字节顺序标记', configuration: '依配置', 'its bytes': '依其字节' } as const;
const LISTS: Readonly<Record<string, string>> = { accounts: '账户名单', evidence: '证据名单', holdings: '持有名单' };

function what({ kind }: Finding): string {
  switch (kind) {
    case 'duplicate':
      return '账户已在前面的行出现';
    case 'score-sum':
      return '该账户的分值之和超过最大分值';
    case 'wrong-check-digit-kept':
      return '校验位有误；仍按原样使用';
    case 'lost-leading-zeros':
      return '比多数短，且没有以 0 开头的：是否丢失了前导零？';
    case 'rounded-digits':
      return '第 16 位起都是零：是否被表格软件取整？';
    case 'line-break-in-quotes':
      return '引号内有换行：是文本，还是引号位置有误？';
    case 'too-many-accounts':
      return '不同账户多于约定的档位';
    case 'too-many-rows':
      return '行数多于约定的档位';
    default:
      return sentence(REASON_TEXTS[kind]) ?? REASON_TEXTS[kind];
  }
}

function where(finding: Finding): string {
  const { shown, more } = firstRows(finding);
  if (shown.length === 0) return '';
  return `（第 ${shown.join('、')} 行${more === 0 ? '' : `，另有 ${integer(more)} 行`}）`;
}

export const chineseDataTexts: DataTexts = {
  title: ({ dataset, questions, source }) =>
    `${LISTS[dataset] ?? dataset}${questions.length === 0 ? '' : `（用于 ${questions.join('、')}）`}：${source}`,
  encoding: ({ name, by }) => `编码 ${name}（${BY[by]}）`,
  counts: ({ rows, used, distinct, distinctIsLeast, blankRows }) =>
    `${integer(rows)} 行：使用 ${integer(used)} 行，未用 ${integer(rows - used)} 行；` +
    `不同账户${distinctIsLeast ? '多于' : ''} ${integer(distinct)} 个` +
    (blankRows === 0 ? '' : `；空行 ${integer(blankRows)} 行`),
  finding: (finding) => {
    const { column, count, effect } = finding;
    return `${EFFECTS[effect]}：${column === undefined ? '' : `列 '${column}'，`}${integer(count)} 个：${what(finding)}${where(finding)}`;
  },
  sample: (masked) => `例如 ${masked.join('、')}`,
  verdict: (usable) => (usable ? '可以使用' : '不能使用：运行会拒绝它'),
  noLists: '配置中没有名单。',
  summary: ({ source, rows, used, distinct }) =>
    `${source}：${integer(rows)} 行，使用 ${integer(used)} 行，不同账户 ${integer(distinct)} 个`,
};
