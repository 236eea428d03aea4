/** How the statistical error of a run is shared out. */
import { STATISTICAL_BITS } from '../../src/kit/protocol.ts';

/** Of each of the four events that may share its error: a tag, a confirmation, a hash, and all others together. */
export const EVENT_BITS: number = STATISTICAL_BITS + 2;
