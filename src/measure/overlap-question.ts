/** overlap as a measured question: two institutions with as many accounts each, every other one of them in both lists. */
import {
  keepingOverlap,
  overlap,
  type OverlapParameters,
  overlapParameters,
  type OverlapRows,
} from '../../protocols/overlap/index.ts';
import { memoryBaseOtStore } from '../../protocols/vole/index.ts';
import { ranges } from '../crypto/steps.ts';
import { AGREED_SIZES_PER_OCTAVE } from '../kit/declared-size.ts';
import { partyId, type PartyId } from '../kit/party.ts';
import { keptRows } from './kept-text.ts';
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
  return { asked: accountsFrom(0, count, askedAccount), held: accountsFrom(0, count, heldAccount) };
}

const askedAccount = (k: number): string => nameOf('DE', k);
const heldAccount = (k: number): string => nameOf(k % 2 === 0 ? 'DE' : 'FR', k);

function accountsFrom(from: number, count: number, accountOf: (k: number) => string): readonly string[] {
  return Array.from({ length: count }, (_, k) => accountOf(from + k));
}

/** Longer ones are made up while they are read, as those of a file are, and not kept. */
const MOST_KEPT: number = 2 ** 20;
const BATCH_ROWS = 4096;

async function madeUpList(count: number, accountOf: (k: number) => string): Promise<Iterable<OverlapRows>> {
  const list = {
    *[Symbol.iterator](): Generator<OverlapRows> {
      for (const [from, to] of ranges(count, BATCH_ROWS)) {
        yield { accounts: accountsFrom(from, to - from, accountOf) };
      }
    },
  };
  return count <= MOST_KEPT ? await keptRows(list, count) : list;
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
    // The numbers are agreed on here, whatever the lists.
    sizesPerOctave: AGREED_SIZES_PER_OCTAVE,
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
    async part(settings, self): Promise<Part> {
      const { accounts } = settings;
      const parameters = overlapSizeParameters(settings);
      const isReceiver = self === RECEIVER;
      const input = { accounts: await madeUpList(accounts, isReceiver ? askedAccount : heldAccount) };
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
