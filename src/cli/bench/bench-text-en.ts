/** The texts of `blindflag bench` in English. */
import type { BenchTexts } from './bench-texts.ts';
import { bound, byteSize, integer } from '../screen/number-format.ts';

export const englishBenchTexts: BenchTexts = {
  help: {
    about: 'measure a question on this machine: every institution in a process of its own, made-up lists',
    accounts: 'accounts of every list, 32 or more, also as 1e5 (default: 10000)',
    institutions: 'number of institutions of flag, 3 to 10 (default: 5)',
    security: 'of overlap: malicious or semi-honest (default: malicious with engine vole)',
    threads: 'worker threads of every institution; 0 computes in its main thread (default: 0)',
    runs: 'runs behind a median (default: 3)',
    csv: 'print a line of comma-separated values per institution',
  },
  working: (step) =>
    ({
      cold: 'Measuring the first run of fresh processes ...',
      'warm-up': 'Warming up with small runs ...',
      warm: 'Measuring warm runs ...',
    })[step],
  title: ({ settings, protocol, threads, rounds, failureLog2 }) =>
    `${protocol}, engine ${settings.engine}: ${settings.institutions} institutions, ${integer(settings.accounts)} ` +
    `accounts each, ${threads} worker threads each; ${rounds} rounds, error at most ${bound(failureLog2)}`,
  line: ({ state, baseTransfers, runs, wallMs, cpuMs, bytes }) =>
    `${state}, base transfers ${baseTransfers}: ${milliseconds(wallMs.median)} at the institution that asks ` +
    `(${milliseconds(wallMs.min)} to ${milliseconds(wallMs.max)}, ${runs} ${runs === 1 ? 'run' : 'runs'}), ` +
    `CPU of all ${milliseconds(cpuMs.median)}, sent by all ${byteSize(bytes)}`,
  columns: { party: 'party', cpu: 'CPU', memory: 'peak memory', sent: 'sent', received: 'received' },
  total: 'all',
  note:
    'All answers equal the plaintext rule. All institutions share this machine; CPU time says more than wall time ' +
    'where it does other work.',
};

function milliseconds(ms: number): string {
  return ms < 1000 ? `${Number(ms.toPrecision(3))} ms` : `${Number((ms / 1000).toPrecision(3))} s`;
}
