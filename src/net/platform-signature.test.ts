import { describe, expect, it } from 'vitest';
import { fromHex } from '../crypto/bytes.ts';
import { ed25519Signer, verifyEd25519 } from '../crypto/signature.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { platformSigner, platformVerify } from './platform-signature.ts';

describe('platformSigner', () => {
  it('gives key and signature of RFC 8032 §7.1, test 3', () => {
    const signer = platformSigner(fromHex('c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7'));
    expect(signer.publicKey).toEqual(fromHex('fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025'));
    expect(signer.sign(Uint8Array.of(0xaf, 0x82))).toEqual(
      fromHex(
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
          '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
      ),
    );
  });

  it('signs as the plain reference does', () => {
    const rng = insecureSeededRng('platform signature');
    for (const bytes of [0, 1, 64, 1000]) {
      const [secret, message] = [rng(32), rng(bytes)];
      const [ours, theirs] = [platformSigner(secret), ed25519Signer(() => secret)];
      expect(ours.publicKey).toEqual(theirs.publicKey);
      expect(ours.sign(message)).toEqual(theirs.sign(message));
    }
  });

  it('refuses a key of another length', () => {
    expect(() => platformSigner(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe('platformVerify', () => {
  it('says what the plain reference says, of valid and of changed signatures, messages and keys', async () => {
    const rng = insecureSeededRng('platform verify');
    const signer = platformSigner(rng(32));
    const message = rng(40);
    const signature = signer.sign(message);
    const flipped = (bytes: Uint8Array, bit: number): Uint8Array =>
      bytes.map((byte, at) => (at === bit >>> 3 ? byte ^ (1 << (bit & 7)) : byte));
    const cases: readonly (readonly [Uint8Array, Uint8Array, Uint8Array])[] = [
      [signature, message, signer.publicKey],
      ...Array.from({ length: 16 }, (_, k) => [flipped(signature, 33 * k), message, signer.publicKey] as const),
      [signature, flipped(message, 7), signer.publicKey],
      ...Array.from({ length: 8 }, (_, k) => [signature, message, flipped(signer.publicKey, 31 * k)] as const),
      [signature.subarray(1), message, signer.publicKey],
      [signature, message, signer.publicKey.subarray(1)],
      [new Uint8Array(64), message, new Uint8Array(32)],
      [new Uint8Array(64).fill(0xff), message, new Uint8Array(32).fill(0xff)],
    ];
    for (const [number, one] of cases.entries()) {
      expect(await platformVerify(...one), `case ${number}`).toBe(verifyEd25519(...one));
      expect(await platformVerify(...one), `case ${number}`).toBe(number === 0);
    }
  });

  it('refuses keys of small order, under which one signature fits every message', async () => {
    const encodings = ['00', '01', 'ec', 'ed', 'ee'].map((first) => {
      const last = first < '02' ? '00' : '7f';
      return fromHex(first + (first < '02' ? '00' : 'ff').repeat(30) + last);
    });
    const keys = [
      ...encodings,
      fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05'),
      fromHex('c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a'),
    ].flatMap((key) => [key, key.with(31, key[31] | 0x80)]);
    const signatures = [
      new Uint8Array(64),
      ...encodings.map((point) => Uint8Array.from([...point, ...new Uint8Array(32)])),
    ];
    for (const key of keys) {
      for (const signature of signatures) {
        for (let message = 0; message < 4; message++) {
          expect(await platformVerify(signature, Uint8Array.of(message), key)).toBe(false);
        }
      }
    }
  });

  it('refuses S + L for S, which would be a second signature of the same message', async () => {
    const signer = platformSigner(insecureSeededRng('malleability')(32));
    const signature = signer.sign(Uint8Array.of(1));
    const order = 2n ** 252n + 27_742_317_777_372_353_535_851_937_790_883_648_493n;
    let scalar = order + signature.subarray(32).reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const moved = signature.slice();
    for (let at = 32; at < 64; at++, scalar >>= 8n) moved[at] = Number(scalar & 0xffn);
    expect(await platformVerify(signature, Uint8Array.of(1), signer.publicKey)).toBe(true);
    expect(await platformVerify(moved, Uint8Array.of(1), signer.publicKey)).toBe(false);
  });
});
