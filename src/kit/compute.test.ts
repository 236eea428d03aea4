import { describe, expect, it } from 'vitest';
import { cooperativeCompute, defineJob } from './compute.ts';

/** A clock that a job advances itself; turns happen when the test says so. */
function manualClock(): {
  now: () => number;
  soon: (task: () => void) => void;
  advance(ms: number): void;
  turn(): void;
  turns: (() => void)[];
} {
  let nowMs = 0;
  const turns: (() => void)[] = [];
  return {
    turns,
    now: () => nowMs,
    soon: (task) => void turns.push(task),
    advance: (ms) => void (nowMs += ms),
    turn: () => turns.shift()?.(),
  };
}

const never = new AbortController().signal;

describe('cooperativeCompute', () => {
  it('gives the loop a turn after each slice of time and serves jobs in turn', async () => {
    const clock = manualClock();
    const compute = cooperativeCompute(clock);
    const order: string[] = [];
    const job = defineJob('test', function* (name: string) {
      for (let step = 0; step < 4; step++) {
        order.push(name);
        clock.advance(5);
        yield;
      }
      return name;
    });
    const both = Promise.all([compute.run(job, 'a', never), compute.run(job, 'b', never)]);
    while (clock.turns.length > 0) clock.turn();
    expect(await both).toEqual(['a', 'b']);
    // Two steps of 5 ms fill a slice of 8.
    expect(order.join('')).toBe('aabbaabb');
  });

  it('rejects with the signal’s reason before the next slice when aborted', async () => {
    const clock = manualClock();
    const compute = cooperativeCompute(clock);
    const abort = new AbortController();
    let steps = 0;
    const job = defineJob('test', function* () {
      for (;;) {
        steps++;
        clock.advance(20);
        yield;
      }
    });
    const result = compute.run(job, undefined, abort.signal);
    clock.turn();
    abort.abort(new Error('stop'));
    clock.turn();
    await expect(result).rejects.toThrow('stop');
    expect(steps).toBe(1);
    expect(clock.turns).toHaveLength(0);
  });

  it('passes on what a job throws and goes on with the others', async () => {
    const clock = manualClock();
    const compute = cooperativeCompute(clock);
    const bad = defineJob('bad', function* () {
      yield;
      throw new RangeError('bad');
    });
    const good = defineJob('good', function* () {
      yield;
      return 7;
    });
    const outcomes = Promise.allSettled([compute.run(bad, undefined, never), compute.run(good, undefined, never)]);
    while (clock.turns.length > 0) clock.turn();
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(['rejected', 'fulfilled']);
  });

  it('takes over what a job consumes, wipes it at the end, and refuses it to a later job', async () => {
    const clock = manualClock();
    const compute = cooperativeCompute(clock);
    let seen: Uint8Array | undefined;
    const job = defineJob(
      'test',
      function* ({ gone, kept }: { readonly gone: Uint8Array; readonly kept: Uint8Array }) {
        seen = gone;
        yield;
        return gone[0] + kept[0];
      },
      { consumes: ['gone'] },
    );
    const input = { gone: Uint8Array.of(3), kept: Uint8Array.of(4) };
    const sum = compute.run(job, input, never);
    expect(input.gone).toHaveLength(0);
    expect(input.kept).toHaveLength(1);
    clock.turn();
    expect(await sum).toBe(7);
    expect([...(seen ?? [])]).toEqual([0]);
    await expect(compute.run(job, input, never)).rejects.toThrow(TypeError);
    const reading = defineJob('reading', function* ({ gone }: { readonly gone: Uint8Array }) {
      yield;
      return gone.length;
    });
    await expect(compute.run(reading, input, never)).rejects.toThrow('was given up');
  });

  it('ends a job that is cancelled as one that is done: what it holds is given back, what it consumed is wiped', async () => {
    const clock = manualClock();
    const compute = cooperativeCompute(clock);
    let seen: Uint8Array | undefined;
    let isGivenBack = false;
    const job = defineJob(
      'test',
      function* ({ bytes }: { readonly bytes: Uint8Array }) {
        seen = bytes;
        try {
          for (;;) {
            clock.advance(100);
            yield;
          }
        } finally {
          isGivenBack = true;
        }
      },
      { consumes: ['bytes'] },
    );
    const controller = new AbortController();
    const outcome = expect(compute.run(job, { bytes: Uint8Array.of(5) }, controller.signal)).rejects.toThrow('stop');
    clock.turn();
    expect([isGivenBack, ...(seen ?? [])]).toEqual([false, 5]);
    controller.abort(new Error('stop'));
    clock.turn();
    await outcome;
    expect([isGivenBack, ...(seen ?? [])]).toEqual([true, 0]);
  });

  it('leaves a caller a view that is a part of a buffer, or of shared memory', async () => {
    const clock = manualClock();
    const compute = cooperativeCompute(clock);
    const job = defineJob(
      'test',
      function* ({ bytes }: { readonly bytes: Uint8Array }) {
        yield;
        return bytes[0];
      },
      { consumes: ['bytes'] },
    );
    for (const bytes of [Uint8Array.of(1, 2).subarray(1), new Uint8Array(new SharedArrayBuffer(1)).fill(2)]) {
      const first = compute.run(job, { bytes }, never);
      clock.turn();
      expect(await first).toBe(2);
      expect([...bytes]).toEqual([2]);
    }
  });
});
