import { describe, expect, it } from 'vitest';
import { createFlag, type FlagInput, type FlagParameters, type FlagProtocol } from '../../protocols/flag/index.ts';
import { type OprfEngine, voleOprf } from '../../protocols/oprf/index.ts';
import { noBaseOtStore } from '../../protocols/vole/index.ts';
import { flagCase } from '../../test/conformance/flag-case.ts';
import { overlapCase } from '../../test/conformance/overlap-case.ts';
import type { AnyCase } from '../../test/conformance/protocol-case.ts';
import { audited, recordBytes, type RecordedParty, recordedRun } from '../../test/support/recorded-run.ts';
import { insecureIdealOprf } from '../../protocols/oprf/ideal.ts';
import { UsageError } from '../errors.ts';
import { systemClock } from '../kit/clock.ts';
import type { Compute } from '../kit/compute.ts';
import type { Io } from '../kit/io.ts';
import { type PartyId, partyId } from '../kit/party.ts';
import { insecureSeededRng, type InMemoryRun } from '../testing.ts';
import { type AuditVerdict } from './audit.ts';
import { readAuditRecord, recordedRows } from './audit-record.ts';
import { encodeSection, RECORD_VERSION } from './audit-sections.ts';
import { RunRecorder } from './run-recorder.ts';

type FlagRun = InMemoryRun<FlagParameters, FlagInput>;
type Recorded = ReadonlyMap<PartyId, RecordedParty>;

const SCORED = { contributors: 3, score: { threshold: 3, max: 7 } } as const;
const VOLE_CASE = flagCase({ name: 'audit', engine: 'vole', ...SCORED });
const VOLE = createFlag([voleOprf(noBaseOtStore)]);
/** Over the ideal OPRF: what these tests are about is the same, and a run takes a tenth of the time. */
const CASE = flagCase({ name: 'audit', ...SCORED });
const IDEAL = createFlag([insecureIdealOprf(insecureSeededRng('audit')(32))]);
const [ASKER, CONTRIBUTOR, MEMBER] = [partyId('bank-a'), partyId('bank-b'), partyId('bank-c')];

/** A computer that is slow at random, so that everything ends in another order than in any other run. */
function jittered(seed: string): (party: PartyId, compute: Compute) => Compute {
  return (party, compute) => {
    const rng = insecureSeededRng('jitter', seed, party);
    return {
      async run(job, input, signal) {
        const output = await compute.run(job, input, signal);
        for (let turns = rng(1)[0] % 8; turns > 0; turns--)
          await new Promise<void>((resolve) => systemClock.soon(resolve));
        return output;
      },
    };
  };
}

/** Software of one party that changes what one job gives. */
function departing(
  who: PartyId,
  name: string,
  change: (output: never) => void,
): (party: PartyId, compute: Compute) => Compute {
  return (party, compute) => ({
    async run(job, input, signal) {
      const output = await compute.run(job, input, signal);
      if (party === who && job.name === name) change(output as never);
      return output;
    },
  });
}

async function verdictOf(
  self: PartyId,
  recorded: Recorded,
  more: Partial<Parameters<typeof audited<FlagParameters, FlagInput, never, unknown>>[1]> & { readonly run: FlagRun },
  protocol: FlagProtocol = IDEAL,
): Promise<AuditVerdict> {
  return await audited(protocol, { self, recorded, ...more });
}

