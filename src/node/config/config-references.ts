/** What in a configuration refers to what: names that must exist, be different, or stand in an order. */
import type { ConfigProblem, ConfigProblemCode } from './config.ts';
import type { ConfigShape } from './config-schema.ts';
import { ALLOWED } from './config-rules.ts';
import { hasIdentifiersOf } from '../questions/question-identifiers.ts';
import type { FlagShape, OverlapShape, TermsShape } from './terms-schema.ts';

/** All problems; none means that the configuration is consistent in itself. */
export function crossCheck(config: ConfigShape): readonly ConfigProblem[] {
  const known = partiesOf(config);
  return [
    ...duplicates(
      known,
      (index) => (index === 0 ? '$.name' : `$.peers[${index - 1}].name`),
      'this name is taken by this institution or another peer',
    ),
    ...duplicates(
      config.questions.map((question) => question.name),
      (index) => `$.questions[${index}].name`,
      'another question has this name',
    ),
    ...checkOperators(config.operators ?? []),
    ...config.questions.flatMap((terms, index) => checkTerms(terms, config, `$.questions[${index}]`)),
    ...config.allow.flatMap((entry, index) => checkAllow(entry, config, `$.allow[${index}]`)),
    ...duplicates(
      config.allow.map(({ id }, index) => id ?? `${index}:`),
      (index) => `$.allow[${index}].id`,
      'another entry has this id',
    ),
  ];
}

function checkTerms(terms: TermsShape, config: ConfigShape, path: string): readonly ConfigProblem[] {
  const { smallest, asker } = terms.buckets;
  return [
    ...(asker >= smallest ? [] : [belowSmallest(`${path}.buckets.asker`, smallest)]),
    ...checkAskers(terms, config, path),
    ...(terms.protocol === 'flag' ? checkFlag(terms, config, path) : checkOverlap(terms, config, path)),
  ];
}

/** One key, one role: whoever asks does not approve. */
function checkOperators(operators: NonNullable<ConfigShape['operators']>): readonly ConfigProblem[] {
  return [
    ...duplicates(
      operators.map(({ name }) => name),
      (index) => `$.operators[${index}].name`,
      'another operator has this name',
    ),
    ...duplicates(
      operators.map(({ key }) => key),
      (index) => `$.operators[${index}].key`,
      'another operator has this key',
    ),
  ];
}

function checkAskers({ agreement, askers }: TermsShape, config: ConfigShape, path: string): readonly ConfigProblem[] {
  if (askers === undefined) {
    if (agreement === 'configured') return [];
    return [problem('missing-key', `${path}.askers`, 'a signed question says who may ask', 'names of institutions')];
  }
  return [
    ...unknownNames(askers, partiesOf(config), `${path}.askers`),
    ...duplicates(askers, (index) => `${path}.askers[${index}]`, 'this asker is named twice'),
  ];
}

function checkFlag(terms: FlagShape, config: ConfigShape, path: string): readonly ConfigProblem[] {
  const { contributors, committee = [], buckets, quorum } = terms;
  const problems = [
    ...unknownNames(contributors, partiesOf(config), `${path}.contributors`),
    ...unknownNames(committee, partiesOf(config), `${path}.committee`),
    ...duplicates(contributors, (index) => `${path}.contributors[${index}]`, 'this contributor is named twice'),
    ...duplicates(committee, (index) => `${path}.committee[${index}]`, 'this member is named twice'),
    ...checkSizes(buckets.evidence, { smallest: buckets.smallest, parties: contributors }, `${path}.buckets.evidence`),
  ];
  if (quorum > contributors.length) {
    problems.push(
      problem(
        'out-of-range',
        `${path}.quorum`,
        'it is more than there are contributors',
        `2 to ${contributors.length}`,
      ),
    );
  }
  const { evidence } = config.datasets;
  if (!contributors.includes(config.name)) return problems;
  problems.push(...checkIdentifiers(terms, 'evidence', config, path));
  if (evidence === undefined) {
    problems.push({
      code: 'missing-key',
      path: '$.datasets.evidence',
      text: `this institution contributes to ${path} and has no evidence`,
      allowed: 'type, columns and identifier of the list; a list without rows is allowed',
      remedy: 'add it, or take this institution off the contributors',
    });
  } else if (terms.score !== undefined && evidence.columns.score === undefined) {
    problems.push({
      code: 'missing-key',
      path: '$.datasets.evidence.columns.score',
      text: `${path} counts scores and the evidence has no column of them`,
      remedy: 'name the column',
    });
  }
  return problems;
}

