/**
 * What governance adds to a run: checks of a signed contract, admission, ledger entries on the disk before anything opens,
 * frozen lists, transcripts and seals, beside the same question that is only configured and whose ledger is in memory. Four
 * institutions in one process and on one thread, over links in memory: the smallest run that there is to add to. A third
 * case records each run as well, so that it can be audited: all randomness from a seed, what came in written to a file, and
 * base transfers made anew in every run, which is nearly all that it adds: kept ones would stand in the records of several
 * runs, and who has one record could then open the others. What a contract adds in CPU time of one institution is measured
 * by both runs in turn in one process: other work on the machine slows down both. A run is measured until all four
 * institutions have written its end, and the first pairs, while code is still being compiled, are a figure of their own.
 */
import { join } from 'node:path';
import type { PartyId } from '../../src/kit/party.ts';
import { SIGNING_KEY_BYTES } from '../../src/crypto/signature.ts';
import { platformSigner, platformVerify } from '../../src/net/platform-signature.ts';
import { AUDIT_FOLDER, openAuditStore } from '../../src/node/ledger/audit-store.ts';
import { readConfig } from '../../src/node/config/config.ts';
import { contractFolder } from '../../src/node/agreements/contract-folder.ts';
import { LEDGER_FILE, openLedgerFile } from '../../src/node/ledger/ledger-file.ts';
import { listFolder, LISTS_FOLDER } from '../../src/node/lists/list-files.ts';
import { createMemoryLedger } from '../../src/node/ledger/memory-ledger.ts';
import { createMemoryPeers } from '../../src/node/memory-peer-network.ts';
import { createMemoryStore } from '../../src/node/store/memory-store.ts';
import { createNode, type RunningNode } from '../../src/node/node.ts';
import { cpuMsSince } from '../../src/measure/job-profile.ts';
import { median, rounded } from '../../src/measure/statistics.ts';
import { nodeQuestions } from '../../src/service/start-node.ts';
import { DEFAULT_RULE, makeNodeFolders, type NodeFolders } from '../../test/support/node-folders.ts';
import { signContracts } from '../../test/support/signed-folders.ts';
import { type BenchCase, type PreparedCase, ran, requireEqual } from '../bench-case.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
/** Declared size of the asker, in runs: more than a bench makes. */
const ASKER_RUNS = 128;

type Agreement = 'configured' | 'signed' | 'recorded';

const BASELINES: Readonly<Record<Agreement, Agreement | undefined>> = {
  configured: undefined,
  signed: 'configured',
  recorded: 'signed',
};
const MODELS: Readonly<Record<Agreement, string>> = {
  configured: 'the same run without a contract and with a ledger in memory, the baseline',
  signed:
    'a flag run under a contract that all signed; ledger entries durable before anything opens, heads countersigned',
  recorded: 'the same, recorded for audits at every party',
};

const SMALL: Size = { accounts: 64, repetitions: 5, selection: 'short' };
const LARGE: Size = { accounts: 100_000, repetitions: 4, selection: 'default' };

export const governanceCases: readonly BenchCase[] = [
  inTurn('small', { ...SMALL, selection: 'default' }, { cold: 20, warm: 28 }),
  ...pair('small', SMALL),
  ...pair('large', LARGE),
  inTurn('large', { ...LARGE, repetitions: 1 }, { cold: 0, warm: 2 }),
];

interface Size {
  readonly accounts: number;
  readonly repetitions: number;
  readonly selection: BenchCase['selection'];
}

function pair(size: string, { accounts, repetitions, selection }: Size): readonly BenchCase[] {
  const one = (agreement: Agreement): BenchCase => ({
    id: `governance/${size}-run/${agreement}`,
    ...baselineOf(size, agreement),
    securityModel: MODELS[agreement],
    unit: 'account',
    items: accounts,
    kind: 'macro',
    repetitions,
    selection,
    setUp: () => setUp(accounts, agreement),
  });
  return [one('configured'), one('signed'), one('recorded')];
}

/** Pairs of a configured and a signed run; as many begin with one as with the other. */
interface Pairs {
  readonly cold: number;
  readonly warm: number;
}

