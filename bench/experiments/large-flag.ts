/** Questions about lists that are larger than a bench repeats: what is made up for them is made while it is read, and not kept. */
import { type FlagInput, flag, flagParameters, type FlagParameters } from '../../protocols/flag/index.ts';
import { AGREED_SIZES_PER_OCTAVE } from '../../src/kit/declared-size.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { askedAccounts, EvidenceList, expectedFlags } from '../../src/measure/flag-lists.ts';
import { type MeasuredQuestion, type Part, runPart } from '../../src/measure/part.ts';
import { sameElements } from '../../src/measure/same-elements.ts';

export const LARGE_FLAG = 'large-flag';
/** Rows of a contributor's list, of the asker's ten. */
const CONTRIBUTOR_SHARE = 0.3;
const CONTRIBUTORS = ['bank-1', 'bank-2', 'bank-3'] as const;

function largeFlagParameters(accounts: number): FlagParameters {
  return flagParameters({
    asker: 'bank-0',
    contributors: CONTRIBUTORS,
    quorum: 2,
    score: { threshold: 200, max: 255 },
    askerItems: accounts,
    contributorItems: CONTRIBUTORS.map(() => contributorRows(accounts)),
    sizesPerOctave: AGREED_SIZES_PER_OCTAVE,
  });
}

const contributorRows = (accounts: number): number => Math.ceil(accounts * CONTRIBUTOR_SHARE);

/** One institution asks three others, which list three rows for ten of its own. */
export function createLargeFlag(): MeasuredQuestion {
  return {
    name: LARGE_FLAG,
    parties({ accounts }) {
      const parameters = largeFlagParameters(accounts);
      return { all: [...flag.spec.roles(parameters).keys()], asker: parameters.asker };
    },
    async part({ accounts }, self): Promise<Part> {
      const parameters = largeFlagParameters(accounts);
      const expected = self === parameters.asker ? await expectedAnswer(accounts) : undefined;
      return {
        securityModel: flag.spec.securityModel,
        async run(surroundings, finished) {
          const { output, report } = await runPart(
            { protocol: flag, parameters, input: inputOf(self, accounts), initiator: parameters.asker },
            surroundings,
          );
          finished();
          return { report, correct: sameElements(output?.flagged, expected) };
        },
      };
    },
  };
}

function inputOf(self: PartyId, accounts: number): FlagInput {
  const number = numberOf(self);
  return number === 0 ? { accounts: askedAccounts(accounts) } : { evidence: evidenceOf(number, accounts).rows() };
}

function evidenceOf(number: number, accounts: number): EvidenceList {
  return new EvidenceList(number, contributorRows(accounts));
}

/** Behind the last row of the others nobody lists anything. */
async function expectedAnswer(accounts: number): Promise<Uint8Array> {
  const expected = new Uint8Array(accounts);
  const lists = CONTRIBUTORS.map((name) => evidenceOf(numberOf(name), accounts));
  expected.set(await expectedFlags(lists, contributorRows(accounts)));
  return expected;
}

function numberOf(name: string): number {
  return Number(name.replace('bank-', ''));
}