function checkOverlap(terms: OverlapShape, config: ConfigShape, path: string): readonly ConfigProblem[] {
  const { holders, columns, buckets, smallestBatch } = terms;
  const problems = [
    ...unknownNames(holders, partiesOf(config), `${path}.holders`),
    ...duplicates(holders, (index) => `${path}.holders[${index}]`, 'this holder is named twice'),
    ...duplicates(
      columns.map(({ name }) => name),
      (index) => `${path}.columns[${index}].name`,
      'another column has this name',
    ),
    ...checkSizes(buckets.holdings, { smallest: buckets.smallest, parties: holders }, `${path}.buckets.holdings`),
  ];
  if (buckets.smallest < smallestBatch) {
    problems.push(
      problem(
        'out-of-range',
        `${path}.smallestBatch`,
        'it is above the smallest bucket, which would then say that a list is empty',
        `32 to ${buckets.smallest}`,
      ),
    );
  }
  const { holdings } = config.datasets;
  if (!holders.includes(config.name)) return problems;
  problems.push(...checkIdentifiers(terms, 'holdings', config, path));
  if (holdings === undefined) {
    problems.push({
      code: 'missing-key',
      path: '$.datasets.holdings',
      text: `this institution answers ${path} and has no holdings`,
      allowed: 'type, columns and identifier of the list; a list without rows is allowed',
      remedy: 'add it, or take this institution off the holders',
    });
    return problems;
  }
  const missing = columns.filter(({ name }) => !Object.hasOwn(holdings.columns.payload, name));
  return [
    ...problems,
    ...missing.map(({ name }) => ({
      code: 'missing-key' as const,
      path: `$.datasets.holdings.columns.payload["${name}"]`,
      text: `${path} gives this column and the holdings do not have it`,
      allowed: 'the name of a column in the header row',
      remedy: 'name the column',
    })),
  ];
}

/** A list with another key than the question's would have nothing in common with anybody's, and nothing would show it. */
function checkIdentifiers(
  { identifier }: TermsShape,
  dataset: 'evidence' | 'holdings',
  { datasets }: ConfigShape,
  path: string,
): readonly ConfigProblem[] {
  const list = datasets[dataset];
  if (list === undefined) return [];
  const { identifier: type, keyParts } = list;
  const fits = hasIdentifiersOf(identifier === undefined ? {} : { identifier }, { type, keyParts });
  if (fits) return [];
  const wanted = (identifier ?? ['account']).join(', ');
  return [problem('out-of-range', `$.datasets.${dataset}.identifier`, `${path} is about other identifiers`, wanted)];
}

function partiesOf({ name, peers }: ConfigShape): readonly string[] {
  return [name, ...peers.map((peer) => peer.name)];
}

function checkSizes(
  sizes: number | Readonly<Record<string, number>>,
  { smallest, parties }: { readonly smallest: number; readonly parties: readonly string[] },
  path: string,
): readonly ConfigProblem[] {
  if (typeof sizes === 'number') return sizes >= smallest ? [] : [belowSmallest(path, smallest)];
  const byName = new Map(Object.entries(sizes));
  return [
    ...parties
      .filter((party) => !byName.has(party))
      .map((party) =>
        problem('missing-key', `${path}["${party}"]`, 'this institution has no bucket', 'a power of two'),
      ),
    ...[...byName]
      .filter(([party]) => !parties.includes(party))
      .map(([party]) =>
        problem('unknown-name', `${path}["${party}"]`, 'it does not answer this question', parties.join(', ')),
      ),
    ...[...byName]
      .filter(([, size]) => size < smallest)
      .map(([party]) => belowSmallest(`${path}["${party}"]`, smallest)),
  ];
}

function belowSmallest(path: string, smallest: number): ConfigProblem {
  return problem('out-of-range', path, 'it is below the smallest bucket', `${smallest} or more`);
}

function checkAllow(entry: ConfigShape['allow'][number], config: ConfigShape, path: string): readonly ConfigProblem[] {
  const peers = config.peers.map((peer) => peer.name);
  const terms = config.questions.find((question) => question.name === entry.question);
  const problems = [...unknownNames(entry.askers, peers, `${path}.askers`)];
  if (entry.uses !== undefined && entry.id === undefined) {
    problems.push(problem('missing-key', `${path}.id`, 'uses are counted by the id of the entry', ALLOWED.party));
  }
  const notAsking = entry.askers.findIndex((name) => terms?.askers?.includes(name) === false);
  if (notAsking >= 0) {
    const allowed = terms?.askers?.join(', ') ?? '';
    problems.push(
      problem('unknown-name', `${path}.askers[${notAsking}]`, 'it is none of who may ask this question', allowed),
    );
  }
  if (terms === undefined) {
    const names = config.questions.map((question) => question.name).join(', ');
    problems.push(problem('unknown-name', `${path}.question`, 'there is no question of this name', names));
  } else if (terms.protocol === 'overlap' && !terms.holders.includes(config.name)) {
    problems.push({
      code: 'unknown-name',
      path: `${path}.question`,
      text: 'this institution is no holder of that question, so it cannot answer it',
      remedy: 'remove the entry, or have all parties add this institution to the holders',
    });
  } else if (entry.maxItems < terms.buckets.smallest) {
    problems.push(
      problem(
        'out-of-range',
        `${path}.maxItems`,
        'it is below the smallest bucket, so every request would be refused',
        `${terms.buckets.smallest} or more`,
      ),
    );
  }
  return problems;
}

function unknownNames(names: readonly string[], known: readonly string[], path: string): ConfigProblem[] {
  return names.flatMap((name, index) =>
    known.includes(name)
      ? []
      : [problem('unknown-name', `${path}[${index}]`, 'it is neither this institution nor a peer', known.join(', '))],
  );
}

function duplicates(names: readonly string[], path: (index: number) => string, text: string): ConfigProblem[] {
  return names.flatMap((name, index) =>
    names.indexOf(name) === index
      ? []
      : [{ code: 'duplicate' as const, path: path(index), text, remedy: 'name each once' }],
  );
}

function problem(code: ConfigProblemCode, path: string, text: string, allowed: string): ConfigProblem {
  return { code, path, text, allowed, remedy: 'correct it' };
}
