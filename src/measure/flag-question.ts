/** flag as a measured question: one institution asks about all of its accounts, every other one lists as many. */
import { flag, type FlagInput, keepingFlag } from '../../protocols/flag/index.ts';
import { dhOprf, voleOprf } from '../../protocols/oprf/index.ts';
import { memoryBaseOtStore, noBaseOtStore } from '../../protocols/vole/index.ts';
import type { PartyId } from '../kit/party.ts';
import { askedAccounts, EvidenceList, expectedFlags, flagSizeParameters } from './flag-lists.ts';
import { keptRows } from './kept-text.ts';
import { type MeasuredQuestion, type Part, type QuestionSettings, runPart } from './part.ts';
import { sameElements } from './same-elements.ts';

const OPRF_MODELS: Readonly<Record<string, string>> = {
  vole: voleOprf(noBaseOtStore).securityModel,
  dh: dhOprf.securityModel,
};

/** A process of a party makes one, and with it the base transfers that it keeps. */
export function createFlagQuestion(): MeasuredQuestion {
  const keeping = keepingFlag(memoryBaseOtStore());
  return {
    name: 'flag',
    parties(settings) {
      const parameters = flagSizeParameters(settings);
      const { asker } = parameters;
      return { all: [...flag.spec.roles(parameters).keys()], asker };
    },
    async part(settings, self): Promise<Part> {
      const parameters = flagSizeParameters(settings);
      const expected = self === parameters.asker ? await expectedAnswer(settings) : undefined;
      const input = await madeUpInput(settings, self);
      return {
        securityModel: `${flag.spec.securityModel}; OPRF: ${OPRF_MODELS[settings.engine] ?? settings.engine}`,
        async run(surroundings, finished) {
          const { output, report } = await runPart(
            { protocol: surroundings.keep ? keeping : flag, parameters, input, initiator: parameters.asker },
            surroundings,
          );
          finished();
          const correct = sameElements(output?.flagged, expected);
          return { report, correct };
        },
      };
    },
  };
}

/** Made before anything is timed. */
async function madeUpInput(settings: QuestionSettings, self: PartyId): Promise<FlagInput> {
  const { asker, contributors } = flagSizeParameters(settings);
  if (self === asker) return { accounts: await keptRows(askedAccounts(settings.accounts), settings.accounts) };
  if (!contributors.includes(self)) return {};
  const list = new EvidenceList(institutionNumber(self), settings.accounts);
  return { evidence: await keptRows(list.rows(), settings.accounts) };
}

async function expectedAnswer(settings: QuestionSettings): Promise<Uint8Array> {
  const { contributors } = flagSizeParameters(settings);
  const lists = contributors.map((name) => new EvidenceList(institutionNumber(name), settings.accounts));
  return await expectedFlags(lists, settings.accounts);
}

function institutionNumber(name: string): number {
  return Number(name.replace('bank-', ''));
}
