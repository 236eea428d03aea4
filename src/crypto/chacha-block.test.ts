import { chacha8, chacha20 } from '@noble/ciphers/chacha.js';
import { describe, expect, it } from 'vitest';
import { asBytes, asWords, toHex } from './bytes.ts';
import { CHACHA_BLOCK_WORDS, chachaBlockInto, type ChaChaRounds } from './chacha-block.ts';
import { Prg } from './prg.ts';

function block(key: Uint8Array, counterAndNonce: Uint8Array, rounds?: ChaChaRounds): Uint8Array {
  const out = new Uint32Array(CHACHA_BLOCK_WORDS);
  chachaBlockInto(out, asWords(key), asWords(counterAndNonce), 0, rounds);
  return asBytes(out);
}

describe('chachaBlockInto', () => {
  it('chachaBlockInto gives the block of RFC 8439 §2.3.2', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => i);
    const input = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0x4a, 0, 0, 0, 0);
    expect(toHex(block(key, input))).toBe(
      '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e' +
        'd2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e',
    );
  });

  it.each([
    [20, chacha20],
    [8, chacha8],
  ] as const)(
    'chachaBlockInto of %i rounds is another implementation on 200 random inputs (seed 1)',
    (rounds, chacha) => {
      const prg = new Prg(new Uint8Array(32).fill(1), new Uint8Array(), 'chacha-block test');
      for (let i = 0; i < 200; i++) {
        const key = prg.bytes(32);
        const input = prg.bytes(16);
        input[3] &= 0x7f;
        const expected = chacha(key, input.slice(4), new Uint8Array(64), undefined, asWords(input)[0]);
        expect(toHex(block(key, input, rounds))).toBe(toHex(expected));
      }
    },
  );

  it('chachaBlockInto reads its input from the given word on', () => {
    const key = new Uint32Array(8).fill(7);
    const input = Uint32Array.of(9, 9, 9, 1, 2, 3, 4);
    const inside = new Uint32Array(CHACHA_BLOCK_WORDS);
    const alone = new Uint32Array(CHACHA_BLOCK_WORDS);
    chachaBlockInto(inside, key, input, 3);
    chachaBlockInto(alone, key, Uint32Array.of(1, 2, 3, 4), 0);
    expect(inside).toEqual(alone);
  });
});
