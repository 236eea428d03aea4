/** Randomness for one purpose of a role, whose key is wiped with the role's other secrets. */
import { Prg, type PrgDraw, SEED_BYTES } from '../crypto/prg.ts';
import type { Secrets } from '../crypto/secrets.ts';
import type { Io } from './io.ts';

interface HeldDraw {
  readonly bytes: number;
  readonly secrets: Secrets;
}

/** A draw from a fresh seed. `purpose` tells it from the channel's other ones. */
export function heldDraw(
  io: Pick<Io, 'rng' | 'sid' | 'phase'>,
  purpose: string,
  { bytes, secrets }: HeldDraw,
): PrgDraw {
  const draw = new Prg(secrets.hold(io.rng(SEED_BYTES)), io.sid, `${io.phase} ${purpose}`).draw(bytes);
  secrets.hold(draw.key);
  return draw;
}
