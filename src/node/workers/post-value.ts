/** Makes values ready for another thread: no more bytes than they show, and nothing moved that somebody still uses. */

export interface Posted {
  readonly value: unknown;
  /** Buffers that move instead of being copied: all of them belong to the message. */
  readonly transfer: readonly ArrayBuffer[];
}

/**
 * `input`: the sender goes on using its buffers, so whole ones are copied by the clone; a view of a part is copied here,
 * because the clone would copy all that lies under it. `output`: the sender is done with them, so they move.
 */
export function readyToPost(value: unknown, kind: 'input' | 'output'): Posted {
  const moving = new Set<ArrayBuffer>();
  const ready = visit(value, kind, moving);
  return { value: ready, transfer: [...moving] };
}

type Words = Uint8Array | Uint16Array | Int32Array | Uint32Array | BigUint64Array;

function visit(value: unknown, kind: 'input' | 'output', moving: Set<ArrayBuffer>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return visitView(value, kind, moving);
  if (Array.isArray(value)) return value.map((entry) => visit(entry, kind, moving));
  const prototype: unknown = Object.getPrototypeOf(value);
  // Maps, sets, dates: rare and small; the clone knows them.
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, visit(entry, kind, moving)]));
}

function visitView(view: ArrayBufferView, kind: 'input' | 'output', moving: Set<ArrayBuffer>): unknown {
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
  if (kind === 'output') moving.add(buffer);
  return view;
}

/** A Node Buffer's constructor is not for making views. */
function isBuffer(view: ArrayBufferView): boolean {
  return view.constructor.name === 'Buffer';
}
