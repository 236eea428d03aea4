/**
 * What flag/12 and overlap/9 say about themselves, in Chinese. A protocol states it in English, with the numbers of a run in it; a
 * statement that matches nothing here stays in English rather than being guessed at. A test asks for every statement
 * that a screen can show.
 */

const STATEMENTS: readonly (readonly [RegExp, (...found: readonly string[]) => string])[] = [
  [
    /^for each own account, whether at least (\d+) of (\d+) other institutions list it(?: and their scores sum up to at least (\d+))?: one bit$/,
    (quorum, others, threshold) =>
      `自己的每个账户一比特：其他 ${others} 家机构中是否至少 ${quorum} 家列有它` +
      (threshold === undefined ? '' : `，且分值之和至少为 ${threshold}`),
  ],
  [
    /^who takes part, the rule, the declared size buckets, and when each party was slow$/,
    () => '谁参加、规则、声明的规模档位，以及各方何时较慢',
  ],
  [
    /^which bins match at which contributor, with the scores, and the asker’s answers; with what a contributor among them knows, also every account of the asker that they can guess$/,
    () => '哪些桶与哪家贡献方匹配、其分值，以及查询方的结果；若其中有贡献方，还包括他们能猜到的查询方账户',
  ],
  [
    /^who listed an account(, and by altered scores with which score)?: a run answers at most three choices of contributors for an account, in all for up to (\d+) accounts; limits add up declared sizes, so other runs may ask about it again; nothing here would show it$/,
    (scores, accounts) =>
      `由谁列出某账户${scores === undefined ? '' : '，并借改动分值得知各家的分值'}：一次运行对一个账户最多试三种贡献方组合，` +
      `总共最多 ${accounts} 个账户；限额只累计声明规模，因此其他运行可再次查询该账户；运行本身无从发现`,
  ],
  [
    /^that every contributor lists the account, whenever the answer is yes$/,
    () => '结果为“是”时，每一家贡献方都列有该账户',
  ],
  [
    /^semi-honest; at most one committee member and any number of other parties may pool what they see$/,
    () => '半诚实；最多一名委员与任意多个其他参与方可以合并所见',
  ],
  [
    /^malicious with abort on the vole engine, where the parameters say so; else semi-honest, and the dh engine, except in size-only, holds a receiver that departs from it to one account a slot$/,
    () =>
      '采用 vole 引擎且参数如此约定时可抵御恶意方（可中止）；否则为半诚实，其中 dh 引擎在非 size-only 时，不按协议运行的接收方每个槽位也只得到一个账户的结果',
  ],
  [
    /^(receiver-learns-row-level-overlap): for each own account, whether (.+) lists it$/,
    (name, holder) => `自己的每个账户 ${holder} 是否也列有（${name}）`,
  ],
  [
    /^(holder-learns-row-level-overlap): for each own account, whether (.+) lists it; later than \2, which may withhold it$/,
    (name, receiver) => `自己的每个账户 ${receiver} 是否也列有；晚于 ${receiver}，且其可能不予告知（${name}）`,
  ],
  [
    /^(receiver-learns-payload-columns): of every row that (.+) has of an account which both list, (.+)$/,
    (name, holder, columns) => `${holder} 中双方共有账户的每一行的列：${columns}（${name}）`,
  ],
  [
    /^(receiver-learns-exact-overlap-size): the exact number of accounts that both list$/,
    (name) => `双方共有账户的准确数量（${name}）`,
  ],
  [
    /^who takes part, mode and columns, the declared size buckets, and when each party was slow; the time of single look-ups is not evened out$/,
    () => '谁参加、模式与列、声明的规模档位，以及各方何时较慢；单次查找的时间没有拉平',
  ],
  [
    /^the answer for those as well, up to its declared bucket; nothing here would show it$/,
    () => '对这些账户同样得到结果，至多为其声明规模；运行本身无从发现',
  ],
  [
    /^which of its accounts the other lists, by queries that it can tell apart; nothing here would show it$/,
    () => '对方列有自己的哪些账户（借助可区分的查询）；运行本身无从发现',
  ],
  [
    /^the answer for up to (\d+) accounts a run, one for each column of its tables, and for more by a search, with 2\^64 hashes for up to (\d+) accounts; limits add up declared sizes; nothing here would show it$/,
    (columns, most) =>
      `每次运行最多 ${columns} 个账户的答案（各表每列一个），经搜索可更多，做 2^64 次散列则最多 ${most} 个；限额只累计声明规模；运行本身无从发现`,
  ],
  [
    /^the answer for up to (\d+) accounts a run, one for each of its slots; limits add up declared sizes; nothing here would show it$/,
    (slots) => `每次运行最多 ${slots} 个账户的答案（每个槽位一个）；限额只累计声明规模；运行本身无从发现`,
  ],
  [
    /^the answer for every account that it can guess; limits add up declared sizes; nothing here would show it$/,
    () => '凡能猜到的账户都能得到答案；限额只累计声明规模；运行本身无从发现',
  ],
  [
    /^for every account that it can guess, whether the other lists it, from a few runs or shards under the same base transfers; nothing here would show it$/,
    () => '凡能猜到的账户，经同一组基础传输下的数次运行或数个分片，都能得知对方是否列有；运行本身无从发现',
  ],
  [/^both parties$/, () => '双方'],
  [/^if it brings accounts that it does not hold$/, () => '若其带来并不持有的账户'],
  [/^every party$/, () => '每个参与方'],
  [/^any two committee members together$/, () => '任意两名委员合谋'],
  [/^any two of the three institutions together$/, () => '三家机构中任意两家合谋'],
  [/^every match of the run$/, () => '本次运行的全部匹配'],
  [/^what a member can force by computing wrongly, unseen$/, () => '委员通过错误计算所能促成的结果，且不会被发现'],
  [/^if its software departs from the protocol$/, () => '若其软件不按协议运行'],
];

const ROLES: Readonly<Record<string, string>> = {
  asker: '查询方',
  contributor: '贡献方',
  member: '委员',
  receiver: '接收方',
  holder: '持有方',
};

/** A part in a run, as protocols name it. */
export function roleInChinese(role: string): string {
  return ROLES[role] ?? role;
}

/** Whom a statement is about: `bank-a, if its software departs from the protocol`. */
export function whomInChinese(to: string): string {
  const at = to.indexOf(', if ');
  if (at < 0) return protocolInChinese(to);
  return `${protocolInChinese(to.slice(0, at))}（${protocolInChinese(to.slice(at + 2))}）`;
}

export function protocolInChinese(statement: string): string {
  for (const [pattern, words] of STATEMENTS) {
    const found = pattern.exec(statement);
    if (found !== null) return words(...found.slice(1));
  }
  return statement;
}
