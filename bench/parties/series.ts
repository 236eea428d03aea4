/** What is measured with a process per party: sizes, numbers of institutions, threads, links, and another Node. */
import { createFlagQuestion } from '../../src/measure/flag-question.ts';
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import type { MeasuredQuestion, QuestionSettings } from '../../src/measure/part.ts';
import { LINK_SHAPES, type LinkShape } from '../link/link-shape.ts';
import { createCommitteeQuestion } from './committee-question.ts';

/** Questions with the same parties, which one group of processes answers after each other, small ones first. */
export interface Series {
  readonly question: MeasuredQuestion;
  readonly settings: readonly QuestionSettings[];
  /** Worker threads of each party. */
  readonly threads: number;
  /** In the Node of this process, or in the other one. */
  readonly node: 'own' | 'other';
  /** What lies between every two parties. Default: this machine's loopback. */
  readonly link?: LinkShape;
  /** Of which the first run of fresh processes is measured as well. */
  readonly cold: readonly QuestionSettings[];
  readonly profile: boolean;
  /** With lists of so many accounts every institution asks in turn as well. */
  readonly allAsk?: number;
}

const OVERLAP_LOG2: readonly number[] = [10, 12, 14, 16, 18, 20, 22];
const FLAG_ACCOUNTS: readonly number[] = [2 ** 10, 2 ** 12, 2 ** 14, 2 ** 16, 100_000, 2 ** 18, 2 ** 20, 2 ** 22];
const INSTITUTIONS: readonly number[] = [3, 4, 5, 6, 8, 10];
const OPERATIONS = 1_000_000;

const overlap = (accounts: number, rest: Partial<QuestionSettings> = {}): QuestionSettings => ({
  question: 'overlap',
  engine: 'vole',
  security: 'semi-honest',
  accounts,
  institutions: 2,
  ...rest,
});
const flag = (accounts: number, institutions: number): QuestionSettings => ({
  question: 'flag',
  engine: 'vole',
  accounts,
  institutions,
});
const committee = (engine: 'multiply' | 'compare', accounts: number): QuestionSettings => ({
  question: 'committee',
  engine,
  accounts,
  institutions: 3,
});

const PLAIN = { threads: 0, node: 'own', cold: [], profile: false } as const;
/** Accounts of all institutions above which a question is asked once, and neither cold nor for a profile. */
const LARGEST: number = 2 ** 22;

export function isLargest({ accounts, institutions }: QuestionSettings): boolean {
  return accounts * institutions > LARGEST;
}

function withCold(settings: readonly QuestionSettings[]): Pick<Series, 'settings' | 'cold'> {
  return { settings, cold: settings.filter((each) => !isLargest(each)) };
}

export function fullSeries(): readonly Series[] {
  const questions = {
    overlap: createOverlapQuestion(),
    flag: createFlagQuestion(),
    committee: createCommitteeQuestion(),
  };
  const ofOverlap = { ...PLAIN, question: questions.overlap };
  const ofFlag = { ...PLAIN, question: questions.flag };
  const operations = (['multiply', 'compare'] as const).map(
    (engine): Series => ({
      ...PLAIN,
      question: questions.committee,
      settings: [committee(engine, OPERATIONS)],
    }),
  );
  const large = [overlap(2 ** 16), overlap(2 ** 20)];
  return [
    { ...ofOverlap, ...withCold(OVERLAP_LOG2.map((log2) => overlap(2 ** log2))), profile: true },
    { ...ofOverlap, settings: [overlap(2 ** 10, { engine: 'dh' })] },
    {
      ...ofOverlap,
      settings: [16, 18, 20].map((log2) => overlap(2 ** log2, { security: 'malicious' })),
    },
    { ...ofOverlap, settings: large, threads: 2 },
    {
      ...ofFlag,
      ...withCold(FLAG_ACCOUNTS.map((accounts) => flag(accounts, 5))),
      profile: true,
      allAsk: 100_000,
    },
    ...INSTITUTIONS.map((count): Series => ({ ...ofFlag, settings: [flag(2 ** 13, count)] })),
    { ...ofFlag, settings: [flag(100_000, 5)], threads: 2 },
    ...operations,
    ...LINK_SHAPES.flatMap((link): readonly Series[] => [
      { ...ofOverlap, settings: large, link },
      { ...ofFlag, settings: [flag(2 ** 14, 5)], link },
    ]),
    { ...ofOverlap, settings: large, node: 'other' },
    { ...ofFlag, settings: [flag(100_000, 5)], node: 'other' },
    ...operations.map((series): Series => ({ ...series, node: 'other' })),
  ];
}

/** Without questions about longer lists. */
export function upTo(accounts: number, all: readonly Series[]): readonly Series[] {
  const short = (settings: readonly QuestionSettings[]): readonly QuestionSettings[] =>
    settings.filter((each) => each.accounts <= accounts);
  return all
    .map((series) => ({ ...series, settings: short(series.settings), cold: short(series.cold) }))
    .filter(({ settings }) => settings.length > 0);
}

/** Whether all of it works, in seconds. */
export function shortSeries(): readonly Series[] {
  const [lan] = LINK_SHAPES;
  const ofOverlap = { ...PLAIN, question: createOverlapQuestion() };
  return [
    { ...ofOverlap, ...withCold([overlap(2 ** 10), overlap(2 ** 11)]), profile: true },
    { ...ofOverlap, settings: [overlap(2 ** 10)], link: lan },
    { ...PLAIN, question: createFlagQuestion(), settings: [flag(64, 5)], profile: true, allAsk: 64 },
    { ...PLAIN, question: createCommitteeQuestion(), settings: [committee('multiply', 1000)] },
    { ...PLAIN, question: createCommitteeQuestion(), settings: [committee('compare', 1000)] },
  ];
}
