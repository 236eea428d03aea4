/**
 * What flag/1 says about itself, in Chinese. The protocol states it in English, with the numbers of a run in it; a
 * statement that matches nothing here stays in English rather than being guessed at. A test asks for every statement
 * that a demo can show.
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
    /^who listed an account, for up to three choices of contributors per account; nothing here would show it$/,
    () => '每个账户最多对三种贡献方组合得知由谁列出；本系统无法发现',
  ],
  [
    /^that every contributor lists the account, whenever the answer is yes$/,
    () => '结果为“是”时，每一家贡献方都列有该账户',
  ],
  [
    /^semi-honest; at most one committee member and any number of other parties may pool what they see$/,
    () => '半诚实；最多一名委员与任意多个其他参与方可以合并所见',
  ],
  [/^every party$/, () => '每个参与方'],
  [/^any two committee members together$/, () => '任意两名委员合谋'],
  [/^any two of the three institutions together$/, () => '三家机构中任意两家合谋'],
  [/^every match of the run$/, () => '本次运行的全部匹配'],
  [/^what a member can force by computing wrongly, unseen$/, () => '委员通过错误计算所能促成的结果，且不会被发现'],
  [/^if its software departs from the protocol$/, () => '若其软件不按协议运行'],
];

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
