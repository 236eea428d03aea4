/**
 * Random 1-of-2 transfers in both directions between two parties, out of base transfers that they keep or make now. Both
 * parties run the same code: each is chooser of its own transfers and offerer of the other's.
 *
 *   flight 1   base-ot-state    what I have kept; with it the own corrections (vole-transfers), or base-ot-points
 *   flight 2   base-ot-seeds    unless both have kept the same; with it the own corrections
 */
import { BASE_OT_RANDOM_BYTES } from '../../src/crypto/base-ot.ts';
import { equalBytes, utf8 } from '../../src/crypto/bytes.ts';
import { UNIFORM_BYTES } from '../../src/crypto/group.ts';
import { hashTuple } from '../../src/crypto/hash.ts';
import type { Secrets } from '../../src/crypto/secrets.ts';
import { type Extension, extensionMessageBytes } from '../../src/crypto/ot-extension.ts';
import { DELTA_BITS } from '../../src/crypto/subfield-vole.ts';
import { GF128_BYTES } from '../../src/crypto/gf2.ts';
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { blaming } from './blaming.ts';
import { BASE_OTS_ID_BYTES, BaseOts, type BaseOtStore, noBaseOtStore, wipeSecrets } from './base-ots.ts';
import { BaseOtPoints, BaseOtSeeds, BaseOtState, transfersMessage } from './messages.ts';
import { POINTS_BYTES, SEED_TREE_DEPTH, SEEDS_BYTES } from './plan.ts';
import { chooseJob, offerJob, pickJob, plantJob, pointsJob } from './steps.ts';

export interface TransferSide {
  readonly count: number;
  readonly keyBytes: 16 | 32;
}

export interface TransferPlan {
  readonly peer: PartyId;
  readonly checked: boolean;
  readonly own: TransferSide;
  readonly theirs: TransferSide;
  readonly store: BaseOtStore;
  /** Of the keys that come out, and of what they and base transfers are made of. */
  readonly secrets: Secrets;
}

export interface Transfers {
  /** own.count x own.keyBytes: the keys of the own choices. */
  readonly chosen: Uint8Array;
  /** theirs.count x 2 x theirs.keyBytes: both keys of each of the other's transfers. */
  readonly offered: Uint8Array;
  readonly baseOts: BaseOts;
}

/** `choices`: own.count bytes, 0 or 1. @throws ProtocolError when the other side deviates and this can be seen */
export async function exchangeTransfers(io: Io, plan: TransferPlan, choices: Uint8Array): Promise<Transfers> {
  const exchange = new Exchange(io, plan, choices);
  const store = io.isSeeded && plan.store.ofOneRun !== true ? noBaseOtStore : plan.store;
  const pair = { self: io.self, peer: plan.peer, checked: plan.checked };
  const kept = store.find(pair);
  // Their epoch may end meanwhile, and the store lets go of them.
  const letGo = kept?.hold();
  try {
    const first = await exchange.compareStates(kept);
    if (kept !== undefined && first.agreed) return await exchange.offer(kept, first);
    if (kept !== undefined) store.forget(pair);
    return await exchange.makeBaseOts(first, (made) => store.keep(pair, made));
  } finally {
    letGo?.();
  }
}

/** Own keys, and the other side's corrections; empty where there are none yet. */
interface Extended {
  readonly chosen: Uint8Array;
  readonly corrections: Uint8Array;
}

interface FirstFlight extends Extended {
  readonly agreed: boolean;
  /** Undefined where they were not sent, because there was something kept. */
  readonly own: OwnPoints | undefined;
  readonly theirs: Uint8Array | undefined;
}

interface OwnPoints {
  readonly delta: Uint8Array;
  readonly choices: Uint8Array;
  readonly points: Uint8Array;
  readonly scalars: Uint8Array;
}

const NOTHING = new Uint8Array(0);

class Exchange {
  readonly #io: Io;
  readonly #plan: TransferPlan;
  readonly #choices: Uint8Array;
  readonly #own: Extension;
  readonly #theirs: Extension;

  constructor(io: Io, plan: TransferPlan, choices: Uint8Array) {
    this.#io = io;
    this.#plan = plan;
    this.#choices = choices;
    this.#own = extension(io, plan, io.self);
    this.#theirs = extension(io, plan, plan.peer);
  }

