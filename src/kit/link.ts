/** The way to one peer: whole frames, in order, none lost and none changed unless the link closes. */

export interface LinkEvents {
  frame(bytes: Uint8Array): void;
  closed(): void;
}

/** Transports implement this; what goes through it is flow-controlled by the session above. */
export interface Link {
  /** Hands one frame over; the link owns the bytes. After `close` it does nothing. */
  send(frame: Uint8Array): void;
  /** Frames that came before are delivered first. Called once. */
  attach(events: LinkEvents): void;
  close(): void;
}
