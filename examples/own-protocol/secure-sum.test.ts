/** What a protocol of one's own should be tested for: the ideal, the message table, and what it refuses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PartyId } from 'blindflag';
import { insecureSeededRng, RoundMeter, runInMemory, succeeded, TranscriptRecorder } from 'blindflag/testing';
import { idealSum, MAX_VALUE, secureSum, sumParameters } from './index.ts';

const NAMES = ['bank-a', 'bank-b', 'bank-c', 'bank-d'];

async function run(values: readonly bigint[], seed: string) {
  const parameters = sumParameters(NAMES.slice(0, values.length));
  const recorder = new TranscriptRecorder();
  const meter = new RoundMeter('secure-sum/');
  const outcomes = await runInMemory(
    secureSum,
    {
      parameters,
      inputs: new Map(parameters.parties.map((party, index) => [party, values[index]])),
      initiator: parameters.parties[0],
    },
    {
      rng: (party) => insecureSeededRng(seed, party),
      observers: (party: PartyId) => [recorder.observer(party), meter.observer(party)],
    },
  );
  const transcript = recorder.entries.filter(({ channel }) => channel.startsWith('secure-sum/'));
  return { parameters, outcomes, transcript, rounds: meter.rounds };
}

void test('secureSum tells every party the sum of the ideal functionality', async () => {
  for (const values of [
    [1n, 2n, 3n],
    [0n, 0n, 0n, 0n],
    [MAX_VALUE, MAX_VALUE, MAX_VALUE, 7n],
  ]) {
    const { outcomes } = await run(values, 'sum');
    const sums = [...succeeded(outcomes).values()].map(({ output }) => output);
    assert.deepEqual(
      sums,
      values.map(() => idealSum(values)),
    );
  }
});

void test('secureSum sends what its message table says, whatever the values', async () => {
  for (const values of [
    [0n, 0n, 0n],
    [5n, MAX_VALUE, 1n],
  ]) {
    const { parameters, transcript, rounds } = await run(values, 'shape');
    const sent = transcript.map(({ from, to, channel, message, bytes }) =>
      [from, to, channel.replace('secure-sum/', ''), message, bytes].join(' '),
    );
    const planned = secureSum.spec
      .flow(parameters)
      .map(({ from, to, channel, message, bytes }) => [from, to, channel, message, bytes].join(' '));
    assert.deepEqual(sent.toSorted(), planned.toSorted());
    assert.equal(rounds, secureSum.spec.rounds(parameters));
  }
});

void test('secureSum puts no value on the wire', async () => {
  const values = [0x1122334455667788n >> 4n, 0x99aabbccddeeffn, 0x0f1e2d3c4b5a6978n];
  const frames: Uint8Array[] = [];
  const parameters = sumParameters(NAMES.slice(0, 3));
  const inputs = new Map(parameters.parties.map((party, index) => [party, values[index]]));
  const intercept = (_from: PartyId, _to: PartyId, frame: Uint8Array): readonly Uint8Array[] => {
    frames.push(frame.slice());
    return [frame];
  };
  succeeded(await runInMemory(secureSum, { parameters, inputs, initiator: parameters.parties[0] }, { intercept }));

  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  const valueHex = (value: bigint): string => hex(new Uint8Array(BigUint64Array.of(value).buffer));
  const found = (value: bigint, wire: readonly Uint8Array[]): boolean =>
    wire.some((frame) => hex(frame).includes(valueHex(value)));
  assert.ok(frames.length > 0);
  for (const value of values) assert.ok(!found(value, frames));
  // The search can find: a frame with a value in it is caught.
  assert.ok(found(values[0], [...frames, Buffer.from(valueHex(7n) + valueHex(values[0]), 'hex')]));
});

void test('sumParameters refuses two parties and a party named twice', () => {
  assert.throws(() => sumParameters(['bank-a', 'bank-b']), { code: 'bad-parameter' });
  assert.throws(() => sumParameters(['bank-a', 'bank-b', 'bank-b']), { code: 'bad-parameter' });
});

void test('secureSum sends nothing when an own value is out of range', async () => {
  const { outcomes, transcript } = await run([1n, MAX_VALUE + 1n, 1n], 'refused');
  assert.throws(() => succeeded(outcomes), { code: 'bad-input', party: 'bank-b' });
  assert.deepEqual(transcript, []);
});
