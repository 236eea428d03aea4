import { describe, expect, it } from 'vitest';
import { toHex } from '../crypto/bytes.ts';
import { ed25519Signer, type Signer, verifyEd25519 } from '../crypto/signature.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { Ledger, type LedgerStore } from './ledger.ts';
import { checkLedger, type LedgerCheckOptions, type LedgerVerdict } from './ledger-check.ts';
import { LEDGER_KINDS, type LedgerHead, readEntry, sealStatement, writeEntry } from './ledger-entry.ts';

const BANK = partyId('bank-a');
const own = ed25519Signer(insecureSeededRng('ledger', 'own'));
const foreign = ed25519Signer(insecureSeededRng('ledger', 'foreign'));
const rng = insecureSeededRng('ledger', 'salts');
const wallClock = { now: () => Date.UTC(2027, 0, 15, 12) };

function storeOf(lines: string[]): LedgerStore {
  return {
    async *lines() {
      yield* lines;
    },
    append: (line) => Promise.resolve(void lines.push(line)),
    close: () => Promise.resolve(),
  };
}

const openOn = (lines: string[], signer: Signer = own): Promise<Ledger> =>
  Ledger.open({ party: BANK, signer, store: storeOf(lines), wallClock, rng });

/** A ledger with entries of every run of the numbers, as its lines. */
async function written(runs = 5): Promise<string[]> {
  const lines: string[] = [];
  const ledger = await openOn(lines);
  for (let number = 0; number < runs; number++) {
    const run = String(number).padStart(32, '0');
    await ledger.append('run-admitted', {
      run,
      question: 'fraud-flags',
      protocol: 'flag/12',
      asker: partyId('bank-b'),
      contributors: [BANK, partyId('bank-c')],
      bucket: 64,
    });
    await ledger.append('run-ended', { run, outcome: 'done' });
  }
  return lines;
}

const check = (lines: readonly string[], options: Partial<LedgerCheckOptions> = {}): Promise<LedgerVerdict> =>
  checkLedger(storeOf([...lines]).lines(), {
    party: BANK,
    publicKey: own.publicKey,
    verify: verifyEd25519,
    ...options,
  });

/** The entry of a line, written by another key. */
function rewritten(line: string, signer: Signer, change: (seq: number) => number = (seq) => seq): string {
  const signed = readEntry(line);
  if (signed === undefined) throw new Error('no entry');
  return writeEntry({ ...signed.entry, seq: change(signed.entry.seq) }, signer).line;
}

