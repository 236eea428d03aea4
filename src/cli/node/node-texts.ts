/** Texts of the commands around a node: `init`, `peer add`, `up`, `ask`, `status`, `stop`. */
import type { Disclosure } from '../../../protocols/flag/index.ts';
import type { OverlapDisclosure } from '../../../protocols/overlap/index.ts';
import type { MpcError } from '../../errors.ts';
import type { TurnedAway } from '../../net/network.ts';
import type { AdminAskEvent } from '../../node/admin/admin-protocol.ts';
import type { ConfigProblem } from '../../node/config/config.ts';
import type { QuestionStatus } from '../../node/node-status.ts';
import type { Fault } from '../texts.ts';

export interface NodeHelpTexts {
  readonly init: string;
  readonly name: string;
  readonly listen: string;
  readonly url: string;
  readonly peer: string;
  readonly peerAdd: string;
  readonly card: string;
  readonly peerUrl: string;
  readonly up: string;
  readonly upJson: string;
  readonly ask: string;
  readonly question: string;
  readonly askPeer: string;
  readonly askOnlyNew: string;
  readonly askWait: string;
  readonly answer: string;
  readonly format: string;
  readonly out: string;
  readonly askJson: string;
  readonly checkData: string;
  readonly checkQuestion: string;
  readonly status: string;
  readonly stop: string;
  readonly nodeJson: string;
  readonly as: string;
  readonly exitCodes: string;
}

export interface NodeFaultTexts {
  nameMissing(): Fault;
  badName(): Fault;
  /** The configuration that is there has another name. */
  otherName(file: string): Fault;
  /** The node of the configuration that is there listens elsewhere. */
  otherListen(file: string): Fault;
  badListen(): Fault;
  badUrl(option: string): Fault;
  noPassphrase(variable: string): Fault;
  passphrasesDiffer(): Fault;
  shortPassphrase(minimum: number): Fault;
  noCards(): Fault;
  urlWithoutCard(): Fault;
  /** `source` is the file or option that the card came from. */
  noUrl(source: string): Fault;
  badCard(source: string): Fault;
  unreadableCard(file: string): Fault;
  ownCard(source: string): Fault;
  otherCard(peer: string): Fault;
  keyTaken(peer: string): Fault;
  unreadableConfig(file: string): Fault;
  notWritable(path: string): Fault;
  chooseQuestion(names: readonly string[]): Fault;
  /** `--question` names none that can be asked in this way. */
  noSuchQuestion(names: readonly string[]): Fault;
  choosePeer(names: readonly string[]): Fault;
  peerOfFlag(): Fault;
  onlyNewOfOverlap(): Fault;
  badRun(): Fault;
  outExists(path: string): Fault;
  notRunning(folder: string): Fault;
  /** Behind a configuration that names an institution which is no peer. */
  addPeers(): string;
}

export interface Failure {
  /** A code; empty where it is not known. */
  readonly error: string;
  readonly phase: string | undefined;
  readonly party: string | undefined;
  readonly remedy: string | undefined;
  /** Of an error in an own list. */
  readonly location: FailureLocation | undefined;
}

export interface FailureLocation {
  readonly file: string;
  readonly row: number | undefined;
  readonly line: number | undefined;
  readonly column: string | undefined;
}

/** When a contract or a card ends. */
export interface End {
  /** `2027-12-31`, in UTC. */
  readonly day: string;
  /** Until then, with the one that has begun; 0 or less once it has ended. */
  readonly days: number;
}

export interface NodeTexts {
  readonly askPassphrase: string;
  askOperatorPassphrase(operator: string): string;
  readonly newPassphrase: string;
  readonly repeatPassphrase: string;
  initDone(state: {
    readonly folder: string;
    readonly configWritten: boolean;
    readonly identityWritten: boolean;
    readonly cardFile: string;
  }): string;
  /** Where no address for peers is known. */
  cardWithoutUrl(): string;
  /** Where the address is one of this machine alone. */
  cardOfLoopback(folder: string): string;
  nextAfterInit(folder: string): readonly string[];
  peerAdded(peer: string, url: string): string;
  peerUpdated(peer: string, url: string): string;
  comparePeers(): string;
  configLeft(file: string): string;
  configProblem(problem: ConfigProblem): string;
  nextAfterPeers(folder: string): string;

