/** Whose bytes are whose: a body is the sender's again when `send` has resolved, and what was received is the receiver's own. */
import { afterAll, describe, expect, expectTypeOf, it } from 'vitest';
import { concatBytes } from '../../src/crypto/bytes.ts';
import { systemClock, systemRng } from '../../src/kit/clock.ts';
import type { Link, LinkEvents } from '../../src/kit/link.ts';
import { createMemoryNetwork } from '../../src/kit/memory-network.ts';
import { MAX_PART_BYTES } from '../../src/kit/outbound-channel.ts';
import { type PartyId, partyId } from '../../src/kit/party.ts';
import { Session } from '../../src/kit/session.ts';
import { DEFAULT_LIMITS } from '../../src/kit/session-limits.ts';
import type { MessageWitness } from '../../src/kit/witness.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes } from '../../src/net/loopback-nodes.ts';
import { insecureSeededRng } from '../../src/testing/seeded-rng.ts';

const SENDER = partyId('bank-a');
const RECEIVER = partyId('bank-b');
const rng = insecureSeededRng('ownership');

/** Of one part and of several, less than a window and more. */
const SIZES = [100, MAX_PART_BYTES, MAX_PART_BYTES + 1, 1_000_000, 4_000_000, 9_000_000];

/** The sender's and the receiver's end. */
type Links = (run: Uint8Array) => Promise<readonly [Link, Link]>;

const memoryLinks: Links = () => {
  const network = createMemoryNetwork([SENDER, RECEIVER]);
  return Promise.resolve([endOf(network.links(SENDER), RECEIVER), endOf(network.links(RECEIVER), SENDER)]);
};

let nodes: ReadonlyMap<PartyId, LoopbackNode> = new Map();
afterAll(() => closeLoopbackNodes(nodes));

const socketLinks: Links = async (run) => {
  if (nodes.size === 0) nodes = await openLoopbackNodes([SENDER, RECEIVER]);
  const end = async (self: PartyId, peer: PartyId): Promise<Link> =>
    endOf((await nodes.get(self)?.network.network.links([peer], run)) ?? new Map<PartyId, Link>(), peer);
  return [await end(SENDER, RECEIVER), await end(RECEIVER, SENDER)];
};

const TRANSPORTS: readonly (readonly [string, Links])[] = [
  ['memory', memoryLinks],
  ['WebSockets', socketLinks],
];

function endOf(links: ReadonlyMap<PartyId, Link>, peer: PartyId): Link {
  const link = links.get(peer);
  if (link === undefined) throw new RangeError('no link');
  return link;
}

/** Delivers in a later turn what it was lent, and not a copy. */
class KeepingLink implements Link {
  #other: KeepingLink | undefined;
  #events: LinkEvents | undefined;

  static pair(): readonly [Link, Link] {
    const [one, two] = [new KeepingLink(), new KeepingLink()];
    one.#other = two;
    two.#other = one;
    return [one, two];
  }

  send(pieces: readonly Uint8Array[]): void {
    const other = this.#other;
    if (other !== undefined) systemClock.soon(() => other.#events?.frame(concatBytes(...pieces)));
  }

  attach(events: LinkEvents): void {
    this.#events = events;
  }

  close(): void {
    this.#other = undefined;
  }
}

interface SentOnce {
  readonly sent: Uint8Array;
  readonly received: Uint8Array;
}

/** One message, whose body is overwritten as soon as `send` has resolved. */
async function sendOnce(linksOf: Links, bytes: number, witness?: MessageWitness): Promise<SentOnce> {
  const run = systemRng(16);
  const [mine, theirs] = await linksOf(run);
  const common = { run, clock: systemClock, limits: DEFAULT_LIMITS, signal: undefined, observers: [] };
  const sender = new Session({ ...common, self: SENDER, links: new Map([[RECEIVER, mine]]) });
  const receiver = new Session({
    ...common,
    self: RECEIVER,
    links: new Map([[SENDER, theirs]]),
    witnesses: witness === undefined ? [] : [witness],
  });
  const body = rng(bytes);
  const sent = body.slice();
  const overwritten = sender.send(RECEIVER, 'c', 'm', body).then(() => void body.fill(0));
  // What fits the window leaves before anything is taken.
  if (bytes < DEFAULT_LIMITS.windowBytes) await overwritten;
  const received = await receiver.receive(SENDER, 'c', { name: 'm', bytes, variable: false });
  await overwritten;
  sender.close();
  receiver.close();
  return { sent, received };
}

describe.each(TRANSPORTS)('a message over %s', (_, linksOf) => {
  it.each(SIZES)('of %i bytes arrives as it was sent when its body is overwritten after that', async (bytes) => {
    const { sent, received } = await sendOnce(linksOf, bytes);
    expect(Buffer.compare(received, sent)).toBe(0);
  });

  it.each(SIZES)('of %i bytes is the receiver’s own when all that came is overwritten', async (bytes) => {
    const frames: Uint8Array[] = [];
    const parts: Uint8Array[] = [];
    const watched: Links = async (run) => {
      const [mine, theirs] = await linksOf(run);
      return [mine, watching(theirs, frames)];
    };
    const witness = { sent: () => undefined, taken: ({ body }: { body: Uint8Array }) => void parts.push(body) };
    const { sent, received } = await sendOnce(watched, bytes, witness);
    for (const frame of frames) frame.fill(0);
    expect(Buffer.compare(received, sent)).toBe(0);
    // What a witness sees lies in the frames: so they were those of the message.
    expect(parts.reduce((sum, part) => sum + part.length, 0)).toBe(bytes);
    expect(parts.every((part) => part.every((byte) => byte === 0))).toBe(true);
  });
});

describe('the check of what was sent', () => {
  it('fails when a link keeps what it was lent', async () => {
    const { sent, received } = await sendOnce(() => Promise.resolve(KeepingLink.pair()), 100_000);
    expect(Buffer.compare(received, sent)).not.toBe(0);
  });
});

interface WholeFrameLink extends Omit<Link, 'send'> {
  send(frame: Uint8Array): void;
}

describe('a link', () => {
  it('is not what takes a frame as one array, which would lose every body', () => {
    expectTypeOf<WholeFrameLink>().not.toExtend<Link>();
    expectTypeOf<KeepingLink>().toExtend<Link>();
  });
});

/** The same link; what it brings is also put into `frames`. */
function watching(link: Link, frames: Uint8Array[]): Link {
  return {
    send: (pieces) => link.send(pieces),
    close: () => link.close(),
    attach: (events) =>
      link.attach({
        frame(bytes) {
          frames.push(bytes);
          events.frame(bytes);
        },
        closed: () => events.closed(),
      }),
  };
}
