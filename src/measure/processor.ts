/** Which processor a figure was measured on. */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/**
 * Its name, and on Linux on x86 family and model as well: a virtual machine names generations alike that differ by half in speed.
 * @param cpuInfo text of /proc/cpuinfo
 */
export function processorName(model: string = modelHere(), cpuInfo: string = cpuInfoHere()): string {
  const family = fieldOf('cpu family', cpuInfo);
  const number = fieldOf('model', cpuInfo);
  return family === undefined || number === undefined ? model : `${model} (family ${family} model ${number})`;
}

function modelHere(): string {
  return cpus()[0]?.model.trim() ?? 'unknown';
}

function cpuInfoHere(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'latin1');
  } catch {
    return '';
  }
}

/** Of the first processor listed. */
function fieldOf(name: string, cpuInfo: string): string | undefined {
  return new RegExp(`^${name}\\s*:\\s*(\\d+)$`, 'm').exec(cpuInfo)?.[1];
}
