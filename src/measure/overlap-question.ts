/** overlap as a measured question: two institutions with as many accounts each, every other one of them in both lists. */
import { keepingOverlap, overlap, type OverlapParameters, overlapParameters } from '../../protocols/overlap/index.ts';
import { memoryBaseOtStore } from '../../protocols/vole/index.ts';
import { partyId, type PartyId } from '../kit/party.ts';
import { type MeasuredQuestion, type Part, type QuestionSettings, runPart } from './part.ts';
import { sameElements } from './same-elements.ts';

const RECEIVER: PartyId = partyId('bank-a');
const HOLDER: PartyId = partyId('bank-b');

export interface OverlapLists {
  readonly asked: readonly string[];
  readonly held: readonly string[];
}

/** `count` names of 18 characters each; every other one of the receiver's is also the holder's. */
export function overlapLists(count: number): OverlapLists {
  const asked = Array.from({ length: count }, (_, k) => nameOf('DE', k));
  const held = asked.map((account, k) => (k % 2 === 0 ? account : nameOf('FR', k)));
  return { asked, held };
}

/** One flat string, as a reader of a file makes it; of a sum the engine would keep both parts as well. */
function nameOf(country: string, k: number): string {
  return [country, 10 ** 15 + k * 7919].join('');
}

/** The answer to those lists. */
export function expectedOverlap(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, k) => 1 - (k % 2));
}

export function overlapSizeParameters({
  engine,
  accounts,
  security,
}: Pick<QuestionSettings, 'engine' | 'accounts' | 'security'>): OverlapParameters {
  return overlapParameters({
    receiver: RECEIVER,
    holder: HOLDER,
    mode: 'receiver',
    receiverItems: accounts,
    holderItems: accounts,
    acknowledged: ['receiver-learns-row-level-overlap'],
    engine,
    ...(security === undefined ? {} : { security }),
  });
}

/** A process of a party makes one, and with it the base transfers that it keeps. */
export function createOverlapQuestion(): MeasuredQuestion {
  const keeping = keepingOverlap(memoryBaseOtStore());
  return {
    name: 'overlap',
    parties: () => ({ all: [RECEIVER, HOLDER], asker: RECEIVER }),
    part(settings, self): Part {
      const { accounts } = settings;
      const parameters = overlapSizeParameters(settings);
      const { asked, held } = overlapLists(accounts);
      const isReceiver = self === RECEIVER;
      const input = { accounts: [{ accounts: isReceiver ? asked : held }] };
      const expected = isReceiver ? expectedOverlap(accounts) : undefined;
      return {
        securityModel: `${overlap.spec.securityModel}; here: ${parameters.security}`,
        async run(surroundings, finished) {
          const { output, report } = await runPart(
            { protocol: surroundings.keep ? keeping : overlap, parameters, input, initiator: RECEIVER },
            surroundings,
          );
          finished();
          const rows = output?.kind === 'rows' ? output.held : undefined;
          return { report, correct: sameElements(rows, expected) };
        },
      };
    },
  };
}
