/** A running node for people: a line for everything that happens, and on a terminal a line below that says how it stands. */
import { toHex } from '../../crypto/bytes.ts';
import { systemClock } from '../../kit/clock.ts';
import type { LogEvent, LogFields } from '../../node/log.ts';
import type { StartedNode } from '../../service/start-node.ts';
import type { PeerEvent } from '../../service/ws-peers.ts';
import { cutColumns, terminalColumns } from '../screen/display-width.ts';
import { disclosureText } from '../ask/disclosure-text.ts';
import type { Failure, NodeTexts } from './node-texts.ts';
import { byteSize } from '../screen/number-format.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';
import type { UpOutput } from './up.ts';

const REDRAW_MS = 500;
/** As many of a run's digits as people need to tell runs apart. */
const RUN_DIGITS = 8;
const CLEAR_LINE = '\r\u001B[2K';
const NOBODY = { receiver: undefined, holder: undefined };

export function liveStatus({ stdout, env }: Surroundings, allTexts: Texts): UpOutput {
  const texts = allTexts.node;
  const hasFooter = stdout.isTTY === true && env['TERM'] !== 'dumb';
  let node: StartedNode | undefined;
  let cancelTimer = (): void => undefined;

  const footer = (): string => {
    if (!hasFooter || node === undefined) return '';
    const { peers, runs } = node.node.status();
    const connected = peers.filter((peer) => peer.connected).length;
    const running = runs.map(({ question, initiator }) => `${question} (${initiator})`);
    return cutColumns(texts.footer({ connected, peers: peers.length, runs: running }), terminalColumns(stdout) - 1);
  };
  const say = (text: string): void => {
    stdout.write(`${hasFooter ? CLEAR_LINE : ''}${clockTime()} ${text}\n${footer()}`);
  };
  const tick = (): void => {
    stdout.write(`${CLEAR_LINE}${footer()}`);
    cancelTimer = systemClock.timer(REDRAW_MS, tick);
  };
  return {
    log: {
      write(_level, event, fields = {}) {
        const text = runText(event, fields, allTexts);
        if (text !== undefined) say(text);
        const roles = event === 'run-joined' ? { receiver: fields.peer, holder: node?.config.name } : NOBODY;
        for (const name of fields.disclosures ?? []) say(`  ${disclosureText(name, roles, allTexts)}`);
      },
    },
    onPeer: (event) => say(peerText(event, texts)),
    started(started) {
      node = started;
      const { config, port } = started;
      const questions = config.questions.map(({ name }) => name);
      say(texts.upAt({ name: config.name, host: config.listen.host, port: port ?? config.listen.port }));
      say(texts.upTerms({ questions, peers: config.peers.length }));
      for (const { name, acknowledged } of config.questions) {
        if (acknowledged.length > 0) say(texts.questionDiscloses(name));
        for (const disclosure of acknowledged) say(`  ${disclosureText(disclosure, NOBODY, allTexts)}`);
      }
      say(texts.upStop);
      if (hasFooter) tick();
    },
    stopping(started) {
      cancelTimer();
      node = undefined;
      say(texts.stopping(started.node.status().runs.length));
    },
    stopped: () => say(texts.stopped),
  };
}

function clockTime(): string {
  return new Date().toTimeString().slice(0, 8);
}

function peerText(event: PeerEvent, texts: NodeTexts): string {
  switch (event.kind) {
    case 'connected':
      return texts.connected(event.peer);
    case 'disconnected':
      return texts.disconnected(event.peer);
    case 'unreachable':
      return texts.unreachable(event.peer, event.error);
    case 'clock-wrong':
      return texts.clockWrong(event.error);
    case 'turned-away':
      return texts.turnedAway(event.peer, event.why);
    default:
      return event satisfies never;
  }
}

/** undefined for what only a log needs. */
function runText(event: LogEvent, fields: LogFields, allTexts: Texts): string | undefined {
  const { node: texts, monitor, ledger } = allTexts;
  const { peer = '', question = '', sentBytes = 0, receivedBytes = 0, seconds = 0, count = 0 } = fields;
  const run = fields.run === undefined ? '' : toHex(fields.run).slice(0, RUN_DIGITS);
  switch (event) {
    case 'run-started':
      return texts.runAsked({ question, run });
    case 'run-joined':
      return texts.runJoined({ peer, question, run });
    case 'run-ended':
      return texts.runEnded({ run, seconds, sent: byteSize(sentBytes), received: byteSize(receivedBytes) });
    case 'answer-kept':
      return texts.answerKept({ peer, question, run });
    case 'run-failed':
      return texts.runFailed({ run, why: texts.why(failure(fields)) });
    case 'run-refused':
      return texts.runRefused({ peer, why: texts.why(failure(fields)) });
    case 'contract-not-ready':
      return texts.contractNotReady({ question, why: texts.why(failure(fields)) });
    case 'contract-signed':
      return texts.contractSigned(question);
    case 'contract-revoked':
    case 'grant-revoked':
      return texts.consentRevoked({ question, runs: count });
    case 'alert':
      if (fields.alert === undefined) return undefined;
      return monitor.alert(ledger.alert({ alert: fields.alert, peer: fields.peer, question: fields.question }));
    case 'ledger-failed':
      return texts.ledgerFailed(texts.why(failure(fields)));
    case 'expires-soon':
      return texts.expiresSoon({ question: fields.question, peer: fields.peer, days: fields.days ?? 0 });
    case 'sweep-failed':
      return texts.sweepFailed(texts.why(failure(fields)));
    case 'evaluated-not-kept':
      return texts.evaluatedNotKept(question, texts.why(failure(fields)));
    case 'runs-interrupted':
      return texts.interruptedRuns(count);
    default:
      return undefined;
  }
}

function failure({ error = '', phase, party, remedy, file, row, line, column }: LogFields): Failure {
  return { error, phase, party, remedy, location: file === undefined ? undefined : { file, row, line, column } };
}
