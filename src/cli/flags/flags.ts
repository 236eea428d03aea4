/** `blindflag flags`: the institution's register of flags, under its own signature. No node has to run. */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { extname, join } from 'node:path';
import { parseTime } from '../../data/cells.ts';
import type { DataReport } from '../../data/data-report.ts';
import { identifierRule } from '../../data/identifiers.ts';
import { maskAccount } from '../../data/mask-account.ts';
import { openTable } from '../../data/open-table.ts';
import { SCAM_TYPES } from '../../data/scam-types.ts';
import { stands } from '../../governance/flag-evidence.ts';
import { type FlagChange, FlagKeeper, type NewReport } from '../../governance/flag-keeping.ts';
import { type Flag, readFlagRegister } from '../../governance/flag-register.ts';
import { DAY_MS } from '../../governance/period.ts';
import { verifyEd25519 } from '../../crypto/signature.ts';
import { systemRng } from '../../kit/clock.ts';
import { readCard, readIdentityFile } from '../../net/identity-file.ts';
import { readConfig } from '../../node/config/config.ts';
import { readReports } from '../../node/flags/flag-import.ts';
import type { DatasetConfig, NodeConfig } from '../../node/config/node-config.ts';
import { registerFile, writingRegister } from '../../node/flags/register-file.ts';
import { SCAM_CODES } from '../../node/flags/register-table.ts';
import { CONFIG_FILE } from '../../service/start-node.ts';
import { ArgumentError } from '../errors/argument-error.ts';
import { reportLines } from '../data/check-data.ts';
import { EXIT } from '../errors/exit-code.ts';
import type { FlagAddOptions, FlagChangeOptions, FlagImportOptions, FlagListOptions } from './flag-arguments.ts';
import type { ShownFlag } from './flag-texts.ts';
import { passphrase } from '../node/passphrase.ts';
import type { Surroundings } from '../surroundings.ts';
import type { FaultTexts, Texts } from '../texts.ts';

export async function runFlagsAdd(options: FlagAddOptions, surroundings: Surroundings, texts: Texts): Promise<number> {
  const register = await registerOf(options.folder, texts.faults);
  const report = await newReport(options, { register, surroundings, texts });
  const [flag] = await keeping(register, { surroundings, texts }, (keeper) => keeper.report([report]));
  surroundings.stdout.write(`${texts.flags.added(flag)}\n`);
  return EXIT.ok;
}

export async function runFlagsImport(
  { folder, file, days }: FlagImportOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const register = await registerOf(folder, texts.faults);
  const { type, checkDigits } = register.dataset;
  const { signal, stderr, stdout } = surroundings;
  const table = openTable({ kind: extname(file) === '.parquet' ? 'parquet' : 'csv', file });
  const onReport = (report: DataReport): void => void stderr.write(`${reportLines(report, texts.data).join('\n')}\n`);
  const reports = await readReports(table, { type, checkDigits, days, signal, onReport });
  const flags = await keeping(register, { surroundings, texts }, (keeper) => keeper.report(reports));
  stdout.write(`${texts.flags.imported({ reports: reports.length, flags: new Set(flags).size })}\n`);
  return EXIT.ok;
}

export async function runFlagsChange(
  { folder, flag, change }: FlagChangeOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const register = await registerOf(folder, texts.faults);
  const changed = await keeping(register, { surroundings, texts }, (keeper) =>
    keeper.change(changeOf(change, oneFlag(flag, keeper.flags, texts.faults))),
  );
  surroundings.stdout.write(`${texts.flags.changed(shown(changed, surroundings, false))}\n`);
  return EXIT.ok;
}

export async function runFlagsList(
  { folder, all, accounts, json }: FlagListOptions,
  surroundings: Surroundings,
  texts: Texts,
): Promise<number> {
  const { file, config } = await registerOf(folder, texts.faults);
  const { signingKey: key } = await readCard(config.identity);
  const { flags } = await readFlagRegister(registerFile(file).lines(), {
    key,
    verify: verifyEd25519,
    scamTypes: SCAM_CODES,
  });
  const nowMs = surroundings.wallClock.now();
  const isOver = ({ state, expires }: Flag): boolean => state === 'withdrawn' || Date.parse(expires) <= nowMs;
  const wanted = [...flags.values()].filter((flag) => all || !isOver(flag));
  const rows = wanted.map((flag) => shown(flag, surroundings, accounts));
  const { stdout } = surroundings;
  if (json) stdout.write(`${JSON.stringify(rows, undefined, 2)}\n`);
  else {
    for (const row of rows) stdout.write(`${texts.flags.line(row)}\n`);
    const stand = rows.filter((row) => row.stands).length;
    stdout.write(`${texts.flags.counts({ flags: rows.length, stand })}\n`);
  }
  return EXIT.ok;
}

