/** What the conformance suite has to know of a protocol: how to run it, what comes out, what may differ. */
import type { PartyId } from '../../src/kit/party.ts';
import type { ProtocolDefinition } from '../../src/kit/protocol.ts';
import type { InMemoryRun } from '../../src/testing.ts';

/** The same question with other data. */
export interface Variant<P, I> {
  readonly name: string;
  readonly run: InMemoryRun<P, I>;
}

/** Parameters in which one field differs, and the names under which that may be reported. */
export interface Disagreement<P> {
  readonly field: string;
  readonly parameters: P;
  /** Any of them: a change of the parties shows in the offer's own fields before the parameters. */
  readonly reportedAs: readonly string[];
  /** Text of the changed value, which no error may show. */
  readonly value: string;
}

export interface ProtocolCase<P, I, T, O> {
  readonly name: string;
  readonly protocol: ProtocolDefinition<P, I, T, O>;
  /** A run takes long: the suite makes few of them. */
  readonly slow: boolean;
  run(seed: number): InMemoryRun<P, I>;
  /** Compares the outputs of the parties that succeeded with the ideal functionality; throws when they differ. */
  expect(outputs: ReadonlyMap<PartyId, O>, seed: number): void;
  /** The weaker check where a change cannot be seen: outputs are complete and well formed, with any content. */
  expectComplete(outputs: ReadonlyMap<PartyId, O>, seed: number): void;
  /** Runs whose parameters and declared leakage are equal: their traffic must be as well. */
  equalLeakage(seed: number): readonly Variant<P, I>[];
  disagreements(seed: number): readonly Disagreement<P>[];
  /** Items of a party that no other party may ever see, in any form. */
  secrets(seed: number): ReadonlyMap<PartyId, readonly string[]>;
}

/** Methods are bivariant, so every case is one of these. */
export type AnyCase = ProtocolCase<unknown, unknown, unknown, unknown>;
