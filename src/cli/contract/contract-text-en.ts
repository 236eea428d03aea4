/** The texts of `blindflag contract` and `blindflag grant` in English. */
import type { Period } from '../../governance/contract.ts';
import type { GrantStatus } from '../../node/agreements/grants.ts';
import type { ContractFaultTexts, ContractTexts, Signed } from './contract-texts.ts';
import { integer } from '../screen/number-format.ts';

const PERIODS: Readonly<Record<Period, string>> = {
  day: 'calendar day (UTC)',
  week: 'week from Monday (UTC)',
  month: 'calendar month (UTC)',
};

const SIGNED: Readonly<Record<Signed, string>> = {
  signed: 'has signed',
  missing: 'HAS NOT SIGNED',
  bad: 'the signature is NOT ITS OWN',
  stranger: 'the key is NOT THAT OF ITS CARD here',
};

const GRANTS: Readonly<Record<GrantStatus['state'], string>> = {
  ready: 'ready',
  expired: 'expired',
  revoked: 'revoked',
  uses: 'used up',
};

const DUPLICATES: Readonly<Record<string, string>> = {
  first: 'of several rows of one account the first counts',
  max: 'of several rows of one account the highest score counts',
  sum: 'the scores of several rows of one account are added up',
  join: 'several rows of one account count as SQL joins them',
  reject: 'a list with several rows of one account is refused',
};

