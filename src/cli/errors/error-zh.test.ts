import { describe, expect, it } from 'vitest';
import { UsageError } from '../../errors.ts';
import { partyId } from '../../kit/party.ts';
import { dialError } from '../../net/net-errors.ts';
import { cancelled, deadlinePassed, gone, peerAborted, peerRefused, silent } from '../../kit/session-faults.ts';
import { codeInChinese, errorInChinese } from './error-zh.ts';
import { textsOf } from '../texts.ts';

const self = partyId('bank-b');
const where = { party: self, phase: 'flag' };

describe('errorInChinese', () => {
  it.each([
    peerRefused(where),
    silent(where),
    gone(where),
    deadlinePassed(where),
    cancelled(where, undefined),
    peerAborted(where, { self, reportedBy: self, code: 'bad-input' }),
  ])('leaves no English sentence in %s', (error) => {
    const text = errorInChinese(error).replace(error.code, '').replace('flag', '').replace('bank-b', '');
    expect(text).not.toMatch(/[a-z]{2}/);
  });

  it('keeps an unknown sentence behind what kind of error it is', () => {
    expect(errorInChinese(new UsageError('Cannot do: new', { code: 'bad-input' }))).toContain(
      '输入有误：Cannot do: new',
    );
  });
});

describe('codeInChinese', () => {
  it('has words for how a run ended', () => {
    expect(['done', 'peer-silent', 'new'].map(codeInChinese)).toEqual(['完成', '对方没有回应', 'new']);
  });
});

describe('texts.node', () => {
  it('says in Chinese under which condition a party learns something', () => {
    const to = 'bank-a, if its software departs from the protocol';
    expect(textsOf('zh').node.learns(to, 'x')).toBe('bank-a（若其软件不按协议运行） 得知：x');
  });

  it('says learn of several, and learns of one', () => {
    const { learns } = textsOf('en').node;
    expect(learns('any two committee members together', 'x')).toBe('any two committee members together learn: x');
    expect(learns('every party', 'x')).toBe('every party learns: x');
  });

  it.each([
    ['en', /^bank-b NOT connected since now: Cannot connect: .* \(peer-silent\) — check its url/],
    ['zh', /^bank-b 自 now 起未连接：无法连接：.*（peer-silent）——请检查/],
  ] as const)('says in %s why a peer is not connected, and what to do', (language, line) => {
    const lastError = dialError(self, { kind: 'unreachable', cause: undefined });
    const peer = { peer: 'bank-b', connected: false, since: 'now', lastError, end: undefined };
    expect(textsOf(language).node.statusPeer(peer)).toMatch(line);
  });
});
