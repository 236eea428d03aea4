/** The texts in English. */
import { englishAuditTexts } from './audit/audit-text-en.ts';
import { englishBenchTexts } from './bench/bench-text-en.ts';
import { englishContractFaults, englishContractTexts } from './contract/contract-text-en.ts';
import { englishDataTexts } from './data/data-text-en.ts';
import { englishFlagFaults, englishFlagTexts } from './flags/flag-text-en.ts';
import { englishLedgerFaults, englishLedgerTexts } from './ledger/ledger-text-en.ts';
import { englishMonitorTexts } from './ledger/monitor-text-en.ts';
import { englishNodeFaults, englishNodeHelp, englishNodeTexts } from './node/node-text-en.ts';
import { bound as boundText, integer, percent } from './screen/number-format.ts';
import type { DemoTexts, FaultTexts, HelpTexts, ProgressTexts, Texts } from './texts.ts';

const help: HelpTexts = {
  about: 'Institutions find fraud accounts jointly; nobody sees the data of another.',
  usage: '[options] <command>',
  demoUsage: '[options]',
  headings: { 'Usage:': 'Usage:', 'Options:': 'Options:', 'Commands:': 'Commands:' },
  version: 'print the version, and the protocols of questions',
  help: 'print this help',
  helpCommand: 'print the help of a command',
  language: 'language of all texts: en or zh (default: the locale)',
  demo: 'let several institutions, a process each, flag fraud accounts jointly, each its own',
  institutions: 'number of institutions, 3 to 10 (default: 4)',
  accounts: 'generated accounts per institution, 32 or more (default: 1000)',
  amlsim: 'read AMLSim data from a folder with nodes.csv and transactions.csv instead of generating it',
  quorum: 'how many of the other institutions must list an account, 2 or more (default: 2)',
  threshold: 'what their scores must add up to (default: 3)',
  seed: 'of the generated data: equal seeds give equal data (default: 1)',
  engine: 'engine of the oblivious PRF: vole or dh (default: vole)',
  inMemory: 'run all institutions in this process, without sockets, and watch every message',
  json: 'print one JSON object instead of the screen',
  node: englishNodeHelp,
};

const faults: FaultTexts = {
  notInteger: (option) => ({ what: `${option} is not a whole number`, remedy: 'write it in digits, as in 12' }),
  outOfRange: (option, { min, max, institutions }) => ({
    what: `${option} is out of range`,
    remedy: `use ${min} to ${max}${institutions === undefined ? '' : ` with ${institutions} institutions`}`,
  }),
  tooFewAccounts: (option, minimum) => ({
    what: `${option} is too small`,
    remedy: `use ${minimum} or more: a question about a few accounts is a question about persons`,
  }),
  smallInstitution: (name, accounts, minimum) => ({
    what: `${name} holds ${accounts} accounts, fewer than the ${minimum} of the smallest batch`,
    remedy: 'use fewer institutions or more data',
  }),
  badSeed: () => ({ what: '--seed is not usable', remedy: 'use 1 to 64 visible ASCII characters' }),
  notOffered: (option, choices) => ({ what: `${option} has no such choice`, remedy: `use ${choices.join(' or ')}` }),
  insecureEngine: (choices) => ({
    what: '--engine ideal protects nothing; it exists for tests only',
    remedy: `use ${choices.join(' or ')}`,
  }),
  conflict: (option, other) => ({
    what: `${option} describes generated data, but ${other} reads data from files`,
    remedy: `leave one of the two out`,
  }),
  twoOutputs: (option, other) => ({
    what: `${option} and ${other} each say how the output is written`,
    remedy: 'leave one of the two out',
  }),
  unknownOption: (option) => ({ what: `there is no option ${option}`, remedy: 'check its spelling' }),
  unknownCommand: (command) => ({ what: `there is no command ${command}`, remedy: 'check its spelling' }),
  argumentMissing: (name) => ({
    what: `the argument <${name}> is missing`,
    remedy:
      name === 'protocol'
        ? "write the protocol after the command, as in 'blindflag ask flag DIR' or 'blindflag bench flag'"
        : 'write it after the command',
  }),
  valueMissing: (option) => ({ what: `${option} has no value`, remedy: 'write the value after it' }),
  tooManyWords: () => ({ what: 'there are more words than the command takes', remedy: 'options start with --' }),
  badCommandLine: () => ({ what: 'the command line cannot be understood', remedy: 'check its spelling' }),
  known: (error) => error.describe(),
  unknown: (name) => `Cannot finish: an unexpected error (${name}), a defect of this program — please report it`,
  interrupted: () =>
    "Interrupted: a run that was under way was cancelled; 'blindflag ledger show' tells whether an answer may have opened",
  differs: (names) =>
    `WRONG ANSWER: the run of ${names.join(', ')} differs from the plaintext rule or from the planned messages — ` +
    'do not use any of these results, and report this with the command line',
  seeHelp: () => "See 'blindflag help', or 'blindflag help <command>'",
  node: englishNodeFaults,
  flags: englishFlagFaults,
  contract: englishContractFaults,
  ledger: englishLedgerFaults,
};

