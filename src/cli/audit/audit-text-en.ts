/** The texts of `blindflag audit` in English. */
import type { AuditTexts } from './audit-texts.ts';
import { integer } from '../screen/number-format.ts';

export const englishAuditTexts: AuditTexts = {
  help: {
    about:
      'execute the part of this institution in a run again and compare every message with what it sent; the exit code is ' +
      '0 only where all are equal and every other party countersigned',
    json: 'the result as JSON',
  },
  working: 'executing the run again ...',
  run: ({ run, question, protocol, initiator, startedAt, roles }) =>
    `Run ${run}: ${question} (${protocol}), asked by ${initiator} at ${startedAt}; here as ${roles.join(', ')}`,
  equal: (messages) => `EQUAL: all ${integer(messages)} messages are what honest software sends`,
  partial: 'The run ended before its time: this is true of what there was of it, and nobody countersigned it.',
  sealedBy: (peers) =>
    peers.length === 0
      ? 'No peer countersigned the transcript.'
      : `Countersigned, the same transcript: ${peers.join(', ')}`,
  different: ({ kind, message: { peer, channel, message, number } }) => {
    const which = `message ${number + 1} (${message}) to ${peer} on channel ${channel}`;
    switch (kind) {
      case 'content':
        return `DIFFERENT: ${which} is not what honest software sends`;
      case 'missing':
        return `DIFFERENT: ${which} was sent, and honest software does not send it`;
      case 'withheld':
        return `DIFFERENT: ${which} was not sent, and honest software sends it`;
      default:
        return kind satisfies never;
    }
  },
  otherInput: 'The run was opened with another list, or another seed, than the record has.',
  otherSeed: 'DIFFERENT: the seed of the record is not the one that the ledger committed to before anything opened',
  otherList: (period) =>
    `DIFFERENT: the list of the record is not the one whose root the ledger has${period === undefined ? '' : ` for ${period}`}`,
  otherTranscript: (peer) => `DIFFERENT: ${peer} countersigned another transcript than this record gives`,
  notExecutable: ({ code, phase, party }) =>
    `DIFFERENT: honest software ends this run with ${code}${phase === undefined ? '' : ` in ${phase}`}${party === undefined ? '' : `, because of ${party}`}`,
  means:
    'It shows that this institution followed the protocol with the list and the seed that it committed to. It does not show ' +
    'that the list is true, nor what else was done with what the run left here.',
  unbound:
    'It does not show that this institution followed the protocol: of what it said to who did not countersign, the record ' +
    'may leave something out. If the ledger says that this run was opening, this institution has to explain how it ended.',
};
