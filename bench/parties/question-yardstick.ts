/** A question of its own processes, asked between the runs of others: what the machine is worth at that time, at the kind of work that they do. */
import { cpuOf, warmUp, type Yardstick } from '../../src/measure/measure-question.ts';
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import type { QuestionSettings } from '../../src/measure/part.ts';
import { PartyGroup } from '../../src/measure/party-group.ts';
import { goesOn } from '../../src/measure/repetitions.ts';
import { requireResult } from '../bench-case.ts';
import { PARTY_PROGRAM } from './party-program.ts';

const SETTINGS: QuestionSettings = {
  question: 'overlap',
  engine: 'vole',
  security: 'semi-honest',
  accounts: 2 ** 16,
  institutions: 2,
};

/** Of the CPU time beside which it is measured. */
const SHARE = 0.15;
const MOST_RUNS = 12;
const WARM_UPS = 5;

export class QuestionYardstick implements Yardstick {
  readonly #group: PartyGroup;

  private constructor(group: PartyGroup) {
    this.#group = group;
  }

  static async start(): Promise<QuestionYardstick> {
    const group = await PartyGroup.start({
      question: createOverlapQuestion(),
      settings: SETTINGS,
      program: PARTY_PROGRAM,
      threads: 0,
    });
    await warmUp(group, SETTINGS);
    const yardstick = new QuestionYardstick(group);
    // The first runs of this size are not warm.
    for (let k = 0; k < WARM_UPS; k++) await yardstick.measure(0);
    return yardstick;
  }

  async measure(besideMs: number): Promise<number> {
    const repetitions = { least: 1, more: { most: MOST_RUNS, withinMs: SHARE * besideMs } };
    let done = 0;
    let spentMs = 0;
    for (; goesOn(repetitions, { done, spentMs }); done++) {
      const run = await this.#group.run(SETTINGS, { keep: true });
      requireResult(run.correct, 'the answer to the yardstick is wrong');
      spentMs += cpuOf(run);
    }
    return spentMs / done;
  }

  async stop(): Promise<void> {
    await this.#group.stop();
  }
}
