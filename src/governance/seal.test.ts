import { describe, expect, it } from 'vitest';
import { countCase } from '../../test/conformance/cases.ts';
import { fromHex } from '../crypto/bytes.ts';
import { MpcError } from '../errors.ts';
import type { Io } from '../kit/io.ts';
import { bytesMessage } from '../kit/message.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { type InMemoryOptions, runInMemory } from '../testing/in-memory.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { insecureTestSigner, insecureTestVerifier } from '../testing/test-signer.ts';
import { Ledger, type LedgerStore } from './ledger.ts';
import type { LedgerHead, Seal } from './ledger-entry.ts';
import { compareLedgers, type SealOptions, sealRun, sealsEntry } from './seal.ts';

const RUN = countCase.run(1);
const PARTIES = [...RUN.inputs.keys()];
const [ASKER, CHEAT] = [RUN.initiator, partyId('bank-c')];
const rng = (party: PartyId) => insecureSeededRng('seal', party);
const signerOf = (party: PartyId) => insecureTestSigner(rng(party));
const publicKeys = new Map(PARTIES.map((party) => [party, signerOf(party).publicKey]));
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

/** One ledger for each party, kept from run to run. */
class Books {
  readonly #lines = new Map<PartyId, string[]>(PARTIES.map((party) => [party, []]));
  readonly ledgers = new Map<PartyId, Ledger>();

  static async open(): Promise<Books> {
    const books = new Books();
    for (const party of PARTIES) await books.reopen(party);
    return books;
  }

  /** Opens the party's ledger as if the process had started again; only so many of its entries are left. */
  async reopen(party: PartyId, entries = Infinity): Promise<void> {
    const lines = this.#lines.get(party) ?? [];
    lines.splice(Math.min(entries, lines.length));
    const options = { party, signer: signerOf(party), verify: insecureTestVerifier, wallClock, rng: rng(party) };
    this.ledgers.set(party, await Ledger.open({ ...options, store: storeOf(lines) }));
  }

  of(party: PartyId): Ledger {
    const ledger = this.ledgers.get(party);
    if (ledger === undefined) throw new Error('no ledger');
    return ledger;
  }

  options(party: PartyId): SealOptions {
    const ledger = this.of(party);
    return { ledger, signer: signerOf(party), verify: insecureTestVerifier, publicKeys, run: 'ab'.repeat(16) };
  }
}

interface Deviation {
  readonly beginning?: (io: Io) => Promise<void>;
  readonly closing?: (io: Io) => Promise<void>;
  /** Of the others, made before. Default: made as the run begins. */
  readonly comparisons?: ReadonlyMap<PartyId, (io: Io) => Promise<void>>;
}

function comparisonsOf(books: Books): ReadonlyMap<PartyId, (io: Io) => Promise<void>> {
  return new Map(PARTIES.map((party) => [party, compareLedgers(books.options(party))]));
}

/** A run in which one party may do something else than the others. */
async function run(
  books: Books,
  deviation: Deviation = {},
  { onSeal, ...options }: InMemoryOptions & { readonly onSeal?: (party: PartyId, seal: Seal) => void } = {},
) {
  for (const party of PARTIES) await books.of(party).append('refused', { peer: ASKER, reason: 'test', count: 1 });
  const seal = async (io: Io): Promise<void> => {
    const seals: Seal[] = [];
    const transcript = (): Uint8Array => new Uint8Array(32).fill(7);
    const take = (one: Seal): void => {
      seals.push(one);
      onSeal?.(io.self, one);
    };
    await sealRun(io, { ...books.options(io.self), transcript, onSeal: take });
    if (seals.length > 0) await books.of(io.self).append('heads-countersigned', sealsEntry(seals));
  };
  const opened: PartyId[] = [];
  const { comparisons = comparisonsOf(books) } = deviation;
  const outcomes = await runInMemory(countCase.protocol, RUN, {
    rng,
    signer: insecureTestSigner,
    verify: insecureTestVerifier,
    beginning: (io) =>
      io.self === CHEAT && deviation.beginning !== undefined
        ? deviation.beginning(io)
        : (comparisons.get(io.self)?.(io) ?? Promise.reject(new Error('no comparison'))),
    closing: (io) => (io.self === CHEAT && deviation.closing !== undefined ? deviation.closing(io) : seal(io)),
    beforeOpening: (party) => Promise.resolve(void opened.push(party)),
    ...options,
  });
  const errors = new Map<PartyId, MpcError>();
  for (const [party, outcome] of outcomes) {
    if (outcome.status === 'rejected' && outcome.reason instanceof MpcError) errors.set(party, outcome.reason);
  }
  return { errors, opened };
}

