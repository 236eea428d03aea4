/** What is in the own lists, told before any question: each list as each question would read it. */
import { inspectTable } from '../../data/account-source.ts';
import type { DataReport } from '../../data/data-report.ts';
import { UsageError } from '../../errors.ts';
import { DATASETS, type DatasetName } from './dataset-location.ts';
import { systemRng } from '../../kit/clock.ts';
import { askedList, heldList, type NeededList } from './datasets.ts';
import type { NodeConfig, QuestionTerms } from '../config/node-config.ts';
import { spillParent } from './list-disk.ts';
import { openDataset } from './open-dataset.ts';

export interface ListCheck {
  readonly dataset: DatasetName;
  /** Questions that read the list in this way; none where the configuration has none. */
  readonly questions: readonly string[];
  readonly report: DataReport;
}

/**
 * Reads the lists one after another; nothing is sent. Questions that need the same of a list share its check.
 * @throws UsageError `bad-parameter` where there is no such question, and what a table throws
 */
export async function* listChecks(
  config: NodeConfig,
  { question, signal }: { readonly question?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): AsyncGenerator<ListCheck> {
  const terms = config.questions.filter(({ name }) => question === undefined || name === question);
  if (question !== undefined && terms.length === 0) {
    throw new UsageError('Cannot check lists: there is no such question in the configuration', {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: `use one of: ${config.questions.map(({ name }) => name).join(', ')}`,
    });
  }
  const wanted = config.questions.length === 0 ? unquestioned(config) : byNeed(terms, config);
  const overflow = { parent: spillParent(config), rng: systemRng };
  for (const { list, questions } of wanted) {
    const { dataset, table, options } = list;
    yield { dataset, questions, report: await inspectTable(table, { ...options, signal, overflow }) };
  }
}

interface Wanted {
  readonly list: NeededList;
  readonly questions: string[];
}

function byNeed(questions: readonly QuestionTerms[], config: NodeConfig): readonly Wanted[] {
  const found = new Map<string, Wanted>();
  for (const terms of questions) {
    for (const list of listsOf(terms, config)) {
      const key = JSON.stringify([list.dataset, list.options]);
      const known = found.get(key);
      if (known === undefined) found.set(key, { list, questions: [terms.name] });
      else known.questions.push(terms.name);
    }
  }
  return [...found.values()].sort((a, b) => DATASETS.indexOf(a.list.dataset) - DATASETS.indexOf(b.list.dataset));
}

function listsOf(terms: QuestionTerms, { name, datasets }: NodeConfig): readonly NeededList[] {
  const answering: readonly string[] = terms.protocol === 'flag' ? terms.contributors : terms.holders;
  const lists = [
    askedList(datasets, terms),
    answering.includes(name) ? heldList(datasets, terms, { party: name }) : undefined,
  ];
  return lists.filter((list) => list !== undefined);
}

/** Before any question is agreed on: all columns, and no limit. */
function unquestioned({ datasets }: NodeConfig): readonly Wanted[] {
  return DATASETS.flatMap((dataset) => {
    const config = datasets[dataset];
    if (config === undefined) return [];
    const { table, ...options } = config;
    return [{ list: { dataset, table: openDataset(table), options }, questions: [] }];
  });
}
