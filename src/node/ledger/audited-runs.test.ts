/** Runs of nodes under a contract: recorded, audited from their files, and forgotten in time. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BANKS,
  type Consortium,
  consortiumPerTest,
  failure,
  PUBLIC_KEYS,
  QUESTION,
  quiet,
  SIGNERS,
  testQuestion,
} from '../../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, signedBy, underContract } from '../../../test/support/signed-question.ts';
import { fromHex, toHex } from '../../crypto/bytes.ts';
import { Ledger, type LedgerStore } from '../../governance/ledger.ts';
import { readEntry, sealStatement } from '../../governance/ledger-entry.ts';
import { spillDisk } from '../../data/spill/spill-disk.ts';
import type { ListDisk } from '../../kit/list-disk.ts';
import { partyId } from '../../kit/party.ts';
import { insecureSeededRng } from '../../testing/seeded-rng.ts';
import { insecureTestVerifier } from '../../testing/test-signer.ts';
import { type AuditedRun, auditRecordedRun } from './audit-run.ts';
import { AUDIT_FOLDER, type AuditStore, openAuditStore, openRunRecord } from './audit-store.ts';
import { LISTS_FOLDER, listFolder } from '../lists/list-files.ts';
import { createMemoryLedger } from './memory-ledger.ts';

const start = consortiumPerTest();
const NOON = Date.UTC(2027, 0, 15, 12);
const DAY_MS = 86_400_000;
const DAYS = 5;

let root: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'bf-audited-'));
});
afterAll(() => rmSync(root, { recursive: true }));

interface World {
  readonly all: Consortium;
  readonly folder: string;
  readonly ledgers: ReadonlyMap<string, LedgerStore>;
  readonly time: { nowMs: number };
}

async function world(auditDays = DAYS, disk?: ListDisk): Promise<World> {
  const folder = mkdtempSync(join(root, 'world-'));
  const time = { nowMs: NOON };
  const ledgers = new Map<string, LedgerStore>(BANKS.map((bank) => [bank, createMemoryLedger()]));
  const audits = new Map<string, Awaited<ReturnType<typeof openAuditStore>>>();
  for (const bank of BANKS) audits.set(bank, await openAuditStore(join(folder, bank, AUDIT_FOLDER)));
  const contracts = contractFiles(signedBy(draft({ frame: { retention: { auditDays } } })));
  const all = await start({
    wallClock: { now: () => time.nowMs },
    configure: underContract,
    ledgerOf: (bank) => ledgers.get(bank) ?? createMemoryLedger(),
    nodeOptions: (bank) => {
      const store = audits.get(bank);
      const lists = listFolder(join(folder, bank, LISTS_FOLDER));
      const kept = { ...(store === undefined ? {} : { audits: store }), ...(disk === undefined ? {} : { disk }) };
      return { contracts, lists, ...kept };
    },
  });
  return { all, folder, ledgers, time };
}

const recordsOf = ({ folder }: World, bank: string): readonly string[] => readdirSync(join(folder, bank, AUDIT_FOLDER));

async function audit({ folder, ledgers }: World, bank: string, run: string, disk?: ListDisk): Promise<AuditedRun> {
  const record = await openRunRecord(join(folder, bank, AUDIT_FOLDER), run);
  try {
    return await auditRecordedRun({
      bytes: record.bytes,
      ledger: ledgers.get(bank)?.lines() ?? createMemoryLedger().lines(),
      party: partyId(bank),
      publicKeys: PUBLIC_KEYS,
      kinds: [testQuestion],
      verify: insecureTestVerifier,
      ...(disk === undefined ? {} : { disk }),
    });
  } finally {
    await record.close();
  }
}

/** Changes the one record of a bank, as an insider would that knows its form. */
function changeRecord({ folder }: World, bank: string, change: (text: string) => string): void {
  const path = join(folder, bank, AUDIT_FOLDER, readdirSync(join(folder, bank, AUDIT_FOLDER))[0]);
  const before = readFileSync(path, 'latin1');
  const after = change(before);
  expect(after).not.toBe(before);
  expect(after.length).toBe(before.length);
  writeFileSync(path, Buffer.from(after, 'latin1'));
}

