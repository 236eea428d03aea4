/**
 * The two roles of a VOLE over Io. The *receiver* ends with A and C, the *holder* with Delta and K, C = A Delta + K; Delta
 * is fresh in every run.
 *
 *   both                  transfers.ts: the receiver chooses the paths of its noise, the holder the bits of Delta
 *   receiver → holder     vole-base: base VOLEs
 *   holder → receiver     vole-trees                            from 4,096 rows on
 *   receiver → holder     vole-challenge                        if checked
 *   holder → receiver     vole-proof
 *
 * In the checked variant nothing is returned before all checks have passed, and one that fails destroys the base
 * transfers at the party whose check it was: the other's copy is of no use without them. The receiver's challenge, drawn when it
 * has the tree message, leaves when it has expanded.
 *
 * All that a party has of its keys, the result too, is held by `Vole.secrets`: its caller's to end, when a run fails as well.
 */
import { equalBytes, utf8 } from '../../src/crypto/bytes.ts';
import { type Copee, packDelta } from '../../src/crypto/copee.ts';
import { fieldBytes, GF128_BYTES } from '../../src/crypto/gf2.ts';
import { HASH_BYTES, hashTuple } from '../../src/crypto/hash.ts';
import type { Secrets } from '../../src/crypto/secrets.ts';
import { HOLDER_SEED_BYTES, type ReceiverInput } from '../../src/crypto/silent-vole.ts';
import { silentVoleChoices, type SilentVolePlan } from '../../src/crypto/silent-vole-plan.ts';
import { DELTA_BITS } from '../../src/crypto/subfield-vole.ts';
import { CHALLENGE_BYTES } from '../../src/crypto/vole-check.ts';
import { ProtocolError } from '../../src/errors.ts';
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { BaseOts, BaseOtStore } from './base-ots.ts';
import { blaming } from './blaming.ts';
import { baseMessage, TreeChallengeMessage, TreeMessage, TreeProof } from './messages.ts';
import { SEED_TREE_DEPTH, volePlan, type VolePlan, type VoleShape } from './plan.ts';
import {
  expandCheckedJob,
  expandHolderJob,
  expandReceiverJob,
  holdBaseJob,
  proveJob,
  receiveBaseJob,
} from './steps.ts';
import { exchangeTransfers, type TransferPlan } from './transfers.ts';

/** Of a role, for `Io.progress`. */
const STEPS = 3;

/** What both parties agree on, and where what the own one has is kept. */
export interface Vole extends VoleShape {
  /** Of base transfers, from run to run. */
  readonly store: BaseOtStore;
  /** Of all else, and of what comes out. Ended once the VOLE has, and what uses it. */
  readonly secrets: Secrets;
}

export interface ReceivedVole {
  /** length x 8 or 16 bytes, uniform. */
  readonly a: Uint8Array;
  /** length x 16 bytes. */
  readonly c: Uint8Array;
}

export interface HeldVole {
  /** 16 bytes, uniform. */
  readonly delta: Uint8Array;
  /** length x 16 bytes. */
  readonly k: Uint8Array;
}

/** A receiver's VOLE under way. */
export interface BegunVole {
  /** @throws ProtocolError that names the holder when its deviation can be seen */
  finish(): Promise<ReceivedVole>;
}

/** A channel serves one VOLE. @throws as `finish` */
export async function voleReceive(io: Io, holder: PartyId, vole: Vole): Promise<ReceivedVole> {
  return await (await beginVole(io, holder, vole)).finish();
}

/**
 * The receiver's part until its base VOLEs have left. From 4,096 rows on the holder then works for a while, and the
 * receiver may do other things before it awaits the rest.
 */
export async function beginVole(io: Io, holder: PartyId, vole: Vole): Promise<BegunVole> {
  const { secrets } = vole;
  const plan = volePlan(vole);
  const { silent, checked, field, baseLength } = plan;
  const choices = secrets.hold(silent === undefined ? new Uint8Array(0) : silentVoleChoices(silent, io.rng));
  const transferPlan: TransferPlan = {
    peer: holder,
    checked,
    own: { count: plan.pathCount, keyBytes: 16 },
    theirs: { count: DELTA_BITS, keyBytes: 32 },
    store: vole.store,
    secrets,
  };
  const transfers = await exchangeTransfers(io, transferPlan, choices);
  io.progress(1, STEPS);
  const a = secrets.hold(io.rng(baseLength * fieldBytes(field)));
  const base = {
    ...baseInput(io, holder, plan),
    pairs: transfers.offered,
    a,
    mask: secrets.hold(io.rng(GF128_BYTES)),
  };
  const { message, c } = await io.compute(receiveBaseJob, base);
  secrets.hold(c);
  await io.to(holder).send(baseMessage(plan), message, plan.baseBytes);
  io.progress(2, STEPS);
  if (silent === undefined) return { finish: () => Promise.resolve({ a, c }) };

  const { baseA, baseC, checkA, checkC } = splitBase(silent, { a, c, secrets });
  const context = expansionContext(io, holder);
  return {
    async finish() {
      const treeMessage = await io.from(holder).recv(TreeMessage, silent.treeMessageBytes);
      const input = { plan: silent, context, choices, otKeys: transfers.chosen, treeMessage, baseA, baseC };
      const expanded = checked
        ? await expandChecked(io, holder, { input, checkA, checkC, baseOts: transfers.baseOts, secrets })
        : held(secrets, await io.compute(expandReceiverJob, input));
      io.progress(STEPS, STEPS);
      return expanded;
    },
  };
}

