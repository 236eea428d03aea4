/**
 * What an institution does not learn in a set of flag runs: the complement of what the protocol declares, as far as it
 * has a name. A claim is left out as soon as the parameters of a run need a disclosure that contradicts it. All claims
 * hold under the protocol's security model, which the screen states beside them.
 */
import { type Disclosure, type FlagParameters, neededDisclosures } from '../../../protocols/flag/index.ts';

export type NotLearned =
  /** Accounts of the others: only rows of the own list get an answer. */
  | 'foreign-accounts'
  /** Which of the others list a flagged account. */
  | 'who-listed'
  /** The others' scores, or how far above the rule their sum is. */
  | 'scores'
  /** Whether anybody at all lists an account that is not flagged. */
  | 'below-the-rule'
  /** As contributor: what was asked about, whether an own row hit, any answer. */
  | 'hits-as-contributor'
  /** As a single committee member: anything but random shares. */
  | 'shares-as-member';

interface Claim {
  readonly claim: NotLearned;
  readonly role: 'asker' | 'contributor' | 'member';
  /** Disclosures under which it would not be true. */
  readonly unless: readonly Disclosure[];
}

const CLAIMS: readonly Claim[] = [
  { claim: 'foreign-accounts', role: 'asker', unless: ['any-two-parties-learn-everything'] },
  {
    claim: 'who-listed',
    role: 'asker',
    unless: ['positive-answer-names-all-contributors', 'asker-is-committee-member'],
  },
  { claim: 'scores', role: 'asker', unless: ['asker-is-committee-member'] },
  { claim: 'below-the-rule', role: 'asker', unless: ['asker-is-committee-member'] },
  { claim: 'hits-as-contributor', role: 'contributor', unless: ['any-two-parties-learn-everything'] },
  { claim: 'shares-as-member', role: 'member', unless: ['any-two-parties-learn-everything'] },
];

/** The claims about `party` that hold in every one of the runs. */
export function notLearned(party: string, runs: readonly FlagParameters[]): readonly NotLearned[] {
  return CLAIMS.filter(({ role, unless }) => {
    const played = runs.filter((parameters) => hasRole(party, role, parameters));
    const disclosed = played.flatMap(neededDisclosures);
    return played.length > 0 && !unless.some((disclosure) => disclosed.includes(disclosure));
  }).map(({ claim }) => claim);
}

function hasRole(party: string, role: Claim['role'], parameters: FlagParameters): boolean {
  switch (role) {
    case 'asker':
      return parameters.asker === party;
    case 'contributor':
      return parameters.contributors.some((name) => name === party);
    case 'member':
      return parameters.committee.some((name) => name === party);
  }
}
