/** The texts around a node in English. */
import type { TurnedAway } from '../../net/network.ts';
import { contractHere } from '../../node/agreements/contract-refusal.ts';
import { describeProblem } from '../../node/config/config.ts';
import { englishDataTexts } from '../data/data-text-en.ts';
import { integer } from '../screen/number-format.ts';
import type { End, FailureLocation, NodeFaultTexts, NodeHelpTexts, NodeTexts } from './node-texts.ts';

const TURNED_AWAY: Readonly<Record<TurnedAway, string>> = {
  malformed: 'what it sent is no handshake',
  'unknown-suite': 'it uses a suite of algorithms that is not known here',
  'not-admitted': 'its key is not in the configuration',
  replayed: 'its first message was seen before',
  clock: 'its clock and the one here differ too much: set both by a time service',
  version: 'it has another version of the software: compare them with its operator',
  suite: 'its suite of algorithms is not accepted here',
  unfinished: 'it did not finish the handshake',
  duplicate: 'it is connected already',
  expired: 'its card has expired here',
  revoked: 'its card is marked as revoked here',
};

export const englishNodeHelp: NodeHelpTexts = {
  init: 'make a node folder (default: this one): identity, configuration, and the card to give to peers',
  name: 'name of this institution in the consortium: 1 to 32 of a-z, 0-9 and -',
  listen: 'where the node listens: host:port (default: 127.0.0.1:7400)',
  url: 'where peers reach it: ws:// or wss:// (default: as on the card that is there, else from --listen)',
  peer: 'the institutions that this node speaks to',
  peerAdd: 'add peers to the configuration of a node folder, from card files or by --card and --url',
  card: "a peer's card, as init printed it there",
  peerUrl: 'where that peer is reached: ws://host:port',
  up: 'start the node of a folder (default: this one); Ctrl-C stops it in order',
  upJson: 'write the log as JSON lines, for programs',
  ask:
    'ask through the running node of a folder: flag — which of the own accounts are flagged, of all institutions; ' +
    'overlap — which of the own accounts another institution lists too, which discloses what the agreed terms name',
  question: 'name of the question (default: the only one of this protocol in the configuration)',
  askWait: 'seconds to wait for the node to start and its peers to connect, 0 to 3600 (default: 30)',
  askOnlyNew: 'flag: only accounts that no --only-new was answered about in this period',
  askPeer: 'overlap: the institution to ask (default: the only one that answers the question)',
  answer:
    'show an answer that came to this node because another institution asked (overlap, mode both); it is in memory ' +
    'until it expires or the node stops; <run> as status shows it',
  format: 'table: flagged or common accounts; csv, json: every account (default: table)',
  out: 'write the answer to a new file that only this user may read, instead of standard output',
  askJson: 'the same as --format json',
  checkData: 'tell what is in the lists of a folder (default: this one): nothing is sent, no node has to run',
  checkQuestion: 'check the lists as this question reads them (default: all questions)',
  status: 'show a running node: peers, questions, runs',
  stop: 'stop a running node in order',
  nodeJson: 'print one JSON object',
  as: 'operator in whose name the node is asked (default: BLINDFLAG_OPERATOR); needed where the node lists operators',
  exitCodes:
    'Exit codes: 0 done; 1 a run, a peer or this program failed; 2 the command line, the configuration or the data is ' +
    'wrong, nothing was sent; 3 no node runs in the folder; 70 a demo found a wrong answer; 130 interrupted.',
};

