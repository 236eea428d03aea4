/**
 * A question of its own processes, asked between the runs of others: what the machine is worth at that time, at the kind of work that they do.
 * All of them, and the yardstick itself, wait until every core is quiet (see ComputeYardstick).
 */
import { cpuOf, warmUp, type Yardstick } from '../../src/measure/measure-question.ts';
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import type { QuestionSettings } from '../../src/measure/part.ts';
import { PartyGroup } from '../../src/measure/party-group.ts';
import { goesOn } from '../../src/measure/repetitions.ts';
import { AllCores } from '../all-cores.ts';
import { requireResult } from '../bench-case.ts';
import { AT_ONCE, type YardstickOptions } from '../compute-yardstick.ts';
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
/** Of a question: sixty of them wait three minutes altogether. */
const PATIENCE_MS = 3000;

/** Processes that all questions have in common. */
export class QuestionYardstick {
  readonly #group: PartyGroup;
  readonly #cores: AllCores = new AllCores();
  readonly #patience: Pick<YardstickOptions, 'warmUps' | 'patienceMs'>;

  private constructor(group: PartyGroup, patience: Pick<YardstickOptions, 'warmUps' | 'patienceMs'>) {
    this.#group = group;
    this.#patience = patience;
  }

  static async start({ short }: { readonly short: boolean }): Promise<QuestionYardstick> {
    const group = await PartyGroup.start({
      question: createOverlapQuestion(),
      settings: SETTINGS,
      program: PARTY_PROGRAM,
      threads: 0,
    });
    try {
      await warmUp(group, SETTINGS);
      // The first runs of this size are not warm.
      for (let k = 0; k < WARM_UPS; k++) await group.run(SETTINGS, { keep: true });
    } catch (error) {
      await group.stop();
      throw error;
    }
    return new QuestionYardstick(group, short ? AT_ONCE : { patienceMs: PATIENCE_MS });
  }

  /** For one question, which begins with all patience. */
  async forQuestion(): Promise<Yardstick> {
    // Nothing is set against what the cores are worth, only against this yardstick's own question: once after each run is enough.
    const cores = await this.#cores.yardstick({ ...this.#patience, share: 0 });
    const undisturbed: Yardstick['undisturbed'] = async (run) => {
      const { result } = await cores.beside(async () => {
        const each = await run();
        requireResult(each.correct, 'an answer is wrong');
        return each;
      });
      return result;
    };
    return { undisturbed, measure: (besideMs) => this.#measure(besideMs, undisturbed) };
  }

  async #measure(besideMs: number, undisturbed: Yardstick['undisturbed']): Promise<number> {
    const repetitions = { least: 1, more: { most: MOST_RUNS, withinMs: SHARE * besideMs } };
    let done = 0;
    let spentMs = 0;
    for (; goesOn(repetitions, { done, spentMs }); done++) {
      spentMs += cpuOf(await undisturbed(() => this.#group.run(SETTINGS, { keep: true })));
    }
    return spentMs / done;
  }

  async stop(): Promise<void> {
    this.#cores.stop();
    await this.#group.stop();
  }
}
