import { describe, expect, it } from 'vitest';
import { processorName } from './processor.ts';

const X86 =
  'processor\t: 0\ncpu family\t: 26\nmodel\t\t: 2\nmodel name\t: AMD EPYC\n\nprocessor\t: 1\ncpu family\t: 25\n';

describe('processorName', () => {
  it('adds family and model where the system lists them', () => {
    expect(processorName('AMD EPYC', X86)).toBe('AMD EPYC (family 26 model 2)');
  });

  it('is the name alone where it lists neither', () => {
    const arm = 'processor\t: 0\nBogoMIPS\t: 50.00\nCPU implementer\t: 0x41\n';
    expect(processorName('Neoverse-N1', arm)).toBe('Neoverse-N1');
    expect(processorName('Apple M1', '')).toBe('Apple M1');
  });

  it('is said of this machine', () => {
    expect(processorName()).not.toBe('');
  });
});
