import { describe, expect, it } from 'vitest';
import { toHex } from '../crypto/bytes.ts';
import { expandMessage, referenceExpandMessages } from '../crypto/group.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { expandMessagesFromModule, expandMessagesKernel, type ExpandMessageModule } from './expand-message.ts';
import { expandMessageWasm } from './generated/expand-message-wasm.ts';
import { instantiate } from './twin.ts';

const SEED = 'expand';

describe('expandMessagesKernel', () => {
  const expand = expandMessagesKernel();

  it('is no reference when Node runs it', () => {
    expect(expand).not.toBe(referenceExpandMessages);
  });

  it(`gives the bytes of the reference whatever the lengths (seed ${SEED})`, () => {
    const rng = insecureSeededRng(SEED);
    // Around the ends of SHA-512's blocks: 128 and 256 bytes, less 17 of padding.
    const lengths = [1, 2, 3, 20, 33, 64, 90, 107, 108, 109, 110, 111, 112, 127, 128, 129, 236, 255, 256, 257, 1000];
    for (const messageBytes of lengths) {
      for (const domainBytes of [1, 38, 61, 62, 63, 64, 253, 254, 255, 256]) {
        const [messages, domain] = [rng(2 * messageBytes), rng(domainBytes)];
        const given = toHex(expand(messages, messageBytes, domain));
        expect(given).toBe(toHex(referenceExpandMessages(messages, messageBytes, domain)));
      }
    }
  });

  it.each([0, 1, 63, 64, 65, 129])(`expands every message by itself when there are %i (seed ${SEED})`, (n) => {
    const rng = insecureSeededRng(SEED, n);
    const [messages, domain] = [rng(33 * n), rng(20)];
    const rows = Array.from({ length: n }, (_, i) => messages.subarray(33 * i, 33 * i + 33));
    expect(toHex(expand(messages, 33, domain))).toBe(rows.map((row) => toHex(expandMessage(row, domain))).join(''));
  });

  it('throws when messages are no whole number of rows or the domain is empty', () => {
    for (const messageBytes of [3, 300, 0]) {
      expect(() => expand(new Uint8Array(100), messageBytes, new Uint8Array(1))).toThrow(RangeError);
    }
    expect(() => expand(new Uint8Array(100), 10, new Uint8Array(0))).toThrow('DST');
  });
});

describe('expandMessagesFromModule', () => {
  const module = Uint8Array.from(Buffer.from(expandMessageWasm, 'base64'));

  it('is undefined when the module is damaged or gives wrong answers', () => {
    const load = (bytes: Uint8Array): unknown => expandMessagesFromModule(Buffer.from(bytes).toString('base64'));
    expect(load(module)).toBeDefined();
    expect(load(module.subarray(0, 300))).toBeUndefined();
    // The first round constant.
    const at = Buffer.from(module).indexOf(Uint8Array.of(0x22, 0xae, 0x28, 0xd7, 0x98, 0x2f, 0x8a, 0x42));
    expect(at).toBeGreaterThan(0);
    const wrong = module.slice();
    wrong[at] ^= 1;
    expect(load(wrong)).toBeUndefined();
  });

  it('leaves nothing in memory when wiped', () => {
    const kernel = instantiate<ExpandMessageModule>(expandMessageWasm);
    kernel.prepare();
    const memory = new Uint8Array(kernel.memory.buffer);
    const untouched = memory.slice();
    memory.set(insecureSeededRng(SEED)(64 * 200), kernel.messages.value);
    kernel.expand(64, 200, 10);
    expect(memory.filter((byte, i) => byte !== untouched[i]).length).toBeGreaterThan(8_000);
    kernel.wipe();
    expect(Buffer.compare(memory, untouched)).toBe(0);
  });
});
