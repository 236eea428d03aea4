/** Memory for long lists that several computations read one after the other. */
import { ranges } from './steps.ts';

/** What was given back: for the next list of its length, unless the collector takes it before. */
let spares: readonly WeakRef<SharedArrayBuffer>[] = [];
/** Shorter ones are left to the collector. */
const SPARE_BYTES: number = 2 ** 20;
const ZEROS = new Uint8Array(2 ** 16);

/** Zeros, in memory that threads share where the engine has such: they reach other threads as they are, not as a copy. */
export function sharedBytes(length: number): Uint8Array {
  if (typeof SharedArrayBuffer === 'undefined') return new Uint8Array(length);
  return new Uint8Array(takeSpare(length) ?? new SharedArrayBuffer(length));
}

/**
 * Wipes bytes that nobody will read, of which those from `used` on are zeros, and takes their buffer back where they are all of
 * it. Shared memory is no reason for the collector to begin: lists of several runs would stay beside each other. An
 * unshared buffer moves to a fresh object, so that the next minor collection frees it: its first owner may be in the old generation.
 */
export function giveBack(bytes: Uint8Array, used: number = bytes.length): void {
  const { buffer } = bytes;
  wipe(bytes.subarray(0, used));
  if (bytes.length < Math.max(buffer.byteLength, SPARE_BYTES)) return;
  if (buffer instanceof ArrayBuffer) structuredClone(buffer, { transfer: [buffer] });
  else keepSpare(buffer);
}

/** `fill` writes what threads share byte by byte, which takes four times as long as copying there. */
function wipe(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer) bytes.fill(0);
  else for (const [from, to] of ranges(bytes.length, ZEROS.length)) bytes.set(ZEROS.subarray(0, to - from), from);
}

function keepSpare(buffer: SharedArrayBuffer): void {
  const others = spares.filter((spare) => ![undefined, buffer].includes(spare.deref()));
  spares = [...others, new WeakRef(buffer)];
}

function takeSpare(length: number): SharedArrayBuffer | undefined {
  const found = spares.find((spare) => spare.deref()?.byteLength === length);
  spares = spares.filter((spare) => spare !== found);
  return found?.deref();
}
