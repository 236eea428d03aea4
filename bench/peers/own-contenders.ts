/** This package at the tasks that have parties: each in a process of its own, warm, over WebSockets and Noise. */
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import { cpuOf, warmUp } from '../../src/measure/measure-question.ts';
import type { MeasuredQuestion, QuestionSettings } from '../../src/measure/part.ts';
import { type MeasuredRun, PartyGroup } from '../../src/measure/party-group.ts';
import { goesOn } from '../../src/measure/repetitions.ts';
import { sum } from '../../src/measure/statistics.ts';
import { createCommitteeQuestion } from '../parties/committee-question.ts';
import { PARTY_PROGRAM } from '../parties/party-program.ts';
import { AT_ONCE } from '../compute-yardstick.ts';
import { AllCores } from '../all-cores.ts';
import type { Contender } from './measure-peers.ts';
import { type PeerSample, roundOf, type RoundOptions } from './peer-case.ts';

/** Runs of a round at least; see `roundOf`. */
const RUNS = 2;

/** The processes of our parties, started when they are first needed. */
export class OwnContenders {
  readonly #groups = new Map<string, Promise<PartyGroup>>();
  #cores: AllCores | undefined;

  overlap(accounts: number): readonly Contender[] {
    const settings: QuestionSettings = {
      question: 'overlap',
      engine: 'vole',
      security: 'semi-honest',
      accounts,
      institutions: 2,
    };
    const question = createOverlapQuestion();
    return [true, false].map((keep) => ({
      task: `overlap-${accounts}`,
      library: `blindflag, base transfers ${keep ? 'kept' : 'fresh'}`,
      securityModel: 'semi-honest; VOLE and OKVS',
      items: accounts,
      unit: 'account of each side',
      measure: (options) => this.#measure(question, settings, { ...options, keep }),
    }));
  }

  committee(operation: 'multiply' | 'compare', count: number): Contender {
    const unit = operation === 'multiply' ? 'product' : 'comparison';
    return {
      task: `${unit}s-${count}`,
      library: 'blindflag',
      securityModel: 'semi-honest; one member of three may be curious',
      items: count,
      unit,
      measure: (options) =>
        this.#measure(
          createCommitteeQuestion(),
          { question: 'committee', engine: operation, accounts: count, institutions: 3 },
          { ...options, keep: false },
        ),
    };
  }

  async stop(): Promise<void> {
    this.#cores?.stop();
    await Promise.all([...this.#groups.values()].map(async (group) => (await group).stop()));
  }

  async #measure(
    question: MeasuredQuestion,
    settings: QuestionSettings,
    { short, keep }: Pick<RoundOptions, 'short'> & { readonly keep: boolean },
  ): Promise<PeerSample> {
    const group = await this.#group(question, settings, short);
    const cores = (this.#cores ??= new AllCores());
    const yardstick = await cores.yardstick(short ? AT_ONCE : {});
    const runs: MeasuredRun[] = [];
    const yardstickMs: number[] = [];
    let correct = true;
    const once = async (): Promise<MeasuredRun> => {
      const run = await group.run(settings, { keep });
      correct &&= run.correct;
      return run;
    };
    const round = roundOf(RUNS, short);
    while (goesOn(round, { done: runs.length, spentMs: sum(runs.map(({ wallMs }) => wallMs)) })) {
      const measured = await yardstick.beside(once);
      runs.push(measured.result);
      yardstickMs.push(measured.yardstickMs);
    }
    return {
      correct,
      samplesMs: { cpu: runs.map(cpuOf), yardstick: yardstickMs, onAllCores: true },
      wallMs: runs.map(({ wallMs }) => wallMs),
      peakRssBytes: Math.max(...runs.flatMap(({ parties }) => parties.map(({ peakRssBytes }) => peakRssBytes))),
      bytes: sum(runs[0].parties.map((party) => party.sentBytes)),
    };
  }

  /** One group for each question and operation. */
  #group(question: MeasuredQuestion, settings: QuestionSettings, short: boolean): Promise<PartyGroup> {
    const key = `${settings.question} ${settings.engine}`;
    const known = this.#groups.get(key) ?? this.#start(question, settings, short);
    this.#groups.set(key, known);
    return known;
  }

  async #start(question: MeasuredQuestion, settings: QuestionSettings, short: boolean): Promise<PartyGroup> {
    const group = await PartyGroup.start({ question, settings, program: PARTY_PROGRAM, threads: 0 });
    await warmUp(group, settings, short ? 1 : undefined);
    return group;
  }
}
