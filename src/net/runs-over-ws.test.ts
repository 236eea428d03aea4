import { afterEach, describe, expect, it } from 'vitest';
import { createFlag, flag, type FlagAnswer, type FlagInput, flagParameters } from '../../protocols/flag/index.ts';
import type { Signer } from '../crypto/signature.ts';
import { MpcError } from '../errors.ts';
import { systemRng } from '../kit/clock.ts';
import type { Link } from '../kit/link.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { allowList } from '../kit/policy.ts';
import { runParty, type RunResult } from '../kit/run.ts';
import type { TrafficObserver } from '../kit/traffic.ts';
import {
  insecureIdealOprf,
  insecureSeededRng,
  insecureTestSigner,
  insecureTestVerifier,
  runInMemory,
  succeeded,
} from '../testing.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes } from './loopback-nodes.ts';
import { turns } from './manual-clock.ts';
import type { NetEvent } from './network.ts';

const NAMES = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const ASKER = partyId('bank-a');
const ideal = createFlag([insecureIdealOprf(insecureSeededRng('over-ws')(32))]);

type Nodes = ReadonlyMap<PartyId, LoopbackNode>;
let nodes: Nodes = new Map();
let events: NetEvent[] = [];

afterEach(async () => {
  await closeLoopbackNodes(nodes);
  events = [];
});

async function open(): Promise<void> {
  nodes = await openLoopbackNodes(NAMES, () => ({
    onEvent: (event) => void events.push(event),
    onRun: () => undefined,
  }));
}

function node(name: PartyId): LoopbackNode {
  const found = nodes.get(name);
  if (found === undefined) throw new Error(`no node ${name}`);
  return found;
}

interface Question {
  readonly parameters: ReturnType<typeof flagParameters>;
  readonly inputs: ReadonlyMap<PartyId, FlagInput>;
}

function question(seed: number, accounts: number, oprf = 'ideal'): Question {
  const rng = insecureSeededRng('question', seed);
  const own = Array.from({ length: accounts }, (_, k) => `id:${seed}-${k}`);
  const contributors = NAMES.slice(1);
  const parameters = flagParameters({
    asker: ASKER,
    contributors,
    quorum: 2,
    score: { threshold: 150, max: 255 },
    askerItems: accounts,
    contributorItems: contributors.map(() => accounts),
    smallestBucket: 64,
    oprf,
  });
  const inputs = new Map<PartyId, FlagInput>([[ASKER, { accounts: [{ accounts: own }] }]]);
  for (const name of contributors) {
    const listed = own.filter(() => rng(1)[0] < 128);
    inputs.set(partyId(name), { evidence: [{ accounts: listed, scores: Uint32Array.from(listed, () => rng(1)[0]) }] });
  }
  return { parameters, inputs };
}

type Outcomes = ReadonlyMap<PartyId, PromiseSettledResult<RunResult<FlagAnswer | undefined>>>;

interface AskOptions {
  readonly protocol?: typeof flag;
  readonly observers?: (self: PartyId) => readonly TrafficObserver[];
  /** What a party's role sees of its links. */
  readonly wrap?: (self: PartyId, link: Link) => Link;
  /** Real Ed25519 in place of the signatures that make many test runs affordable. */
  readonly signed?: boolean;
}

/** Runs a question at all four nodes, over whatever connections there are or come about. */
async function ask(asked: Question, options: AskOptions = {}): Promise<Outcomes> {
  const runName = systemRng(16);
  const signers = new Map(
    [...nodes].map(([name, { identity }]) => [
      name,
      options.signed === true ? identity.signer : insecureTestSigner(systemRng),
    ]),
  );
  const publicKeys = new Map([...signers].map(([name, { publicKey }]) => [name, publicKey]));
  const part = async (self: PartyId, signer: Signer): Promise<RunResult<FlagAnswer | undefined>> => {
    const others = NAMES.map(partyId).filter((name) => name !== self);
    const links = await node(self).network.network.links(others, runName);
    return await runParty(options.protocol ?? ideal, {
      self,
      signer,
      publicKeys,
      runName,
      parameters: asked.parameters,
      input: asked.inputs.get(self) ?? {},
      initiator: ASKER,
      links: new Map([...links].map(([name, link]) => [name, options.wrap?.(self, link) ?? link])),
      policy: allowList([{ protocol: 'flag/12', initiators: [ASKER] }]),
      observers: options.observers?.(self) ?? [],
      ports: options.signed === true ? {} : { verify: insecureTestVerifier },
    });
  };
  const settled = await Promise.allSettled([...signers].map(([self, signer]) => part(self, signer)));
  return new Map([...signers.keys()].map((name, index) => [name, settled[index]]));
}

