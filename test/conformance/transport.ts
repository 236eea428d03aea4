/** What a transport has to offer so that the conformance suite can run over it. */
import type { Clock } from '../../src/kit/clock.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ProtocolDefinition } from '../../src/kit/protocol.ts';
import type { RunResult } from '../../src/kit/run.ts';
import { IdleClock, type InMemoryOptions, type InMemoryRun, runInMemory } from '../../src/testing.ts';

export type Outcomes<O> = ReadonlyMap<PartyId, PromiseSettledResult<RunResult<O>>>;

/** A clock that knows what it still has to do, so that a forgotten timer is seen. */
export interface CountingClock extends Clock {
  readonly pendingTimers: number;
}

/**
 * A transport runs all parties of a run over its own links. It passes every frame through `options.intercept`, in the
 * order of each link, and its network's `disconnect` ends all links of a party at once.
 */
export interface Transport {
  readonly name: string;
  /** The clock of one run: time must pass quickly when nothing happens, or stalls take as long as they say. */
  clock(): CountingClock;
  run<P, I, T, O>(
    protocol: ProtocolDefinition<P, I, T, O>,
    run: InMemoryRun<P, I>,
    options: InMemoryOptions,
  ): Promise<Outcomes<O>>;
}

export const memoryTransport: Transport = {
  name: 'memory',
  clock: () => new IdleClock(),
  run: runInMemory,
};
