import { describe, expect, it } from 'vitest';
import { ProtocolError, UsageError } from '../../errors.ts';
import { explainError } from './explain-error.ts';
import { recordedSurroundings } from '../recorded-surroundings.ts';
import { textsOf } from '../texts.ts';

function explain(error: unknown, signal?: AbortSignal) {
  const surroundings = recordedSurroundings(signal === undefined ? {} : { signal });
  return { code: explainError(error, surroundings, textsOf('en')), text: surroundings.err() };
}

describe('explainError', () => {
  it('tells what, where, whose side and what to do, and 1, when a peer is at fault', () => {
    const error = new ProtocolError('Cannot decode message: length differs', {
      code: 'bad-message',
      phase: 'flag/open',
      party: 'bank-b',
      remedy: 'ask its operator',
    });
    expect(explain(error)).toEqual({ code: 1, text: `blindflag: ${error.describe()}\n` });
  });

  it('returns 2 when the caller is at fault', () => {
    expect(explain(new UsageError('Cannot read list', { code: 'bad-input' })).code).toBe(2);
  });

  it('shows the name and the place, never the text, when the error is of another library', () => {
    const { code, text } = explain(new RangeError('holds iban:DE89370400440532013000'));
    expect(code).toBe(1);
    expect(text).toContain('RangeError');
    expect(text).toContain('    at ');
    expect(text).not.toContain('DE8937');
    expect(explain('just text')).toMatchObject({ code: 1 });
  });

  it('returns 130 whatever the error when the person interrupted', () => {
    const { code, text } = explain(new RangeError('late'), AbortSignal.abort());
    expect(code).toBe(130);
    expect(text).toContain('Interrupted');
  });
});
