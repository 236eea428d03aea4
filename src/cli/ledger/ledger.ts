/** `blindflag ledger`: checks a node's ledger and shows it. No node has to run, and nothing is changed. */
import { join } from 'node:path';
import { contractHash } from '../../governance/contract.ts';
import { decodeContractFile } from '../../governance/contract-codec.ts';
import { checkLedger, type LedgerVerdict } from '../../governance/ledger-check.ts';
import type { LedgerEntry, LedgerHead } from '../../governance/ledger-entry.ts';
import { readCard } from '../../net/identity-file.ts';
import { platformVerify } from '../../net/platform-signature.ts';
import { agreedLimits } from '../../node/agreements/admission.ts';
import { readConfig } from '../../node/config/config.ts';
import { contractFolder } from '../../node/agreements/contract-folder.ts';
import { LEDGER_FILE, readLedgerFile } from '../../node/ledger/ledger-file.ts';
import type { AgreedQuestion } from '../../node/ledger/budget-lines.ts';
import { LedgerReading, type LedgerOverview } from '../../node/ledger/ledger-overview.ts';
import type { NodeConfig } from '../../node/config/node-config.ts';
import { pinnedPeer } from '../../service/pinned-peer.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { displayWidth, padEndColumns } from '../screen/display-width.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { LedgerShowOptions, LedgerVerifyOptions } from './ledger-arguments.ts';
import { minuteOf } from '../screen/minute-of.ts';
import type { Surroundings } from '../surroundings.ts';
import type { Texts } from '../texts.ts';

export async function runLedgerVerify(
  { folder, json, heads }: LedgerVerifyOptions,
  { stdout, stderr }: Surroundings,
  { ledger }: Texts,
): Promise<number> {
  const verdict = await check(await readConfig(join(folder, CONFIG_FILE)), {
    heads,
    onPiece: (bytes) => void stderr.write(`${ledger.piece(bytes)}\n`),
  });
  stdout.write(json ? `${JSON.stringify(verdict, undefined, 2)}\n` : `${verdictLine(verdict, ledger)}\n`);
  return codeOf(verdict);
}

export async function runLedgerShow(
  { folder, json }: LedgerShowOptions,
  { stdout, stderr, wallClock }: Surroundings,
  { ledger }: Texts,
): Promise<number> {
  const config = await readConfig(join(folder, CONFIG_FILE));
  const reading = new LedgerReading();
  // What stands behind a bad entry is nobody's word.
  const verdict = await check(config, {
    heads: [],
    onEntry: (entry) => reading.add(entry),
    onPiece: (bytes) => void stderr.write(`${ledger.piece(bytes)}\n`),
  });
  const agreed = await agreedQuestions(config, folder);
  const overview = reading.overview({ allow: config.allow, agreed }, wallClock.now());
  stdout.write(
    json ? `${JSON.stringify({ verdict, ...overview }, undefined, 2)}\n` : screen(verdict, overview, ledger),
  );
  return codeOf(verdict);
}

async function check(
  { name, identity, store, peers }: NodeConfig,
  {
    onPiece,
    ...options
  }: {
    readonly heads: readonly LedgerHead[];
    readonly onEntry?: (entry: LedgerEntry) => void;
    readonly onPiece: (bytes: number) => void;
  },
): Promise<LedgerVerdict> {
  const { signingKey } = await readCard(identity);
  return await checkLedger(readLedgerFile(join(store, LEDGER_FILE), onPiece), {
    party: name,
    publicKey: signingKey,
    verify: platformVerify,
    peerKeys: new Map(peers.map(pinnedPeer).map((peer) => [peer.name, peer.signingKey])),
    ...options,
  });
}

/** Questions whose contract file is here, signed by all or not: what it limits is counted by its hash. */
async function agreedQuestions(config: NodeConfig, folder: string): Promise<readonly AgreedQuestion[]> {
  const files = contractFolder(folder);
  const signed = config.questions.filter(({ agreement }) => agreement === 'signed');
  const found = await Promise.all(
    signed.map(async ({ name }): Promise<readonly AgreedQuestion[]> => {
      const text = await files.read(name);
      if (text === undefined) return [];
      const { contract } = decodeContractFile(text);
      const agreement = { kind: 'signed', contract, hash: contractHash(contract) } as const;
      const askers = contract.inputs.filter(({ dataset }) => dataset === 'accounts').map(({ inst }) => inst);
      return [
        {
          question: name,
          contributors: [config.name],
          askers: askers.flatMap((asker) => {
            const limits = agreedLimits(agreement, asker);
            // Where each institution answers for itself, the others count what this one asks them.
            const isCounted = limits !== undefined && (limits.oneRule || asker !== config.name);
            return isCounted ? [[asker, limits] as const] : [];
          }),
        },
      ];
    }),
  );
  return found.flat();
}

function screen(verdict: LedgerVerdict, overview: LedgerOverview, ledger: Texts['ledger']): string {
  const { labels } = ledger;
  const dated = <T extends { readonly at: string }>(entry: T): T & { readonly minute: string } => ({
    ...entry,
    minute: minuteOf(entry.at),
  });
  const sections: readonly (readonly [label: string, lines: readonly string[]])[] = [
    [labels.ledger, [verdictLine(verdict, ledger)]],
    [labels.budgets, overview.budgets.map((line) => ledger.budget(line))],
    [labels.runs, overview.runs.map((run) => ledger.run(dated(run)))],
    [labels.refusals, overview.refusals.map((refusal) => ledger.refusal(dated(refusal)))],
    [
      labels.alerts,
      overview.alerts.map(
        ({ at, alert, peer, question }) => `${minuteOf(at)}  ${ledger.alert({ alert, peer, question })}`,
      ),
    ],
    [labels.seals, overview.seals.map((seal) => ledger.seal(dated(seal)))],
  ];
  const width = Math.max(...sections.map(([label]) => displayWidth(label)));
  const lines = sections.flatMap(([label, shown]) =>
    (shown.length === 0 ? [ledger.none] : shown).map(
      (text, at) => `${padEndColumns(at === 0 ? label : '', width)}  ${text}`,
    ),
  );
  return `${lines.join('\n')}\n`;
}

function verdictLine(verdict: LedgerVerdict, ledger: Texts['ledger']): string {
  return verdict.kind === 'good'
    ? ledger.good({ entries: verdict.entries, head: verdict.head })
    : ledger.bad({ seq: verdict.seq, fault: verdict.fault });
}

const codeOf = ({ kind }: LedgerVerdict): number => (kind === 'good' ? EXIT.ok : EXIT.failed);
