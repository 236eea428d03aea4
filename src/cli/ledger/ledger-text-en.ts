/** The texts of `blindflag ledger` in English. */
import type { AlertKind } from '../../governance/ledger-entry.ts';
import type { LedgerFault } from '../../governance/ledger-check.ts';
import type { Used } from '../../node/ledger/budget-lines.ts';
import type { LedgerFaultTexts, LedgerTexts } from './ledger-texts.ts';
import { integer } from '../screen/number-format.ts';
import { type RefusalLanguage, refusalReason } from './refusal-reason.ts';

const FAULTS: Readonly<Record<LedgerFault, string>> = {
  form: 'is not in the form in which it was written',
  version: 'is of another version of the software: check it with the version that wrote it',
  chain: 'does not follow the one before it: one was taken out, put in or moved',
  signature: 'is not signed by this institution',
  seal: 'has a countersignature that is not its party’s, or is about another ledger',
  head: 'is missing, or is not the one that another party signed: the ledger was put back to an earlier state, or --head is of another ledger',
};

const ALERTS: Readonly<Record<AlertKind, string>> = {
  enumeration: 'asks on although its limit is reached',
  piecemeal: 'uses up what it may ask in many small lists of accounts that are new each time',
  'above-base': 'asks about more accounts than it has declared to have customers',
  'failed-starts':
    'caused the last failed start that an asker may have in a period: that asker is refused until the period is over',
  'own-rollback':
    'showed our signature on entries that this ledger does not have: it was put back to an earlier state. Stop the node, and put the newest copy of the ledger in its place',
  'peer-rollback':
    'has a ledger that ends before what we signed. Call its operator, and ask nothing of it until that is explained',
  'snapshot-changed': 'the list that was frozen for the period was changed or is gone',
};

export const englishRefusals: RefusalLanguage = {
  words: {
    'unknown-peer': 'it, or a party of the run, is no peer in the configuration here',
    'revoked-peer': 'its card, or that of a party of the run, is marked as revoked here',
    'expired-peer': 'its card, or that of a party of the run, has expired here',
    'not-allowed': 'no entry under allow lets it ask this question',
    'differing-terms': 'its terms are not those that are configured here',
    'too-many-items': 'more accounts than it may ask about at once',
    'per-day': 'more requests than it may make in one day',
    clock: 'the clock here went back',
    ledger: 'the ledger here cannot be written, or is not whole',
    'grant/expired': 'the grant that let it ask has expired',
    'grant/revoked': 'the grant that let it ask was revoked here',
    'grant/uses': 'the grant that let it ask is used up',
  },
  translate: (english) => english,
};

const used = ({ used: count, most }: Used): string => `${integer(count)} of ${integer(most)}`;

export const englishLedgerTexts: LedgerTexts = {
  help: {
    about: 'the signed ledger of what this institution answered, asked, refused and agreed to',
    verify: 'check every entry of the ledger in DIR (default: this folder), and name the first bad one',
    show: 'show who asked what and when, what may have opened, and what is left of each limit',
    head: 'an entry that another party has signed, as its ledger show writes it: NUMBER:HASH',
  },
  labels: {
    ledger: 'ledger',
    runs: 'runs',
    budgets: 'limits',
    refusals: 'refused',
    alerts: 'alerts',
    seals: 'signed with',
  },
  none: 'none',
  piece: (bytes) =>
    `Behind the last whole entry stand ${integer(bytes)} bytes of one without its end: one that is being written, or what a crash in a write left, which the next start removes. If neither was, the file was cut: put the newest copy in its place`,
  good: ({ entries, head }) =>
    `good: ${integer(entries)} entries${head === undefined ? '' : `, the last is ${head.seq}:${head.hash}`}`,
  bad: ({ seq, fault }) =>
    `BAD: entry ${seq} ${FAULTS[fault]}${fault === 'version' ? '' : '. Stop the node, keep this file as evidence, and put the newest whole copy in its place'}`,
  run: ({ minute, question, asker, bucket, mayHaveOpened, outcome, run }) =>
    `${minute}  ${run.slice(0, 8)}  ${asker} asked '${question}' for up to ${integer(bucket)} accounts: ${outcome}, ` +
    (mayHaveOpened ? 'an answer may have opened' : 'nothing opened here'),
  budget(line) {
    switch (line.kind) {
      case 'day':
        return `${line.question}, ${line.asker}: ${used(line)} requests today`;
      case 'grant':
        return `${line.question}, grant ${line.grant}: ${used(line)} uses`;
      case 'contract':
        return (
          `${line.question}, ${line.asker}, ${line.period}: ${used(line.rows)} of its declared size, ${used(line.runs)} runs of the ` +
          `contract, ${used(line.failedStarts)} failed starts`
        );
      default:
        return line satisfies never;
    }
  },
  refusal: ({ minute, peer, reason, count, question }) =>
    `${minute}  ${peer}${question === undefined ? '' : `, '${question}'`}: ${refusalReason(reason, englishRefusals)}; ${integer(count)} that day`,
  alert: ({ alert, peer, question }) =>
    `${peer ?? ''}${question === undefined ? '' : ` '${question}'`}: ${ALERTS[alert]}`,
  seal: ({ minute, peer, own, theirs }) =>
    `${minute}  ${peer}: our ${own.seq}:${own.hash.slice(0, 16)}…, their ${theirs.seq}:${theirs.hash}`,
};

export const englishLedgerFaults: LedgerFaultTexts = {
  badHead: () => ({ what: '--head is no entry', remedy: "copy NUMBER:HASH from the other party's 'ledger show'" }),
};