describe('Ledger', () => {
  it('goes on where it ended when it is opened again', async () => {
    const lines = await written();
    const again = await openOn(lines);
    expect(again.head?.seq).toBe(lines.length - 1);
    await again.append('alert', { alert: 'enumeration', peer: partyId('bank-b') });
    expect(await check(lines)).toMatchObject({ kind: 'good', entries: lines.length });
    expect(again.contains({ seq: 3, hash: readEntry(lines[3])?.hash ?? '' })).toBe(true);
    expect(again.contains({ seq: 2, hash: readEntry(lines[3])?.hash ?? '' })).toBe(false);
    expect(again.contains({ seq: 400, hash: readEntry(lines[3])?.hash ?? '' })).toBe(false);
  });

  it('has no head while it is empty, and is good', async () => {
    expect((await openOn([])).head).toBeUndefined();
    expect(await check([])).toEqual({ kind: 'good', entries: 0 });
  });

  it('refuses to open when an entry is damaged, and names it', async () => {
    const lines = await written();
    for (const [at, line] of lines.entries()) {
      const changed = lines.with(at, line.replace(/"(bucket|outcome)":/, '"$1x":'));
      await expect(openOn(changed), String(at)).rejects.toThrow(at === lines.length - 1 ? `entry ${at}` : /entry \d+/);
    }
    await expect(openOn(lines, foreign)).rejects.toThrow('entry 0');
  });

  it('writes nothing more and says so when the store refused', async () => {
    const store = storeOf([]);
    const ledger = await Ledger.open({
      party: BANK,
      signer: own,
      wallClock,
      rng,
      store: { ...store, append: () => Promise.reject(new Error('disk full')) },
    });
    expect(ledger.isWhole).toBe(true);
    await expect(ledger.append('alert', { alert: 'enumeration' })).rejects.toMatchObject({ code: 'resource-limit' });
    await expect(ledger.append('alert', { alert: 'enumeration' })).rejects.toMatchObject({ code: 'resource-limit' });
    expect(ledger.isWhole).toBe(false);
  });

  it('calls no entry durable that follows on one which is not, though the store took it', async () => {
    const outcomes = [Promise.reject(new Error('input/output error')), Promise.resolve()];
    const ledger = await Ledger.open({
      party: BANK,
      signer: own,
      wallClock,
      rng,
      store: { ...storeOf([]), append: () => outcomes.shift() ?? Promise.resolve() },
    });
    const both = [1, 2].map(() => ledger.append('alert', { alert: 'enumeration' }));
    const refused = { status: 'rejected', reason: expect.objectContaining({ code: 'resource-limit' }) as unknown };
    expect(await Promise.allSettled(both)).toMatchObject([refused, refused]);
    expect(ledger.durableHead).toBeUndefined();
  });

  it('says so where an entry is of a kind that another version writes', async () => {
    const lines = await written();
    const other = lines.with(2, lines[2].replace('"kind":"run-admitted"', '"kind":"run-foreseen"'));
    await expect(openOn(other)).rejects.toThrow('entry 2 is of another version of the software');
    expect(await check(other)).toEqual({ kind: 'bad', seq: 2, fault: 'version' });
    await expect(openOn(lines.with(2, lines[2].slice(1)))).rejects.toThrow('entry 2 is damaged');
  });
});

describe('checkLedger', () => {
  it('finds a ledger good as it was written, and gives its head', async () => {
    const lines = await written();
    expect(await check(lines)).toEqual({
      kind: 'good',
      entries: lines.length,
      head: { seq: lines.length - 1, hash: readEntry(lines[lines.length - 1])?.hash },
    });
  });

  it('names the entry of which any one bit is flipped', async () => {
    const lines = await written(1);
    for (const [at, line] of lines.entries()) {
      const bytes = Buffer.from(line);
      for (let position = 0; position < bytes.length; position++) {
        const flipped = Buffer.from(bytes);
        flipped[position] ^= 1 << (position % 8);
        const verdict = await check(lines.with(at, flipped.toString('latin1')));
        expect(verdict, `entry ${at}, byte ${position}`).toMatchObject({ kind: 'bad', seq: at });
      }
    }
  });

  it('names the first entry after one that is deleted, or out of its place', async () => {
    const lines = await written();
    for (let at = 0; at < lines.length - 1; at++) {
      expect(await check(lines.toSpliced(at, 1)), `without ${at}`).toEqual({ kind: 'bad', seq: at, fault: 'chain' });
      const swapped = lines.toSpliced(at, 2, lines[at + 1], lines[at]);
      expect(await check(swapped), `${at} after the next`).toEqual({ kind: 'bad', seq: at, fault: 'chain' });
    }
    expect(await check([...lines, lines[0]])).toEqual({ kind: 'bad', seq: lines.length, fault: 'chain' });
  });

  it('names the first entry that another key signed', async () => {
    const lines = await written();
    for (const [at, line] of lines.entries()) {
      const verdict = await check(lines.with(at, rewritten(line, foreign)));
      expect(verdict).toEqual({ kind: 'bad', seq: at, fault: 'signature' });
    }
  });

  it('names the entry from which on a ledger that was cut off and went on differs from a countersigned head', async () => {
    const lines = await written();
    const head = { seq: lines.length - 1, hash: readEntry(lines[lines.length - 1])?.hash ?? '' };
    const cut = lines.slice(0, 4);
    expect(await check(cut, { heads: [head] })).toEqual({ kind: 'bad', seq: 4, fault: 'head' });
    const ledger = await openOn(cut);
    while (cut.length <= lines.length) await ledger.append('alert', { alert: 'enumeration' });
    // By the institution's own key the chain is whole: only what others hold shows it.
    expect(await check(cut)).toMatchObject({ kind: 'good' });
    expect(await check(cut, { heads: [head] })).toEqual({ kind: 'bad', seq: head.seq, fault: 'head' });
  });

  it('belongs to one institution and key', async () => {
    const lines = await written();
    expect(await check(lines, { party: partyId('bank-b') })).toEqual({ kind: 'bad', seq: 0, fault: 'chain' });
    expect(await check(lines, { publicKey: foreign.publicKey })).toEqual({ kind: 'bad', seq: 0, fault: 'chain' });
  });
});

