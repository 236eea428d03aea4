/** Buffers that jobs of a run are given and give, not copies: whether they are zeros when the run is over. */
import { expect } from 'vitest';
import { asBytes } from '../../src/crypto/bytes.ts';
import { systemClock } from '../../src/kit/clock.ts';
import { type Compute, cooperativeCompute } from '../../src/kit/compute.ts';
import { turns } from '../../src/net/manual-clock.ts';

/** By job, the fields that secrets are in: `field.field` of its input, `>field` of its output, `>` for the output itself. */
export type WatchedJobs = Readonly<Record<string, readonly string[]>>;

interface Seen {
  readonly field: string;
  readonly view: Uint8Array;
  /** It held something when the job got it or gave it. */
  readonly held: boolean;
}

interface WatchedCompute {
  readonly compute: Compute;
  readonly seen: readonly Seen[];
}

/** One that a job consumed is empty, and was wiped with the job. */
const isSet = (view: Uint8Array): boolean => view.byteLength > 0 && view.some((byte) => byte !== 0);

function* bytesOf(value: unknown, path: string): Generator<readonly [path: string, view: Uint8Array]> {
  if (value instanceof Uint8Array) yield [path, value];
  else if (value instanceof Uint32Array) yield [path, asBytes(value)];
  else if (typeof value === 'object' && value !== null && !ArrayBuffer.isView(value)) {
    const prefix = path === '' || path === '>' ? path : `${path}.`;
    const fields = Object.entries(value) as readonly [string, unknown][];
    for (const [field, inner] of fields) yield* bytesOf(inner, prefix + field);
  }
}

/** Computes in this thread. `begins` is told of every job before it. */
export function watching(watched: WatchedJobs, begins: () => void = () => undefined): WatchedCompute {
  const seen: Seen[] = [];
  const inner = cooperativeCompute(systemClock);
  const look = (name: string, value: unknown, path: string): void => {
    for (const [field, view] of bytesOf(value, path)) {
      if ((watched[name] ?? []).includes(field)) seen.push({ field: `${name} ${field}`, view, held: isSet(view) });
    }
  };
  return {
    seen,
    compute: {
      async run(job, input, signal) {
        look(job.name, input, '');
        begins();
        const output = await inner.run(job, input, signal);
        look(job.name, output, '>');
        return output;
      },
    },
  };
}

export const stillSet = (seen: readonly Seen[]): readonly string[] =>
  seen.filter(({ view }) => isSet(view)).map(({ field }) => field);

function expectAllHeld(seen: readonly Seen[], watched: WatchedJobs): void {
  const all = Object.entries(watched).flatMap(([job, fields]) => fields.map((field) => `${job} ${field}`));
  expect([...new Set(seen.filter(({ held }) => held).map(({ field }) => field))].sort()).toEqual(all.sort());
}

export function expectWiped(seen: readonly Seen[], watched: WatchedJobs): void {
  expectAllHeld(seen, watched);
  expect(stillSet(seen)).toEqual([]);
}

/** A run in which one party cancels. Rejects when it fails. */
type CancelledRun = (compute: Compute, cancel: AbortSignal) => Promise<unknown>;

/**
 * Runs again and again, cancelled when job number 1, 2, 3 … of all parties begins, until one comes to its end: wherever it
 * fails, nothing is left at any party.
 */
export async function expectWipedWhereverItFails(watched: WatchedJobs, run: CancelledRun): Promise<void> {
  const all: Seen[] = [];
  for (let last = 1, failed = true; failed; last++) {
    const cancel = new AbortController();
    let begun = 0;
    const { compute, seen } = watching(watched, () => {
      if (++begun === last) cancel.abort();
    });
    failed = await run(compute, cancel.signal).then(
      () => false,
      () => true,
    );
    // What a role leaves to others to end may take a turn more.
    await turns(3);
    expect(stillSet(seen), `job ${last} of ${begun}`).toEqual([]);
    all.push(...seen);
  }
  expectAllHeld(all, watched);
}
