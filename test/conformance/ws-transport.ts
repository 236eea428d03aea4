/**
 * The suite's runs over real WebSockets: every party has a node of the transport on this machine, and one set of
 * connections, encrypted as in service, carries run after run. Only what an attack has broken is dialled again.
 */
import { concatBytes } from '../../src/crypto/bytes.ts';
import { systemRng } from '../../src/kit/clock.ts';
import type { Link } from '../../src/kit/link.ts';
import type { Interceptor, MemoryNetwork } from '../../src/kit/memory-network.ts';
import type { PartyId } from '../../src/kit/party.ts';
import type { ProtocolDefinition } from '../../src/kit/protocol.ts';
import { closeLoopbackNodes, type LoopbackNode, openLoopbackNodes } from '../../src/net/loopback-nodes.ts';
import type { Network } from '../../src/net/network.ts';
import { IdleClock, type InMemoryOptions, type InMemoryRun } from '../../src/testing.ts';
import { runOverLinks } from '../../src/testing/in-memory.ts';
import type { CountingClock, Outcomes, Transport } from './transport.ts';

/** All parties that appear in a case. */
const PARTIES = ['bank-a', 'bank-b', 'bank-c', 'bank-d', 'bank-e', 'helper-x', 'helper-y', 'helper-z'];
/** Real time without traffic, and turns of the event loop in it, after which nothing more is on its way. */
const STILL_MS = 20;
const STILL_TURNS = 40;
/** Real time after a run by which every connection must have forgotten it. */
const SETTLING_MS = 2_000;
/** Reconnecting after every attack is no flood here. */
const UNLIMITED = { perSecond: 1e6, burst: 1e6, halfOpen: 1e6, totalPerSecond: 1e6, addresses: 16 };

export class WsTransport implements Transport {
  readonly name = 'WebSockets';
  #nodes: Promise<ReadonlyMap<PartyId, LoopbackNode>> | undefined;
  #lastTrafficMs = 0;
  #stillTurns = 0;

  clock(): CountingClock {
    return new IdleClock(() => this.#isStill());
  }

  async run<P, I, T, O>(
    protocol: ProtocolDefinition<P, I, T, O>,
    run: InMemoryRun<P, I>,
    { intercept, onNetwork, ...options }: InMemoryOptions,
  ): Promise<Outcomes<O>> {
    const parties = [...run.inputs.keys()];
    const networks = await this.#connected(parties);
    const runName = systemRng(16);
    const links = new Map<PartyId, ReadonlyMap<PartyId, Link>>();
    for (const [self, network] of networks) {
      const others = parties.filter((party) => party !== self);
      const own = [...(await network.links(others, runName))];
      links.set(self, new Map(own.map(([peer, link]) => [peer, this.#watched(link, { self, peer, intercept })])));
    }
    const linksOf = (self: PartyId): ReadonlyMap<PartyId, Link> => links.get(self) ?? new Map<PartyId, Link>();
    onNetwork?.({ links: linksOf, disconnect: (party) => cut(networks.get(party)) } satisfies MemoryNetwork);
    const outcomes = await runOverLinks(protocol, run, { ...options, runName, linksOf });
    await settled(networks);
    return outcomes;
  }

  async close(): Promise<void> {
    if (this.#nodes !== undefined) await closeLoopbackNodes(await this.#nodes);
    this.#nodes = undefined;
  }

  /** A party's end of all its connections. */
  async network(party: PartyId): Promise<Network> {
    // A run of another name is nobody's here: without a handler it is closed.
    this.#nodes ??= openLoopbackNodes(PARTIES, () => ({ listenerLimits: { address: UNLIMITED } }));
    const node = (await this.#nodes).get(party);
    if (node === undefined) throw new RangeError(`Cannot run: no node for ${party}`);
    return node.network.network;
  }

  /** The parties' networks, each connected to each other. */
  async #connected(parties: readonly PartyId[]): Promise<ReadonlyMap<PartyId, Network>> {
    const networks = new Map<PartyId, Network>();
    for (const party of parties) {
      const network = await this.network(party);
      // One side dials, so that none of them has to give up a connection of its own.
      for (const earlier of networks.keys()) await network.connect(earlier);
      networks.set(party, network);
    }
    return networks;
  }

  /** Passes what is sent through the interceptor, and notes all traffic for the clock. */
  #watched(
    link: Link,
    { self, peer, intercept }: { self: PartyId; peer: PartyId; intercept: Interceptor | undefined },
  ): Link {
    const note = (): void => {
      this.#lastTrafficMs = performance.now();
      this.#stillTurns = 0;
    };
    let closed = false;
    return {
      send(pieces) {
        note();
        if (closed) return;
        const frame = concatBytes(...pieces);
        for (const passed of intercept?.(self, peer, frame) ?? [frame]) link.send([passed]);
      },
      attach: (events) =>
        link.attach({
          frame(bytes) {
            note();
            events.frame(bytes);
          },
          closed() {
            note();
            events.closed();
          },
        }),
      close() {
        closed = true;
        link.close();
      },
    };
  }

  /** A pause of this process, be it for garbage, is no proof that nothing waits to be read: turns are. */
  #isStill(): boolean {
    if (performance.now() - this.#lastTrafficMs < STILL_MS) return false;
    return ++this.#stillTurns > STILL_TURNS;
  }
}

/** As when a process is killed: all its connections end at once, without a word. */
function cut(network: Network | undefined): void {
  for (const mux of network?.connections ?? []) mux.connection.cut();
}

/** Waits until no connection holds a run and both ends of each agree whether it is there. */
async function settled(networks: ReadonlyMap<PartyId, Network>): Promise<void> {
  const untilMs = performance.now() + SETTLING_MS;
  for (;;) {
    const left = [...networks].flatMap(([self, network]) => unsettledAt(self, network, networks));
    if (left.length === 0) return;
    if (performance.now() > untilMs) throw new Error(`after the run: ${left.join(', ')}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function unsettledAt(self: PartyId, network: Network, networks: ReadonlyMap<PartyId, Network>): readonly string[] {
  return network.connections.flatMap(({ peer, runCount }) => {
    const isMutual = networks.get(peer)?.connected.includes(self) ?? true;
    return [
      ...(runCount > 0 ? [`${self} holds ${runCount} runs with ${peer}`] : []),
      ...(isMutual ? [] : [`only ${self} is connected to ${peer}`]),
    ];
  });
}
