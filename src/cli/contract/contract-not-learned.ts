/** What nobody learns under a contract: the complement of what it declares, by who it is about. */
import { type Disclosure, flagParameters } from '../../../protocols/flag/index.ts';
import type { Contract, ContractInput } from '../../governance/contract.ts';
import { AGREED_SIZES_PER_OCTAVE } from '../../kit/declared-size.ts';
import type { OverlapNotLearned } from './contract-texts.ts';
import { notLearned } from '../ask/not-learned.ts';
import type { Texts } from '../texts.ts';

/** Of one claim: for whom it holds, and the words. */
export interface NotLearnedLine {
  readonly parties: readonly string[];
  readonly text: string;
}

export function contractNotLearned(contract: Contract, texts: Texts): readonly NotLearnedLine[] {
  return contract.output.type === 'bit' ? ofFlag(contract, texts) : ofOverlap(contract, texts);
}

function ofFlag(contract: Contract, { demo }: Texts): readonly NotLearnedLine[] {
  const runs = flagRuns(contract);
  const held = new Map<string, string[]>();
  for (const { inst } of contract.parties) {
    for (const claim of notLearned(inst, runs)) {
      const text = demo.notLearned(claim);
      held.set(text, [...(held.get(text) ?? []), inst]);
    }
  }
  return [...held].map(([text, parties]) => ({ parties, text }));
}

function flagRuns({
  inputs,
  committee,
  output,
  limits,
  disclosures,
  purpose,
}: Contract): ReturnType<typeof flagParameters>[] {
  if (output.type !== 'bit') return [];
  const answering = inputs.filter(answers);
  return inputs
    .filter((input) => !answers(input))
    .map(({ inst: asker, sizeBucket }) => {
      const others = answering.filter(({ inst }) => inst !== asker);
      return flagParameters({
        asker,
        contributors: others.map(({ inst }) => inst),
        ...(committee.length === 0 ? {} : { committee }),
        quorum: output.quorum,
        ...(output.score === undefined ? {} : { score: output.score }),
        askerItems: sizeBucket,
        contributorItems: others.map((input) => input.sizeBucket),
        smallestBucket: limits.smallestBucket,
        sizesPerOctave: AGREED_SIZES_PER_OCTAVE,
        ttlDays: output.ttlDays,
        purpose,
        // What the terms acknowledge was checked when they were configured; a name that is none says nothing here.
        acknowledged: disclosures as readonly Disclosure[],
      });
    });
}

function ofOverlap({ inputs, output }: Contract, { contract }: Texts): readonly NotLearnedLine[] {
  const askers = inputs.filter((input) => !answers(input)).map(({ inst }) => inst);
  const holders = inputs.filter(answers).map(({ inst }) => inst);
  const lines: { readonly parties: readonly string[]; readonly claim: OverlapNotLearned }[] = [
    { parties: [...new Set([...askers, ...holders])], claim: 'other-accounts' },
  ];
  if (output.type === 'size') lines.push({ parties: askers, claim: 'which-accounts' });
  if (output.type === 'size' || (output.type === 'rows' && output.mode === 'receiver')) {
    lines.push({ parties: holders, claim: 'as-holder' });
  }
  return lines.map(({ parties, claim }) => ({ parties, text: contract.overlapNotLearned(claim) }));
}

/** Whether an institution answers from this list; it asks about the other. */
export function answers({ dataset }: ContractInput): boolean {
  return dataset !== 'accounts';
}