describe('auditRun', () => {
  it('finds every party of a run equal and sealed by all others, in whatever order things happened', async () => {
    const run = VOLE_CASE.run(1);
    const recorded = await recordedRun(VOLE, run, 1, { computeOf: jittered('a') });
    for (const [self, { error }] of recorded) {
      expect(error, self).toBeUndefined();
      const verdict = await verdictOf(self, recorded, { run }, VOLE);
      expect(verdict, self).toMatchObject({ kind: 'equal', isPartial: false });
      if (verdict.kind !== 'equal') continue;
      expect(verdict.sealedBy.length).toBe(3);
      expect(verdict.messages).toBeGreaterThan(20);
    }
  });

  it.each([
    ['the dh engine of flag', flagCase({ name: 'audit', engine: 'dh', ...SCORED })],
    [
      'overlap of mode receiver',
      overlapCase({ name: 'audit', mode: 'receiver', columns: [{ name: 'note', bytes: 8 }] }),
    ],
    ['overlap of mode both', overlapCase({ name: 'audit', mode: 'both' })],
    ['overlap of mode size-only', overlapCase({ name: 'audit', mode: 'size-only' })],
    ['overlap with the dh engine', overlapCase({ name: 'audit', mode: 'receiver', engine: 'dh' })],
  ] as readonly (readonly [string, AnyCase])[])('finds every party equal in %s', async (_what, entry) => {
    const run = entry.run(1);
    const recorded = await recordedRun(entry.protocol, run, 1, { computeOf: jittered('a') });
    for (const self of recorded.keys()) {
      expect(recorded.get(self)?.error, self).toBeUndefined();
      expect(await audited(entry.protocol, { run, self, recorded }), self).toMatchObject({ kind: 'equal' });
    }
  });

  it('finds a difference where tasks side by side draw from one stream: the control of the line above', async () => {
    const shared = createFlag([withoutStreamsApart(voleOprf(noBaseOtStore))]);
    const run = VOLE_CASE.run(1);
    const kinds = new Set<string>();
    for (const seed of ['a', 'b']) {
      const recorded = await recordedRun(shared, run, 1, { computeOf: jittered(seed) });
      kinds.add((await verdictOf(ASKER, recorded, { run }, shared)).kind);
    }
    expect(kinds).toContain('different');
  });

  it('catches an asker that leaves a contributor out of one bin, and names the message', async () => {
    const run = CASE.run(2);
    let left = false;
    const leaveOut = (slices: Uint32Array): void => {
      if (!left) slices[0] ^= 1 << 5;
      left = true;
    };
    const recorded = await recordedRun(IDEAL, run, 2, { computeOf: departing(ASKER, 'match/read', leaveOut) });
    expect(left).toBe(true);
    const verdict = await verdictOf(ASKER, recorded, { run });
    expect(verdict).toMatchObject({ kind: 'different', isInput: false, difference: { kind: 'content' } });
    if (verdict.kind !== 'different') return;
    expect(verdict.difference.message).toMatchObject({ message: 'dealt-component', number: 0 });
    expect(verdict.difference.message.channel).toMatch(/^flag\/shard:0\/match\/input:bank-a\/to-/);
    // The others did nothing else, and are not accused of it.
    for (const self of [CONTRIBUTOR, MEMBER])
      expect(await verdictOf(self, recorded, { run })).toMatchObject({ kind: 'equal' });
  });

  it.each([
    ['an asker that changes a masked score', ASKER, 'committee/mask', 'dealt-component'],
    ['a contributor with a useless table', CONTRIBUTOR, 'match/programme', 'target-table'],
    ['a member with wrong shares', MEMBER, 'committee/and', 'and-shares'],
  ])('catches %s', async (_what, self, job, message) => {
    const run = CASE.run(3);
    let changed = 0;
    const change = (words: Uint8Array | Uint32Array): void => {
      if (changed++ === 0) words[words.length - 1] ^= 1;
    };
    const recorded = await recordedRun(IDEAL, run, 3, { computeOf: departing(self, job, change) });
    expect(changed).toBeGreaterThan(0);
    const verdict = await verdictOf(self, recorded, { run });
    expect(verdict).toMatchObject({ kind: 'different', isInput: false });
    if (verdict.kind === 'different') expect(verdict.difference.message.message).toBe(message);
  });

  it('catches a contributor, or an asker, whose list is not the one that it committed to', async () => {
    const committed = CASE.run(4);
    for (const self of [CONTRIBUTOR, ASKER]) {
      const used = CASE.run(5).inputs.get(self);
      if (used === undefined) throw new TypeError('no such party');
      const run: FlagRun = { ...committed, inputs: new Map([...committed.inputs, [self, used]]) };
      const recorded = await recordedRun(IDEAL, run, 4);
      // Its own record is whole: only what was committed to before tells.
      expect(await verdictOf(self, recorded, { run })).toMatchObject({ kind: 'equal' });
      const verdict = await verdictOf(self, recorded, { run, input: committed.inputs.get(self) });
      expect(verdict, self).toMatchObject({ kind: 'different', isInput: true });
      if (verdict.kind === 'different') expect(verdict.difference.message.channel).toBe('open');
    }
  });

  it('catches a record that was made up: of another run, with another seed, or with what was never received', async () => {
    const run = CASE.run(6);
    const [recorded, other] = [await recordedRun(IDEAL, run, 6), await recordedRun(IDEAL, run, 7)];
    for (const self of [ASKER, CONTRIBUTOR, MEMBER]) {
      const [own, foreign] = [recorded.get(self), other.get(self)];
      if (own === undefined || foreign === undefined) throw new TypeError('no such party');
      const { seals } = own;
      expect(await verdictOf(self, other, { run, seals })).toMatchObject({ kind: 'other-transcript' });
      const bytes = await withSeed(own.bytes, foreign.bytes);
      expect(await verdictOf(self, recorded, { run, bytes })).toEqual({ kind: 'other-seed' });
    }
  });

  it('finds nothing equal when the last byte of any received message was changed', async () => {
    const run = CASE.run(8);
    const recorded = await recordedRun(IDEAL, run, 8);
    const own = recorded.get(MEMBER);
    if (own === undefined) throw new TypeError('no such party');
    const record = await readAuditRecord(recordBytes(own.bytes));
    const kinds = new Set<string>();
    // Every message that came, one after the other: none can be another unseen.
    for (const messages of record.taken.values()) {
      for (const { parts } of messages) {
        const [{ offset, length }] = parts;
        if (length === 0) continue;
        const bytes = own.bytes.slice();
        bytes[offset + length - 1] ^= 1;
        const verdict = await verdictOf(MEMBER, recorded, { run, bytes });
        expect(verdict.kind).not.toBe('equal');
        kinds.add(verdict.kind);
      }
    }
    expect([...kinds].sort()).toEqual(['different', 'not-executable', 'other-transcript']);
  });

  it('finds what there was of a run that failed equal, and says that it is partial', async () => {
    const run = CASE.run(9);
    const broken = departing(CONTRIBUTOR, 'match/programme', () => {
      throw new UsageError('Cannot go on: planted', { code: 'bad-input' });
    });
    const recorded = await recordedRun(IDEAL, run, 9, { computeOf: broken });
    for (const self of [ASKER, MEMBER]) {
      expect(recorded.get(self)?.error, self).toBeDefined();
      expect(await verdictOf(self, recorded, { run }), self).toMatchObject({ kind: 'equal', isPartial: true });
    }
  });
});

