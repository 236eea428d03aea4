/** One VOLE between two parties of one process, and what crossed between them. */
import {
  type BaseOtStore,
  createVole,
  type HeldVole,
  noBaseOtStore,
  type ReceivedVole,
  type VoleParameters,
} from '../../protocols/vole/index.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { type InMemoryOptions, type TranscriptEntry, TranscriptRecorder } from '../../src/testing.ts';
import { LockstepClock } from '../conformance/lockstep-clock.ts';
import { outputsOf } from './run.ts';

export const receiver: PartyId = partyId('receiver');
export const holder: PartyId = partyId('holder');

export type VoleSettings = Omit<VoleParameters, 'receiver' | 'holder'>;

export interface VoleRunOptions extends InMemoryOptions {
  readonly seed: number | string;
  readonly store?: BaseOtStore;
  /** Begins a moment later than the other: its first message should not be what that one waits for. Default: the holder. */
  readonly initiator?: PartyId;
  /** The parties exchange their roles. */
  readonly reversed?: boolean;
}

export interface VoleRun {
  readonly received: ReceivedVole;
  readonly held: HeldVole;
  /** The longest chain of messages. */
  readonly rounds: number;
  /** On the protocol's own channel. */
  readonly messages: readonly TranscriptEntry[];
}

export function voleParameters(settings: VoleSettings, reversed = false): VoleParameters {
  return { ...settings, ...(reversed ? { receiver: holder, holder: receiver } : { receiver, holder }) };
}

/** @throws the error that began it when a party fails */
export async function runVole(settings: VoleSettings, options: VoleRunOptions): Promise<VoleRun> {
  const { seed, store = noBaseOtStore, reversed = false, initiator = holder, ...rest } = options;
  const recorder = new TranscriptRecorder();
  const clock = new LockstepClock();
  const parameters = voleParameters(settings, reversed);
  const inputs = new Map([receiver, holder].map((party) => [party, {}]));
  const outputs = await outputsOf(createVole(store), { parameters, inputs, initiator }, seed, {
    clock,
    compute: clock.compute,
    ...rest,
    observers: (party) => [recorder.observer(party), clock.counter('vole/')],
  });
  const [received, held] = [outputs.get(parameters.receiver), outputs.get(parameters.holder)];
  if (received?.kind !== 'received' || held?.kind !== 'held') throw new Error('outputs are of the wrong kind');
  const messages = recorder.entries.filter(({ channel }) => channel.startsWith('vole/'));
  return { received, held, rounds: clock.rounds, messages };
}
