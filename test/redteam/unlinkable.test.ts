import { describe, expect, it } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import { dhOprf } from '../../protocols/oprf/index.ts';
import { concatBytes } from '../../src/crypto/bytes.ts';
import { sha256 } from '@noble/hashes/sha2.js';
import { insecureSeededRng } from '../../src/testing.ts';
import { bytesMessage } from '../../src/kit/message.ts';
import { ed25519Signer, verifyEd25519 } from '../../src/crypto/signature.ts';
import { askFlag, CONTRIBUTORS, dhSettings, type FlagCase, type FlagSettings } from '../e2e/flag-run.ts';
import { Wiretap } from './wiretap.ts';

const CHUNK_BYTES = 8;
const own = Array.from({ length: 40 }, (_, k) => `id:${k}`);
const held = own.slice(0, 20).map((account) => [account, 3] as const);
const data: FlagCase = { accounts: own, evidence: [held, held, held] };

async function transcript(seed: string, settings: FlagSettings = {}): Promise<Wiretap> {
  const tap = new Wiretap();
  const rule = { score: { threshold: 4, max: 255 }, oprf: 'dh' };
  // Real signatures: those for tests end in zeros, which would be equal everywhere.
  const signatures = { signer: ed25519Signer, verify: verifyEd25519 };
  await askFlag(data, { ...dhSettings, ...signatures, rule, seed, intercept: tap.intercept, ...settings });
  return tap;
}

/** Names of the messages of `second` that hold eight bytes in a row, at any place, which are in one of `first`. */
function joined(first: Wiretap, second: Wiretap): string[] {
  const chunks = (body: Uint8Array): bigint[] => {
    const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    return Array.from({ length: Math.max(0, body.length - CHUNK_BYTES + 1) }, (_, at) => view.getBigUint64(at));
  };
  // The offer is the parameters in clear: equal by intention.
  const bodies = (tap: Wiretap): Wiretap['messages'] => tap.messages.filter(({ name }) => name !== 'offer');
  const known = new Set(bodies(first).flatMap(({ body }) => chunks(body)));
  const linking = bodies(second).filter(({ body }) => chunks(body).some((chunk) => known.has(chunk)));
  return [...new Set(linking.map(({ name }) => name))].sort();
}

describe('two runs of equal inputs', () => {
  it('share no eight bytes in any message when nothing is reused', async () => {
    const [first, second] = [await transcript('monday'), await transcript('tuesday')];
    expect(second.shape()).toEqual(first.shape());
    expect(joined(first, second)).toEqual([]);
  });

  it('are linked when one party draws the same randomness again', async () => {
    const again = (party: string): ReturnType<typeof insecureSeededRng> =>
      insecureSeededRng(party === CONTRIBUTORS[0] ? 'monday' : 'tuesday', party);
    const [first, second] = [await transcript('monday'), await transcript('tuesday', { rng: again })];
    // Its seeds and its nonce, and with them all hashes of these; what the run id enters differs.
    const linking = joined(first, second);
    for (const name of ['member-seeds', 'opening', 'dealt-component']) expect(linking).toContain(name);
    for (const name of ['oprf-query', 'target-table', 'and-shares']) expect(linking).not.toContain(name);
  });

  it('are linked when an engine sends a hash of the account', async () => {
    const Planted = bytesMessage('planted');
    const careless = createFlag([
      {
        ...dhOprf,
        async receive(io, holders, records) {
          const hashes = concatBytes(...own.map((account) => sha256(new TextEncoder().encode(account))));
          await io.sub('planted').to(holders[0]).send(Planted, hashes, hashes.length);
          return await dhOprf.receive(io, holders, records);
        },
      },
    ]);
    const runs = [
      await transcript('monday', { protocol: careless }),
      await transcript('tuesday', { protocol: careless }),
    ];
    expect(joined(runs[0], runs[1])).toEqual(['planted']);
  });
});