export const englishNodeFaults: NodeFaultTexts = {
  nameMissing: () => ({ what: '--name is missing', remedy: 'give the name that the consortium knows you by' }),
  badName: () => ({ what: '--name is not usable', remedy: 'use 1 to 32 of a-z, 0-9 and -, starting with no -' }),
  otherName: (file) => ({
    what: `--name differs from the name in ${file}`,
    remedy: 'leave --name out, or use another folder',
  }),
  otherListen: (file) => ({
    what: `--listen and "listen" in ${file} differ`,
    remedy: 'leave --listen out, and change "listen" there',
  }),
  badListen: () => ({ what: '--listen is not host:port', remedy: 'write it as in 127.0.0.1:7400 or [::]:7400' }),
  badUrl: (option) => ({ what: `${option} is not a WebSocket address`, remedy: 'write it as in ws://host:7400' }),
  noPassphrase: (variable) => ({
    what: 'there is no passphrase, and no terminal to ask for it',
    remedy: `set ${variable}`,
  }),
  passphrasesDiffer: () => ({ what: 'the two passphrases differ', remedy: 'start again' }),
  shortPassphrase: (minimum) => ({
    what: `the passphrase has fewer than ${minimum} characters`,
    remedy: 'choose a longer one that nobody can guess',
  }),
  noCards: () => ({ what: 'no peer is given', remedy: 'name card files, or use --card and --url' }),
  urlWithoutCard: () => ({ what: '--url belongs to --card, which is missing', remedy: 'give both' }),
  noUrl: (source) => ({
    what: `${source} says no address of the peer`,
    remedy: 'give the card with --card and the address with --url',
  }),
  badCard: (source) => ({ what: `${source} holds no card, or not all of it`, remedy: 'copy the whole line' }),
  unreadableCard: (file) => ({ what: `${file} cannot be read`, remedy: 'check the path' }),
  ownCard: (source) => ({ what: `${source} holds the card of this institution itself`, remedy: 'leave it out' }),
  otherCard: (peer) => ({
    what: `${peer} is there already with other keys`,
    remedy:
      'ask its operator by a way you trust whether the keys were changed, then delete its entry under "peers" and add the new card',
  }),
  keyTaken: (peer) => ({
    what: `the keys of ${peer} are those of another peer`,
    remedy: 'ask its operator for its card',
  }),
  unreadableConfig: (file) => ({
    what: `${file} cannot be read as a configuration`,
    remedy: "make one with 'blindflag init', or correct its JSON",
  }),
  notWritable: (path) => ({ what: `${path} cannot be written`, remedy: 'check the folder and who owns it' }),
  chooseQuestion: (names) =>
    names.length === 0
      ? {
          what: 'the configuration has no question',
          remedy: 'add the agreed one under "questions" and start the node again',
        }
      : { what: '--question is missing', remedy: `use one of: ${names.join(', ')}` },
  noSuchQuestion: (names) => ({
    what: '--question names none that is asked in this way',
    remedy: names.length === 0 ? 'see status for the questions of this node' : `use one of: ${names.join(', ')}`,
  }),
  choosePeer: (names) =>
    names.length === 0
      ? { what: 'no other institution answers this question', remedy: 'agree on holders of the question' }
      : { what: '--peer is missing', remedy: `name the institution to ask: ${names.join(', ')}` },
  onlyNewOfOverlap: () => ({ what: '--only-new belongs to flag', remedy: 'leave it out' }),
  peerOfFlag: () => ({ what: '--peer belongs to overlap; flag asks all institutions at once', remedy: 'leave it out' }),
  badRun: () => ({
    what: '<run> is not the name of a run',
    remedy: "copy it from status or 'ledger show': eight hexadecimal digits and more",
  }),
  outExists: (path) => ({ what: `${path} is there already`, remedy: 'name a new file' }),
  notRunning: (folder) => ({
    what: `Cannot reach node: none runs in ${folder}`,
    remedy: `start it with 'blindflag up ${folder}', or name the folder of a node that runs`,
  }),
  addPeers: () => "An institution whose card is missing here is added with 'blindflag peer add DIR CARD-FILE'",
};

