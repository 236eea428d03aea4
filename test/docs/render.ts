/** The tables of README files, from the specs that the code runs by and the results that the benches wrote. */
import { flag, flagParameters, type FlagParameters } from '../../protocols/flag/index.ts';
import { createMatch } from '../../protocols/match/index.ts';
import { overlap } from '../../protocols/overlap/index.ts';
import { sharedAnd } from '../../protocols/committee/index.ts';
import { createOprf, dhOprf, voleOprf } from '../../protocols/oprf/index.ts';
import { createVole, noBaseOtStore } from '../../protocols/vole/index.ts';
import { addLog2, type FlowRow } from '../../src/kit/protocol.ts';
import { measuredTable } from '../../bench/measured-table.ts';
import { loadPage } from '../../bench/page/page-results.ts';
import { questionsTable } from '../../bench/page/questions-table.ts';
import { loadReports } from '../../bench/results.ts';
import { markdownTable } from './blocks.ts';

function institutions(count: number, accounts: number): FlagParameters {
  const [asker, ...contributors] = Array.from({ length: count }, (_, k) => `bank-${k}`);
  return flagParameters({
    asker,
    contributors,
    ...(count === 3 ? { committee: [...contributors, 'clearing-house'] } : {}),
    askerItems: accounts,
    contributorItems: contributors.map(() => accounts),
    score: { threshold: 3, max: 255 },
    acknowledged: ['positive-answer-names-all-contributors'],
  });
}

const number = (value: number): string => value.toLocaleString('en-US');
const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 2 : 1);
const accountsLabel = (accounts: number): string => number(accounts);

function bytesFrom(flow: readonly FlowRow[], party: string): number {
  return flow.reduce((sum, row) => sum + (row.from === party ? row.bytes : 0), 0);
}

/** Message rows of one run, roles instead of names, equal rows joined. */
function flagFlowTable(): string {
  const parameters = institutions(4, 1000);
  const role = (party: string): string => (party === parameters.asker ? 'asker' : 'contributor');
  const rows = new Map<string, { count: number; bytes: number; cells: readonly string[] }>();
  for (const row of flag.spec.flow(parameters)) {
    const channel = row.channel
      .replace(/input:bank-0/, 'input:asker')
      .replace(/input:bank-\d/, 'input:contributor')
      .replace(/to-\d-\d/, 'to-…');
    const between = ['committee', 'compare', 'gates', 'decide'].some((name) => channel.endsWith(name));
    const from = between || channel.endsWith('open') ? 'member' : role(row.from);
    const to = between || channel.includes('input') ? 'member' : role(row.to);
    const key = [channel, from, to, row.message].join();
    const known = rows.get(key) ?? { count: 0, bytes: 0, cells: [channel, `${from} → ${to}`, row.message] };
    rows.set(key, { ...known, count: known.count + row.count, bytes: known.bytes + row.bytes });
  }
  return markdownTable(
    ['channel', 'from → to', 'message', 'messages', 'bytes'],
    [...rows.values()].map(({ cells, count, bytes }) => [
      ...cells.map((cell) => `\`${cell}\``),
      number(count),
      number(bytes),
    ]),
  );
}

function protocolTable(): string {
  const row = (folder: string, id: string, what: string, model: string): string[] => [
    `[${folder}](protocols/${folder}/README.md)`,
    `\`${id}\``,
    what,
    model,
  ];
  const vole = createVole(noBaseOtStore);
  const engines = [voleOprf(noBaseOtStore), dhOprf];
  const match = createMatch(engines[0]);
  return markdownTable(
    ['protocol', 'id', 'what it does', 'security model'],
    [
      row(
        'flag',
        flag.spec.id,
        'question: which of my accounts reach the quorum and the joint score',
        flag.spec.securityModel,
      ),
      row(
        'overlap',
        overlap.spec.id,
        'question: which accounts two institutions have in common; a named disclosure',
        overlap.spec.securityModel,
      ),
      row('match', match.spec.id, 'block: shares of “do you hold it” and “with what score”', match.spec.securityModel),
      row(
        'committee',
        sharedAnd.spec.id,
        'block: three members compute on shares, open to one receiver',
        sharedAnd.spec.securityModel,
      ),
      ...engines
        .map((engine) => createOprf(engine).spec)
        .map(({ id, securityModel }) => row('oprf', id, 'block: one oblivious evaluation per bin', securityModel)),
      row('vole', vole.spec.id, 'block: correlated randomness of two parties', vole.spec.securityModel),
    ],
  );
}

function costTable(): string {
  const sizes: readonly (readonly [number, number])[] = [
    [3, 1_000],
    [4, 1_000],
    [5, 10_000],
    [5, 100_000],
    [10, 100_000],
  ];
  return markdownTable(
    [
      'institutions',
      'accounts each',
      'asker sends, MB',
      'a contributor sends, MB',
      'all together, MB',
      'rounds',
      'error of a run',
    ],
    sizes.map(([count, accounts]) => {
      const parameters = institutions(count, accounts);
      const flow = flag.spec.flow(parameters);
      const errorLog2 = addLog2(flag.spec.failures(parameters).map(({ log2 }) => log2));
      return [
        number(count),
        accountsLabel(accounts),
        megabytes(bytesFrom(flow, parameters.asker)),
        megabytes(bytesFrom(flow, parameters.contributors[0])),
        megabytes(flow.reduce((sum, row) => sum + row.bytes, 0)),
        String(flag.spec.rounds(parameters)),
        `2^${errorLog2.toFixed(1)}`,
      ];
    }),
  );
}

/** The generated part `name`, or undefined where nothing renders it. */
export function renderBlock(name: string): string | undefined {
  switch (name) {
    case 'flow flag':
      return flagFlowTable();
    case 'protocols':
      return protocolTable();
    case 'costs':
      return costTable();
    case 'questions':
      return questionsTable(loadPage());
    case 'measured':
      return measuredTable(loadReports());
    default:
      return undefined;
  }
}
