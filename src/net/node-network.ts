/** A `Network` over real sockets: listens on one port and dials with `ws`. */
import type { Clock } from '../kit/clock.ts';
import { systemClock, systemRng, systemWallClock } from '../kit/clock.ts';
import { type Listener, type ListenerLimits, listen } from './listener.ts';
import { Network, type NetworkOptions } from './network.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { dialWebSocket } from './ws-socket.ts';

export interface NodeNetworkOptions
  extends Omit<NetworkOptions, 'dial' | 'clock' | 'wallClock' | 'rng' | 'primitives'>,
    Partial<Pick<NetworkOptions, 'wallClock' | 'rng' | 'primitives'>> {
  readonly clock?: Clock;
  /** Where to listen; absent where this node only dials. */
  readonly listen?: { readonly host?: string; readonly port: number };
  readonly listenerLimits?: Partial<ListenerLimits>;
  /** Time to open a socket when dialling. */
  readonly dialMs?: number;
}

export interface NodeNetwork {
  readonly network: Network;
  readonly listener: Listener | undefined;
  /** Closes the port, then every connection. */
  close(): Promise<void>;
}

const DIAL_MS = 5_000;

/**
 * Authenticated, encrypted links to all peers, dialled and, where `listen` is given, taken on a port. Resolves when the port is open.
 * @throws TransportError when the port cannot be had
 */
export async function openNodeNetwork(options: NodeNetworkOptions): Promise<NodeNetwork> {
  const clock = options.clock ?? systemClock;
  const network = new Network({
    ...options,
    clock,
    wallClock: options.wallClock ?? systemWallClock.now,
    rng: options.rng ?? systemRng,
    primitives: options.primitives ?? platformPrimitives,
    dial: (url, signal) => dialWebSocket(url, { signal, timeoutMs: options.dialMs ?? DIAL_MS }),
  });
  const listener =
    options.listen === undefined
      ? undefined
      : await listen({
          ...options.listen,
          clock,
          ...(options.listenerLimits === undefined ? {} : { limits: options.listenerLimits }),
          onSocket: (socket, settled) => network.accept(socket, settled),
        });
  return {
    network,
    listener,
    async close() {
      const closed = listener?.close();
      await network.stop();
      await closed;
    },
  };
}
