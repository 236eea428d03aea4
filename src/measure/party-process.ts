/** The program that `measureQuestion` starts for every party. */
import { createFlagQuestion } from './flag-question.ts';
import { createOverlapQuestion } from './overlap-question.ts';
import { serveParty } from './serve-party.ts';

serveParty([createFlagQuestion(), createOverlapQuestion()]);