export const englishContractTexts: ContractTexts = {
  help: {
    about: 'the contract of a question: without one that all its parties signed nobody asks or answers it',
    draft: 'write down the contract of a configured question, for all parties to look at and sign',
    show: 'tell in plain words what a contract says: who asks what, who learns what, who has signed',
    sign: "show a contract and add this institution's signature",
    add: 'join the signatures of files that other parties sent with the own one',
    list: 'tell which questions have a contract that can be used, and which grants stand',
    revoke: 'take the own part in a contract back for ever; runs under way end at once',
    basis: 'legal basis, in words',
    expires: 'day or time in ISO 8601 from which on the contract allows nothing: 2027-12-31',
    project: 'name of the project (default: the question)',
    runs: 'runs of each asker until then (default: 366)',
    period: 'day, week or month in which the sizes that an asker declares are added up (default: day)',
    auditDays:
      'days for which each party keeps what shows that it followed the protocol (default: 30; 0: no run can be audited)',
    yes: 'ask for no confirmation: for scripts',
    grant: 'the own consent to questions of others: entries under allow that have an id',
    grantRevoke: 'take a grant back for ever; runs under way that use it end at once',
    operator: 'people who ask, approve, audit or administer at this node, each with a key of their own',
    operatorAdd: "make an operator's key under a passphrase of its own, and list it in the configuration",
    operatorRemove: 'take an operator out of the configuration: it counts no more from the next start of the node on',
    role: 'requester (asks), approver (signs and revokes), auditor (reads), administrator (stops the node, has it read contracts anew)',
  },
  labels: {
    contract: 'contract',
    purpose: 'purpose',
    asks: 'who asks',
    answer: 'what',
    lists: 'from which lists',
    computes: 'who computes',
    learns: 'who learns what',
    pooled: 'two that pool',
    notLearned: 'does not learn',
    often: 'how often',
    until: 'until when',
    kept: 'kept',
    technical: 'technical',
    signatures: 'signatures',
    here: 'this node',
  },
  title: ({ question, project, hash }) => `${question}, of project ${project}, number ${hash}`,
  askers: (parties) => parties.join(', '),
  basis: (text) => `legal basis: ${text}`,
  answer(output) {
    switch (output.type) {
      case 'bit': {
        const { quorum, score } = output;
        const rule =
          score === undefined
            ? ''
            : `, with scores (at most ${score.max} each) that add up to ${integer(score.threshold)} or more`;
        return `for each own account one bit: whether ${quorum} or more of those who answer list it${rule}; told to ${output.receivers.join(', ')}`;
      }
      case 'rows': {
        const columns = output.columns.map(({ name, bytes }) => `${name} (at most ${bytes} bytes)`).join(', ');
        const also = columns === '' ? '' : `, and of every common row the other side's ${columns}`;
        const who = output.mode === 'both' ? 'both sides learn' : 'who asks learns';
        return `of one other institution, account by account: ${who} which own accounts it lists too${also}; told to ${output.receivers.join(', ')}`;
      }
      case 'size':
        return `of one other institution: how many accounts both list, and not which; told to ${output.receivers.join(', ')}`;
      default:
        return output satisfies never;
    }
  },
  list: ({ inst, dataset, columns, sizeBucket, answers }) =>
    `${inst} ${answers ? `answers from ${dataset}` : `asks about ${dataset}`}, reading ${columns.join(', ')}; declared size at most ${integer(sizeBucket)}`,
  identifiers: (types) => `subjects are known by: ${types.join(' and ')}`,
  smallestBucket: (size) =>
    `others never see the exact length of a list: they see it rounded up to a power of two (${integer(size)} at least), or its declared size where that is less than twice as much`,
  committee: (parties) => `${parties.join(', ')}, on random shares`,
  firstThree: () => 'in each run the first three of those who answer, on random shares',
  noCommittee: () => 'the two sides of a run themselves',
  learner: (parties) => `${parties.join(', ')}:`,
  overlapNotLearned: (claim) =>
    ({
      'other-accounts': 'any account of the other side that it does not bring itself',
      'which-accounts': 'which accounts both list',
      'as-holder': 'as who answers: which accounts were asked about, or any answer',
    })[claim],
  often: ({ maxRuns, failedStarts, period }) =>
    `each asker at most ${integer(maxRuns)} runs in all; after ${integer(failedStarts)} failed starts in one ${PERIODS[period]} it is refused until the next`,
  rowsInPeriod: (period) =>
    `in one ${PERIODS[period]} the sizes that an asker declares for its runs add up to its declared size at most; an account may be in several of them; everybody answers from the list as it was at the first run`,
  until: ({ expires, ttlDays, advisory }) =>
    `${expires}; an answer may be used for ${ttlDays} days${advisory ? ', as advice: never as the sole ground for closing or refusing an account' : ''}`,
  duplicates: (policy) => DUPLICATES[policy] ?? policy,
  batch: (accounts) => `a list that somebody learns about has ${integer(accounts)} different accounts or more, or none`,
  kept: (days) =>
    days === 0
      ? 'nothing that would show whether a party followed the protocol: no run can be audited'
      : `for ${days} days each party keeps, in its own house, what shows that it followed the protocol: its list as it was, its seed, and what it received`,
  technical: ({ code, canon, suite, version, job }) =>
    `protocol ${code}, identifier rules ${canon}, signatures ${suite}, form ${version}, job ${job}`,
  party: ({ inst, roles, key, state }) => `${inst} (${roles.join(', ')}) ${SIGNED[state]}; key ${key}`,
  agrees: () => 'is configured as the contract says',
  differs: (line) =>
    `says something else than the contract in '${line}': it neither asks nor answers under it, and does not sign it`,
  isRevoked: () => 'has revoked it: neither it nor a signature on it counts here any more',
  drafted: (path) =>
    `The contract is in ${path}. Look at it with 'blindflag contract show', sign it, and send the file to all parties`,
  signedNow: ({ question, path, missing }) =>
    missing.length === 0
      ? `Signed: all parties have signed the contract of ${question}. It is in ${path}; send it to those who lack a signature`
      : `Signed. Still to sign: ${missing.join(', ')}. Send ${path} to them`,
  oneOperator: () =>
    'This node has no list of operators: whoever knows its passphrase may ask, approve, audit and administer',
  notTaken: ({ question, parties }) =>
    `${question}: not taken: the signature of ${parties.join(', ')} is not on this text under the key of its card here. The contract was changed after it was signed, or the card is another: ask its operator before you sign`,
  added: ({ question, missing }) =>
    missing.length === 0 ? `${question}: all parties have signed` : `${question}: still to sign: ${missing.join(', ')}`,
  listed: ({ question, state, expires }) =>
    `${question}: ${state}${expires === undefined ? '' : `; expires ${expires}`}`,
  standing({ missing, bad, line, expired, revoked }) {
    if (revoked) return 'revoked here';
    if (expired) return 'expired';
    if (line !== undefined) return `says something else than the configuration in '${line}'`;
    if (bad.length > 0) return `no good signature or key: ${bad.join(', ')}`;
    return missing.length === 0 ? 'ready' : `still to sign: ${missing.join(', ')}`;
  },
  notDrafted: () => 'there is no contract yet',
  nothingSigned: () => 'no question of the configuration needs a contract',
  notRunning: () => 'No node runs here: without it grants are not shown',
  grantListed: ({ id, question, askers, state, used, uses, expires }) =>
    `grant ${id} (${question}, to ${askers.join(', ')}): ${GRANTS[state]}; used ${integer(used)}${uses === undefined ? '' : ` of ${integer(uses)}`}${expires === undefined ? '' : `; expires ${expires}`}`,
  revoked: ({ question, runs }) => `Revoked: the contract of ${question}. Runs that ended by it: ${runs}`,
  grantRevoked: ({ id, runs }) => `Revoked: grant ${id}. Runs that ended by it: ${runs}`,
  revokedAt: ({ seq, hash, folder }) =>
    `Keep, outside of this machine: ${seq}:${hash}. Whether it is still in the ledger: blindflag ledger verify ${folder} --head ${seq}:${hash}`,
  revokedWithoutNode: () =>
    'No node runs here: it is written into the ledger, and the next one that starts keeps to it',
  reloaded: () => 'The running node has read its contracts anew',
  notReloaded: () =>
    "The running node reads it when an approver says so: repeat with --as, as in 'blindflag contract add --as NAME'",
  operatorAdded: ({ name, role, path }) =>
    `Operator ${name} (${role}): the key is in ${path}, for that person alone. It counts from the next start of the node on`,
  firstOperator: () =>
    'From then on this node does only what an operator has signed; every role that is needed needs an operator',
  operatorRemoved: ({ name, path }) =>
    `Operator ${name} is out of the configuration. A node that runs takes its requests until it is stopped; from the next start on it counts no more. Its key can be deleted: ${path}`,
  lastOperator: () =>
    'No operator is left: from the next start of the node on whoever may use its folder may ask, approve, audit and administer',
  confirm: (question) => `To sign this contract, type the name of the question (${question}): `,
  confirmRevoking: (question) =>
    `To revoke this institution's part in the contract for ever, type the name of the question (${question}): `,
  confirmGrantRevoking: (id) => `To revoke this grant for ever, type its id (${id}): `,
};

