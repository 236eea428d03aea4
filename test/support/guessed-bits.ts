/** What a check of transfers lets through: a guess of Delta's bits, and nothing else. */
import { expect } from 'vitest';
import { DELTA_BITS } from '../../src/crypto/subfield-vole.ts';
import { ProtocolError } from '../../src/errors.ts';

/** `attempt` cheats in one tree: it must pass where Delta is zero there, and be refused elsewhere; both must happen. */
export function expectGuessesAlonePass(
  { delta, depth }: { readonly delta: Uint8Array; readonly depth: number },
  attempt: (tree: number) => unknown,
): void {
  const outcomes = Array.from({ length: DELTA_BITS / depth }, (_, tree) => {
    const guessed = delta.subarray(tree * depth, (tree + 1) * depth).every((bit) => bit === 0);
    try {
      attempt(tree);
      return [guessed, 'accepted'];
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      return [guessed, 'refused'];
    }
  });
  for (const [guessed, outcome] of outcomes) expect(outcome).toBe(guessed ? 'accepted' : 'refused');
  expect(new Set(outcomes.map(([, outcome]) => outcome)).size).toBe(2);
}
