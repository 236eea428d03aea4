/** What a question gives away, in words: the terms name it, and whoever reads a screen has to understand it. */
import type { Disclosure } from '../../../protocols/flag/index.ts';
import type { OverlapDisclosure } from '../../../protocols/overlap/index.ts';
import type { Texts } from '../texts.ts';

const OF_OVERLAP: Readonly<Record<OverlapDisclosure, true>> = {
  'receiver-learns-row-level-overlap': true,
  'holder-learns-row-level-overlap': true,
  'receiver-learns-payload-columns': true,
  'receiver-learns-exact-overlap-size': true,
};
const OF_FLAG: Readonly<Record<Disclosure, true>> = {
  'positive-answer-names-all-contributors': true,
  'asker-is-committee-member': true,
  'any-two-parties-learn-everything': true,
};

/** Who asks and who is asked; undefined where a text is not about one run. */
export interface OverlapRoles {
  readonly receiver: string | undefined;
  readonly holder: string | undefined;
}

/** The words and the name; a name that is not known here stays alone. */
export function disclosureText(name: string, roles: OverlapRoles, { node }: Texts): string {
  if (isKey(name, OF_OVERLAP)) return node.discloses(name, node.overlapDisclosure(name, roles));
  if (isKey(name, OF_FLAG)) return node.discloses(name, node.flagDisclosure(name));
  return node.discloses(name, undefined);
}

function isKey<Name extends string>(name: string, of: Readonly<Record<Name, true>>): name is Name {
  return Object.hasOwn(of, name);
}
