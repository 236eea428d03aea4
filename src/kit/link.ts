/** The way to one peer: whole frames, in order, none lost and none changed unless the link closes. */

export interface LinkEvents {
  frame(bytes: Uint8Array): void;
  closed(): void;
}

/** Transports implement this; what goes through it is flow-controlled by the session above. */
export interface Link {
  /**
   * Hands one frame over, in pieces that follow each other, so that no body has to be copied behind its head. The pieces
   * are lent: what of them is needed after this returns is a copy. After `close` it does nothing.
   */
  send(...frame: readonly Uint8Array[]): void;
  /** Frames that came before are delivered first. Called once. */
  attach(events: LinkEvents): void;
  close(): void;
}
