/** `blindflag answer`: an answer that came to a node because another institution asked, where the terms tell both. */
import { refuseOldFile, withAnswerOutput } from './answer-file.ts';
import { writerOnAnswer } from './answer-output.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { KeptAnswerOptions } from '../node/node-arguments.ts';
import { operatorClient } from '../contract/operator-client.ts';
import { overlapWriter } from './overlap-output.ts';
import { withRunningNode } from '../running-node.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export async function runKeptAnswer(
  { folder, run, format, out }: KeptAnswerOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  refuseOldFile(out, texts.faults);
  const client = await operatorClient(folder, surroundings, texts);
  await withRunningNode(folder, texts.faults, () =>
    withAnswerOutput(out, { surroundings, texts }, async (output) => {
      const writer = writerOnAnswer(() => overlapWriter(format, [], output));
      const { signal } = surroundings;
      writer.end(await client.answer(run, { signal, onRows: (rows) => writer.rows(rows) }));
    }),
  );
  return EXIT.ok;
}
