/** `MessageSocket` over the `ws` package, with every limit of that package set. */
import { WebSocket } from 'ws';
import { MAX_NOISE_MESSAGE_BYTES } from './noise.ts';
import { type MessageSocket, type SocketEvents, SocketTimeout } from './message-socket.ts';

/** Time for the closing handshake of WebSocket, after which the socket is destroyed. */
const CLOSE_MS = 2_000;

interface WsLimits {
  readonly perMessageDeflate: false;
  readonly maxPayload: number;
  readonly maxFragments: number;
  readonly maxBufferedChunks: number;
  readonly maxPendingAutoPongs: number;
  readonly autoPong: boolean;
  readonly skipUTF8Validation: boolean;
  readonly closeTimeout: number;
}

/**
 * Compression off: it leaks through lengths and costs memory. One message is one Noise message. A proxy may cut a message
 * into fragments; 16 of 4 KiB make one. Chunks are what arrives of a message at a time: a byte each in the worst case.
 * Pings of WebSocket itself are not answered, since strangers could send them; the connection has its own inside Noise.
 */
export const WS_LIMITS: WsLimits = {
  perMessageDeflate: false,
  maxPayload: MAX_NOISE_MESSAGE_BYTES,
  maxFragments: 16,
  maxBufferedChunks: MAX_NOISE_MESSAGE_BYTES,
  maxPendingAutoPongs: 1,
  autoPong: false,
  skipUTF8Validation: true,
  closeTimeout: CLOSE_MS,
};

export class WsSocket implements MessageSocket {
  readonly #ws: WebSocket;
  #events: SocketEvents | undefined;
  #closed = false;

  constructor(ws: WebSocket) {
    this.#ws = ws;
    ws.binaryType = 'nodebuffer';
    ws.on('message', (data, isBinary) => {
      if (this.#closed) return;
      if (!isBinary || !(data instanceof Uint8Array)) this.destroy();
      else this.#events?.message(new Uint8Array(data.buffer, data.byteOffset, data.length));
    });
    // Always followed by 'close'; what it says is of no use to anybody here.
    ws.on('error', () => ws.terminate());
    ws.on('close', () => this.#ended());
  }

  get bufferedBytes(): number {
    return this.#ws.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#closed || this.#ws.readyState !== WebSocket.OPEN) return;
    this.#ws.send(message, { binary: true, compress: false }, () => {
      if (!this.#closed) this.#events?.drained();
    });
  }

  attach(events: SocketEvents): void {
    this.#events = events;
  }

  close(): void {
    this.#ws.close();
  }

  destroy(): void {
    this.#ws.terminate();
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events?.closed();
  }
}

/**
 * Deviation from RFC 6455 §5.3: the mask of every message is zero. Masking keeps a page from choosing the bytes that a
 * proxy sees (§10.3); ours are ciphertext, which nobody can choose. In JavaScript it costs more than the encryption.
 */
function noMask(mask: Uint8Array): void {
  mask.fill(0);
}

/** Opens a WebSocket; rejects when there is none at the url, in time. No redirects: an address is what was pinned. */
export function dialWebSocket(
  url: string,
  { signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<MessageSocket> {
  return new Promise((resolve, reject) => {
    const options = { ...WS_LIMITS, followRedirects: false, generateMask: noMask };
    const ws = new WebSocket(url, options);
    const cancel = (): void => ws.terminate();
    signal.addEventListener('abort', cancel, { once: true });
    const timer = setTimeout(() => {
      reject(new SocketTimeout());
      cancel();
    }, timeoutMs);
    const settled = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    };
    ws.once('open', () => {
      settled();
      ws.off('error', reject);
      resolve(new WsSocket(ws));
    });
    ws.once('error', reject);
    ws.once('close', settled);
  });
}
