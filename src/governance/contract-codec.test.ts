import { describe, expect, it } from 'vitest';
import { draft, signedBy } from '../../test/support/signed-question.ts';
import { PUBLIC_KEYS } from '../../test/support/consortium-of-nodes.ts';
import { type Json, spoiled } from '../../test/support/spoiled-json.ts';
import { MpcError } from '../errors.ts';
import { canonicalJson } from '../kit/canonical.ts';
import { insecureTestVerifier } from '../testing.ts';
import { contractHash } from './contract.ts';
import { decodeContractFile, encodeContractFile } from './contract-codec.ts';
import { checkSignatures, isComplete } from './contract-signatures.ts';

const file = signedBy(draft());
const text = encodeContractFile(file);
const plain = JSON.parse(text) as { readonly contract: { readonly [key: string]: Json }; readonly signatures: Json };

const codeOf = (candidate: string): string => {
  try {
    decodeContractFile(candidate);
    return 'good';
  } catch (error) {
    if (error instanceof MpcError && error.phase !== undefined) return error.phase;
    throw error;
  }
};

const WRONG: readonly Json[] = [null, -1, 1.5, '', 'A b', true, [], {}, 'x'.repeat(5000), '\u202e', '1e400'];
const wrongFor = (value: Json): readonly Json[] =>
  WRONG.filter((wrong) => JSON.stringify(wrong) !== JSON.stringify(value));

/** Whether all parties signed this text, in a form that is read. */
async function isAccepted(candidate: string): Promise<boolean> {
  if (codeOf(candidate) !== 'good') return false;
  const check = await checkSignatures(decodeContractFile(candidate), {
    keys: PUBLIC_KEYS,
    verify: insecureTestVerifier,
  });
  return isComplete(check);
}

describe('decodeContractFile', () => {
  it('gives back what was encoded, with the same hash', async () => {
    expect(decodeContractFile(text)).toEqual(file);
    expect(contractHash(decodeContractFile(text).contract)).toEqual(contractHash(file.contract));
    expect(await isAccepted(text)).toBe(true);
  });

  it('refuses, or leaves unsigned, whatever is changed in one place', async () => {
    const accepted: string[] = [];
    let count = 0;
    for (const wrong of spoiled(plain, wrongFor)) {
      count += 1;
      const candidate = canonicalJson(wrong) ?? '';
      if (await isAccepted(candidate)) accepted.push(candidate);
    }
    expect(count).toBeGreaterThan(1000);
    expect(accepted).toEqual([]);
  });

  it('accepts no text in which one byte is another, byte after byte in steps of seven', async () => {
    for (let at = 0; at < text.length - 1; at += 7) {
      const changed = `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
      if (changed !== text && (await isAccepted(changed))) throw new Error(`accepted with another byte ${at}`);
    }
  });

  it.each([
    ['a field twice', text.replace('"v":1', '"v":1,"v":1')],
    ['other terms before those that were signed', text.replace('"quorum":2', '"quorum":3,"quorum":2')],
    ['spaces', JSON.stringify(plain, undefined, 1)],
    ['a number in another form', text.replace('"quorum":2', '"quorum":2.0')],
    ['an escape', text.replace('flag/12', 'flag\\/12')],
    [
      'fields in another order',
      `{"signatures":${JSON.stringify(plain.signatures)},"contract":${canonicalJson(plain.contract)}}`,
    ],
  ])('refuses %s', (_what, candidate) => {
    expect(candidate).not.toBe(text);
    expect(codeOf(candidate)).toBe('contract/encoding');
  });

  it.each([
    [
      'a party twice',
      {
        parties: [
          ...(plain.contract['parties'] as readonly Json[]).slice(0, 2),
          (plain.contract['parties'] as readonly Json[])[1],
        ],
      },
    ],
    ['parties in another order', { parties: (plain.contract['parties'] as readonly Json[]).toReversed() }],
    ['a committee of strangers', { committee: ['x', 'y', 'z'] }],
    ['a receiver who is no party', { output: { ...(plain.contract['output'] as object), receivers: ['stranger'] } }],
    ['another suite', { suite: 'rsa-md5' }],
    ['a later version', { v: 2 }],
    ['a time without a zone', { expires: '2028-01-01' }],
  ])('refuses %s', (_what, change) => {
    const candidate = canonicalJson({ ...plain, contract: { ...plain.contract, ...change } }) ?? '';
    expect(codeOf(candidate)).toBe('contract/malformed');
  });

  it('does not repeat what stands in a file', () => {
    const candidate =
      canonicalJson({ ...plain, contract: { ...plain.contract, purpose: 'canary\u0007', canary: 1 } }) ?? '';
    expect(() => decodeContractFile(candidate)).toThrow(MpcError);
    expect(() => decodeContractFile(candidate)).not.toThrow(/canary/);
  });
});

describe('checkSignatures', () => {
  const options = { keys: PUBLIC_KEYS, verify: insecureTestVerifier };

  it('names who has not signed', async () => {
    const check = await checkSignatures(signedBy(draft(), ['bank-a', 'bank-c']), options);
    expect(check).toEqual({ signed: ['bank-a', 'bank-c'], missing: ['bank-b', 'bank-d'], bad: [], strangers: [] });
    expect(isComplete(check)).toBe(false);
  });

  it("names whose place has another party's signature", async () => {
    const [first, second, ...rest] = file.signatures;
    const swapped = [{ ...first, signature: second.signature }, second, ...rest];
    const check = await checkSignatures({ ...file, signatures: swapped }, options);
    expect(check).toMatchObject({ bad: ['bank-a'], missing: [] });
  });

  it('takes no signature of another contract, also of the same terms', async () => {
    const { signatures } = signedBy(draft({ frame: { jobId: 'f'.repeat(32) } }));
    const check = await checkSignatures({ ...file, signatures }, options);
    expect(check.bad).toEqual(file.contract.parties.map(({ inst }) => inst));
  });

  it('trusts the keys that are pinned here, not those in the contract', async () => {
    const keys = new Map([...PUBLIC_KEYS].map(([name, key]) => [name, name === 'bank-b' ? new Uint8Array(32) : key]));
    const check = await checkSignatures(file, { ...options, keys });
    expect(check).toMatchObject({ strangers: ['bank-b'], bad: [] });
    expect(isComplete(check)).toBe(false);
    const fewer = new Map([...PUBLIC_KEYS].filter(([name]) => name !== 'bank-d'));
    expect(await checkSignatures(file, { ...options, keys: fewer })).toMatchObject({ strangers: ['bank-d'] });
  });
});
