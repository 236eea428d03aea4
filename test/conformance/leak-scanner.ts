/** Looks for items, and for what anybody could compute from them, in bytes and texts. */
import { createHash, createHmac, getHashes } from 'node:crypto';
import { localDigest } from '../support/local-digest.ts';

/** Digests of a list of low-entropy items are as good as the items. SM3 where the platform has it. */
const DIGESTS = ['md5', 'sha1', 'sha256', 'blake2s256', ...getHashes().filter((name) => /^sm3$/i.test(name))];

interface Needle {
  readonly item: string;
  readonly form: string;
  readonly bytes: Buffer;
}

export interface Finding {
  readonly item: string;
  readonly form: string;
  readonly where: string;
}

export class LeakScanner {
  readonly #needles: readonly Needle[];

  /** `salts` are values that others know too: run ids and names, with which a digest is no better. */
  constructor(items: readonly string[], salts: readonly Uint8Array[] = []) {
    this.#needles = items.flatMap((item) => {
      const plain = Buffer.from(item, 'utf8');
      // Also the bare identifier behind its domain: `iban:X` as X.
      const bare = Buffer.from(item.slice(item.indexOf(':') + 1), 'utf8');
      const values: (readonly [string, Buffer])[] = [
        ['plain', bare],
        ['local digest', Buffer.from(localDigest(item))],
        ...[plain, bare].flatMap((value) => [
          ...DIGESTS.map((name) => [name, createHash(name).update(value).digest()] as const),
          ...salts.flatMap((salt) => [
            ['salted sha256', createHash('sha256').update(salt).update(value).digest()] as const,
            ['hmac sha256', createHmac('sha256', salt).update(value).digest()] as const,
          ]),
        ]),
      ];
      return values.flatMap(([form, value]) => encodings(value).map((bytes) => ({ item, form, bytes })));
    });
  }

  get needleCount(): number {
    return this.#needles.length;
  }

  scan(where: string, content: Uint8Array | string): readonly Finding[] {
    const haystack = Buffer.from(content);
    return this.#needles
      .filter(({ bytes }) => haystack.includes(bytes))
      .map(({ item, form }) => ({ item, form, where }));
  }
}

/** Raw, hex in both cases, and base64 without its end, where padding and neighbours differ. */
function encodings(value: Buffer): readonly Buffer[] {
  const hex = value.toString('hex');
  const base64 = value.toString('base64').replace(/=+$/, '').slice(0, -1);
  return [value, Buffer.from(hex), Buffer.from(hex.toUpperCase()), Buffer.from(base64)];
}
