/** The program of a party where the committee is measured as well. */
import { createFlagQuestion } from '../../src/measure/flag-question.ts';
import { createOverlapQuestion } from '../../src/measure/overlap-question.ts';
import { serveParty } from '../../src/measure/serve-party.ts';
import { createCommitteeQuestion } from './committee-question.ts';

serveParty([createFlagQuestion(), createOverlapQuestion(), createCommitteeQuestion()]);