describe('a run under a contract', () => {
  it('of lists on disk is found equal where the audit keeps them there too, and leaves nothing of them', async () => {
    const parent = join(root, 'spill');
    const disk = spillDisk({ parent, rng: insecureSeededRng('disk'), above: 1 });
    const found = await world(DAYS, disk);
    const answer = await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    expect(readdirSync(parent)).toEqual([]);
    for (const bank of BANKS as readonly string[]) {
      const { verdict } = await audit(found, bank, answer.run, disk);
      expect(verdict, bank).toMatchObject({ kind: 'equal', isPartial: false });
    }
    expect(readdirSync(parent)).toEqual([]);
    // The control: in memory a list has another order, and what follows from it differs.
    expect((await audit(found, 'bank-a', answer.run)).verdict.kind).toBe('different');
  });

  it('is found equal at every party, from its files, countersigned by all others', async () => {
    const found = await world();
    const answer = await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    for (const bank of BANKS as readonly string[]) {
      const audited = await audit(found, bank, answer.run.slice(0, 8));
      expect(audited, bank).toMatchObject({
        run: answer.run,
        question: QUESTION,
        initiator: 'bank-a',
        verdict: { kind: 'equal', isPartial: false },
      });
      const { verdict } = audited;
      if (verdict.kind === 'equal') expect([...verdict.sealedBy].sort()).toEqual(BANKS.filter((name) => name !== bank));
    }
    const [file] = recordsOf(found, 'bank-b');
    expect(statSync(join(found.folder, 'bank-b', AUDIT_FOLDER, file)).mode & 0o777).toBe(0o600);
    expect(statSync(join(found.folder, 'bank-b', AUDIT_FOLDER)).mode & 0o777).toBe(0o700);
  });

  it('is found different when the list of its record is not the one that was frozen for the period', async () => {
    const found = await world();
    const answer = await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    changeRecord(found, 'bank-c', (text) => text.replace('"id:acct-2"', '"id:acct-3"'));
    expect((await audit(found, 'bank-c', answer.run)).verdict).toEqual({
      kind: 'other-list',
      period: 'day:2027-01-15',
    });
    // The asker's list is committed to by its own opening alone.
    changeRecord(found, 'bank-a', (text) => text.replace('"id:acct-0"', '"id:acct-1"'));
    expect((await audit(found, 'bank-a', answer.run)).verdict).toMatchObject({ kind: 'different', isInput: true });
  });

  it('is countersigned by whom its ledger says, once each, and not by its own institution', async () => {
    const found = await world();
    const answer = await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    const [self, withholds] = [partyId('bank-a'), partyId('bank-c')];
    const signer = SIGNERS.get(self);
    if (signer === undefined) throw new Error('no signer');
    // As an insider may write it with the institution's key: for the seal of bank-c its own, and those of others twice.
    const store = createMemoryLedger();
    const options = { party: self, signer, store, verify: insecureTestVerifier, rng: insecureSeededRng('forged') };
    const forged = await Ledger.open({ ...options, wallClock: { now: () => NOON } });
    for await (const line of found.ledgers.get('bank-a')?.lines() ?? []) {
      const entry = readEntry(line)?.entry;
      if (entry === undefined) throw new Error('no entry');
      if (entry.kind !== 'heads-countersigned') {
        await forged.append(entry.kind, entry.body);
        continue;
      }
      const own = forged.durableHead ?? { seq: 0, hash: '' };
      const peers = entry.body.peers.map((seal) => {
        const peer = seal.peer === withholds ? self : seal.peer;
        const ends = [
          { party: self, head: own },
          { party: peer, head: seal.theirs },
        ];
        const statement = sealStatement(fromHex(entry.body.sid), fromHex(seal.transcript), ends);
        return { ...seal, peer, countersignature: toHex(SIGNERS.get(peer)?.sign(statement) ?? new Uint8Array(64)) };
      });
      await forged.append(entry.kind, { ...entry.body, own, peers: [...peers, ...peers] });
      await forged.append(entry.kind, { ...entry.body, own, peers });
    }
    const audited = await audit({ ...found, ledgers: new Map([['bank-a', store]]) }, 'bank-a', answer.run);
    expect(audited).toMatchObject({ party: 'bank-a', verdict: { kind: 'equal', isPartial: false } });
    const sealedBy = audited.verdict.kind === 'equal' ? audited.verdict.sealedBy : [];
    expect([...sealedBy].sort()).toEqual(['bank-b', 'bank-d']);
  });

  it('is not audited with a ledger that was changed, or with the ledger of another', async () => {
    const found = await world();
    const answer = await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    const lines: string[] = [];
    for await (const line of found.ledgers.get('bank-b')?.lines() ?? []) lines.push(line);
    const changed = {
      ...createMemoryLedger(),
      lines: () => linesOf(lines.map((line) => line.replace('"done"', '"gone"'))),
    };
    const other = found.ledgers.get('bank-c') ?? createMemoryLedger();
    for (const ledger of [changed, other]) {
      const ledgers = new Map([['bank-b', ledger]]);
      expect(await failure(audit({ ...found, ledgers }, 'bank-b', answer.run))).toMatchObject({
        phase: 'audit/ledger',
      });
    }
  });

  it('keeps its record for the days of the contract, and then no longer', async () => {
    const found = await world();
    await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    const [first] = recordsOf(found, 'bank-b');
    found.time.nowMs += DAYS * DAY_MS - 1000;
    await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    expect(recordsOf(found, 'bank-b')).toContain(first);
    found.time.nowMs += 2000;
    await found.all.node('bank-c').ask(QUESTION);
    await quiet(found.all);
    expect(recordsOf(found, 'bank-b')).not.toContain(first);
    expect(recordsOf(found, 'bank-b').length).toBe(2);
  });

  it('has no record where the contract says no days, where it was only configured, or where it never began', async () => {
    const none = await world(0);
    await none.all.node('bank-a').ask(QUESTION);
    await quiet(none.all);
    expect(recordsOf(none, 'bank-b')).toEqual([]);
    const stopped = await world();
    await stopped.all.node('bank-d').stop();
    await failure(stopped.all.node('bank-a').ask(QUESTION));
    await quiet(stopped.all);
    for (const bank of ['bank-a', 'bank-b', 'bank-c']) expect(recordsOf(stopped, bank)).toEqual([]);
    expect(await failure(openRunRecord(join(stopped.folder, 'bank-a', AUDIT_FOLDER), 'ab'))).toMatchObject({
      phase: 'audit/record',
    });
  });

  it('does not go on without its record: a disk that is full ends it before anything opens', async () => {
    const found = await world();
    rmSync(join(found.folder, 'bank-c', AUDIT_FOLDER), { recursive: true });
    mkdirSync(join(found.folder, 'bank-c'), { recursive: true });
    writeFileSync(join(found.folder, 'bank-c', AUDIT_FOLDER), 'in the way');
    expect(await failure(found.all.node('bank-a').ask(QUESTION))).toMatchObject({ party: 'bank-c', phase: 'open' });
    await quiet(found.all);
    for await (const line of found.ledgers.get('bank-c')?.lines() ?? []) expect(line).not.toContain('run-opening');
  });
});

