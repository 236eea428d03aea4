/** Every transport that the suites for all of them run over. */
import { afterAll } from 'vitest';
import { memoryTransport, type Transport } from './transport.ts';
import { WsTransport } from './ws-transport.ts';

export const wsTransport: WsTransport = new WsTransport();

afterAll(() => wsTransport.close());

export const transports: readonly [Transport, ...Transport[]] = [memoryTransport, wsTransport];
