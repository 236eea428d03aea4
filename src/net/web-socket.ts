/** `MessageSocket` over the WebSocket of browsers, which can dial and not listen. */
import type { Clock } from '../kit/clock.ts';
import { type MessageSocket, type SocketEvents, SocketTimeout } from './message-socket.ts';

/** What is used of the standard class (WHATWG WebSockets, §3.1). */
export interface StandardWebSocket {
  binaryType: string;
  readonly bufferedAmount: number;
  onopen: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  send(data: Uint8Array<ArrayBuffer>): void;
  close(): void;
}

/** The standard has no event for bytes that left, so it is looked this often while some wait. */
const DRAIN_CHECK_MS = 10;

class WebMessageSocket implements MessageSocket {
  readonly #socket: StandardWebSocket;
  readonly #clock: Clock;
  #events: SocketEvents | undefined;
  #closed = false;
  #watching = false;

  constructor(socket: StandardWebSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    socket.onmessage = ({ data }) => {
      if (this.#closed) return;
      if (data instanceof ArrayBuffer) this.#events?.message(new Uint8Array(data));
      else this.destroy();
    };
    socket.onclose = () => this.#ended();
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  send(message: Uint8Array): void {
    if (this.#closed) return;
    this.#socket.send(Uint8Array.from(message));
    this.#watchDrain();
  }

  attach(events: SocketEvents): void {
    this.#events = events;
  }

  close(): void {
    this.#socket.close();
  }

  /** Browsers cannot cut a socket: it is closed, and nothing that still comes is looked at. */
  destroy(): void {
    this.#socket.close();
    this.#ended();
  }

  #watchDrain(): void {
    if (this.#watching || this.#socket.bufferedAmount === 0) return;
    this.#watching = true;
    this.#clock.timer(DRAIN_CHECK_MS, () => {
      this.#watching = false;
      if (this.#closed) return;
      this.#events?.drained();
      this.#watchDrain();
    });
  }

  #ended(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#events?.closed();
  }
}

/**
 * Waits until a socket that was just made is open: `openWebSocket(new WebSocket(url), …)`. Rejects when it cannot be
 * opened in time.
 */
export function openWebSocket(
  socket: StandardWebSocket,
  options: { readonly clock: Clock; readonly signal: AbortSignal; readonly timeoutMs: number },
): Promise<MessageSocket> {
  const { clock, signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    socket.binaryType = 'arraybuffer';
    const failed = (): void => {
      settled();
      socket.close();
      reject(new TypeError('Cannot open WebSocket'));
    };
    const cancelTimer = clock.timer(timeoutMs, () => {
      reject(new SocketTimeout());
      failed();
    });
    signal.addEventListener('abort', failed, { once: true });
    const settled = (): void => {
      cancelTimer();
      signal.removeEventListener('abort', failed);
    };
    socket.onerror = failed;
    socket.onclose = failed;
    socket.onopen = () => {
      settled();
      socket.onerror = null;
      resolve(new WebMessageSocket(socket, clock));
    };
  });
}
