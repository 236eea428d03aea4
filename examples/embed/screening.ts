/** The bank's own service asks its consortium about accounts from its own systems. */
import { type AnswerRow, type AskOptions, canonicalAccount, type RunningNode, sourceOf } from 'blindflag/node';

/** The flagged ones of a bank's own accounts; each row says until when it may be used, and how to dispute it. */
export async function screen(
  node: Pick<RunningNode, 'ask'>,
  accounts: readonly string[],
  options: Pick<AskOptions, 'waitMs'> = {},
): Promise<AnswerRow[]> {
  const canonical = accounts.map((account) => canonicalAccount(account, 'account'));
  const known = canonical.flatMap((result) => (result.status === 'ok' ? [result.value] : []));
  const answer = await node.ask('fraud-flags', { accounts: sourceOf(known), ...options });
  return [...answer.rows()].filter((row) => row.flagged);
}
