import { describe, expect, it } from 'vitest';
import { chacha20 } from '@noble/ciphers/chacha.js';
import { equalBytes } from './bytes.ts';
import { referenceChaCha20 } from './chacha20.ts';
import { deriveKey } from './hash.ts';
import { fillFromDraw, fillInSteps, Prg, xorDraw } from './prg.ts';

const seed = new Uint8Array(32).fill(7);
const salt = new Uint8Array(32).fill(9);

describe('Prg', () => {
  it('equals ChaCha20 under the derived key when drawn in whole blocks', () => {
    const prg = new Prg(seed, salt, 'label');
    const expected = chacha20(deriveKey(seed, salt, 'prg label'), new Uint8Array(12), new Uint8Array(256));
    expect(new Uint8Array([...prg.bytes(64), ...prg.bytes(192)])).toEqual(expected);
  });

  it('starts every draw at a fresh block when a draw is short', () => {
    const whole = new Prg(seed, salt, 'label').bytes(128);
    const prg = new Prg(seed, salt, 'label');
    expect(prg.bytes(5)).toEqual(whole.subarray(0, 5));
    expect(prg.bytes(5)).toEqual(whole.subarray(64, 69));
  });

  it('gives unrelated streams when label, salt or seed differs', () => {
    const streams = [
      new Prg(seed, salt, 'label'),
      new Prg(seed, salt, 'other'),
      new Prg(seed, new Uint8Array(32), 'label'),
      new Prg(new Uint8Array(32), salt, 'label'),
    ].map((prg) => prg.bytes(32).join());
    expect(new Set(streams).size).toBe(4);
  });

  it('fillInSteps gives the bytes of fillFromDraw, over more than one pause', () => {
    const length = 262_144 + 100;
    const draw = new Prg(seed, salt, 'steps').draw(length);
    const [own, whole] = [new Uint8Array(length), new Uint8Array(length)];
    expect([...fillInSteps(draw, own, referenceChaCha20)]).toHaveLength(2);
    expect(equalBytes(own, fillFromDraw(draw, 0, whole, referenceChaCha20))).toBe(true);
    own[length - 1] ^= 1;
    expect(equalBytes(own, whole)).toBe(false);
  });

  it('fillFromDraw gives the same bytes piecewise as at once, and xorDraw takes them away', () => {
    const draw = new Prg(seed, salt, 'label').draw(200);
    const pieces = [0, 64, 128, 192].flatMap((at) => [
      ...fillFromDraw(draw, at, new Uint8Array(Math.min(64, 200 - at)), referenceChaCha20),
    ]);
    expect(new Uint8Array(pieces)).toEqual(fillFromDraw(draw, 0, new Uint8Array(200), referenceChaCha20));
    const whole = fillFromDraw(draw, 0, new Uint8Array(200), referenceChaCha20);
    xorDraw(draw, 64, whole.subarray(64), referenceChaCha20);
    expect(whole.subarray(64)).toEqual(new Uint8Array(136));
    expect(() => xorDraw(draw, 1, new Uint8Array(1), referenceChaCha20)).toThrow(RangeError);
    expect(() => fillFromDraw(draw, 1, new Uint8Array(1), referenceChaCha20)).toThrow(RangeError);
    expect(() => fillFromDraw(draw, 64, new Uint8Array(137), referenceChaCha20)).toThrow(RangeError);
  });
});
