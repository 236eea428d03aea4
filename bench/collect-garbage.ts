import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');

/** Collects all garbage now, so that what one run left behind is not collected in the next one's time. */
export const collectGarbage: () => void = runInNewContext('gc') as () => void;
