/** The platform's SHA-256, for what hashes every byte of a run: OpenSSL takes a fifteenth of the time of the reference. */
import { createHash } from 'node:crypto';
import type { NewStreamHash } from '../crypto/stream-hash.ts';

export const platformHash: NewStreamHash = () => createHash('sha256');
