/** Links of an own run to all its parties, once all are connected; until then nothing of the run leaves this node. */
import { PolicyError } from '../../errors.ts';
import type { Link } from '../../kit/link.ts';
import type { PartyId } from '../../kit/party.ts';
import { requireCommonTime } from '../clock-check.ts';
import type { NodeContext } from '../node-context.ts';
import { mayConnectLater, pause } from './retries.ts';

/** Between attempts to reach a party that is not there: it dials this node too, and then there is nothing to wait for. */
const CONNECT_PAUSE_MS = 300;

export interface Connecting {
  readonly runName: Uint8Array;
  /** By the clock of this node. */
  readonly untilMs: number;
  readonly signal: AbortSignal;
  /** Some parties are not connected, and get so much time more. */
  readonly onWaiting: (parties: readonly PartyId[], leftMs: number) => void;
}

export async function connectParties(
  context: NodeContext,
  parties: readonly PartyId[],
  { runName, untilMs, signal, onWaiting }: Connecting,
): Promise<ReadonlyMap<PartyId, Link>> {
  const { config, network, clock } = context;
  const others = parties.filter((party) => party !== config.name);
  for (;;) {
    try {
      return await network.openRun(runName, others, signal);
    } catch (error) {
      const leftMs = untilMs - clock.now();
      if (leftMs <= 0 || !mayConnectLater(error)) throw error;
      const connected = new Set(network.status().flatMap((peer) => (peer.connected ? [peer.peer] : [])));
      onWaiting(
        others.filter((party) => !connected.has(party)),
        leftMs,
      );
      await pause(clock, Math.min(CONNECT_PAUSE_MS, leftMs), signal);
    }
    // What was found out meanwhile: a clock that is wrong is no reason to wait.
    requireGoodStanding(context, parties);
  }
}

/** @throws PolicyError before anyone is contacted */
export function requireGoodStanding({ config, policy, network }: NodeContext, parties: readonly PartyId[]): void {
  for (const party of parties) {
    const problem = party === config.name ? undefined : policy.peerProblem(party);
    if (problem === undefined) continue;
    throw new PolicyError(`Cannot ask: a party of this question is not spoken to (${problem})`, {
      code: 'refused',
      phase: `policy/${problem}`,
      party,
      remedy: 'exchange new keys with its operator, or agree on a question without it',
    });
  }
  requireCommonTime(config.name, network.status(), parties);
}