describe('a record', () => {
  it('gives rows back as they were, and leaves out a section that a crash cut short', async () => {
    const sections: Uint8Array[] = [];
    const recorder = new RunRecorder(
      { write: (section) => void sections.push(section) },
      {
        run: 'ab'.repeat(16),
        self: ASKER,
        initiator: ASKER,
        offer: '{}',
        question: 'flags',
        seed: '11'.repeat(32),
        startedAt: '2026-11-01T00:00:00.000Z',
        keepUntil: '2026-12-01T00:00:00.000Z',
      },
    );
    const rows = {
      accounts: ['id:1', 'iban:DE89370400440532013000'],
      scores: Uint32Array.of(3, 4_294_967_295),
      columns: { note: [Uint8Array.of(1, 255), new Uint8Array(0)] },
    };
    recorder.rows('held', rows);
    recorder.rows('asked', { accounts: ['id:2'] });
    recorder.end(new Uint8Array(32));
    const whole = Uint8Array.from(Buffer.concat(sections));
    const record = await readAuditRecord(recordBytes(whole));
    const read = async (bytes: Uint8Array, list: 'held' | 'asked'): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const batch of recordedRows(recordBytes(bytes), record.rows[list])) found.push(batch);
      return found;
    };
    expect(record.sid).toBe('00'.repeat(32));
    expect(await read(whole, 'held')).toEqual([rows]);
    expect(await read(whole, 'asked')).toEqual([{ accounts: ['id:2'] }]);
    const cut = whole.subarray(0, whole.length - 1);
    expect((await readAuditRecord(recordBytes(cut))).sid).toBeUndefined();
  });

  it('is refused when a section is none, too long, or out of place, without a word of what is in it', async () => {
    const head = encodeSection({
      section: 'head',
      v: RECORD_VERSION,
      run: 'ab'.repeat(16),
      self: ASKER,
      initiator: ASKER,
      offer: '{}',
      question: 'flags',
      seed: 'cc'.repeat(32),
      startedAt: '2026-11-01T00:00:00.000Z',
      keepUntil: '2026-12-01T00:00:00.000Z',
    });
    const end = encodeSection({ section: 'end', sid: '00'.repeat(32) });
    expect((await readAuditRecord(recordBytes(join(head, end)))).head.question).toBe('flags');
    const older = Buffer.from(head).toString('latin1').replace(`"v":${RECORD_VERSION}`, '"v":1');
    await expect(readAuditRecord(recordBytes(Uint8Array.from(Buffer.from(older, 'latin1'))))).rejects.toThrow(
      'of another version of the software',
    );
    const long = end.slice();
    long.fill(0xff, 4, 8);
    const unknown = Uint8Array.from(Buffer.from(Buffer.from(end).toString('latin1').replace('end', 'abc'), 'latin1'));
    for (const bad of [join(end, head), join(head, head), join(head, long), join(head, unknown), new Uint8Array(0)]) {
      const error = await readAuditRecord(recordBytes(bad)).catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(UsageError);
      if (error instanceof UsageError) expect(error.describe()).not.toContain('cccc');
    }
  });
});

const join = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** The record with the seed of another one. */
async function withSeed(bytes: Uint8Array, from: Uint8Array): Promise<Uint8Array> {
  const [own, other] = [await readAuditRecord(recordBytes(bytes)), await readAuditRecord(recordBytes(from))];
  const text = Buffer.from(bytes).toString('latin1').replace(own.head.seed, other.head.seed);
  return Uint8Array.from(Buffer.from(text, 'latin1'));
}

/** The engine as it would be without streams set apart. */
function withoutStreamsApart(engine: OprfEngine): OprfEngine {
  const shared = (io: Io): Io => ({
    self: io.self,
    parties: io.parties,
    sid: io.sid,
    rng: (length) => io.rng(length),
    isSeeded: io.isSeeded,
    signal: io.signal,
    phase: io.phase,
    to: (party) => io.to(party),
    from: (party) => io.from(party),
    sub: (label) => shared(io.sub(label)),
    apart: () => shared(io),
    all: (tasks) => io.all(tasks),
    compute: (job, input) => io.compute(job, input),
    progress: (done, total) => io.progress(done, total),
    opening: () => io.opening(),
    sign: (message) => io.sign(message),
    verify: (party, message, signature) => io.verify(party, message, signature),
  });
  return {
    ...engine,
    ofRun: (io) => withoutStreamsApart(engine.ofRun?.(io) ?? engine),
    receive: (io, holders, query) => engine.receive(shared(io), holders, query),
  };
}
