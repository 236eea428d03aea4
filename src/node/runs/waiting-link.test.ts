import { describe, expect, it } from 'vitest';
import { systemClock } from '../../kit/clock.ts';
import type { Link, LinkEvents } from '../../kit/link.ts';
import { WaitingLink } from './waiting-link.ts';

function rawLink(): { link: Link; events: () => LinkEvents; closed: () => boolean } {
  let attached: LinkEvents | undefined;
  let closed = false;
  return {
    link: { send: () => undefined, attach: (events) => void (attached = events), close: () => void (closed = true) },
    events: () => {
      if (attached === undefined) throw new Error('not attached');
      return attached;
    },
    closed: () => closed,
  };
}

function recorder(): { seen: (number | 'closed')[]; events: LinkEvents } {
  const seen: (number | 'closed')[] = [];
  return { seen, events: { frame: (bytes) => void seen.push(bytes.length), closed: () => void seen.push('closed') } };
}

const turn = (): Promise<void> => new Promise((resolve) => systemClock.soon(resolve));

describe('WaitingLink', () => {
  it('does not call back whoever attaches before that has returned, and keeps the order', async () => {
    const raw = rawLink();
    const waiting = new WaitingLink(raw.link, systemClock);
    raw.events().frame(new Uint8Array(1));
    const run = recorder();
    waiting.attach(run.events);
    expect(run.seen).toEqual([]);
    raw.events().frame(new Uint8Array(2));
    raw.events().closed();
    expect(run.seen).toEqual([]);
    await turn();
    expect(run.seen).toEqual([1, 2, 'closed']);
  });

  it('shows what came to whoever looks, and gives all of it to whoever attaches', async () => {
    const raw = rawLink();
    const waiting = new WaitingLink(raw.link, systemClock);
    raw.events().frame(new Uint8Array(1));
    const look = recorder();
    waiting.look().attach(look.events);
    raw.events().frame(new Uint8Array(2));
    const run = recorder();
    waiting.attach(run.events);
    await turn();
    raw.events().frame(new Uint8Array(3));
    raw.events().closed();
    expect(look.seen).toEqual([1, 2]);
    expect(run.seen).toEqual([1, 2, 3, 'closed']);
  });

  it.each([
    ['many bytes', 2, 200_000],
    ['many frames', 65, 1],
  ])('closes the link when %s wait, and tells both', async (_what, frames, bytes) => {
    const raw = rawLink();
    const waiting = new WaitingLink(raw.link, systemClock);
    const look = recorder();
    waiting.look().attach(look.events);
    for (let k = 0; k < frames - 1; k++) raw.events().frame(new Uint8Array(bytes));
    expect(raw.closed()).toBe(false);
    raw.events().frame(new Uint8Array(bytes));
    raw.events().frame(new Uint8Array(bytes));
    expect(raw.closed()).toBe(true);
    const run = recorder();
    waiting.attach(run.events);
    await turn();
    expect(look.seen.at(-1)).toBe('closed');
    expect(run.seen).toHaveLength(frames);
    expect(run.seen.at(-1)).toBe('closed');
  });
});