export const englishNodeTexts: NodeTexts = {
  askPassphrase: 'Passphrase: ',
  askOperatorPassphrase: (operator) => `Passphrase of operator ${operator}: `,
  newPassphrase: 'New passphrase: ',
  repeatPassphrase: 'Again: ',
  initDone: ({ folder, configWritten, identityWritten, cardFile }) =>
    `${folder}: identity ${identityWritten ? 'made' : 'kept'}, configuration ${configWritten ? 'made' : 'kept'}. ` +
    `The card for your peers, also in ${cardFile}:`,
  cardWithoutUrl: () => 'The card has no address: tell your peers under which ws:// or wss:// address they reach you.',
  cardOfLoopback: (folder) =>
    `The card has an address of this machine alone: for peers on other machines, 'blindflag init ${folder} --url ws://HOST:PORT' writes one that they reach.`,
  nextAfterInit: (folder) => [
    'Next:',
    '  1. Give the card to your peers and get theirs, by a way on which nobody can exchange them.',
    `  2. blindflag peer add ${folder} <card file> ...`,
    `  3. Put your lists under "datasets", the agreed question under "questions" and who may ask under "allow".`,
    `  4. blindflag up ${folder}`,
  ],
  peerAdded: (peer, url) => `${peer} added, at ${url}`,
  peerUpdated: (peer, url) => `${peer} is known, now at ${url}`,
  comparePeers: () =>
    'Compare each card with its operator, by telephone for example: its keys decide who can read your runs.',
  configProblem: describeProblem,
  configLeft: (file) => `Saved. Before the node can start, ${file} needs:`,
  nextAfterPeers: (folder) => `The configuration is complete. Next: blindflag up ${folder}`,

  upAt: ({ name, host, port }) => `${name} listens on ${host}:${port}`,
  upTerms: ({ questions, peers }) =>
    `peers: ${peers}${peers === 0 ? " (add them with 'blindflag peer add')" : ''}; questions: ${questions.length === 0 ? 'none' : questions.join(', ')}`,
  upStop: 'Ctrl-C stops it in order; a second one at once.',
  stopping: (runs) => (runs === 0 ? 'stopping' : `stopping; ${runs} runs get time to end`),
  stopped: 'stopped',
  connected: (peer) => `${peer} connected`,
  disconnected: (peer) => `${peer} disconnected`,
  unreachable: (peer, error) => `${peer}: ${error.describe()}; trying again`,
  clockWrong: (error) => error.describe(),
  ledgerFailed: (why) => `THE LEDGER COULD NOT BE WRITTEN; nothing is asked or answered until that is mended: ${why}`,
  evaluatedNotKept: (question, why) =>
    `which accounts ${question} was answered about could not be kept; --only-new asks about them again: ${why}`,
  turnedAway: (peer, why) =>
    `${peer ?? 'a stranger'} was turned away: ${TURNED_AWAY[why]}${peer === undefined && why === 'not-admitted' ? '; a peer whose card is missing here looks like that' : ''}`,
  runAsked: ({ question, run }) => `own question ${question}, run ${run}`,
  runJoined: ({ peer, question, run }) => `${peer} asks ${question}, run ${run}: joined`,
  runEnded: ({ run, seconds, sent, received }) =>
    `run ${run}: done in ${seconds.toFixed(1)} s, sent ${sent}, received ${received}`,
  answerKept: ({ peer, question, run }) =>
    `the answer to ${question} of ${peer} is also this institution's: see it with 'blindflag answer ${run}'`,
  questionDiscloses: (question) => `whoever answers ${question} discloses:`,
  runFailed: ({ run, why }) => `run ${run}: FAILED, ${why}`,
  runRefused: ({ peer, why }) => `${peer} asked, and was not answered: ${why}`,
  contractNotReady: ({ question, why }) => `${question} is neither asked nor answered: ${why}`,
  contractSigned: (question) => `The contract of ${question} is signed here`,
  consentRevoked: ({ question, runs }) => `The consent to ${question} was revoked here; runs that ended by it: ${runs}`,
  expiresSoon: ({ question, peer, days }) =>
    question === undefined
      ? `the card of ${peer} expires in ${daysOf(days)}: then it is not spoken to; agree with its operator on a later "expires" of the peer, or on new cards`
      : `the contract of ${question} expires in ${daysOf(days)}: then it is neither asked nor answered; agree on a new contract in time`,
  sweepFailed: (why) =>
    `what was kept for a time that is over could not be removed; it is tried again in an hour: ${why}`,
  interruptedRuns: (count) => `${count} runs of a former process had not ended: marked as interrupted`,
  why: ({ error, phase, party, remedy, location }) => {
    const inList = location === undefined ? '' : ` in ${placeInList(location)}`;
    const where = phase === undefined ? '' : ` [phase ${phase}]`;
    const whose = party === undefined ? '' : ` [party ${party}]`;
    return `${error}${inList}${where}${whose}${remedy === undefined ? '' : ` — ${remedy}`}`;
  },
  footer: ({ connected, peers, runs }) =>
    `${connected} of ${peers} peers connected${runs.length === 0 ? '' : `; running: ${runs.join(', ')}`}`,

  waitsForNode: ({ folder, seconds }) => `no node runs in ${folder} yet: waits up to ${seconds} s for it to start`,
  askEvent: (event) => {
    switch (event.kind) {
      case 'waiting':
        return 'waits: the node asks as much at once as it may';
      case 'reading':
        return `reads own accounts: ${integer(event.rows)}`;
      case 'checked':
        return englishDataTexts.summary(event.report);
      case 'only-new':
        return `${integer(event.unasked)} accounts are new, ${integer(event.leftOut)} were evaluated in this period`;
      case 'planned':
        return `asks ${otherParties(event.parties.length - 1)}, declared size ${integer(event.askerBucket)}`;
      case 'connecting':
        return `connects, run ${event.run}${event.attempt === 1 ? '' : `, attempt ${event.attempt}`}`;
      case 'waiting-for-parties':
        return `waits for ${event.parties.join(', ')} to connect, ${Math.ceil(event.leftMs / 1000)} s at most`;
      case 'running':
        return `${event.phase}: ${integer(event.done)} of ${integer(event.total)}`;
      case 'retrying':
        return `attempt ${event.attempt} failed (${event.code}${event.party === undefined ? '' : `, ${event.party}`}); tries again`;
      default:
        return event satisfies never;
    }
  },
  answerTitle: ({ question, flagged, accounts }) =>
    `${question}: ${integer(flagged)} of ${integer(accounts)} own accounts are flagged`,
  answerColumns: { account: 'account (type:value)', expires: 'expires', disputeId: 'dispute id' },
  noneFlagged: '(none)',
  answerAdvice: ({ expires, disputeId, purpose }) =>
    'A flag is advice: never the sole ground for closing or refusing an account. ' +
    `Not to be used from ${expires} on, and for nothing but: ${purpose}. Whoever is affected can dispute it: ${disputeId}.`,
  answerRun: ({ seconds, rounds, sent, received, bound }) =>
    `${seconds.toFixed(1)} s, ${rounds} rounds, sent ${sent}, received ${received}; wrong by chance with probability at most ${bound}`,
  overlapTitle: ({ question, peer, common, accounts }) =>
    `${question}: ${peer} lists ${integer(common)} of ${integer(accounts)} own accounts too`,
  overlapSize: ({ question, peer, size }) =>
    `${question}: ${integer(size)} different accounts are listed here and at ${peer}`,
  overlapAdvice: ({ expires, disputeId, purpose }) =>
    'That another institution lists an account is advice: never the sole ground for closing or refusing it. ' +
    `Not to be used from ${expires} on, and for nothing but: ${purpose}. Whoever is affected can dispute it: ${disputeId}.`,
  discloses: (name, words) => (words === undefined ? `disclosed: ${name}` : `disclosed: ${words} (${name})`),
  overlapDisclosure: (name, { receiver = 'the asker', holder = 'the institution that is asked' }) =>
    ({
      'receiver-learns-row-level-overlap': `${receiver} learns, account by account, which of its accounts ${holder} lists`,
      'holder-learns-row-level-overlap': `${holder} learns, account by account, which of its accounts ${receiver} lists`,
      'receiver-learns-payload-columns': `${receiver} learns the agreed columns of every row that ${holder} has of a common account`,
      'receiver-learns-exact-overlap-size': `${receiver} learns exactly how many accounts both list, and not which`,
    })[name],
  flagDisclosure: (name) =>
    ({
      'positive-answer-names-all-contributors':
        'a positive answer tells that every other institution lists the account',
      'asker-is-committee-member': 'the asker computes as well and could change what is computed',
      'any-two-parties-learn-everything': 'any two of the institutions together learn every match',
    })[name],
  learns: (to, what) => {
    const verb = /^any (?:two|three)\b/.test(to) ? 'learn' : 'learns';
    return `${to}${to.includes(', ') ? ',' : ''} ${verb}: ${what}`;
  },
  written: (path) => `The answer is in ${path}`,

  statusLabels: {
    node: 'node',
    peers: 'peers',
    questions: 'questions',
    running: 'running',
    answers: 'answers',
    lastRuns: 'last runs',
    clock: 'clock',
  },
  statusNode: ({ name, upSeconds, stopping }) =>
    `${name}, up for ${duration(upSeconds)}${stopping ? ', stopping' : ''}`,
  statusPeer: ({ peer, connected, since, lastError, end }) =>
    `${peer} ${connected ? 'connected' : 'NOT connected'} since ${since}${ending(end)}${lastError === undefined ? '' : `: ${lastError.describe()}`}`,
  statusRunning: ({ question, initiator, seconds, percent }) =>
    `${question}, asked by ${initiator}, for ${duration(seconds)}${percent === undefined ? '' : `, phase at ${percent}%`}`,
  statusFlag: ({ name, protocolId }) => `${name}: ${protocolId}`,
  statusOverlap: ({ name, protocolId, mode, peers }) =>
    `${name}: ${protocolId}, mode ${mode}; ${peers.length === 0 ? 'answered here' : `to ask: ${peers.join(', ')}`}`,
  statusAgreement({ agreement, line, contract, end }) {
    if (agreement === 'configured') return 'as configured, without a contract';
    const state =
      agreement === 'ready'
        ? 'signed by all parties'
        : (contractHere(line === undefined ? agreement : `${agreement}/${line}`)?.state ?? agreement);
    return contract === undefined ? state : `contract ${contract.slice(0, 16)}…: ${state}${ending(end)}`;
  },
  statusAnswer: ({ run, question, peer, common, accounts, expires }) =>
    `${run} ${question}: ${peer} asked, and lists ${integer(common)} of ${integer(accounts)} own accounts; until ${expires}`,
  statusRun: ({ startedAt, question, initiator, outcome }) =>
    `${startedAt} ${question}, asked by ${initiator}: ${outcome}`,
  none: 'none',
};

function ending(end: End | undefined): string {
  if (end === undefined) return '';
  return end.days > 0 ? `; expires ${end.day}, in ${daysOf(end.days)}` : `; expired ${end.day}`;
}

function daysOf(days: number): string {
  return days === 1 ? 'one day' : `${days} days`;
}

function otherParties(count: number): string {
  return count === 1 ? 'one other party' : `${count} other parties`;
}

function placeInList({ file, row, line, column }: FailureLocation): string {
  const counted = row === undefined ? (line === undefined ? '' : `, line ${line}`) : `, row ${row}`;
  return `${file}${counted}${column === undefined ? '' : `, column '${column}'`}`;
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}
