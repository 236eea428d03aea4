/** What the shards of a run have in common. */
import type { Io } from './io.ts';
import type { FlowRow } from './protocol.ts';

/** A plan whose engine may share among the shards of one run what is made once. */
interface EnginePlan<E> {
  readonly engine: E & { ofRun?(io: Io): E };
}

/** The plan for all shards of the run that begins. */
export function planOfRun<E, P extends EnginePlan<E>>(io: Io, plan: P): P {
  return { ...plan, engine: plan.engine.ofRun?.(io) ?? plan.engine };
}

/** Messages of the shard with this number: those after the first one use what that made or found. */
export function flowOfShard(shard: number, rows: readonly FlowRow[]): readonly FlowRow[] {
  return rows.filter(({ unlessKept }) => shard === 0 || unlessKept !== true);
}