const others = (io: Io): readonly PartyId[] => io.parties.filter((party) => party !== io.self);
const message = (name: string) => bytesMessage(name);
const HEAD_BYTES = 40;
const CLAIM_BYTES = HEAD_BYTES + 1 + 32 + 2 * HEAD_BYTES + 32 + 64;

/** Says to every party what it is given, and takes what they say. */
async function saying(io: Io, name: string, body: Uint8Array): Promise<void> {
  await Promise.all(others(io).map((peer) => io.to(peer).send(message(name), body, body.length)));
  await Promise.all(others(io).map((peer) => io.from(peer).recv(message(name), body.length)));
}

describe('compareLedgers and sealRun', () => {
  it('leave both ends of every pair with one statement, run after run', async () => {
    const books = await Books.open();
    for (let number = 0; number < 3; number++) {
      const { errors, opened } = await run(books);
      expect([...errors.values()]).toEqual([]);
      expect(new Set(opened)).toEqual(new Set(PARTIES));
    }
    for (const party of PARTIES) {
      for (const peer of PARTIES.filter((other) => other !== party)) {
        const [ours, theirs] = [books.of(party).state.sealWith(peer), books.of(peer).state.sealWith(party)];
        expect(ours).toMatchObject({ own: theirs?.theirs, theirs: theirs?.own, countersignature: theirs?.signature });
        expect(books.of(party).contains(ours?.own ?? { seq: 0, hash: '' })).toBe(true);
      }
    }
  });

  it('find a ledger that was rolled back before anything opens, and it says so in itself', async () => {
    const books = await Books.open();
    await run(books);
    await run(books);
    await books.reopen(CHEAT, 1);
    const { errors, opened } = await run(books);
    expect(opened).toEqual([]);
    expect(errors.get(CHEAT)).toMatchObject({ code: 'refused', phase: 'ledger/rollback', party: CHEAT });
    expect(books.of(CHEAT).state.rolledBack).toBe(true);
    expect(PARTIES.filter((party) => books.of(party).state.rolledBack)).toEqual([CHEAT]);
  });

  it('find it too where its party keeps quiet about it', async () => {
    const books = await Books.open();
    await run(books);
    const { errors, opened } = await run(books, {
      beginning: (io) => saying(io, 'ledger-claim', new Uint8Array(CLAIM_BYTES)),
    });
    expect(opened).toEqual([]);
    expect(errors.get(ASKER)).toMatchObject({ code: 'refused', phase: 'ledger/rollback', party: CHEAT });
    expect(books.of(ASKER).state.hasAlert({ alert: 'peer-rollback', peer: CHEAT })).toBe(true);
  });

  it('take a head from before a run that was sealed meanwhile, and not one from before the last run', async () => {
    const claimOf = (head: LedgerHead): Uint8Array => {
      const body = new Uint8Array(CLAIM_BYTES);
      new DataView(body.buffer).setBigUint64(0, BigInt(head.seq), true);
      body.set(fromHex(head.hash), 8);
      return body;
    };
    const books = await Books.open();
    await run(books);
    const sayingHead = (head: LedgerHead | undefined): ((io: Io) => Promise<void>) => {
      return (io) => saying(io, 'ledger-claim', claimOf(head ?? { seq: 0, hash: '' }));
    };
    const [comparisons, beginning] = [comparisonsOf(books), sayingHead(books.of(CHEAT).durableHead)];
    // Of two runs side by side this one is sealed first.
    await run(books);
    expect([...(await run(books, { comparisons, beginning })).errors.values()]).toEqual([]);
    const { errors, opened } = await run(books, { beginning });
    expect(opened).toEqual([]);
    expect(errors.get(ASKER)).toMatchObject({ phase: 'ledger/rollback', party: CHEAT });
  });

  it('believe no seal that this institution did not sign', async () => {
    const books = await Books.open();
    await run(books);
    const { errors } = await run(books, {
      beginning: (io) => saying(io, 'ledger-claim', new Uint8Array(CLAIM_BYTES).fill(1)),
    });
    for (const party of PARTIES.filter((one) => one !== CHEAT)) {
      expect(errors.get(party)?.code, party).toMatch(/^bad-message$|^bad-signature$|^peer-aborted$/);
      expect(books.of(party).state.rolledBack, party).toBe(false);
    }
    expect([...errors.values()].some(({ party }) => party === CHEAT)).toBe(true);
  });

  it.each([
    ['two seals', 'ledger-claim', new Uint8Array(CLAIM_BYTES).with(HEAD_BYTES, 2)],
    ['a seal of its own making', 'ledger-claim', new Uint8Array(CLAIM_BYTES).with(HEAD_BYTES, 1)],
  ])('end the run with the name of who sends %s', async (_what, name, body) => {
    const { errors, opened } = await run(await Books.open(), { beginning: (io) => saying(io, name, body) });
    expect(opened).toEqual([]);
    expect([...errors.values()].map(({ code }) => code)).toContainEqual(expect.stringMatching(/^bad-/));
    expect([...errors.values()].find(({ code }) => code.startsWith('bad-'))?.party).toBe(CHEAT);
  });

  it.each([
    ['another transcript', new Uint8Array(HEAD_BYTES + 32), 'disagreement'],
    [
      'a number that no ledger has',
      new Uint8Array(HEAD_BYTES + 32).fill(0xff, 0, 8).fill(7, HEAD_BYTES),
      'bad-message',
    ],
  ])('end the run with the name of who seals %s', async (_what, body, code) => {
    const books = await Books.open();
    const { errors } = await run(books, { closing: (io) => saying(io, 'ledger-head', body) });
    expect([...errors.values()].find((error) => error.code === code)?.party).toBe(CHEAT);
    expect(PARTIES.some((party) => books.of(party).state.sealWith(CHEAT) !== undefined)).toBe(false);
  });

  it('keep those of all others where one party withholds its own', async () => {
    const books = await Books.open();
    const honest = PARTIES.filter((party) => party !== CHEAT);
    const kept: string[] = [];
    let allKept: () => void = () => undefined;
    const sealed = new Promise<void>((done) => (allKept = done));
    const { errors } = await run(
      books,
      {
        async closing(io) {
          await sealed;
          await saying(io, 'ledger-head', new Uint8Array(HEAD_BYTES + 32));
        },
      },
      {
        onSeal(party, { peer }) {
          kept.push(`${party} ${peer}`);
          if (kept.length === honest.length * (honest.length - 1)) allKept();
        },
      },
    );
    expect(errors.size).toBe(PARTIES.length);
    expect(kept.some((pair) => pair.includes(CHEAT))).toBe(false);
  });

  it('take no countersignature that is not of the peer', async () => {
    const books = await Books.open();
    const { errors } = await run(books, {
      async closing(io) {
        await saying(io, 'ledger-head', new Uint8Array(HEAD_BYTES + 32).fill(7, HEAD_BYTES));
        await saying(io, 'ledger-countersignature', new Uint8Array(64));
      },
    });
    expect([...errors.values()].find(({ code }) => code === 'bad-signature')?.party).toBe(CHEAT);
    expect(books.of(ASKER).state.sealWith(CHEAT)).toBeUndefined();
  });
});
