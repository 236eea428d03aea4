/** What in a configuration refers to what: names that must exist, be different, or stand in an order. */
import type { ConfigProblem, ConfigProblemCode } from './config.ts';
import type { ConfigShape } from './config-schema.ts';

/** All problems; none means that the configuration is consistent in itself. */
export function crossCheck(config: ConfigShape): readonly ConfigProblem[] {
  const known = [config.name, ...config.peers.map((peer) => peer.name)];
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
    ...config.questions.flatMap((terms, index) => checkTerms(terms, config, `$.questions[${index}]`)),
    ...config.allow.flatMap((entry, index) => checkAllow(entry, config, `$.allow[${index}]`)),
  ];
}

function checkTerms(
  terms: ConfigShape['questions'][number],
  config: ConfigShape,
  path: string,
): readonly ConfigProblem[] {
  const known = [config.name, ...config.peers.map((peer) => peer.name)];
  const { contributors, committee = [], buckets, quorum } = terms;
  const problems = [
    ...unknownNames(contributors, known, `${path}.contributors`),
    ...unknownNames(committee, known, `${path}.committee`),
    ...duplicates(contributors, (index) => `${path}.contributors[${index}]`, 'this contributor is named twice'),
    ...duplicates(committee, (index) => `${path}.committee[${index}]`, 'this member is named twice'),
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
  if (buckets.asker < buckets.smallest) {
    problems.push(
      problem(
        'out-of-range',
        `${path}.buckets.asker`,
        'it is below the smallest bucket',
        `${buckets.smallest} or more`,
      ),
    );
  }
  problems.push(...checkEvidenceBuckets(buckets, contributors, `${path}.buckets.evidence`));
  if (contributors.includes(config.name) && config.datasets.evidence === undefined) {
    problems.push({
      code: 'missing-key',
      path: '$.datasets.evidence',
      text: `this institution contributes to ${path} and has no evidence`,
      allowed: 'csv, columns and type of the list; an empty list with a header row is allowed',
      remedy: 'add it, or take this institution off the contributors',
    });
  }
  if (contributors.includes(config.name) && terms.score !== undefined && config.datasets.evidence !== undefined) {
    if (config.datasets.evidence.columns.score === undefined) {
      problems.push({
        code: 'missing-key',
        path: '$.datasets.evidence.columns.score',
        text: `${path} counts scores and the evidence has no column of them`,
        remedy: 'name the column',
      });
    }
  }
  return problems;
}

function checkEvidenceBuckets(
  buckets: ConfigShape['questions'][number]['buckets'],
  contributors: readonly string[],
  path: string,
): readonly ConfigProblem[] {
  const { evidence, smallest } = buckets;
  if (typeof evidence === 'number') {
    if (evidence >= smallest) return [];
    return [problem('out-of-range', path, 'it is below the smallest bucket', `${smallest} or more`)];
  }
  const sizes = new Map(Object.entries(evidence));
  return [
    ...contributors
      .filter((party) => !sizes.has(party))
      .map((party) =>
        problem('missing-key', `${path}["${party}"]`, 'this contributor has no bucket', 'a power of two'),
      ),
    ...[...sizes]
      .filter(([party]) => !contributors.includes(party))
      .map(([party]) =>
        problem('unknown-name', `${path}["${party}"]`, 'it is no contributor', contributors.join(', ')),
      ),
    ...[...sizes]
      .filter(([, size]) => size < smallest)
      .map(([party]) =>
        problem('out-of-range', `${path}["${party}"]`, 'it is below the smallest bucket', `${smallest} or more`),
      ),
  ];
}

function checkAllow(entry: ConfigShape['allow'][number], config: ConfigShape, path: string): readonly ConfigProblem[] {
  const peers = config.peers.map((peer) => peer.name);
  const terms = config.questions.find((question) => question.name === entry.question);
  const problems = [...unknownNames(entry.askers, peers, `${path}.askers`)];
  if (terms === undefined) {
    const names = config.questions.map((question) => question.name).join(', ');
    problems.push(problem('unknown-name', `${path}.question`, 'there is no question of this name', names));
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
