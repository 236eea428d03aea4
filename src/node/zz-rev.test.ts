import { expect, it } from 'vitest';
import { consortiumPerTest, QUESTION, quiet } from '../../test/support/consortium-of-nodes.ts';
import { contractFiles, draft, signedBy, underContract } from '../../test/support/signed-question.ts';
import { systemRng } from '../kit/clock.ts';
import { createMemoryLists } from './memory-lists.ts';
const start = consortiumPerTest();
it('x', async () => {
  const size = (config: any): void => void Object.assign(config.questions[0], { buckets: { smallest: 64, asker: 128, evidence: 256 } });
  const files = contractFiles(signedBy(draft({ configure: size })));
  const lists = new Map<string, any>();
  const all = await start({ configure(c) { underContract(c); size(c); },
    nodeOptions: (bank) => ({ contracts: files, lists: lists.get(bank) ?? (lists.set(bank, createMemoryLists()), lists.get(bank)),
      ...(bank === 'bank-a' ? { rng: (n: number) => (n === 16 ? new Uint8Array(n) : systemRng(n)) } : {}) }) });
  let ok = 0;
  for (let k = 0; k < 6; k++) { try { await all.node('bank-a').ask(QUESTION); ok++; } catch (e) { console.log(String(e)); } await quiet(all); }
  console.log('ANSWERED', ok, 'of base 2');
  expect(ok).toBe(2);
});
