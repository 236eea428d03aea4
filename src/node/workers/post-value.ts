/** Makes values ready for another thread: no more bytes than they show, and nothing moved that somebody still uses. */

export interface Posted {
  readonly value: unknown;
  /** Buffers that move instead of being copied: all of them belong to the message. */
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * An input moves what its job consumes, which the pool has taken over. Else its sender goes on using its buffers, so whole
 * ones are copied by the clone; a view of a part is copied here, because the clone would copy all that lies under it.
 */
export function inputToPost(input: unknown, consumes: readonly string[] = []): Posted {
  const moving = new Set<ArrayBuffer>();
  if (!isRecord(input)) return { value: visit(input, 'stays', moving), transfer: [...moving] };
  const fields = Object.entries(input).map(([field, value]) => [
    field,
    visit(value, consumes.includes(field) ? 'moves' : 'stays', moving),
  ]);
  return { value: Object.fromEntries(fields), transfer: [...moving] };
}

/** An output moves: who made it is done with it. */
export function outputToPost(output: unknown): Posted {
  const moving = new Set<ArrayBuffer>();
  const value = visit(output, 'moves', moving);
  return { value, transfer: [...moving] };
}

/** Zeros for all buffers under a posted input that are this thread's alone; those that moved on are empty. */
export function wipePosted(value: unknown): void {
  if (ArrayBuffer.isView(value)) {
    const { buffer } = value;
    if (buffer instanceof ArrayBuffer && buffer.byteLength > 0) new Uint8Array(buffer).fill(0);
  } else if (Array.isArray(value)) for (const entry of value) wipePosted(entry);
  else if (isRecord(value)) for (const entry of Object.values(value)) wipePosted(entry);
}

type Words = Uint8Array | Uint16Array | Int32Array | Uint32Array | BigUint64Array;

function visit(value: unknown, whole: 'stays' | 'moves', moving: Set<ArrayBuffer>): unknown {
  if (ArrayBuffer.isView(value)) return visitView(value, whole, moving);
  if (Array.isArray(value)) return value.map((entry) => visit(entry, whole, moving));
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visit(entry, whole, moving)]));
}

/** Maps, sets, dates are none: rare and small; the clone knows them. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function visitView(view: ArrayBufferView, whole: 'stays' | 'moves', moving: Set<ArrayBuffer>): unknown {
  const { buffer, byteLength } = view;
  if (view instanceof DataView || !(buffer instanceof ArrayBuffer)) return view;
  if (byteLength < buffer.byteLength) {
    // Not slice(): a Buffer's would share memory.
    const bytes = new Uint8Array(byteLength);
    bytes.set(new Uint8Array(buffer, view.byteOffset, byteLength));
    moving.add(bytes.buffer);
    const make = view.constructor as new (buffer: ArrayBuffer) => Words;
    return isBuffer(view) ? bytes : new make(bytes.buffer);
  }
  if (whole === 'moves') moving.add(buffer);
  return view;
}

/** A Node Buffer's constructor is not for making views. */
function isBuffer(view: ArrayBufferView): boolean {
  return view.constructor.name === 'Buffer';
}