/** A channel serves one VOLE. @throws ProtocolError that names the receiver when its deviation can be seen */
export async function voleHold(io: Io, receiver: PartyId, vole: Vole): Promise<HeldVole> {
  const { secrets } = vole;
  const plan = volePlan(vole);
  const { silent, checked } = plan;
  const bits = secrets.hold(io.rng(DELTA_BITS));
  for (let k = 0; k < bits.length; k++) bits[k] &= 1;
  const transferPlan: TransferPlan = {
    peer: receiver,
    checked,
    own: { count: DELTA_BITS, keyBytes: 32 },
    theirs: { count: plan.pathCount, keyBytes: 16 },
    store: vole.store,
    secrets,
  };
  const choices = secrets.hold(bits.map((bit) => 1 - bit));
  const transfers = await exchangeTransfers(io, transferPlan, choices);
  io.progress(1, STEPS);
  const message = await io.from(receiver).recv(baseMessage(plan), plan.baseBytes);
  const input = { ...baseInput(io, io.self, plan), keys: transfers.chosen, delta: bits, message };
  const baseK = secrets.hold(await blaming(io, receiver, () => io.compute(holdBaseJob, input), transfers.baseOts));
  const delta = secrets.hold(packDelta(bits));
  io.progress(2, STEPS);
  if (silent === undefined) return { delta, k: baseK };

  const baseBytes = silent.baseLength * GF128_BYTES;
  const expansion = {
    plan: silent,
    context: expansionContext(io, io.self),
    seed: secrets.hold(io.rng(HOLDER_SEED_BYTES)),
    baseK: secrets.hold(baseK.slice(0, baseBytes)),
    otPairs: transfers.offered,
  };
  const { treeMessage, k } = await io.compute(expandHolderJob, expansion);
  secrets.hold(k);
  await io.to(receiver).send(TreeMessage, treeMessage, silent.treeMessageBytes);
  if (checked) {
    const { challenge, masked } = await io.from(receiver).recv(TreeChallengeMessage, undefined);
    const check = { challenge, masked, delta, baseK: secrets.hold(baseK.slice(baseBytes)) };
    const proving = { input: { plan: silent, context: expansion.context, k }, check };
    await io.to(receiver).send(TreeProof, await io.compute(proveJob, proving), HASH_BYTES);
  }
  return { delta, k };
}

interface TreeCheck {
  readonly input: ReceiverInput;
  readonly checkA: Uint8Array;
  readonly checkC: Uint8Array;
  readonly baseOts: BaseOts;
  readonly secrets: Secrets;
}

/** Expands, and then has the holder prove its rows. The challenge is drawn here, after the tree message came. */
async function expandChecked(
  io: Io,
  holder: PartyId,
  { input, checkA, checkC, baseOts, secrets }: TreeCheck,
): Promise<ReceivedVole> {
  const challenge = io.rng(CHALLENGE_BYTES);
  const check = { challenge, baseA: checkA, baseC: checkC };
  const { masked, expected, ...vectors } = await io.compute(expandCheckedJob, { input, check });
  const expanded = held(secrets, vectors);
  await io.to(holder).send(TreeChallengeMessage, { challenge, masked }, undefined);
  const proof = await io.from(holder).recv(TreeProof, HASH_BYTES);
  await blaming(io, holder, () => requireProof(proof, expected), baseOts);
  return expanded;
}

function held(secrets: Secrets, { a, c }: ReceivedVole): ReceivedVole {
  return { a: secrets.hold(a), c: secrets.hold(c) };
}

async function requireProof(proof: Uint8Array, expected: Uint8Array): Promise<void> {
  if (equalBytes(proof, expected)) return;
  throw new ProtocolError('Cannot accept VOLE: the check of its rows failed', { code: 'bad-message' });
}

/** Base VOLEs of the trees first, then those of their check. */
function splitBase(
  { baseLength, field }: SilentVolePlan,
  { a, c, secrets }: ReceivedVole & Pick<Vole, 'secrets'>,
): Pick<ReceiverInput, 'baseA' | 'baseC'> & Pick<TreeCheck, 'checkA' | 'checkC'> {
  const [atA, atC] = [baseLength * fieldBytes(field), baseLength * GF128_BYTES];
  const part = (bytes: Uint8Array, from: number, to?: number): Uint8Array => secrets.hold(bytes.slice(from, to));
  return { baseA: part(a, 0, atA), baseC: part(c, 0, atC), checkA: part(a, atA), checkC: part(c, atC) };
}

function baseInput(io: Io, holder: PartyId, { field, baseLength, checked }: VolePlan): Copee {
  const context = hashTuple('vole base', io.sid, utf8(io.phase), utf8(holder));
  return { field, length: baseLength, checked, depth: SEED_TREE_DEPTH, context };
}

function expansionContext(io: Io, holder: PartyId): Uint8Array {
  return hashTuple('vole expansion', io.sid, utf8(io.phase), utf8(holder));
}
