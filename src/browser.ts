/**
 * `blindflag/browser`: what a party in a browser needs beside `blindflag`. Loads no node:* module. Such a party dials the
 * nodes of the others over WebSockets with Noise inside, and nobody can dial it: each of the others lists its card
 * without a url, and all must be reached for a run.
 *
 * X25519, ML-KEM and signatures are JavaScript here and not constant-time, so who measures this machine's timing may
 * learn keys. ristretto255 is the WebAssembly kernel; a page whose Content-Security-Policy forbids it (it needs
 * 'wasm-unsafe-eval') gets the JavaScript reference, which `ristretto255Engine()` tells. Does not protect against whoever
 * serves the page: its code is the party.
 */
import { systemClock, systemRng } from './kit/clock.ts';
import { Network, type NetworkOptions } from './net/network.ts';
import { portablePrimitives } from './net/portable-primitives.ts';
import type { SuitePolicy } from './net/suite.ts';
import { openWebSocket, type StandardWebSocket } from './net/web-socket.ts';

export { ristretto255Engine, type Ristretto255Engine } from './kernels/ristretto255.ts';
export { createIdentity, formatCard, Identity, parseCard, type PublicCard, SECRETS_BYTES } from './net/identity.ts';
export type { IncomingRun, RunMux } from './net/mux.ts';
export type { NetEvent, Network, NetworkLimits } from './net/network.ts';
export type { Peer } from './net/peers.ts';
export { portablePrimitives } from './net/portable-primitives.ts';
export type { SuiteName, SuitePolicy } from './net/suite.ts';

/** ChaCha20, since AES in JavaScript reads tables at secret indices. Nobody dials a browser, so it answers no suite. */
const BROWSER_SUITES: SuitePolicy = { offer: 'x25519-mlkem768-chachapoly', accept: [] };
/** Time to open a socket when dialling. */
const DIAL_MS = 5_000;

/** The platform's parts have defaults; the rest is as for a node. */
export type BrowserNetworkOptions = Pick<NetworkOptions, 'identity' | 'peers'> &
  Partial<Omit<NetworkOptions, 'dial' | 'version'>>;

/** Connections of this page to its pinned peers; `stop()` closes them. */
export function openBrowserNetwork(options: BrowserNetworkOptions): Network {
  const clock = options.clock ?? systemClock;
  return new Network({
    clock,
    wallClock: () => new Date().getTime(),
    rng: systemRng,
    primitives: portablePrimitives,
    suites: BROWSER_SUITES,
    ...options,
    dial: (url, signal) =>
      openWebSocket(new WebSocket(url) as StandardWebSocket, { clock, signal, timeoutMs: DIAL_MS }),
  });
}
