/** One WebSocket, as far as this room uses it: binary messages in order. Implemented over `ws` and over memory. */

export interface SocketEvents {
  /** The bytes are the receiver's from here on. */
  message(bytes: Uint8Array): void;
  /** Less waits to be sent than before. */
  drained(): void;
  /** Called once; nothing comes after it. */
  closed(): void;
}

export interface MessageSocket {
  /** After the end it does nothing. */
  send(message: Uint8Array): void;
  /** Bytes that were sent and have not left this process. */
  readonly bufferedBytes: number;
  /** Whom events go to from now on, in place of who had them before. */
  attach(events: SocketEvents): void;
  /** Ends it when what was sent has left, within a bounded time. */
  close(): void;
  /** Ends it at once. */
  destroy(): void;
}

/** Nobody opened the socket, or said no, in time. */
export class SocketTimeout extends Error {
  constructor() {
    super('Cannot open socket: no answer in time');
    this.name = 'SocketTimeout';
  }
}
