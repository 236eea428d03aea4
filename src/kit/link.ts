/** The way to one peer: whole frames, in order, none lost and none changed unless the link closes. */

export interface LinkEvents {
  frame(bytes: Uint8Array): void;
  closed(): void;
}

/** Transports implement this; what goes through it is flow-controlled by the session above. */
export interface Link {
  /**
   * Hands one frame over: pieces that follow each other, so that no body has to be copied behind its head. They and their
   * list are lent: what of them is needed after this returns is a copy. After `close` it does nothing.
   *
   * A list and not rest parameters: what takes a frame as one array would be a link as well, and lose every body.
   */
  send(pieces: readonly Uint8Array[]): void;
  /** Frames that came before are delivered first. Called once. */
  attach(events: LinkEvents): void;
  close(): void;
}