const progress: ProgressTexts = {
  waiting: 'waits',
  making: 'Preparing data and measuring this machine ...',
  running: ({ seconds, leftSeconds }) =>
    `asks, ${seconds.toFixed(0)} s${leftSeconds === undefined ? '' : `, about ${Math.max(1, Math.ceil(leftSeconds))} s left`}`,
  done: ({ flagged, accounts, seconds }) =>
    `done in ${seconds.toFixed(1)} s: ${integer(flagged)} of ${integer(accounts)} accounts flagged`,
  left: ({ runs, seconds }) => `${runs} more to ask, about ${Math.max(1, Math.ceil(seconds))} s`,
};

const demo: DemoTexts = {
  title: 'blindflag demo: institutions find their fraud accounts by joint evidence',
  labels: {
    data: 'data',
    rule: 'rule',
    protocol: 'protocol',
    model: 'security',
    sizes: 'sizes',
    committee: 'committee',
    note: 'note',
    work: 'work',
    flagged: 'flagged',
    jointly: 'found jointly',
    alone: 'found alone',
    learned: 'learned',
    notLearned: 'did not learn',
    run: 'own run',
    traffic: 'all runs',
    bound: 'error bound',
    check: 'check',
    advice: 'advice',
  },
  columns: {
    institution: 'institution',
    accounts: 'accounts',
    toFind: 'to find',
    flagged: 'flagged',
    found: 'found',
    precision: 'precision',
    recall: 'recall',
    aloneFlagged: 'alone: flagged',
    aloneFound: 'found',
    sent: 'sent',
    received: 'received',
    rounds: 'rounds',
    seconds: 'seconds',
    bound: 'error bound',
  },
  total: 'total',
  headings: {
    comparison: 'Jointly against alone',
    cost: 'What it took (sent and received: as asker, contributor and member, in all runs)',
    whoLearnedWhat: 'Who learned what',
  },
  data: ({ source, institutions }) =>
    source.kind === 'generated'
      ? `generated: ${institutions} institutions with ${integer(source.accountsPerInstitution)} accounts each, seed ${source.seed}`
      : `AMLSim from ${source.directory}: account n is held by institution n mod ${institutions}`,
  rule: ({ institutions, quorum, scoreThreshold }) =>
    `an account is flagged when at least ${quorum} of the ${institutions - 1} other institutions list it and their ` +
    `scores add up to at least ${scoreThreshold}; an institution's score is the number of its marked customers that paid the account`,
  protocol: ({ protocol, engine, inMemory }) =>
    `${protocol}, engine ${engine}; every institution asks once about its own accounts, all others contribute; ` +
    (inMemory
      ? 'all parties run in this process, each with its own signing key, over links that behave like a network'
      : 'every party is a node in a process of its own, with its own keys, over encrypted WebSockets on this machine'),
  sizes: ({ askerBucket, contributorBucket }) =>
    `declared: ${integer(askerBucket)} accounts, ${integer(contributorBucket)} rows of evidence; exact sizes stay hidden`,
  committee: (helpers) =>
    helpers.length === 0
      ? 'the first three of the other institutions compute on random shares'
      : `the two other institutions and ${helpers.join(', ')}, a neutral helper without data, compute on random shares: ` +
        'with three institutions the other two alone could pool the shares of a run',
  disclosure: (disclosure) =>
    ({
      'positive-answer-names-all-contributors':
        'the quorum is as large as the number of other institutions, so a positive answer tells that every one of them ' +
        'lists the account; a contract has to say so, and this demo acknowledges it. Take a smaller quorum or one more ' +
        'institution to avoid it',
      'asker-is-committee-member': 'the asker is a committee member and could change what is computed',
      'any-two-parties-learn-everything': 'any two of the three institutions together learn every match',
    })[disclosure],
  capped: (rows, max) => `${integer(rows)} scores above ${max} count as ${max}`,
  work: ({ runs, runSeconds }) =>
    `${runs} runs, about ${duration(runSeconds)} each on this machine, ${duration(runs * runSeconds)} in all`,
  flagged: ({ count, accounts, masked }) =>
    `${integer(count)} of its ${integer(accounts)} accounts` +
    (masked.length === 0 ? '' : `: ${masked.join(', ')}`) +
    (count > masked.length ? ` and ${integer(count - masked.length)} more` : ''),
  quality: ({ flagged, found, toFind, precision, recall }) =>
    `${integer(found)} of ${integer(toFind)}, with ${integer(flagged)} flagged: precision ${percent(precision)}, recall ${percent(recall)}`,
  notLearned: (claim) =>
    ({
      'foreign-accounts': 'any account of another institution: only rows of its own list get an answer',
      'who-listed': 'which of the others list a flagged account',
      scores: 'the scores of the others, or how far their sum is above the rule',
      'below-the-rule': 'whether anybody at all lists an account that is not flagged',
      'hits-as-contributor': 'as contributor: which accounts were asked about, whether its evidence hit, any answer',
      'shares-as-member': 'as committee member: anything but random shares and declared sizes',
    })[claim],
  run: ({ rounds, seconds, sent, received }) =>
    `${rounds} rounds, ${seconds.toFixed(1)} s; sent ${sent}, received ${received}`,
  traffic: ({ sent, received }) => `sent ${sent}, received ${received}`,
  bound: (value) => `wrong or aborted by chance with probability at most ${value}`,
  plaintextRule: (equal) =>
    equal ? 'checked against the plaintext rule: equal' : 'checked against the plaintext rule: DIFFERENT',
  messageShape: (shape) =>
    ({
      'as-planned': 'every message had the direction, number and length that the parameters fix, whatever the data',
      different: 'messages DIFFER from those that the parameters fix',
      'not-observed': 'messages were encrypted between the processes and not looked at: --in-memory does',
    })[shape],
  advice: ({ ttlDays, disputeId }) => `valid for ${ttlDays} days; quote dispute id ${disputeId}`,
  whoLearns: ({ to, when }) => `${to.join(', ')}${when === undefined ? '' : `, each ${when}`}:`,
  toFind: () => 'to find: the accounts that collect the money of fraud rings, known here because the data is a sample',
  summary: ({ totals, institutions }) =>
    `Jointly ${integer(totals.jointly.found)} of ${integer(totals.jointly.toFind)} found, alone ` +
    `${integer(totals.alone.found)}. ${totals.equalAnswers} of ${institutions.length} answers equal the plaintext rule. ` +
    `${duration(totals.seconds)} in all; error of all runs together at most ${boundText(totals.failureLog2)}.`,
  advisory: (ttlDays) =>
    'A flag is advice: never the sole ground for closing or refusing an account. ' +
    `It expires after ${ttlDays} days, and whoever is affected can dispute it by its dispute id.`,
};

function duration(value: number): string {
  return value < 120 ? `${value.toFixed(1)} s` : `${Math.ceil(value / 60)} min`;
}

export const englishTexts: Texts = {
  language: 'en',
  help,
  faults,
  progress,
  demo,
  node: englishNodeTexts,
  data: englishDataTexts,
  bench: englishBenchTexts,
  flags: englishFlagTexts,
  audit: englishAuditTexts,
  monitor: englishMonitorTexts,
  contract: englishContractTexts,
  ledger: englishLedgerTexts,
  protocol: (statement) => statement,
};
