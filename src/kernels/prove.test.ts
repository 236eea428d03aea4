import { describe, expect, it } from 'vitest';
import { proveKernels } from './prove.ts';

describe('proveKernels', () => {
  it('finds all kernels here, with a turn after each', async () => {
    let turns = 0;
    expect(await proveKernels(() => Promise.resolve(void turns++))).toBe(0);
    expect(turns).toBe(13);
  });
});