function flaggedIn(outcomes: Outcomes): readonly number[] {
  return Array.from(succeeded(outcomes).get(ASKER)?.output?.flagged ?? []);
}

async function flaggedInMemory(asked: Question, protocol = ideal): Promise<readonly number[]> {
  const cheap = { signer: insecureTestSigner, verify: insecureTestVerifier };
  return flaggedIn(await runInMemory(protocol, { ...asked, initiator: ASKER }, cheap));
}

describe('a flag run over WebSockets', () => {
  it('gives the answer of memory when four nodes run the dh engine', async () => {
    await open();
    const asked = question(1, 40, 'dh');
    const answer = flaggedIn(await ask(asked, { protocol: flag, signed: true }));
    expect(answer).toEqual(await flaggedInMemory(asked, flag));
    expect(new Set(answer).size).toBe(2);
  });

  it('gives every one of 20 concurrent runs its own answer over one set of connections', async () => {
    await open();
    const questions = Array.from({ length: 20 }, (_, seed) => question(seed, 32 + seed));
    const outcomes = await Promise.all(questions.map((asked) => ask(asked)));
    const answers = outcomes.map(flaggedIn);
    const expected: (readonly number[])[] = [];
    for (const asked of questions) expected.push(await flaggedInMemory(asked));
    expect(answers).toEqual(expected);
    expect(new Set(answers.map(String)).size).toBe(20);
    for (const { network } of nodes.values()) expect(network.network.connected).toHaveLength(3);
    expect(events.filter((event) => event.kind === 'connected')).toHaveLength(4 * 3);
    expect(events.filter((event) => event.kind === 'disconnected')).toEqual([]);
  });

  it('runs again after a connection was lost in between', async () => {
    await open();
    const asked = question(3, 40);
    const first = flaggedIn(await ask(asked));
    for (const mux of node(ASKER).network.network.connections) mux.connection.cut();
    // Three ends here and three at the others.
    while (events.filter((event) => event.kind === 'disconnected').length < 6) await turns(1);
    expect(flaggedIn(await ask(asked))).toEqual(first);
  });

  it.each(Array.from({ length: process.env['BLINDFLAG_LONG'] === undefined ? 8 : 60 }, (_, seed) => seed))(
    'ends at every party with the name of the one that was killed and a remedy (seed %i)',
    async (seed) => {
      await open();
      const asked = question(seed, 64);
      const victim = partyId(NAMES[seed % NAMES.length]);
      let sent = 0;
      const counted = (): readonly TrafficObserver[] => [{ sent: ({ peer }) => void (peer === victim || sent++) }];
      await ask(asked, { observers: (self) => (self === victim ? counted() : []) });
      // What a party sends last may be all that the others still need of it.
      const moment = 1 + Math.floor((insecureSeededRng('kill', seed)(1)[0] / 256) * 0.8 * sent);
      let alive = true;
      sent = 0;
      const kill = (): void => {
        alive = false;
        for (const mux of node(victim).network.network.connections) mux.connection.cut();
      };
      const outcomes = await ask(asked, {
        observers: (self) => (self === victim ? [{ sent: () => void (++sent === moment && kill()) }] : []),
        // A process that was killed says nothing any more, not even that its run failed.
        wrap: (self, link) => (self === victim ? mutedWhen(() => !alive, link) : link),
      });
      expect(alive).toBe(false);
      for (const [party, outcome] of outcomes) {
        if (outcome.status === 'fulfilled') throw new Error(`${party} ended well`);
        const error: unknown = outcome.reason;
        if (!(error instanceof MpcError)) throw error;
        expect(error.remedy).toBeDefined();
        if (party !== victim) expect([party, error.describe()]).toEqual([party, expect.stringContaining(victim)]);
      }
    },
  );
});

function mutedWhen(muted: () => boolean, link: Link): Link {
  return {
    send: (pieces) => void (muted() || link.send(pieces)),
    attach: (handlers) => link.attach(handlers),
    close: () => link.close(),
  };
}
