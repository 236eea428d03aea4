/** What a measured question is made of: for every party a part that its own process makes ready, runs and checks. */
import type { OverlapSecurity } from '../../protocols/overlap/index.ts';
import { spillDisk } from '../data/spill/spill-disk.ts';
import { defaultSpillParent } from '../data/spill/spill-folder.ts';
import { systemRng } from '../kit/clock.ts';
import type { Compute } from '../kit/compute.ts';
import type { Link } from '../kit/link.ts';
import type { PartyId } from '../kit/party.ts';
import { allowList } from '../kit/policy.ts';
import type { ProtocolDefinition } from '../kit/protocol.ts';
import { runParty, type RunReport } from '../kit/run.ts';
import type { TrafficObserver } from '../kit/traffic.ts';
import type { Signer, Verifier } from '../crypto/signature.ts';

/** What is measured; plain data, since it goes to the processes of all parties. */
export interface QuestionSettings {
  /** Name of the question among those that the processes know. */
  readonly question: string;
  /** What evaluates the oblivious function, or which operation it is. */
  readonly engine: string;
  /** Accounts of every list, or operations. */
  readonly accounts: number;
  readonly institutions: number;
  /** Number of the institution that asks. Default: the first. */
  readonly asker?: number;
  /** Of overlap. Default: what the protocol takes for the engine. */
  readonly security?: OverlapSecurity;
}

/** What a part gets from its process. */
export interface PartSurroundings {
  readonly self: PartyId;
  readonly links: ReadonlyMap<PartyId, Link>;
  readonly publicKeys: ReadonlyMap<PartyId, Uint8Array>;
  readonly signer: Signer;
  readonly verify: Verifier;
  readonly runName: Uint8Array;
  readonly compute: Compute;
  /** Base transfers stay from run to run. */
  readonly keep: boolean;
}

/** Costs of the operations alone, without the opening and the end of their run. */
export interface OperationCost {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly sentBytes: number;
}

export interface PartOutcome {
  readonly report: RunReport;
  /** Whether this party's answer is the expected one; also true at a party that gets none. */
  readonly correct: boolean;
  readonly operations?: OperationCost;
}

export interface Part {
  readonly securityModel: string;
  /** Runs once and then compares; `finished` is called between the two, when the clock stops. */
  run(surroundings: PartSurroundings, finished: () => void): Promise<PartOutcome>;
}

export interface MeasuredQuestion {
  readonly name: string;
  /** All parties of a run; the one that asks is `asker`. */
  parties(settings: QuestionSettings): { readonly all: readonly PartyId[]; readonly asker: PartyId };
  /** Makes up the party's list, and at the asker the expected answer; long ones in turns of the event loop. */
  part(settings: QuestionSettings, self: PartyId): Part | Promise<Part>;
}

interface PartDefinition<P, I, T, O> {
  readonly protocol: ProtocolDefinition<P, I, T, O>;
  readonly parameters: P;
  readonly input: I;
  readonly initiator: PartyId;
  readonly observers?: readonly TrafficObserver[];
}

/** Long lists go to disk, as a node's do. */
const disk = spillDisk({ parent: defaultSpillParent(), rng: systemRng });

/** One party's run of a protocol in these surroundings. */
export async function runPart<P, I, T, O>(
  { protocol, parameters, input, initiator, observers = [] }: PartDefinition<P, I, T, O>,
  { self, links, publicKeys, signer, verify, runName, compute }: PartSurroundings,
): Promise<{ readonly output: O; readonly report: RunReport }> {
  return await runParty(protocol, {
    self,
    parameters,
    input,
    initiator,
    links,
    publicKeys,
    signer,
    runName,
    observers,
    policy: allowList([{ protocol: protocol.spec.id, initiators: [initiator] }]),
    ports: { compute, verify, disk },
  });
}
