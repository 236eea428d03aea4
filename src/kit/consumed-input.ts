/** Buffers that whoever runs a job takes over from its caller, and wipes when the job has ended. */
import { giveBack } from '../crypto/shared-bytes.ts';
import type { AnyJob } from './compute.ts';

type Consuming = Pick<AnyJob, 'consumes'>;

/**
 * The input with the buffers that the job consumes: they have moved here, and the caller's views of them are empty.
 * @throws TypeError where a view of the input is of a buffer that was given up before
 */
export function takeConsumed<I>({ consumes = [] }: Consuming, input: I): I {
  const views = viewsOf(input);
  if (views.some(([, view]) => isGivenUp(view))) {
    throw new TypeError('Cannot compute: a buffer of the input was given up to another job before');
  }
  const moved = views.flatMap(([field, view]) =>
    consumes.includes(field) && isWhole(view)
      ? [[field, structuredClone(view, { transfer: [view.buffer] })] as const]
      : [],
  );
  return moved.length === 0 ? input : { ...input, ...Object.fromEntries(moved) };
}

/** Zeros for what the job consumed. */
export function wipeConsumed({ consumes = [] }: Consuming, taken: unknown): void {
  if (consumes.length === 0) return;
  for (const [field, view] of viewsOf(taken)) {
    if (consumes.includes(field) && isWhole(view)) giveBack(new Uint8Array(view.buffer));
  }
}

function viewsOf(input: unknown): readonly (readonly [field: string, view: ArrayBufferView])[] {
  if (typeof input !== 'object' || input === null || ArrayBuffer.isView(input)) return [];
  return Object.entries(input).flatMap(([field, value]: [string, unknown]) =>
    ArrayBuffer.isView(value) ? [[field, value] as const] : [],
  );
}

/** All of a buffer that is not shared. */
function isWhole(view: ArrayBufferView): view is ArrayBufferView<ArrayBuffer> {
  const { buffer, byteLength } = view;
  return buffer instanceof ArrayBuffer && byteLength > 0 && byteLength === buffer.byteLength;
}

/** Engines that have no `detached` make no view of a buffer that is gone. */
function isGivenUp({ buffer }: ArrayBufferView): boolean {
  if (buffer.byteLength > 0) return false;
  try {
    return new Uint8Array(buffer).length > 0;
  } catch {
    return true;
  }
}
