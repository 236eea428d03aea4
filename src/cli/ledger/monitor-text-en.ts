/** The texts of `blindflag monitor` in English. */
import type { MonitorTexts } from './monitor-texts.ts';
import { integer } from '../screen/number-format.ts';
import { englishRefusals } from './ledger-text-en.ts';
import { refusalReason } from './refusal-reason.ts';

const AGREEMENTS = {
  'contract-signed': 'the contract was signed here',
  'contract-revoked': 'the contract was revoked here',
  'grant-revoked': 'a grant was revoked here',
} as const;

export const englishMonitorTexts: MonitorTexts = {
  help: {
    about: 'tell what happens at the running node, as its ledger has it, until interrupted',
    json: 'one JSON object a line',
  },
  event(event) {
    switch (event.kind) {
      case 'admitted':
        return `begun    ${event.run.slice(0, 8)}  ${event.asker} asks '${event.question}' about up to ${integer(event.bucket)} accounts`;
      case 'opening':
        return `opening  ${event.run.slice(0, 8)}  from here on an answer may have opened`;
      case 'ended':
        return `ended    ${event.run.slice(0, 8)}  ${event.outcome}${event.phase === undefined ? '' : ` in ${event.phase}`}${event.party === undefined ? '' : `, ${event.party}`}`;
      case 'refused':
        return `refused  ${event.peer}${event.question === undefined ? '' : `, '${event.question}'`}: ${refusalReason(event.reason, englishRefusals)}; ${integer(event.count)} today`;
      case 'sealed':
        return `sealed   ${event.run.slice(0, 8)}  ledgers and transcript signed with ${event.peers.join(', ')}`;
      case 'frozen':
        return `frozen   '${event.question}': the ${event.dataset} of ${event.period}`;
      case 'agreement':
        return `agreed   '${event.question}': ${AGREEMENTS[event.what]}`;
      default:
        return event satisfies never;
    }
  },
  alert: (text) => `ALERT    ${text}`,
  missed: (count) => `${integer(count)} events were left out: this screen was too slow`,
};
