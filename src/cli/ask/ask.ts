/** `blindflag ask flag` and `blindflag ask overlap`: a question through the running node of a folder. */
import { systemClock } from '../../kit/clock.ts';
import type { AdminClient } from '../../node/admin/admin-client.ts';
import type { AdminAskEvent } from '../../node/admin/admin-protocol.ts';
import type { QuestionStatus } from '../../node/node-status.ts';
import { refuseOldFile, withAnswerOutput } from './answer-file.ts';
import { type AnswerOutput, flagWriter, writerOnAnswer } from './answer-output.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { type AskProgress, askProgress } from './ask-progress.ts';
import { checkChoice } from '../screen/choice.ts';
import { disclosureText } from './disclosure-text.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { AskOptions } from '../node/node-arguments.ts';
import { operatorClient } from '../contract/operator-client.ts';
import { overlapWriter } from './overlap-output.ts';
import { withRunningNode, withStartingNode } from '../running-node.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

export function runAsk(options: AskOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  return withRunningNode(options.folder, texts.faults, () => ask(options, surroundings, texts));
}

async function ask(options: AskOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  const { stderr, signal, env } = surroundings;
  const { onlyNew } = options;
  const client = await operatorClient(options.folder, surroundings, texts);
  refuseOldFile(options.out, texts.faults);
  const untilMs = systemClock.now() + options.waitSeconds * 1000;
  const onWaiting = (): void => {
    stderr.write(`${texts.node.waitsForNode({ folder: options.folder, seconds: options.waitSeconds })}\n`);
  };
  const { name: self, questions } = await withStartingNode(options.folder, texts.faults, {
    wait: { untilMs, signal, onWaiting },
    work: () => client.status(),
  });
  const waitMs = Math.max(0, Math.ceil(untilMs - systemClock.now()));
  const question = chosenQuestion(options, questions, texts.faults);
  const peer = question.peers === undefined ? undefined : chosenPeer(options, question.peers, texts.faults);
  const progress = askProgress(stderr, { texts, isTerminal: stderr.isTTY === true && env['TERM'] !== 'dumb' });
  const onEvent = (event: AdminAskEvent): void => {
    progress.event(event);
    if (event.kind === 'checked') {
      for (const finding of event.report.findings) progress.note(`  ${texts.data.finding(finding, event.report)}`);
    }
    if (event.kind !== 'planned') return;
    for (const name of event.disclosures) progress.note(disclosureText(name, { receiver: self, holder: peer }, texts));
  };
  try {
    await withAnswerOutput(options.out, { surroundings, texts }, (output) =>
      askAndWrite(
        { client, question, peer, onlyNew, waitMs, signal, onEvent },
        { progress, output, format: options.format },
      ),
    );
    return EXIT.ok;
  } finally {
    progress.close();
  }
}

interface Asked {
  readonly client: AdminClient;
  readonly question: QuestionStatus;
  /** Where the question goes to one institution. */
  readonly peer: string | undefined;
  readonly onlyNew: boolean;
  readonly waitMs: number;
  readonly signal: AbortSignal;
  readonly onEvent: (event: AdminAskEvent) => void;
}

interface Shown {
  readonly progress: AskProgress;
  readonly output: AnswerOutput;
  readonly format: AskOptions['format'];
}

async function askAndWrite(
  { client, question, peer, onlyNew, waitMs, signal, onEvent }: Asked,
  { progress, output, format }: Shown,
): Promise<void> {
  if (peer === undefined) {
    const writer = writerOnAnswer(
      () => flagWriter(format, output),
      () => progress.close(),
    );
    writer.end(
      await client.ask(question.name, { onlyNew, waitMs, signal, onEvent, onRows: (rows) => writer.rows(rows) }),
    );
    return;
  }
  const columns = question.mode === 'size-only' ? 'size' : (question.columns ?? []);
  const writer = writerOnAnswer(
    () => overlapWriter(format, columns, output),
    () => progress.close(),
  );
  writer.end(await client.ask(question.name, { peer, waitMs, signal, onEvent, onRows: (rows) => writer.rows(rows) }));
}

function chosenQuestion(
  { protocol, question }: AskOptions,
  questions: readonly QuestionStatus[],
  faults: FaultTexts,
): QuestionStatus {
  const fitting = questions.filter((candidate) => candidate.protocol === protocol);
  const names = fitting.map(({ name }) => name);
  const name = question ?? (names.length === 1 ? names[0] : undefined);
  const chosen = fitting.find((candidate) => candidate.name === name);
  if (chosen !== undefined) return chosen;
  throw new ArgumentError(name === undefined ? faults.node.chooseQuestion(names) : faults.node.noSuchQuestion(names));
}

function chosenPeer({ peer }: AskOptions, peers: readonly string[], faults: FaultTexts): string {
  const chosen = checkChoice('--peer', peer, peers, faults) ?? (peers.length === 1 ? peers[0] : undefined);
  if (chosen !== undefined) return chosen;
  throw new ArgumentError(faults.node.choosePeer(peers));
}
