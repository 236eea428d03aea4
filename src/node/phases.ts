/** Phases by which nodes tell each other why a run ends, and the way in which a phase writes names. */

/** Not now. Initiators may try again. */
export const BUSY_PHASE = 'node/busy';
export const STOPPING_PHASE = 'node/stopping';

/** A phase has no capital letters: `askerBucket` is `asker-bucket`. */
export function fieldPhase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