describe('readEntry', () => {
  it('takes the one form of a line only', async () => {
    const [line] = await written(1);
    expect(readEntry(line)?.entry.kind).toBe('run-admitted');
    const value: unknown = JSON.parse(line);
    for (const other of [
      ` ${line}`,
      `${line} `,
      JSON.stringify(value, undefined, 1),
      line.replace('"kind"', '"\\u006bind"'),
      line.replace('{', '{"more":1,'),
      line.replace('"seq":0', '"seq":0.0'),
      line.replace('run-admitted', 'run-allowed'),
      line.replace(/"signature":"../, '"signature":"zz'),
      '',
      'null',
      '[]',
      '{"body":null}',
    ]) {
      expect(readEntry(other), other.slice(0, 60)).toBeUndefined();
    }
    expect(new Set(LEDGER_KINDS).size).toBe(LEDGER_KINDS.length);
  });

  it('names the entry of seals of which any one is not of its peer, or on a head that this ledger does not have', async () => {
    const peers = ['bank-b', 'bank-c', 'bank-d'].map(partyId);
    const signers = new Map(peers.map((peer) => [peer, ed25519Signer(insecureSeededRng('ledger', peer))]));
    const peerKeys = new Map([...signers].map(([peer, { publicKey }]) => [peer, publicKey]));
    const [sid, transcript] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    /** A ledger whose last entry has a seal of each; `by` signs that of a peer. */
    const sealed = async (by: (peer: PartyId) => Signer | undefined, change: Partial<LedgerHead> = {}) => {
      const lines = await written(1);
      const ledger = await openOn(lines);
      const head = { seq: 0, hash: '', ...ledger.head, ...change };
      const theirs = { seq: 7, hash: '0'.repeat(64) };
      const seals = peers.map((peer) => {
        const statement = sealStatement(sid, transcript, [
          { party: BANK, head },
          { party: peer, head: theirs },
        ]);
        const countersignature = toHex(by(peer)?.sign(statement) ?? new Uint8Array(64));
        return { peer, theirs, transcript: toHex(transcript), signature: toHex(own.sign(statement)), countersignature };
      });
      await ledger.append('heads-countersigned', { run: '0'.repeat(32), sid: toHex(sid), own: head, peers: seals });
      return lines;
    };
    const good = await sealed((peer) => signers.get(peer));
    expect(await check(good, { peerKeys })).toMatchObject({ kind: 'good', entries: 3 });
    for (const bad of peers) {
      const lines = await sealed((peer) => (peer === bad ? foreign : signers.get(peer)));
      expect(await check(lines, { peerKeys }), bad).toEqual({ kind: 'bad', seq: 2, fault: 'seal' });
      // Whose key is not known cannot be checked.
      const others = new Map([...peerKeys].filter(([peer]) => peer !== bad));
      expect(await check(lines, { peerKeys: others }), bad).toMatchObject({ kind: 'good' });
    }
    const elsewhere = await sealed((peer) => signers.get(peer), { seq: 0 });
    expect(await check(elsewhere, { peerKeys })).toEqual({ kind: 'bad', seq: 2, fault: 'seal' });
  });
});
