/**
 * Handshake patterns of the Noise Protocol Framework, revision 34 (§7.5), and the hybrid forward secrecy variant of IK
 * (noise_hfs_spec §5): `e1` sends a KEM key that lives for one handshake, `ekem1` answers with a secret encapsulated to it.
 */

export type Token = 'e' | 's' | 'ee' | 'es' | 'se' | 'ss' | 'e1' | 'ekem1';

export interface HandshakePattern {
  readonly name: string;
  /** Static keys that both sides know before the first message, in the order in which they are hashed. */
  readonly known: readonly ('initiator' | 'responder')[];
  /** The initiator writes the first message, then they take turns. */
  readonly messages: readonly (readonly Token[])[];
}

export const IK: HandshakePattern = {
  name: 'IK',
  known: ['responder'],
  messages: [
    ['e', 'es', 's', 'ss'],
    ['e', 'ee', 'se'],
  ],
};

export const IK_HFS: HandshakePattern = {
  name: 'IKhfs',
  known: ['responder'],
  messages: [
    ['e', 'es', 'e1', 's', 'ss'],
    ['e', 'ee', 'ekem1', 'se'],
  ],
};