export const englishContractFaults: ContractFaultTexts = {
  noBasis: () => ({
    what: 'a contract says on what legal basis it stands',
    remedy: 'add --basis "...", at most 500 characters',
  }),
  badExpiry: () => ({
    what: '--expires is no day or time that is still to come',
    remedy: 'write it as in 2027-12-31 or 2027-12-31T12:00:00Z',
  }),
  isOver: (question) => ({
    what: `the contract of ${question} has expired, and was not signed`,
    remedy: "move its file away, and agree on a new one with 'contract draft'",
  }),
  notConfirmed: () => ({
    what: 'the contract was not signed: the name of the question was not typed',
    remedy: 'type it when asked, or use --yes',
  }),
  notRevoked: () => ({
    what: 'the contract was not revoked: the name of the question was not typed',
    remedy: 'type it when asked, or use --yes',
  }),
  grantNotRevoked: () => ({
    what: 'the grant was not revoked: its id was not typed',
    remedy: 'type it when asked, or use --yes',
  }),
  noRole: (roles) => ({ what: 'an operator has a role', remedy: `add --role and one of: ${roles.join(', ')}` }),
  operatorThere: (name, file) => ({
    what: `operator ${name} is in ${file} already`,
    remedy: `use another name, or take it out before: 'blindflag operator remove ${name}', and delete its key file`,
  }),
  noSuchOperator: (name, names) => ({
    what: `there is no operator ${name}`,
    remedy: names.length === 0 ? 'the configuration lists none' : `use one of: ${names.join(', ')}`,
  }),
  badName: (option) => ({ what: `${option} is not usable`, remedy: 'use 1 to 32 of a-z, 0-9 and -' }),
};
