/** Whether the questions of a configuration can run at all, and with whom. */
import { MpcError, UsageError } from '../../errors.ts';
import type { PartyId } from '../../kit/party.ts';
import type { NodeConfig, QuestionTerms } from '../config/node-config.ts';
import { kindOf } from '../node-context.ts';
import type { QuestionKind } from './question.ts';

interface CheckedParts {
  readonly config: NodeConfig;
  readonly questions: readonly QuestionKind[];
  readonly peerKeys: ReadonlyMap<PartyId, Uint8Array>;
}

/**
 * What can never run is found at the start, not when a peer asks.
 * @throws UsageError `bad-parameter` that says where in the configuration it is
 */
export function checkQuestions({ config, questions: kinds, peerKeys }: CheckedParts): void {
  for (const [index, terms] of config.questions.entries()) {
    const kind = kindOf(kinds, terms);
    const allowed = config.allow.filter(({ question }) => question === terms.name).flatMap((entry) => entry.askers);
    const own = kind.peers(terms, config.name);
    const askers = own === 'all' ? [...new Set([...allowed, ...(terms.askers ?? [])])] : allowed;
    const runs = [
      ...askers.map((asker) => ({ asker, peer: config.name })),
      // Where the terms are of two parties, an own question shows whether they hold together.
      ...(own === 'all' ? [] : own.map((peer) => ({ asker: config.name, peer }))),
    ];
    for (const run of runs) {
      const planned = planFor(kind, { terms, ...run, where: `$.questions[${index}]` });
      for (const party of planned.roles.keys()) {
        if (party !== config.name && !peerKeys.has(party)) throw missingKey(party);
      }
    }
  }
}

function planFor(
  kind: QuestionKind,
  {
    terms,
    asker,
    peer,
    where,
  }: { readonly terms: QuestionTerms; readonly asker: PartyId; readonly peer: PartyId; readonly where: string },
): ReturnType<QuestionKind['plan']> {
  try {
    return kind.plan(terms, { asker, peer, items: terms.buckets.asker });
  } catch (error) {
    if (!(error instanceof MpcError)) throw error;
    throw new UsageError(`Cannot start: ${where} allows '${asker}' to ask what cannot run: ${error.message}`, {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: error.remedy ?? 'correct the terms of the question',
      cause: error,
    });
  }
}

function missingKey(party: PartyId): UsageError {
  return new UsageError('Cannot start: a party of a question has no public key here', {
    code: 'bad-parameter',
    phase: 'configuration',
    party,
    remedy: 'add the card that its operator gave you to its entry under peers',
  });
}