interface Register {
  readonly file: string;
  readonly dataset: DatasetConfig;
  readonly config: NodeConfig;
}

async function registerOf(folder: string, faults: FaultTexts): Promise<Register> {
  const configFile = join(folder, CONFIG_FILE);
  const config = await readConfig(configFile);
  const dataset = config.datasets.evidence;
  if (dataset?.table.kind !== 'register') throw new ArgumentError(faults.flags.noRegister(configFile));
  return { file: dataset.table.file, dataset, config };
}

/** The register under this institution's key, opened for one change; a first one begins it. */
async function keeping<T>(
  { file, config }: Register,
  { surroundings, texts }: { readonly surroundings: Surroundings; readonly texts: Texts },
  work: (keeper: FlagKeeper) => Promise<T>,
): Promise<T> {
  const secret = await passphrase(surroundings, texts, { isNew: false });
  const { signer } = await readIdentityFile(config.identity, secret);
  return await writingRegister(file, async () => {
    const store = registerFile(file);
    const { wallClock } = surroundings;
    const options = { institution: config.name, signer, wallClock, rng: systemRng, scamTypes: SCAM_CODES };
    return await work(await (existsSync(file) ? FlagKeeper.open(store, options) : FlagKeeper.create(store, options)));
  });
}

async function newReport(
  options: FlagAddOptions,
  {
    register,
    surroundings,
    texts,
  }: { readonly register: Register; readonly surroundings: Surroundings; readonly texts: Texts },
): Promise<NewReport> {
  const { faults, flags } = texts;
  const { scamType, role, state, reporter, days } = options;
  const code = SCAM_TYPES.find((known) => [known.code, known.chinese, known.english].includes(scamType))?.code;
  if (code === undefined) {
    throw new ArgumentError(
      faults.notOffered(
        '--scam-type',
        SCAM_TYPES.map((known) => known.code),
      ),
    );
  }
  const { reportedAt } = options;
  const reportedAtMs = reportedAt === undefined ? surroundings.wallClock.now() : parseTime(reportedAt, 0);
  if (reportedAtMs === undefined) throw new ArgumentError(faults.flags.badTime());
  const raw = options.account ?? (await surroundings.readSecret?.(flags.askAccount));
  if (raw === undefined) throw new ArgumentError(faults.flags.noAccount());
  const evidence = 'hash' in options.evidence ? options.evidence.hash : await hashOf(options.evidence.file, faults);
  return {
    account: await canonicalOf(raw, register.dataset, faults),
    scamType: code,
    role,
    state,
    reporter,
    evidence,
    reportedAtMs,
    expiresMs: reportedAtMs + days * DAY_MS,
  };
}

/** The account in its one spelling. What was given is never repeated. */
async function canonicalOf(raw: string, { type, checkDigits }: DatasetConfig, faults: FaultTexts): Promise<string> {
  const found = (await identifierRule(type))(raw);
  if (found.status === 'ok' || (found.status === 'suspect' && checkDigits === 'keep')) return found.value;
  throw new ArgumentError(faults.flags.badAccount());
}

async function hashOf(file: string, faults: FaultTexts): Promise<string> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Uint8Array>) hash.update(chunk);
  } catch {
    throw new ArgumentError(faults.flags.unreadableEvidence(file));
  }
  return hash.digest('hex');
}

function oneFlag(digits: string, flags: ReadonlyMap<string, Flag>, faults: FaultTexts): string {
  const found = [...flags.keys()].filter((flag) => flag.startsWith(digits));
  if (found.length !== 1) throw new ArgumentError(faults.flags.notOneFlag(found.length));
  return found[0];
}

function changeOf(change: FlagChangeOptions['change'], flag: string): FlagChange {
  if (change.kind !== 'disputed') return { ...change, flag };
  const { reference } = change;
  return { kind: 'disputed', flag, ...(reference === undefined ? {} : { reference }) };
}

function shown(flag: Flag, { wallClock }: Surroundings, inFull: boolean): ShownFlag {
  return {
    ...flag,
    account: inFull ? flag.account : maskAccount(flag.account),
    reporters: flag.reporters.size,
    stands: stands(flag, wallClock.now()),
  };
}
