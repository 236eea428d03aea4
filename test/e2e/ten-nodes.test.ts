/** Ten institutions on one machine, 20 questions at once: in this process, and in the long suite as ten processes (`npm run build`). */
import { afterEach, describe, expect, it } from 'vitest';
import { DEFAULT_RULE, type FlagRule, makeNodeFolders, type NodeFolders } from '../support/node-folders.ts';
import { NodeProcess, until } from '../support/node-process.ts';
import { connected, flagsOf, startWsNode, type WsNode } from '../support/ws-nodes.ts';

const BANKS = Array.from({ length: 10 }, (_, k) => `bank-${k}`);
/** Question k is one of four banks, k and the next three; with two askers each there are 20, and every node has a part in eight. */
const GROUP = 4;
const groups: readonly FlagRule[] = BANKS.map((_, k) => ({
  ...DEFAULT_RULE,
  name: `flags-${k}`,
  contributors: Array.from({ length: GROUP }, (_bank, n) => BANKS[(k + n) % BANKS.length]),
}));
const ALL: FlagRule = { ...DEFAULT_RULE, name: 'flags-all', quorum: 3 };
const QUESTIONS = groups.flatMap((rule) => (rule.contributors ?? []).slice(0, 2).map((bank) => ({ bank, rule })));
const long = process.env['BLINDFLAG_LONG'] !== undefined;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function folders(): Promise<NodeFolders> {
  const made = await makeNodeFolders({ banks: BANKS, accounts: 32, rules: [...groups, ALL] });
  closers.push(async () => made.remove());
  return made;
}

/** Every question has its own right answer, and no two have the same, so that a mix would show. */
function expectOwnAnswers(answers: readonly (readonly boolean[])[], made: NodeFolders): void {
  expect(answers).toEqual(QUESTIONS.map(({ bank, rule }) => made.expected(bank, rule)));
  expect(new Set(answers.map(String)).size).toBe(QUESTIONS.length);
}

describe('ten nodes in this process', () => {
  it('answer one question of all ten, then 20 at once over one set of connections, each with its own answer', async () => {
    const made = await folders();
    const nodes = new Map<string, WsNode>();
    for (const bank of BANKS) {
      const node = await startWsNode(made, bank);
      closers.push(() => node.running.stop());
      nodes.set(bank, node);
    }
    await connected(nodes.values());
    // Earlier ones dialled later ones in vain; from now on nothing happens to any connection.
    const before = new Map([...nodes].map(([bank, { events }]) => [bank, events.length]));
    const ask = async (bank: string, rule: FlagRule): Promise<readonly boolean[]> => {
      const node = nodes.get(bank);
      if (node === undefined) throw new RangeError('no such node');
      return await flagsOf(node, rule.name);
    };
    expect(await ask(BANKS[3], ALL)).toEqual(made.expected(BANKS[3], ALL));
    expectOwnAnswers(await Promise.all(QUESTIONS.map(({ bank, rule }) => ask(bank, rule))), made);
    for (const [bank, { events }] of nodes) expect(events.slice(before.get(bank)), bank).toEqual([]);
  });

  it('would not pass for right with two answers of one bank in each other’s place', async () => {
    const made = await folders();
    const answers = QUESTIONS.map(({ bank, rule }) => made.expected(bank, rule));
    expectOwnAnswers(answers, made);
    const [first, second, ...rest] = answers;
    expect(() => expectOwnAnswers([second, first, ...rest], made)).toThrow('equal');
  });
});

describe.runIf(long)('ten node processes', () => {
  it('answer one question of all ten, then 20 at once, each with its own answer', async () => {
    const made = await folders();
    const nodes = await Promise.all(BANKS.map((bank) => NodeProcess.start(made.folder(bank), made.passphrase)));
    closers.push(async () => void (await Promise.all(nodes.map((node) => node.kill()))));
    const ask = async (bank: string, rule: FlagRule): Promise<readonly boolean[]> => {
      const flags: boolean[] = [];
      const node = nodes.find((candidate) => candidate.bank === bank);
      await node?.client.ask(rule.name, {
        onRows: (rows) => void flags.push(...rows.map((row) => 'flagged' in row && row.flagged)),
      });
      return flags;
    };
    const isConnected = async ({ client }: NodeProcess): Promise<boolean> =>
      (await client.status()).peers.every((peer) => peer.connected);
    const allConnected = async (): Promise<boolean> => (await Promise.all(nodes.map(isConnected))).every((is) => is);
    await until(allConnected, { withinMs: 60_000, what: 'the nodes do not connect' });
    expect(await ask(BANKS[3], ALL)).toEqual(made.expected(BANKS[3], ALL));
    expectOwnAnswers(await Promise.all(QUESTIONS.map(({ bank, rule }) => ask(bank, rule))), made);
    // A party has the end of a run a moment after its asker has the answer.
    const outcomes = async ({ client }: NodeProcess): Promise<readonly string[]> =>
      (await client.runs(100)).map(({ outcome }) => outcome);
    for (const node of nodes) {
      await until(async () => !(await outcomes(node)).includes('running'), { withinMs: 60_000, what: 'a run goes on' });
      expect(await outcomes(node)).toEqual(Array.from({ length: 1 + 2 * GROUP }, () => 'done'));
    }
  });
});
