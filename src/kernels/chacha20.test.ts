import { createCipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { asBytes, asWords, concatBytes, fromHex, toHex, u32le } from '../crypto/bytes.ts';
import { CHACHA_BLOCK_WORDS, chachaBlockInto } from '../crypto/chacha-block.ts';
import { type ChaCha20, referenceChaCha20 } from '../crypto/chacha20.ts';
import { blockOfUse } from '../crypto/subfield-vole.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { chacha20FromModule, chacha20Kernel } from './chacha20.ts';
import { chacha20Wasm } from './generated/chacha20-wasm.ts';

const SEED = 1;
const rng = insecureSeededRng('chacha20.test', SEED);

/** RFC 8439: §2.3.2 and test vectors 1 to 5 of Appendix A.1. */
const VECTORS: readonly { key: string; nonce: string; counter: number; block: string }[] = [
  {
    key: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
    nonce: '000000090000004a00000000',
    counter: 1,
    block:
      '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e' +
      'd2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e',
  },
  {
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    counter: 0,
    block:
      '76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7' +
      'da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586',
  },
  {
    key: '00'.repeat(32),
    nonce: '00'.repeat(12),
    counter: 1,
    block:
      '9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed' +
      '29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f',
  },
  {
    key: `${'00'.repeat(31)}01`,
    nonce: '00'.repeat(12),
    counter: 1,
    block:
      '3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a' +
      '8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0',
  },
  {
    key: `00ff${'00'.repeat(30)}`,
    nonce: '00'.repeat(12),
    counter: 2,
    block:
      '72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca' +
      '13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096',
  },
  {
    key: '00'.repeat(32),
    nonce: `${'00'.repeat(11)}02`,
    counter: 0,
    block:
      'c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7' +
      '8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d',
  },
];

const IMPLEMENTATIONS: [string, ChaCha20][] = [
  ['referenceChaCha20', referenceChaCha20],
  ['chacha20Kernel', chacha20Kernel()],
];

function streamOf(by: ChaCha20, length: number, start: Parameters<ChaCha20['streamInto']>[1]): Uint8Array {
  const out = new Uint8Array(length).fill(0xaa);
  by.streamInto(out, start);
  return out;
}

function blocksOf(by: ChaCha20, input: Parameters<ChaCha20['blocksInto']>[1]): Uint8Array {
  const out = new Uint8Array(2 * input.keys.length).fill(0xaa);
  by.blocksInto(out, input);
  return out;
}

function digestsOf(by: ChaCha20, input: Parameters<ChaCha20['digestsInto']>[1]): Uint8Array {
  const out = new Uint8Array(input.keys.length).fill(0xaa);
  by.digestsInto(out, input);
  return out;
}

/** The same by the block function on its own. */
function plainDigests({ keys, nonce, counter }: Parameters<ChaCha20['digestsInto']>[1]): Uint8Array {
  const block = new Uint32Array(CHACHA_BLOCK_WORDS);
  const input = asWords(concatBytes(u32le(counter), nonce));
  const out = new Uint8Array(keys.length);
  for (let at = 0; at < keys.length; at += 32) {
    chachaBlockInto(block, asWords(keys.slice(at, at + 32)), input, 0, 8);
    out.set(asBytes(block).subarray(0, 32), at);
  }
  return out;
}

/** OpenSSL takes block counter and nonce as one 16-byte value. */
function openssl(key: Uint8Array, nonce: Uint8Array, counter: number, length: number): Uint8Array {
  const start = new Uint8Array(16);
  new DataView(start.buffer).setUint32(0, counter, true);
  start.set(nonce, 4);
  return createCipheriv('chacha20', key, start).update(new Uint8Array(length));
}

it('chacha20Kernel is the WebAssembly module when Node runs it', () => {
  expect(chacha20Kernel()).not.toBe(referenceChaCha20);
});

describe.each(IMPLEMENTATIONS)('%s', (_name, chacha20) => {
  it('gives the blocks of RFC 8439', () => {
    for (const { key, nonce, counter, block } of VECTORS) {
      const start = { key: fromHex(key), nonce: fromHex(nonce), counter };
      expect(toHex(streamOf(chacha20, 64, start))).toBe(block);
      const keys = fromHex(key.repeat(5));
      expect(toHex(blocksOf(chacha20, { ...start, keys }))).toBe(block.repeat(5));
    }
  });

  it(`agrees with OpenSSL about streams of any length from any block on (seed ${SEED})`, () => {
    for (const [k, length] of [1, 63, 64, 65, 255, 256, 257, 1000, 16_384, 16_385, 40_000].entries()) {
      const [key, nonce] = [rng(32), rng(12)];
      const counter = [0, 1, 1000, 2 ** 31 - 2, 2 ** 31][k % 5];
      const stream = streamOf(chacha20, length, { key, nonce, counter });
      expect(Buffer.compare(stream, openssl(key, nonce, counter, length))).toBe(0);
      // The comparison can fail: the next block begins another stream.
      expect(Buffer.compare(stream, openssl(key, nonce, counter + 1, length))).not.toBe(0);
    }
  });

  it(`XORs the same stream onto what is there (seed ${SEED})`, () => {
    for (const length of [0, 1, 64, 200, 16_384, 16_385, 40_000]) {
      const [key, nonce, content] = [rng(32), rng(12), rng(length)];
      const out = content.slice();
      chacha20.xorStreamInto(out, { key, nonce, counter: 5 });
      const stream = openssl(key, nonce, 5, length);
      expect(
        Buffer.compare(
          out,
          content.map((byte, i) => byte ^ stream[i]),
        ),
      ).toBe(0);
      chacha20.xorStreamInto(out, { key, nonce, counter: 5 });
      expect(Buffer.compare(out, content)).toBe(0);
    }
  });

  it.each([0, 1, 3, 4, 5, 255, 256, 257, 700])(
    `gives the first halves of blocks of 8 rounds under each of %i keys (seed ${SEED})`,
    (count) => {
      const input = { keys: rng(32 * count), nonce: rng(12), counter: 5 * count };
      const digests = digestsOf(chacha20, input);
      expect(Buffer.compare(digests, plainDigests(input))).toBe(0);
      if (count === 0) return;
      input.keys[input.keys.length - 1] ^= 1;
      expect(Buffer.compare(digests, digestsOf(chacha20, input))).not.toBe(0);
    },
  );

  it('gives the last blocks of a key and refuses the one behind them', () => {
    const [key, nonce] = [rng(32), rng(12)];
    const last = streamOf(chacha20, 128, { key, nonce, counter: 2 ** 32 - 3 });
    expect(Buffer.compare(last.subarray(64), openssl(key, nonce, 2 ** 32 - 2, 64))).toBe(0);
    expect(() => streamOf(chacha20, 129, { key, nonce, counter: 2 ** 32 - 3 })).toThrow(RangeError);
    expect(() => blocksOf(chacha20, { keys: key, nonce, counter: 2 ** 32 - 1 })).toThrow(RangeError);
  });

  it('has a block for each hashed use of a seed, also where the hash begins with a counter that it refuses', () => {
    const keys = new Uint8Array(32).fill(3);
    const use = new Uint8Array(32).fill(0xff);
    expect(() => blocksOf(chacha20, { keys, nonce: use.subarray(4, 16), counter: 2 ** 32 - 1 })).toThrow(RangeError);
    for (const [first, counter] of [
      [0xff, 0],
      // Others stay what they are.
      [0xfe, 2 ** 32 - 2],
    ]) {
      use[0] = first;
      const block = blockOfUse(use);
      expect(block.counter).toBe(counter);
      expect(Buffer.compare(blocksOf(chacha20, { keys, ...block }), openssl(keys, block.nonce, counter, 64))).toBe(0);
    }
  });

  it('refuses what does not fit', () => {
    const out = new Uint8Array(64);
    const [key, nonce] = [rng(32), rng(12)];
    expect(() => chacha20.streamInto(out, { key: rng(31), nonce, counter: 0 })).toThrow(RangeError);
    expect(() => chacha20.streamInto(out, { key, nonce: rng(8), counter: 0 })).toThrow(RangeError);
    expect(() => chacha20.streamInto(out, { key, nonce, counter: -1 })).toThrow(RangeError);
    expect(() => chacha20.xorStreamInto(out, { key, nonce, counter: -1 })).toThrow(RangeError);
    expect(() => chacha20.streamInto(out, { key, nonce, counter: 0.5 })).toThrow(RangeError);
    expect(() => chacha20.blocksInto(out, { keys: rng(33), nonce, counter: 0 })).toThrow(RangeError);
    expect(() => chacha20.blocksInto(out, { keys: rng(64), nonce, counter: 0 })).toThrow(RangeError);
    expect(() => chacha20.digestsInto(out, { keys: rng(32), nonce, counter: 0 })).toThrow(RangeError);
    expect(() => chacha20.digestsInto(out, { keys: rng(64), nonce, counter: 2 ** 32 - 1 })).toThrow(RangeError);
    expect(out).toEqual(new Uint8Array(64));
  });

  it('writes nothing but its own part and leaves its inputs as they were', () => {
    const whole = new Uint8Array(300).fill(7);
    const [key, nonce] = [rng(64).subarray(5, 37), rng(13).subarray(1)];
    const copies = [key.slice(), nonce.slice()];
    chacha20.streamInto(whole.subarray(3, 203), { key, nonce, counter: 9 });
    expect(whole.subarray(0, 3)).toEqual(new Uint8Array(3).fill(7));
    expect(whole.subarray(203)).toEqual(new Uint8Array(97).fill(7));
    expect(Buffer.compare(whole.subarray(3, 203), openssl(key, nonce, 9, 200))).toBe(0);
    expect([key, nonce]).toEqual(copies);
  });
});

describe('chacha20Kernel', () => {
  it.each([0, 1, 2, 3, 4, 5, 255, 256, 257, 700])(
    `gives the bytes of referenceChaCha20 for a block under each of %i keys (seed ${SEED})`,
    (count) => {
      const input = { keys: rng(32 * count), nonce: rng(12), counter: 3 * count };
      const blocks = blocksOf(chacha20Kernel(), input);
      expect(Buffer.compare(blocks, blocksOf(referenceChaCha20, input))).toBe(0);
      if (count === 0) return;
      input.keys[input.keys.length - 1] ^= 1;
      expect(Buffer.compare(blocks, blocksOf(chacha20Kernel(), input))).not.toBe(0);
    },
  );

  it('gives the bytes of referenceChaCha20 when all bits are equal', () => {
    for (const value of [0, 0xff]) {
      const [key, nonce] = [new Uint8Array(32).fill(value), new Uint8Array(12).fill(value)];
      const start = { key, nonce, counter: value === 0 ? 0 : 2 ** 32 - 6 };
      expect(streamOf(chacha20Kernel(), 300, start)).toEqual(streamOf(referenceChaCha20, 300, start));
    }
  });
});

describe('chacha20FromModule', () => {
  const module = Uint8Array.from(Buffer.from(chacha20Wasm, 'base64'));
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

  it('is undefined when the module is damaged', () => {
    expect(chacha20FromModule(base64(module))).toBeDefined();
    expect(chacha20FromModule(base64(module.subarray(0, 1000)))).toBeUndefined();
    expect(chacha20FromModule('no base64 at all')).toBeUndefined();
  });

  it('is undefined when the module runs but gives wrong answers', () => {
    const at = Buffer.from(module).indexOf('expand 32-byte k');
    expect(at).toBeGreaterThan(0);
    const damaged = module.slice();
    damaged[at] ^= 1;
    expect(chacha20FromModule(base64(damaged))).toBeUndefined();
  });
});

describe('chacha20Wasm', () => {
  it('leaves nothing in memory when wiped', () => {
    const bytes = Uint8Array.from(Buffer.from(chacha20Wasm, 'base64'));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const kernel = exports as unknown as Record<'keys' | 'nonce', WebAssembly.Global> & {
      memory: WebAssembly.Memory;
      stream(counter: number, count: number): void;
      xorStream(counter: number, count: number): void;
      block(counter: number, count: number): void;
      digest(counter: number, count: number): void;
      wipe(count: number): void;
    };
    const memory = new Uint8Array(kernel.memory.buffer);
    const untouched = memory.slice();
    memory.set(rng(32 * 7), kernel.keys.value);
    memory.set(rng(12), kernel.nonce.value);
    kernel.block(1, 7);
    kernel.digest(1, 7);
    kernel.stream(1, 7);
    kernel.xorStream(8, 7);
    expect(memory.filter((byte, i) => byte !== untouched[i]).length).toBeGreaterThan(700);
    kernel.wipe(7);
    expect(Buffer.compare(memory, untouched)).toBe(0);
    expect(memory.length).toBe(untouched.length);
  });
});
