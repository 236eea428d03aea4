/** The texts of `blindflag flags` in English. */
import { SCAM_TYPES } from '../../data/scam-types.ts';
import type { FlagFaultTexts, FlagTexts, ShownFlag } from './flag-texts.ts';
import { integer } from '../screen/number-format.ts';

const SCAMS: ReadonlyMap<string, string> = new Map(SCAM_TYPES.map(({ code, english }) => [code, english]));

function stateOf({ state, reporters, withdrawn, disputed, expires, stands }: ShownFlag): string {
  const by = reporters === 0 ? '' : `, ${integer(reporters)} reporter${reporters === 1 ? '' : 's'}`;
  const why = withdrawn === undefined ? '' : ` (${withdrawn})`;
  const until = state === 'withdrawn' ? '' : `, until ${expires.slice(0, 10)}`;
  const counts = stands ? '' : '; does not count';
  return `${state}${why}${by}${until}${disputed ? ', DISPUTED' : ''}${counts}`;
}

export const englishFlagTexts: FlagTexts = {
  help: {
    about: "keep this institution's register of flags, from which its flag answers come",
    add: 'report an account; joins the flag of the same account, scam type and role if there is one',
    import:
      'report all accounts of a CSV or Parquet file with the columns account, scam_type, role, state, reporter, evidence, ' +
      'reported_at, expires; all of them or none, after a report on what is in it',
    withdraw: 'take a flag back: the next period runs without it',
    dispute: 'note that somebody contests a flag: it does not count until it is upheld',
    uphold: 'note that a disputed flag was looked into and stands',
    expire: 'let a flag end now instead of on its day',
    list: 'show the flags, with masked accounts',
    account: 'the account; without it you are asked, and the shell keeps no trace',
    scamType: 'code of the scam type, such as task-rebate (default: other)',
    role: 'what the account was: victim, first-payee, transit, cash-out, front-merchant (default: first-payee)',
    state: 'suspected, customer-reported or police-confirmed (default: suspected)',
    reporter: 'own reference of who reported; kept as a salted hash, so that different persons are counted',
    evidence: 'SHA-256 of what is kept as evidence, 64 hexadecimal digits',
    evidenceFile: 'the file that is kept as evidence; its hash is taken',
    reportedAt: 'day or time of the report (default: now)',
    days: 'days until the flag expires (default: 180)',
    reason: 'mistaken, resolved, ordered or other (default: other)',
    reference: 'dispute id of the answer that is contested',
    all: 'also flags that were withdrawn or have expired',
    accounts: 'show accounts in full',
  },
  askAccount: 'Account: ',
  added: (flag) => `Flag ${flag} is in the register; the next period runs with it.`,
  imported: ({ reports, flags }) => `${integer(reports)} reports of ${integer(flags)} flags are in the register.`,
  changed: (flag) => `Flag ${flag.flag} is now: ${stateOf(flag)}`,
  line: (flag) =>
    `${flag.flag}  ${flag.account}  ${SCAMS.get(flag.scamType) ?? flag.scamType}, ${flag.role}: ${stateOf(flag)}`,
  counts: ({ flags, stand }) => `${integer(flags)} flags, ${integer(stand)} of them count`,
};

export const englishFlagFaults: FlagFaultTexts = {
  noRegister: (file) => ({
    what: `${file} has no register of flags`,
    remedy: 'set datasets.evidence to {"type": "register", "file": "flags.jsonl", "identifier": "account"}',
  }),
  oneEvidence: () => ({
    what: 'a flag needs evidence, once',
    remedy: 'give --evidence with a hash, or --evidence-file with a file',
  }),
  badEvidence: () => ({
    what: '--evidence is no SHA-256',
    remedy: 'give 64 hexadecimal digits, or use --evidence-file',
  }),
  unreadableEvidence: (file) => ({ what: `${file} cannot be read`, remedy: 'name a file that this user may read' }),
  noReporter: () => ({
    what: "a customer's report needs its reporter",
    remedy: 'give --reporter with your own reference of the customer',
  }),
  noAccount: () => ({ what: 'there is no account', remedy: 'give --account, or run the command in a terminal' }),
  badAccount: () => ({
    what: 'the account is none of the type that the configuration states',
    remedy: 'check its digits, and datasets.evidence.identifier',
  }),
  badTime: () => ({
    what: '--reported-at is no day or time',
    remedy: 'write 2026-11-27, or 2026-11-27T08:00:00+08:00',
  }),
  badFlag: () => ({ what: 'this is no number of a flag', remedy: 'give it as list shows it, eight digits or more' }),
  notOneFlag: (found) => ({
    what: found === 0 ? 'no flag has this number' : `${found} flags begin with these digits`,
    remedy: found === 0 ? 'see blindflag flags list' : 'give more digits',
  }),
  badReference: () => ({ what: '--reference is no dispute id', remedy: 'give the 16 digits that the answer shows' }),
};
