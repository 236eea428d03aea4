import { inspect } from 'node:util';
import { describe, expect, it, vi } from 'vitest';
import { createFlag } from '../../protocols/flag/index.ts';
import { dhOprf } from '../../protocols/oprf/index.ts';
import { concatBytes, utf8 } from '../../src/crypto/bytes.ts';
import { UsageError } from '../../src/errors.ts';
import { bytesMessage } from '../../src/kit/message.ts';
import { type Progress } from '../../src/kit/io.ts';
import {
  answerOf,
  ASKER,
  CONTRIBUTORS,
  dhSettings,
  type FlagCase,
  type FlagSettings,
  runFlag,
} from '../e2e/flag-run.ts';
import { leaksInBytes, leaksInText, leaksOf, tracesOf } from './leaks.ts';
import { Wiretap } from './wiretap.ts';

const own = Array.from({ length: 40 }, (_, k) => `iban:DE89CANARY${10_000 + k}`);
const listed = ['iban:FR76CANARY777', ...own.slice(0, 20)];
const data: FlagCase = { accounts: own, evidence: [listed.map((account) => [account, 3]), [], []] };
const SECRETS = [...own.slice(0, 3), listed[0]];

interface Seen {
  readonly frames: string[];
  readonly texts: string[];
}

/** Names of traces of the accounts in anything that crosses a link or is shown anywhere. */
async function look(settings: FlagSettings): Promise<Seen> {
  const tap = new Wiretap();
  const shown: string[] = [];
  const write = (chunk: unknown): boolean => {
    shown.push(String(chunk));
    return true;
  };
  const spies = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockImplementation(write));
  const progress: Progress[] = [];
  const rule = { oprf: 'dh', contributorItems: [64, 64, 64], score: { threshold: 4, max: 9 } };
  const outcomes = await runFlag(data, {
    ...dhSettings,
    rule,
    intercept: tap.intercept,
    onProgress: (step) => void progress.push(step),
    ...settings,
  });
  for (const spy of spies) spy.mockRestore();
  expect(answerOf(outcomes)).toHaveLength(own.length);
  expect(progress.length).toBeGreaterThan(0);

  const sid = [...outcomes.values()].map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value.report.sid : null,
  )[0];
  const whole = concatBytes(...tap.messages.map(({ body }) => body));
  const found = [...leaksInBytes(whole, SECRETS, sid ?? undefined)];
  for (const { bytes } of tap.frames) found.push(...leaksInBytes(bytes, SECRETS));
  shown.push(
    inspect(outcomes, { depth: 20, maxArrayLength: null }),
    inspect(progress, { depth: 5, maxArrayLength: null }),
  );
  return { frames: [...new Set(found)], texts: leaksInText(shown.join('\n'), SECRETS) };
}

/** An engine that also sends something of the asker's. */
function careless(message: () => Uint8Array): FlagSettings {
  const Planted = bytesMessage('planted');
  const engine = {
    ...dhOprf,
    receive: async (...[io, holders, records]: Parameters<typeof dhOprf.receive>) => {
      const body = message();
      await io.sub('planted').to(holders[0]).send(Planted, body, body.length);
      return await dhOprf.receive(io, holders, records);
    },
  };
  return { protocol: createFlag([engine]) };
}

describe('accounts of one institution', () => {
  it('are in no frame, progress, report or output stream, in clear or hashed, after a run', async () => {
    expect(await look({})).toEqual({ frames: [], texts: [] });
  });

  it.each([...tracesOf(own[1]).keys()])('are found when a frame holds one as %s', async (trace) => {
    const planted = tracesOf(own[1]).get(trace) ?? Buffer.alloc(0);
    expect(await look(careless(() => new Uint8Array(planted)))).toEqual({ frames: [trace], texts: [] });
  });

  it('are found when something prints one', async () => {
    const both = careless(() => {
      process.stderr.write(`asking about ${own[2]}\n`);
      return utf8('nothing');
    });
    expect((await look(both)).texts).toEqual(['plain']);
  });

  it('are found in an error when its text, its cause or a hash in it has one', () => {
    const secret = own[0];
    const hash = tracesOf(secret).get('sha256')?.toString('hex') ?? '';
    const clean = new UsageError('Cannot read list: row 3: the account is empty', {
      code: 'malformed-row',
      party: ASKER,
    });
    expect(leaksOf(clean, SECRETS)).toEqual([]);
    for (const error of [
      new UsageError(`Cannot read ${secret}`, { code: 'malformed-row' }),
      new UsageError('Cannot read row', { code: 'malformed-row', remedy: `correct ${secret}` }),
      new UsageError('Cannot read row', { code: 'malformed-row', cause: new Error(`bad: ${secret}`) }),
      new UsageError(`Cannot read ${hash}`, { code: 'malformed-row', party: CONTRIBUTORS[0] }),
    ]) {
      expect(leaksOf(error, SECRETS)).toHaveLength(1);
    }
  });
});