describe('what a run leaves on the disk', () => {
  /** Files under a folder that name an account. */
  function naming(folder: string): readonly string[] {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name))
      .filter((path) => readFileSync(path, 'latin1').includes('acct-'));
  }

  it('has its seed on the disk before the ledger speaks of it, and all of it before a seal does', async () => {
    const folder = mkdtempSync(join(root, 'durable-'));
    const told = new Map<string, string[]>(BANKS.map((bank) => [bank, []]));
    const tell = (bank: string, what: string): void => void told.get(bank)?.push(what);
    const audits = new Map<string, AuditStore>();
    for (const bank of BANKS as readonly string[]) {
      const store = await openAuditStore(join(folder, bank, AUDIT_FOLDER));
      audits.set(bank, {
        ...store,
        async begin(run, options) {
          const writer = await store.begin(run, options);
          return {
            write: (section) => writer.write(section),
            close: (how) => writer.close(how),
            async durable() {
              await writer.durable();
              // As a slow disk: whoever does not wait for it is ahead of it.
              for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
              tell(bank, 'durable');
            },
          };
        },
      });
    }
    const ledgerOf = (bank: string): LedgerStore => {
      const store = createMemoryLedger();
      const append = (line: string): Promise<void> => {
        tell(bank, readEntry(line)?.entry.kind ?? '');
        return store.append(line);
      };
      return { ...store, append };
    };
    const contracts = contractFiles(signedBy(draft({ frame: { retention: { auditDays: DAYS } } })));
    const all = await start({
      wallClock: { now: () => NOON },
      configure: underContract,
      ledgerOf,
      nodeOptions(bank) {
        const store = audits.get(bank);
        const lists = listFolder(join(folder, bank, LISTS_FOLDER));
        return { contracts, lists, ...(store === undefined ? {} : { audits: store }) };
      },
    });
    await all.node('bank-a').ask(QUESTION);
    await quiet(all);
    const order = ['durable', 'run-opening', 'durable', 'heads-countersigned'];
    for (const [bank, what] of told)
      expect(
        what.filter((one) => order.includes(one)),
        bank,
      ).toEqual(order);
  });

  it('names no account any more once its period and the days of the contract are over', async () => {
    const found = await world();
    await found.all.node('bank-a').ask(QUESTION);
    await quiet(found.all);
    // The control: until then there are the list that was frozen, and the record.
    expect(naming(join(found.folder, 'bank-b')).length).toBe(2);
    expect(naming(join(found.folder, 'bank-a')).length).toBe(1);
    found.time.nowMs += (DAYS + 1) * DAY_MS;
    for (const bank of BANKS) {
      await found.all.node(bank).stop();
      await found.all.start(bank);
      expect(naming(join(found.folder, bank)), bank).toEqual([]);
    }
  });

  it('names no account after a run that failed before it began', async () => {
    const found = await world();
    await found.all.node('bank-d').stop();
    await failure(found.all.node('bank-a').ask(QUESTION));
    await quiet(found.all);
    for (const bank of ['bank-a', 'bank-b', 'bank-c']) expect(naming(join(found.folder, bank)), bank).toEqual([]);
  });
});

async function* linesOf(lines: readonly string[]): AsyncGenerator<string> {
  yield* lines;
}
