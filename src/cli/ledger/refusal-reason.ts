/** Why a request was refused, in words: the ledger has the phase of the refusal, `policy/grant/expired`. */
import { contractHere } from '../../node/agreements/contract-refusal.ts';
import type { GrantStatus } from '../../node/agreements/grants.ts';
import type { Refusal } from '../../node/agreements/policy.ts';

type Reason = Exclude<Refusal, 'contract' | 'grant'> | `grant/${Exclude<GrantStatus['state'], 'ready'>}`;

export type RefusalWords = Readonly<Record<Reason, string>>;

export interface RefusalLanguage {
  readonly words: RefusalWords;
  /** What is said of contracts, in this language; undefined where there are no words for it. */
  readonly translate: (english: string) => string | undefined;
}

/** One that is not known here stays as it is. */
export function refusalReason(reason: string, { words, translate }: RefusalLanguage): string {
  const [, why = '', detail] = /^policy\/([a-z-]+)(?:\/(.+))?$/.exec(reason) ?? [];
  if (why === 'contract') return contractReason(detail ?? '', translate) ?? reason;
  const whole = `${why}/${detail}`;
  if (isKnown(whole, words)) return words[whole];
  if (!isKnown(why, words)) return reason;
  return detail === undefined ? words[why] : `${words[why]} (${detail})`;
}

/** `stale/output.quorum`: what is wrong with the contract, and in which line. */
function contractReason(detail: string, translate: RefusalLanguage['translate']): string | undefined {
  const said = contractHere(detail);
  const text = said === undefined ? undefined : translate(said.state);
  const [, ...line] = detail.split('/');
  return text === undefined || line.length === 0 ? text : `${text} (${line.join('/')})`;
}

function isKnown(name: string, words: RefusalWords): name is Reason {
  return Object.hasOwn(words, name);
}
