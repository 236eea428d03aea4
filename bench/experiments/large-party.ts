/** The program of a party of a large question. */
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import { serveParty } from '../../src/measure/serve-party.ts';
import { createLargeFlag } from './large-flag.ts';

serveParty([createOverlapQuestion(), createLargeFlag()]);