function inTurn(size: string, { accounts, repetitions, selection }: Size, { cold, warm }: Pairs): BenchCase {
  return {
    id: `governance/${size}-run/in-turn`,
    securityModel: 'the configured and the signed run in turn: what the second adds to the CPU time of one institution',
    unit: 'account',
    items: accounts,
    kind: 'macro',
    repetitions,
    selection,
    async setUp() {
      const configured = await setUp(accounts, 'configured');
      const signed = await setUp(accounts, 'signed');
      const first = await addedMs(configured, signed, cold);
      const addedCpuMs = rounded(median(await addedMs(configured, signed, warm)));
      const facts = first.length === 0 ? { addedCpuMs } : { addedCpuMs, addedColdCpuMs: rounded(median(first)) };
      return {
        async run() {
          await configured.run();
          await signed.run();
        },
        check() {
          configured.check();
          signed.check();
        },
        facts: () => ({ ...signed.facts?.(), ...facts }),
        async close() {
          await configured.close?.();
          await signed.close?.();
        },
      };
    },
  };
}

/** Which of the two is first changes from pair to pair: each then comes as often behind what the other left to be collected. */
async function addedMs(configured: Consortium, signed: Consortium, pairs: number): Promise<readonly number[]> {
  const added: number[] = [];
  for (let number = 0; number < pairs; number++) {
    const first = number % 2 === 0 ? configured : signed;
    const firstMs = await cpuMsOf(first);
    const secondMs = await cpuMsOf(first === signed ? configured : signed);
    added.push((first === signed ? firstMs - secondMs : secondMs - firstMs) / BANKS.length);
  }
  return added;
}

async function cpuMsOf(consortium: Consortium): Promise<number> {
  const start = process.cpuUsage();
  const ended = consortium.nextEnds();
  await consortium.run();
  await ended;
  return cpuMsSince(start);
}

function baselineOf(size: string, agreement: Agreement): { readonly baseline?: string } {
  const baseline = BASELINES[agreement];
  return baseline === undefined ? {} : { baseline: `governance/${size}-run/${baseline}` };
}

interface Consortium extends PreparedCase {
  /** Resolves when the next run has ended at every institution. */
  nextEnds(): Promise<unknown>;
}

async function setUp(accounts: number, agreement: Agreement): Promise<Consortium> {
  const isSigned = agreement !== 'configured';
  const rule = { ...DEFAULT_RULE, agreement: isSigned ? ('signed' as const) : ('configured' as const) };
  const folders = await makeNodeFolders({ banks: BANKS, accounts, rules: [rule], askerRuns: ASKER_RUNS });
  if (isSigned) await signContracts(folders);
  const nodes = await startAll(folders, agreement);
  const [asker] = nodes;
  // The first run of a period freezes the lists.
  await asker.ask(rule.name);
  let flagged: readonly boolean[] | undefined;
  return {
    async run() {
      const answer = await asker.ask(rule.name);
      flagged = [...answer.rows()].map((row) => row.flagged);
    },
    nextEnds: () => Promise.all(nodes.map(nextEnd)),
    check: () => requireEqual(ran(flagged), folders.expected(BANKS[0], rule), 'flags'),
    facts: () => ({ flagged: ran(flagged).filter(Boolean).length }),
    async close() {
      await Promise.all(nodes.map((node) => node.stop()));
      folders.remove();
    },
  };
}

function nextEnd(node: RunningNode): Promise<void> {
  return new Promise((resolve) => {
    const stop = node.listen(({ kind }) => {
      if (kind !== 'ended') return;
      stop();
      resolve();
    });
  });
}

async function startAll(folders: NodeFolders, agreement: Agreement): Promise<readonly RunningNode[]> {
  const network = createMemoryPeers();
  const signers = new Map(
    [...folders.identities].map(([name, identity]): [PartyId, ReturnType<typeof platformSigner>] => [
      name,
      platformSigner(identity.exportSecrets().subarray(-SIGNING_KEY_BYTES)),
    ]),
  );
  const keys = [...signers].map(([name, { publicKey }]) => [name, publicKey] as const);
  return await Promise.all(
    [...signers].map(async ([name, signer]) => {
      const folder = folders.folder(name);
      const config = await readConfig(join(folder, 'node.json'));
      const ledgerFile = join(config.store, LEDGER_FILE);
      return await createNode({
        config,
        signer,
        questions: nodeQuestions(),
        peerKeys: new Map(keys.filter(([other]) => other !== name)),
        network: network.join(name),
        store: createMemoryStore(),
        ledger: agreement === 'configured' ? createMemoryLedger() : await openLedgerFile(ledgerFile),
        ...(agreement === 'recorded' ? { audits: await openAuditStore(join(config.store, AUDIT_FOLDER)) } : {}),
        lists: listFolder(join(config.store, LISTS_FOLDER)),
        contracts: contractFolder(folder),
        verify: platformVerify,
      });
    }),
  );
}
