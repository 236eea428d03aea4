import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { flag, type FlagInput, type FlagOptions, flagParameters, idealFlag } from '../../protocols/flag/index.ts';
import { systemRng } from '../../src/kit/clock.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { allowList } from '../../src/kit/policy.ts';
import { runParty, type RunResult } from '../../src/kit/run.ts';
import { formatCard, parseCard, type PublicCard } from '../../src/net/identity.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes, peerEntry } from '../../src/net/loopback-nodes.ts';
import { insecureSeededRng } from '../../src/testing.ts';
import { accountRows, evidenceRows } from '../e2e/flag-run.ts';
import { pageScript } from './bundle.ts';
import { findChromium, ScriptedBrowser } from './chromium.ts';
import type * as pageParty from './page-party.ts';
import type { Part, Scored } from './page-party.ts';

const BANKS = ['bank-a', 'bank-b', 'bank-c', 'bank-d'] as const;
const [ASKER, ...CONTRIBUTORS] = BANKS;
const ACCOUNTS = 40;
const SEED = 'browser';
/** What a page's Content-Security-Policy has to allow beside the script itself. */
const WASM_ALLOWED = "'wasm-unsafe-eval'";

const executable = findChromium();

/** The exports of the page's script: for functions that run in the page. */
declare const party: typeof pageParty;

type Settled = PromiseSettledResult<RunResult<{ readonly flagged: Uint8Array } | undefined>>;

interface Question {
  readonly rule: FlagOptions;
  readonly accounts: readonly string[];
  readonly evidence: ReadonlyMap<string, readonly Scored[]>;
  readonly expected: readonly boolean[];
}

/** Every contributor lists about half of the accounts. */
function question(seed: string): Question {
  const rng = insecureSeededRng(seed);
  const accounts = Array.from({ length: ACCOUNTS }, (_, k) => `id:${k}`);
  const evidence = new Map(
    CONTRIBUTORS.map((name) => [
      name,
      accounts.filter(() => rng(1)[0] < 128).map((account): Scored => [account, rng(1)[0]]),
    ]),
  );
  const rule = {
    asker: ASKER,
    contributors: CONTRIBUTORS,
    quorum: 2,
    score: { threshold: 150, max: 255 },
    askerItems: ACCOUNTS,
    contributorItems: CONTRIBUTORS.map(() => ACCOUNTS),
    smallestBucket: 64,
  };
  const lists = [...evidence.values()].map((rows) => new Map(rows));
  return { rule, accounts, evidence, expected: idealFlag(flagParameters(rule), accounts, lists) };
}

describe('findChromium', () => {
  it('warns and names the variable when there is no browser', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    try {
      expect(findChromium({}, '/no/such/chromium')).toBeUndefined();
      expect(findChromium({ CHROMIUM: '/no/other' })).toBeUndefined();
      expect(write.mock.calls.join()).toMatch(/SKIPPED: no \/no\/such\/chromium.*CHROMIUM[^]*\/no\/other/);
    } finally {
      write.mockRestore();
    }
  });
});

describe.skipIf(executable === undefined)('a party in headless Chromium', () => {
  let browser: ScriptedBrowser;
  let nodes: ReadonlyMap<PartyId, LoopbackNode> = new Map();

  beforeAll(async () => {
    browser = await ScriptedBrowser.start(executable ?? '', await pageScript('test/browser/page-party.ts'));
  });
  afterAll(async () => {
    await browser.close();
  });
  afterEach(async () => {
    await closeLoopbackNodes(nodes);
    nodes = new Map();
  });

  it.each([ASKER, CONTRIBUTORS[1]])(
    `answers as the ideal rule over WebSockets with three nodes when it is %s (seed ${SEED})`,
    async (inPage) => {
      const asked = question(SEED);
      nodes = await openLoopbackNodes(
        BANKS.filter((name) => name !== inPage),
        () => ({ onRun: () => undefined }),
      );
      const { page, complaints } = await browser.open(WASM_ALLOWED);
      const card = parseCard(await page.evaluate((name) => party.enrol(name), inPage));
      pin(card);
      const runName = systemRng(16);
      const [inBrowser, ...atNodes] = await Promise.allSettled([
        page.evaluate((part) => party.takePart(part), partOf(asked, inPage, runName)),
        ...[...nodes.values()].map((node) => runAt(node, asked, { card, runName })),
      ]);
      if (inBrowser.status === 'rejected') throw inBrowser.reason;
      const { flagged, suites } = inBrowser.value;
      const answer = inPage === ASKER ? flagged : answerOf(atNodes);
      expect(answer?.map((bit) => bit === 1)).toEqual(asked.expected);
      expect(new Set(asked.expected).size).toBe(2);
      expect(inPage === ASKER ? answerOf(atNodes) : flagged).toBeUndefined();
      expect(suites).toEqual(Array.from({ length: 3 }, () => 'x25519-mlkem768-chachapoly'));
      expect(complaints).toEqual([]);
    },
  );

  it.each([
    ['the WebAssembly kernel where the policy of its page allows it', WASM_ALLOWED, 'wasm-fma'],
    ['the reference, and says so, where the policy does not', '', 'reference'],
  ])('uses %s', async (_case, allowed, engine) => {
    const { page } = await browser.open(allowed);
    expect(await page.evaluate(() => party.ristretto255Engine())).toBe(engine);
  });

  /** Every node lists the page's card, without a url. */
  function pin(card: PublicCard): void {
    for (const node of nodes.values()) {
      const others = [...nodes.values()].filter((other) => other !== node);
      node.network.network.updatePeers([...others.map(peerEntry), card]);
    }
  }

  function partOf({ rule, accounts, evidence }: Question, name: string, runName: Uint8Array): Part {
    const peers = [...nodes.values()].map((node) => ({
      card: formatCard(node.identity.card),
      url: `ws://127.0.0.1:${node.network.listener?.port}`,
    }));
    const list = evidence.get(name);
    return { peers, rule, runName: [...runName], ...(list === undefined ? { accounts } : { evidence: list }) };
  }

  async function runAt(
    { name, identity, network }: LoopbackNode,
    { rule, accounts, evidence }: Question,
    { card, runName }: { readonly card: PublicCard; readonly runName: Uint8Array },
  ): Promise<RunResult<{ readonly flagged: Uint8Array } | undefined>> {
    const cards = [card, ...[...nodes.values()].map((node) => node.identity.card)];
    const list = evidence.get(name);
    const input: FlagInput = list === undefined ? accountRows(accounts) : evidenceRows(list);
    const others = cards.map((other) => other.name).filter((other) => other !== name);
    return await runParty(flag, {
      self: name,
      parameters: flagParameters(rule),
      input,
      initiator: partyId(ASKER),
      links: await network.network.links(others, runName),
      publicKeys: new Map(cards.map((other) => [other.name, other.signingKey])),
      signer: identity.signer,
      policy: allowList([{ protocol: flag.spec.id, initiators: [partyId(ASKER)] }]),
      runName,
    });
  }
});

function answerOf(settled: readonly Settled[]): readonly number[] | undefined {
  const failed = settled.find((outcome) => outcome.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  const outputs = settled.map((outcome) => (outcome.status === 'fulfilled' ? outcome.value.output : undefined));
  const flagged = outputs.find((output) => output !== undefined)?.flagged;
  return flagged === undefined ? undefined : [...flagged];
}