  upAt(state: { readonly name: string; readonly host: string; readonly port: number }): string;
  upTerms(state: { readonly questions: readonly string[]; readonly peers: number }): string;
  readonly upStop: string;
  stopping(runs: number): string;
  readonly stopped: string;
  connected(peer: string): string;
  disconnected(peer: string): string;
  unreachable(peer: string, error: MpcError): string;
  /** On the screens of `up` and `status` alike. */
  clockWrong(error: MpcError): string;
  ledgerFailed(why: string): string;
  evaluatedNotKept(question: string, why: string): string;
  turnedAway(peer: string | undefined, why: TurnedAway): string;
  runAsked(state: { readonly question: string; readonly run: string }): string;
  runJoined(state: { readonly peer: string; readonly question: string; readonly run: string }): string;
  runEnded(state: {
    readonly run: string;
    readonly seconds: number;
    readonly sent: string;
    readonly received: string;
  }): string;
  /** An answer stays here that nobody waits for. */
  answerKept(state: { readonly peer: string; readonly question: string; readonly run: string }): string;
  /** A question that gives away more than its answer, ahead of the words of what. */
  questionDiscloses(question: string): string;
  runFailed(state: { readonly run: string; readonly why: string }): string;
  runRefused(state: { readonly peer: string; readonly why: string }): string;
  contractNotReady(state: { readonly question: string; readonly why: string }): string;
  contractSigned(question: string): string;
  /** Of a contract or of a grant. */
  consentRevoked(state: { readonly question: string; readonly runs: number }): string;
  interruptedRuns(count: number): string;
  /** Of the contract of a question, or of the card of a peer. */
  expiresSoon(state: {
    readonly question: string | undefined;
    readonly peer: string | undefined;
    readonly days: number;
  }): string;
  /** What was kept for a time that is over could not be removed. */
  sweepFailed(why: string): string;
  /** Why a run failed or was refused, as a log tells it. */
  why(failure: Failure): string;
  footer(state: { readonly connected: number; readonly peers: number; readonly runs: readonly string[] }): string;

  /** Before a question, where a node is still starting or not there at all. */
  waitsForNode(state: { readonly folder: string; readonly seconds: number }): string;
  askEvent(event: AdminAskEvent): string;
  answerTitle(state: { readonly question: string; readonly flagged: number; readonly accounts: number }): string;
  readonly answerColumns: Readonly<Record<'account' | 'expires' | 'disputeId', string>>;
  readonly noneFlagged: string;
  answerAdvice(state: { readonly expires: string; readonly disputeId: string; readonly purpose: string }): string;
  answerRun(state: {
    readonly seconds: number;
    readonly rounds: number;
    readonly sent: string;
    readonly received: string;
    readonly bound: string;
  }): string;
  overlapTitle(state: {
    readonly question: string;
    readonly peer: string;
    readonly common: number;
    readonly accounts: number;
  }): string;
  overlapSize(state: { readonly question: string; readonly peer: string; readonly size: number }): string;
  overlapAdvice(state: { readonly expires: string; readonly disputeId: string; readonly purpose: string }): string;
  /** `words` where there are any for this name. */
  discloses(name: string, words: string | undefined): string;
  /** Roles are undefined where a text is not about one run. */
  overlapDisclosure(
    name: OverlapDisclosure,
    roles: { readonly receiver: string | undefined; readonly holder: string | undefined },
  ): string;
  flagDisclosure(name: Disclosure): string;
  learns(to: string, what: string): string;
  written(path: string): string;

  readonly statusLabels: Readonly<
    Record<'node' | 'peers' | 'questions' | 'running' | 'answers' | 'lastRuns' | 'clock', string>
  >;
  statusNode(state: { readonly name: string; readonly upSeconds: number; readonly stopping: boolean }): string;
  statusPeer(state: {
    readonly peer: string;
    readonly connected: boolean;
    readonly since: string;
    readonly lastError: MpcError | undefined;
    readonly end: End | undefined;
  }): string;
  statusRunning(state: {
    readonly question: string;
    readonly initiator: string;
    readonly seconds: number;
    readonly percent: number | undefined;
  }): string;
  /** A question that goes to all its parties. */
  statusFlag(state: { readonly name: string; readonly protocolId: string }): string;
  /** A question that goes to one institution. */
  statusOverlap(state: {
    readonly name: string;
    readonly protocolId: string;
    readonly mode: string;
    readonly peers: readonly string[];
  }): string;
  /** What a question runs under: a contract's first digits, how it stands, and when it ends. */
  statusAgreement(state: {
    readonly agreement: QuestionStatus['agreement'];
    readonly line: string | undefined;
    readonly contract: string | undefined;
    readonly end: End | undefined;
  }): string;
  /** An answer that `blindflag answer` shows. */
  statusAnswer(state: {
    readonly run: string;
    readonly question: string;
    readonly peer: string;
    readonly common: number;
    readonly accounts: number;
    readonly expires: string;
  }): string;
  statusRun(state: {
    readonly startedAt: string;
    readonly question: string;
    readonly initiator: string;
    readonly outcome: string;
  }): string;
  readonly none: string;
}
