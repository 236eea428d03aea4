import { describe, expect, it } from 'vitest';
import { partyId } from '../../kit/party.ts';
import { silentLog } from '../log.ts';
import { createMemoryStore } from '../store/memory-store.ts';
import { RunRecords, type StartedRun } from './run-records.ts';

const started = (number: number): StartedRun => ({
  runName: new Uint8Array(16).fill(number),
  question: 'fraud-flags',
  protocol: 'flag/1',
  initiator: partyId('bank-a'),
  parties: ['bank-a', 'bank-b', 'bank-c'].map(partyId),
  disclosures: [],
  askerBucket: 1024,
});

describe('RunRecords', () => {
  it('keeps start and end of a run, newest first', async () => {
    const time = { now: Date.UTC(2027, 0, 1) };
    const records = new RunRecords(createMemoryStore(), { now: () => time.now });
    const first = await records.started(started(1));
    time.now += 1000;
    await records.started(started(2));
    await records.ended(first, {
      outcome: 'peer-closed',
      phase: 'flag',
      party: 'bank-b',
      sentBytes: 1,
      receivedBytes: 2,
    });
    const [newest, oldest, ...more] = records.list(10);
    expect(more).toEqual([]);
    expect(newest).toMatchObject({ run: '02'.repeat(16), outcome: 'running' });
    expect(oldest).toEqual({
      run: '01'.repeat(16),
      question: 'fraud-flags',
      protocol: 'flag/1',
      initiator: 'bank-a',
      parties: ['bank-a', 'bank-b', 'bank-c'],
      askerBucket: 1024,
      startedAt: '2027-01-01T00:00:00.000Z',
      endedAt: '2027-01-01T00:00:01.000Z',
      outcome: 'peer-closed',
      phase: 'flag',
      party: 'bank-b',
      sentBytes: 1,
      receivedBytes: 2,
    });
    expect(records.list(1)).toHaveLength(1);
  });

  it('marks as interrupted what a former process left running, and nothing else', async () => {
    const store = createMemoryStore();
    const clock = { now: () => 0 };
    const former = new RunRecords(store, clock);
    await former.ended(await former.started(started(1)), { outcome: 'done' });
    await former.started(started(2));
    const records = new RunRecords(store, clock);
    await records.markInterrupted(silentLog);
    expect(records.list(10).map((record) => record.outcome)).toEqual(['interrupted', 'done']);
  });

  it('lets attempts go that never became runs, before any run', async () => {
    const store = createMemoryStore();
    await store.transaction((writer) => {
      for (let k = 0; k < 9_990; k++)
        writer.put(`run/2026-01-01T00:00:00.000Z/${String(k).padStart(5, '0')}`, { outcome: 'done' });
    });
    const time = { now: Date.UTC(2027, 0, 1) };
    const records = new RunRecords(store, { now: () => time.now });
    for (let k = 0; k < 60; k++) {
      time.now += 1000;
      await records.ended(await records.started(started(k)), { outcome: 'peer-aborted', opened: false });
    }
    const left = store.entries('run/').map(([, value]) => value as { outcome: string });
    expect(left.filter(({ outcome }) => outcome === 'done')).toHaveLength(9_990);
    expect(left.length).toBeLessThanOrEqual(10_000);
    expect(records.list(1)[0]).toMatchObject({ outcome: 'peer-aborted', opened: false });
  });

  it("withholds a peer's phase that could hold an account, as the log does", async () => {
    const records = new RunRecords(createMemoryStore(), { now: () => 0 });
    const key = await records.started(started(1));
    await records.ended(key, { outcome: 'peer-aborted', phase: 'flag/6222021234567890123', party: 'bank-b' });
    expect(records.list(1)[0]).toMatchObject({ phase: '[withheld]', party: 'bank-b' });
  });

  it('lets the oldest go when there are too many', async () => {
    const store = createMemoryStore();
    await store.transaction((writer) => {
      for (let k = 0; k < 10_000; k++)
        writer.put(`run/2026-01-01T00:00:00.000Z/${String(k).padStart(5, '0')}`, { outcome: 'done' });
    });
    const records = new RunRecords(store, { now: () => Date.UTC(2027, 0, 1) });
    await records.started(started(1));
    const left = store.entries('run/');
    expect(left).toHaveLength(9_901);
    expect(left[0][0]).toMatch(/00100$/);
    expect(left.at(-1)?.[0]).toContain('2027');
  });
});
