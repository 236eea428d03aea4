/** Looks for a party's own data in what others get to see: in plain, and as hashes anyone could compute. */
import { createHash, createHmac } from 'node:crypto';
import { MpcError } from '../../src/errors.ts';
import { localDigest } from '../support/local-digest.ts';

const HASHES = ['md5', 'sha1', 'sha256', 'sha512', 'blake2s256'] as const;

/** An item and what can be computed from it without a secret: itself and its hashes, each as bytes. */
export function tracesOf(item: string, publicKey?: Uint8Array): ReadonlyMap<string, Buffer> {
  const traces = new Map<string, Buffer>([
    ['plain', Buffer.from(item)],
    ['local digest', Buffer.from(localDigest(item))],
  ]);
  for (const name of HASHES) {
    traces.set(name, createHash(name).update(item).digest());
    if (publicKey !== undefined) traces.set(`hmac-${name}`, createHmac(name, publicKey).update(item).digest());
  }
  return traces;
}

/** Names of the traces of `items` that a text holds: as they are, in hex, in base64. */
export function leaksInText(text: string, items: readonly string[]): string[] {
  const lower = text.toLowerCase();
  return items.flatMap((item) =>
    [...tracesOf(item)].flatMap(([name, trace]) => {
      const found =
        (name === 'plain' && text.includes(item)) ||
        lower.includes(trace.toString('hex')) ||
        text.includes(trace.toString('base64').replace(/=+$/, ''));
      return found ? [name] : [];
    }),
  );
}

/** Names of the traces of `items` that bytes hold. */
export function leaksInBytes(bytes: Uint8Array, items: readonly string[], publicKey?: Uint8Array): string[] {
  const haystack = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return items.flatMap((item) =>
    [...tracesOf(item, publicKey)].flatMap(([name, trace]) => (haystack.includes(trace) ? [name] : [])),
  );
}

/** Everything that an error shows: message, one-line description, stack, and the same of its causes. */
export function textOf(error: unknown, depth = 0): string {
  if (!(error instanceof Error) || depth > 8) return String(error);
  const described = error instanceof MpcError ? error.describe() : '';
  const fields = JSON.stringify({ ...error, cause: undefined });
  const cause = error.cause === undefined ? '' : textOf(error.cause, depth + 1);
  return [error.message, described, error.stack ?? '', fields, cause].join('\n');
}

export function leaksOf(error: unknown, items: readonly string[]): string[] {
  return leaksInText(textOf(error), items);
}