  /** Nobody waits for the other's state: what follows from the own one leaves with it. */
  async compareStates(kept: BaseOts | undefined): Promise<FirstFlight> {
    const io = this.#io;
    const { peer } = this.#plan;
    const state = { kept: kept !== undefined, id: kept?.id ?? io.rng(BASE_OTS_ID_BYTES) };
    const [sent, received] = await io.all([
      async () => {
        await io.to(peer).send(BaseOtState, state, undefined);
        if (kept === undefined) return { chosen: NOTHING, own: await this.#sendPoints() };
        const taken = await blaming(io, peer, async () => kept.take(this.#own.context));
        try {
          return { chosen: await this.#choose(taken.all), own: undefined };
        } finally {
          wipeSecrets(taken);
        }
      },
      async () => {
        const theirState = await io.from(peer).recv(BaseOtState, undefined);
        if (theirState.kept) return { theirState, corrections: await this.#receive(), theirs: undefined };
        return { theirState, corrections: NOTHING, theirs: await io.from(peer).recv(BaseOtPoints, POINTS_BYTES) };
      },
    ]);
    const { theirState, ...rest } = received;
    return { ...sent, ...rest, agreed: state.kept && theirState.kept && equalBytes(state.id, theirState.id) };
  }

  /**
   * Makes base transfers; whoever sent its points in the first flight does not send them again. `keep` gets them after the
   * check; if it does not hold them, they are gone when this has ended.
   */
  async makeBaseOts({ own, theirs }: FirstFlight, keep: (made: BaseOts) => void): Promise<Transfers> {
    const io = this.#io;
    const { peer, secrets } = this.#plan;
    const [ownPoints, points] = await io.all([
      async () => own ?? (await this.#sendPoints()),
      async () => theirs ?? (await io.from(peer).recv(BaseOtPoints, POINTS_BYTES)),
    ]);
    const [sent, received] = await io.all([
      async () => {
        const context = baseContext(io, peer, io.self);
        const input = { context, points, randomness: secrets.hold(io.rng(UNIFORM_BYTES)) };
        const planted = await blaming(io, peer, () => io.compute(plantJob, input));
        secrets.hold(planted.seeds);
        await io.to(peer).send(BaseOtSeeds, planted.message, SEEDS_BYTES);
        return { planted, chosen: await this.#choose(planted.seeds) };
      },
      async () => {
        const message = await io.from(peer).recv(BaseOtSeeds, SEEDS_BYTES);
        const input = { ...ownPoints, context: baseContext(io, io.self, peer), message };
        const held = secrets.hold(await blaming(io, peer, () => io.compute(pickJob, input)));
        return { message, held, corrections: await this.#receive() };
      },
    ]);
    const { planted, chosen } = sent;
    const baseOts = new BaseOts({
      id: transcriptId(io, [
        { by: io.self, points: ownPoints.points, seeds: planted.message },
        { by: peer, points, seeds: received.message },
      ]),
      // Whoever holds base transfers wipes them.
      delta: secrets.pass(ownPoints.delta),
      held: secrets.pass(received.held),
      all: secrets.pass(planted.seeds),
    });
    const letGo = baseOts.hold();
    try {
      baseOts.count(this.#own.context);
      const transfers = await this.offer(baseOts, { chosen, corrections: received.corrections });
      keep(baseOts);
      return transfers;
    } finally {
      letGo();
    }
  }

  /** Both keys of each of the other side's transfers, after the check of its corrections. */
  async offer(baseOts: BaseOts, { chosen, corrections }: Extended): Promise<Transfers> {
    const { checked, secrets } = this.#plan;
    if (this.#theirs.count === 0) return { chosen, offered: NOTHING, baseOts };
    const offered = await blaming(this.#io, this.#plan.peer, async () => {
      const taken = baseOts.take(this.#theirs.context);
      try {
        const input = { ...this.#theirs, seeds: taken.held, delta: taken.delta, message: corrections };
        const compute = async (): Promise<Uint8Array> => secrets.hold(await this.#io.compute(offerJob, input));
        const pairs = checked ? await baseOts.check(compute) : await compute();
        baseOts.requireAlive();
        return pairs;
      } finally {
        wipeSecrets(taken);
      }
    });
    return { chosen, offered, baseOts };
  }

  async #choose(seeds: Uint8Array): Promise<Uint8Array> {
    const io = this.#io;
    const { peer, secrets } = this.#plan;
    if (this.#own.count === 0) return NOTHING;
    // With the mask the check in the message gives choices back.
    const input = { ...this.#own, seeds, choices: this.#choices, mask: secrets.hold(io.rng(GF128_BYTES)) };
    const { message, keys } = await io.compute(chooseJob, input);
    secrets.hold(keys);
    await io.to(peer).send(transfersMessage(this.#own), message, message.length);
    return keys;
  }

  async #receive(): Promise<Uint8Array> {
    if (this.#theirs.count === 0) return NOTHING;
    return await this.#io
      .from(this.#plan.peer)
      .recv(transfersMessage(this.#theirs), extensionMessageBytes(this.#theirs));
  }

  async #sendPoints(): Promise<OwnPoints> {
    const io = this.#io;
    const { peer, secrets } = this.#plan;
    const drawn = secrets.hold(io.rng(DELTA_BITS));
    const delta = secrets.hold(drawn.map((byte) => byte & 1));
    const choices = secrets.hold(delta.map((bit) => 1 - bit));
    const randomness = secrets.hold(io.rng(DELTA_BITS * BASE_OT_RANDOM_BYTES));
    const context = baseContext(io, io.self, peer);
    const { points, scalars } = await io.compute(pointsJob, { context, choices, randomness });
    secrets.hold(scalars);
    await io.to(peer).send(BaseOtPoints, points, POINTS_BYTES);
    return { delta, choices, points, scalars };
  }
}

interface SetupMessages {
  readonly by: PartyId;
  readonly points: Uint8Array;
  readonly seeds: Uint8Array;
}

/** The same at both sides if and only if they saw the same messages. */
function transcriptId(io: Io, sides: readonly SetupMessages[]): Uint8Array {
  const inOrder = sides.toSorted((a, b) => (a.by < b.by ? -1 : 1));
  const fields = inOrder.flatMap(({ by, points, seeds }) => [utf8(by), points, seeds]);
  return hashTuple('base transfers id', io.sid, utf8(io.phase), ...fields).subarray(0, BASE_OTS_ID_BYTES);
}

function extension(io: Io, { peer, checked, own, theirs }: TransferPlan, chooser: PartyId): Extension {
  const [side, offerer] = chooser === io.self ? [own, peer] : [theirs, io.self];
  const context = hashTuple('vole transfers', io.sid, utf8(io.phase), utf8(chooser), utf8(offerer));
  return { ...side, checked, depth: SEED_TREE_DEPTH, context };
}

/** Base transfers whose receiver is `receiver`. */
function baseContext(io: Io, receiver: PartyId, sender: PartyId): Uint8Array {
  return hashTuple('vole base transfers', io.sid, utf8(io.phase), utf8(receiver), utf8(sender));
}
