/** All libraries at all tasks; what a whole question or the committee of this package takes is measured in processes of its parties. */
import { curveCases } from './curve-cases.ts';
import { empCases } from './emp-cases.ts';
import { hashCases } from './hash-cases.ts';
import { jiffCases } from './jiff-cases.ts';
import type { PeerCase } from './peer-case.ts';
import { prioCases } from './prio-cases.ts';
import { psiCases } from './psi-cases.ts';

export const peerCases: readonly PeerCase[] = [
  ...psiCases,
  ...hashCases,
  ...curveCases,
  ...jiffCases,
  ...empCases,
  ...prioCases,
];
