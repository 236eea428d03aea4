/** Suites: which pattern and which algorithms a handshake uses. The number is on the wire and bound in the prologue. */
import { type HandshakePattern, IK, IK_HFS } from './handshake-pattern.ts';
import type { AeadName } from './primitives.ts';

export type SuiteName = 'x25519-mlkem768-aesgcm' | 'x25519-mlkem768-chachapoly' | 'x25519-aesgcm' | 'x25519-chachapoly';

export interface Suite {
  readonly number: number;
  readonly pattern: HandshakePattern;
  readonly aead: AeadName;
  /** Recorded traffic stays closed also to who can break X25519 later. */
  readonly hybrid: boolean;
}

export const SUITES: Readonly<Record<SuiteName, Suite>> = {
  'x25519-mlkem768-aesgcm': { number: 1, pattern: IK_HFS, aead: 'AESGCM', hybrid: true },
  'x25519-mlkem768-chachapoly': { number: 2, pattern: IK_HFS, aead: 'ChaChaPoly', hybrid: true },
  'x25519-aesgcm': { number: 3, pattern: IK, aead: 'AESGCM', hybrid: false },
  'x25519-chachapoly': { number: 4, pattern: IK, aead: 'ChaChaPoly', hybrid: false },
};

export interface SuitePolicy {
  /** What this side offers when it dials. */
  readonly offer: SuiteName;
  /** What this side answers. There is no falling back: an offer is taken as it is or refused. */
  readonly accept: readonly SuiteName[];
}

export const HYBRID_ONLY: SuitePolicy = {
  offer: 'x25519-mlkem768-aesgcm',
  accept: ['x25519-mlkem768-aesgcm', 'x25519-mlkem768-chachapoly'],
};

/** For peers whose software has no ML-KEM: what is recorded today opens when X25519 is broken. */
export const CLASSICAL_ALLOWED: SuitePolicy = {
  offer: 'x25519-mlkem768-aesgcm',
  accept: ['x25519-mlkem768-aesgcm', 'x25519-mlkem768-chachapoly', 'x25519-aesgcm', 'x25519-chachapoly'],
};

export function suiteNumbered(number: number): SuiteName | undefined {
  const names = Object.keys(SUITES) as SuiteName[];
  return names.find((name) => SUITES[name].number === number);
}
