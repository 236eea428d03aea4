/** What all kinds of questions share when a run is planned. */
import { InternalError, UsageError } from '../../errors.ts';
import type { Plain } from '../../kit/offer.ts';
import type { PartyId } from '../../kit/party.ts';
import type { ProtocolDefinition } from '../../kit/protocol.ts';
import type { QuestionKind } from './question.ts';

/** The same protocol; a run's roles begin when it is open. */
export function tellingOpened<P, I, T, O>(
  definition: ProtocolDefinition<P, I, T, O>,
  onOpened: () => void = () => undefined,
): ProtocolDefinition<P, I, T, O> {
  return {
    ...definition,
    run(io, parameters, prepared) {
      onOpened();
      return definition.run(io, parameters, prepared);
    },
  };
}

/** A size that a peer's offer declares under this name; undefined where it declares none. */
export function declaredSize(parameters: Plain, name: string): number | undefined {
  if (typeof parameters !== 'object' || !Object.hasOwn(parameters, name)) return undefined;
  const size = (parameters as { readonly [key: string]: Plain })[name];
  return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : undefined;
}

/** The smallest power of two that is not below. */
export function powerOfTwoFor(count: number): number {
  return 2 ** Math.ceil(Math.log2(count));
}

/**
 * What an asker shows of the size of its list: the power of two that is not below, or what was agreed on where that is less than twice as
 * much: else the two together could say that the list is between a power of two and a little more.
 * @throws UsageError `too-many-items`
 */
export function shownItems(
  items: number,
  { asker, smallest }: { readonly asker: number; readonly smallest: number },
): number {
  if (items <= asker) {
    const power = powerOfTwoFor(Math.max(items, smallest));
    return 2 * power > asker ? asker : power;
  }
  throw new UsageError(`Cannot ask: more accounts than the agreed ${asker}`, {
    code: 'too-many-items',
    phase: 'input',
    remedy: 'agree on a larger bucket with the other parties, or split the list',
  });
}

/** Terms come to the kind that their protocol names. */
export function notOfKind(kind: string): InternalError {
  return new InternalError(`Cannot plan run: the terms are not those of ${kind}`, { code: 'internal' });
}

/** @throws UsageError `bad-parameter` when a question to one institution names none that answers it, or one to all does */
export function chosenPeer(peers: ReturnType<QuestionKind['peers']>, given: string | undefined): PartyId | undefined {
  if (peers === 'all') {
    if (given === undefined) return undefined;
    throw new UsageError('Cannot ask: this question goes to all its parties at once', {
      code: 'bad-parameter',
      phase: 'configuration',
      remedy: 'name no peer',
    });
  }
  const peer = peers.find((party) => party === given);
  if (peer !== undefined) return peer;
  const state = given === undefined ? 'no peer is named' : 'the named peer does not answer this question';
  throw new UsageError(`Cannot ask: ${state}`, {
    code: 'bad-parameter',
    phase: 'configuration',
    remedy: peers.length === 0 ? 'agree on holders of the question' : `name one of: ${peers.join(', ')}`,
  });
}
