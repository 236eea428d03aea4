import { describe, expect, it } from 'vitest';
import { concatBytes } from '../crypto/bytes.ts';
import { ManualClock } from './manual-clock.ts';
import { DEFAULT_MUX_LIMITS, RunLink } from './run-link.ts';

const HEAD = Uint8Array.of(1, 2);

interface Played {
  readonly link: RunLink;
  /** Pieces of each frame as the connection got them. */
  readonly taken: (readonly Uint8Array[])[];
  /** What they said then. */
  readonly sent: Uint8Array[];
  /** The connection has room from now on, and takes what waits. */
  drain(): void;
}

/** A link whose connection is played by the test. */
function play({ hasRoom }: { readonly hasRoom: boolean }): Played {
  const taken: (readonly Uint8Array[])[] = [];
  const sent: Uint8Array[] = [];
  let room = hasRoom;
  const take = (): void => {
    if (!room) return;
    while (link.hasOutgoing) {
      const outgoing = link.shift();
      if (outgoing?.kind !== 'frame') continue;
      taken.push(outgoing.pieces);
      sent.push(concatBytes(...outgoing.pieces));
    }
  };
  const link: RunLink = new RunLink(new Uint8Array(16), {
    clock: new ManualClock(),
    limits: DEFAULT_MUX_LIMITS,
    ready: take,
    done: () => undefined,
    refuse: () => undefined,
  });
  const drain = (): void => {
    room = true;
    take();
  };
  return { link, taken, sent, drain };
}

describe('RunLink', () => {
  it('gives the connection a frame from where it lies when there is room', () => {
    const { link, taken, sent } = play({ hasRoom: true });
    const body = Uint8Array.of(3, 4);
    link.send([HEAD, body]);
    expect([taken[0][0] === HEAD, taken[0][1] === body]).toEqual([true, true]);
    expect(sent).toEqual([Uint8Array.of(1, 2, 3, 4)]);
  });

  it('keeps frames as they were and in their order when there is no room', () => {
    const { link, taken, sent, drain } = play({ hasRoom: false });
    const body = Uint8Array.of(3, 4);
    for (let n = 0; n < 3; n++) {
      body[0] = n;
      link.send([HEAD, body]);
    }
    body.fill(9);
    drain();
    expect(sent).toEqual([0, 1, 2].map((n) => Uint8Array.of(1, 2, n, 4)));
    // A frame that were the same memory would have changed: as this one does, which had room.
    body[0] = 5;
    link.send([HEAD, body]);
    body.fill(9);
    expect(concatBytes(...taken[3])).toEqual(Uint8Array.of(1, 2, 9, 9));
  });

  it('sends nothing any more when its run has ended', () => {
    const { link, sent, drain } = play({ hasRoom: false });
    link.send([HEAD]);
    link.lost();
    link.send([HEAD]);
    drain();
    expect(sent).toEqual([]);
  });
});
