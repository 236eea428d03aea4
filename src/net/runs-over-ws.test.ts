import { afterEach, describe, expect, it } from 'vitest';
import { createFlag, flag, type FlagAnswer, type FlagInput, flagParameters } from '../../protocols/flag/index.ts';
import { MpcError } from '../errors.ts';
import { systemRng } from '../kit/clock.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { allowList } from '../kit/policy.ts';
import { runParty, type RunResult } from '../kit/run.ts';
import type { SessionLimits } from '../kit/session.ts';
import { insecureIdealOprf, insecureSeededRng, runInMemory, succeeded } from '../testing.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes } from './loopback-nodes.ts';
import type { IncomingRun } from './mux.ts';

const NAMES = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];
const ASKER = partyId('bank-a');
const ideal = createFlag([insecureIdealOprf(insecureSeededRng('over-ws')(32))]);

type Nodes = ReadonlyMap<PartyId, LoopbackNode>;
let nodes: Nodes = new Map();
/** Runs that came in, by node, until somebody serves them. */
const incoming = new Map<PartyId, (run: IncomingRun) => void>();

afterEach(async () => {
  await closeLoopbackNodes(nodes);
  incoming.clear();
});

async function open(): Promise<void> {
  nodes = await openLoopbackNodes(NAMES, (name) => ({ onRun: (run) => incoming.get(name)?.(run) }));
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

/** Runs a question at all four nodes: the asker connects to all, the others join when its offer comes. */
async function ask(
  asked: Question,
  runName: Uint8Array,
  options: { readonly protocol?: typeof flag; readonly limits?: Partial<SessionLimits> } = {},
): Promise<Outcomes> {
  const publicKeys = new Map([...nodes].map(([name, { identity }]) => [name, identity.card.signingKey]));
  const protocol = options.protocol ?? ideal;
  const part = async (self: PartyId): Promise<RunResult<FlagAnswer | undefined>> => {
    const others = NAMES.map(partyId).filter((name) => name !== self);
    return await runParty(protocol, {
      self,
      parameters: asked.parameters,
      input: asked.inputs.get(self) ?? {},
      initiator: ASKER,
      links: await node(self).network.network.links(others, runName),
      publicKeys,
      signer: node(self).identity.signer,
      policy: allowList([{ protocol: 'flag/1', initiators: [ASKER] }]),
      runName,
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    });
  };
  const settled = await Promise.allSettled(NAMES.map(partyId).map(part));
  return new Map(NAMES.map((name, index) => [partyId(name), settled[index]]));
}

function flaggedIn(outcomes: Outcomes): readonly number[] {
  return Array.from(succeeded(outcomes).get(ASKER)?.output?.flagged ?? []);
}

async function flaggedInMemory(asked: Question, protocol = ideal): Promise<readonly number[]> {
  return flaggedIn(await runInMemory(protocol, { ...asked, initiator: ASKER }));
}

describe('a flag run over WebSockets', () => {
  it('gives the answer of memory when four nodes run the dh engine', async () => {
    await open();
    const asked = question(1, 40, 'dh');
    const answer = flaggedIn(await ask(asked, systemRng(16), { protocol: flag }));
    expect(answer).toEqual(await flaggedInMemory(asked, flag));
    expect(new Set(answer).size).toBe(2);
  });
  it('x', () => {
    void MpcError;
  });
});
