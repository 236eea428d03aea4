import { expect, it } from 'vitest';
import { selectCases } from './bench-case.ts';
import { allCases } from './cases/index.ts';
import { CORE } from './passes.ts';

it('measures every case of the core, each in one group', () => {
  const ids = selectCases(allCases)
    .map(({ id }) => id)
    .filter((id) => !id.startsWith('flag/'));
  expect(ids.length).toBeGreaterThan(50);
  for (const id of ids) {
    expect(
      CORE.groups.filter(({ pattern }) => new RegExp(pattern).test(id)),
      id,
    ).toHaveLength(1);
  }
});
