import { describe, expect, it } from 'vitest';
import { partyId } from '../../kit/party.ts';
import type { Traffic } from '../../kit/traffic.ts';
import { PlannedFlow } from './planned-flow.ts';

const [a, b] = [partyId('bank-a'), partyId('bank-b')];
const FLOW = [{ channel: 'open', from: a, to: b, message: 'shares', count: 2, bytes: 30 }];

function sendAll(messages: readonly Partial<Traffic>[]): PlannedFlow {
  const flow = new PlannedFlow('flag', FLOW);
  const observer = flow.observer(a);
  for (const message of messages) {
    observer.sent?.({
      peer: b,
      channel: 'flag/open',
      message: 'shares',
      sequence: 0,
      last: true,
      bodyBytes: 15,
      frameBytes: 40,
      ...message,
    });
  }
  return flow;
}

describe('PlannedFlow', () => {
  it('is complete when everything planned was sent, in any number of frames', () => {
    expect(sendAll([{}, {}]).isComplete()).toBe(true);
    expect(sendAll([{ bodyBytes: 10, last: false }, { bodyBytes: 5 }, {}]).isComplete()).toBe(true);
  });

  it('ignores messages of the kit when they are outside the protocol', () => {
    expect(sendAll([{ channel: 'offer', message: 'commit' }, {}, {}]).isComplete()).toBe(true);
  });

  it('is not complete when a message is missing, longer, extra, elsewhere or to another party', () => {
    expect(sendAll([]).isComplete()).toBe(false);
    expect(sendAll([{}]).isComplete()).toBe(false);
    expect(sendAll([{}, { bodyBytes: 16 }]).isComplete()).toBe(false);
    expect(sendAll([{}, {}, {}]).isComplete()).toBe(false);
    expect(sendAll([{}, { channel: 'flag/other' }]).isComplete()).toBe(false);
    expect(sendAll([{}, { peer: a }]).isComplete()).toBe(false);
    expect(sendAll([{}, {}, { message: 'extra', bodyBytes: 0 }]).isComplete()).toBe(false);
  });

  it('is complete without a message that parties who kept what it makes do not send, and only without that one', () => {
    const kept = { channel: 'open', from: b, to: a, message: 'base', count: 1, bytes: 8, unlessKept: true } as const;
    const sent = {
      peer: b,
      channel: 'flag/open',
      message: 'shares',
      sequence: 0,
      last: true,
      bodyBytes: 15,
      frameBytes: 40,
    };
    const after = (messages: readonly Partial<Traffic>[]): boolean => {
      const flow = new PlannedFlow('flag', [...FLOW, kept]);
      for (const message of [{}, {}]) flow.observer(a).sent?.({ ...sent, ...message });
      for (const message of messages) flow.observer(b).sent?.({ ...sent, peer: a, message: 'base', ...message });
      return flow.isComplete();
    };
    expect(after([])).toBe(true);
    expect(after([{ bodyBytes: 8 }])).toBe(true);
    expect(after([{ bodyBytes: 7 }])).toBe(false);
    expect(after([{ bodyBytes: 4 }, { bodyBytes: 4 }])).toBe(false);
    const missing = new PlannedFlow('flag', [...FLOW, kept]);
    missing.observer(b).sent?.({ ...sent, peer: a, message: 'base', bodyBytes: 8 });
    expect(missing.isComplete()).toBe(false);
  });

  it('tells the share of bytes that has left', () => {
    expect(sendAll([]).fraction).toBe(0);
    expect(sendAll([{}]).fraction).toBe(0.5);
    expect(sendAll([{}, {}]).fraction).toBe(1);
  });
});
