/** Writes frames; the only file that knows msgpackr. Its decoder is never given a peer's bytes: see `decode.ts`. */
import { Packr, RESET_BUFFER_MODE } from 'msgpackr/pack';
import { UsageError } from '../errors.ts';
import {
  type DataFrame,
  type Frame,
  frameKinds,
  maxBodyBytes,
  maxCounter,
  maxWaiting,
  obeys,
  runBytes,
  textRules,
  wireVersion,
} from './frame.ts';

type Field = number | bigint | string | boolean | Uint8Array | readonly string[];

// Without records integers from 64 to 127 take one byte, as in plain MessagePack, and nothing but plain types is written.
const packr = new Packr({ useRecords: false });

/**
 * The canonical encoding of a frame, at most `maxFrameBytes` long; the caller owns it.
 * @throws UsageError `bad-parameter` when a field is outside the bounds of `frame.ts`
 */
export function encodeFrame(frame: Frame): Uint8Array {
  const fields = fieldsOf(frame);
  // Copied out of msgpackr's pool, which the reset gives back: its views share memory and stay alive with each other.
  return new Uint8Array(packr.pack(fields, RESET_BUFFER_MODE));
}

const NO_BODY = new Uint8Array(0);
/** What ends a data frame that has no body: the header of an empty one. */
const EMPTY_BODY_BYTES = 2;

/**
 * All of a data frame's encoding but the bytes of its body, which come last: so a body can leave from where it lies. The
 * caller owns it.
 * @throws UsageError `bad-parameter` as `encodeFrame`
 */
export function encodeDataHead(frame: DataFrame): Uint8Array {
  const { length } = binary('body', frame.body, 0, maxBodyBytes);
  const packed = packr.pack(fieldsOf({ ...frame, body: NO_BODY }), RESET_BUFFER_MODE);
  const bodyHeader = binaryHeader(length);
  const bodyHeaderAt = packed.length - EMPTY_BODY_BYTES;
  const out = new Uint8Array(bodyHeaderAt + bodyHeader.length);
  out.set(packed.subarray(0, bodyHeaderAt));
  out.set(bodyHeader, bodyHeaderAt);
  return out;
}

/** MessagePack's bin 8, bin 16 or bin 32: the shortest that holds the length. */
function binaryHeader(length: number): readonly number[] {
  if (length < 0x100) return [0xc4, length];
  if (length < 0x1_0000) return [0xc5, length >>> 8, length & 0xff];
  return [0xc6, length >>> 24, (length >>> 16) & 0xff, (length >>> 8) & 0xff, length & 0xff];
}

function fieldsOf(frame: Frame): readonly Field[] {
  switch (frame.kind) {
    case 'data':
      return [
        ...head(frame),
        text('channel', frame.channel),
        counter('sequence', frame.sequence),
        text('name', frame.name),
        flag('last', frame.last),
        binary('body', frame.body, 0, maxBodyBytes),
      ];
    case 'credit':
      return [...head(frame), text('channel', frame.channel), counter('bytes', frame.bytes)];
    case 'abort':
      return [...head(frame), text('code', frame.code), text('phase', frame.phase), text('party', frame.party)];
    case 'probe':
      return head(frame);
    case 'status':
      return [...head(frame), parties(frame.waiting)];
    default:
      frame satisfies never;
      throw invalid('kind');
  }
}

function head(frame: Frame): readonly Field[] {
  return [wireVersion, frameKinds[frame.kind].number, binary('run', frame.run, runBytes, runBytes)];
}

function text(field: keyof typeof textRules, value: string): string {
  if (typeof value !== 'string' || !obeys(textRules[field], value)) throw invalid(field);
  return value;
}

function counter(field: string, value: number): number | bigint {
  if (!Number.isSafeInteger(value) || value < 0 || value > maxCounter) throw invalid(field);
  // msgpackr writes larger numbers as floats, but a bigint as int64.
  return value > 0xffff_ffff ? BigInt(value) : value;
}

function flag(field: string, value: boolean): boolean {
  if (typeof value !== 'boolean') throw invalid(field);
  return value;
}

function binary(field: string, value: Uint8Array, minBytes: number, maxBytes: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length < minBytes || value.length > maxBytes) throw invalid(field);
  return value;
}

function parties(waiting: readonly string[]): readonly string[] {
  if (!Array.isArray(waiting) || waiting.length > maxWaiting) throw invalid('waiting');
  return Array.from(waiting, (party: string) => text('waiting', party));
}

function invalid(field: string): UsageError {
  return new UsageError(`Cannot encode frame: ${field} is out of bounds`, { code: 'bad-parameter' });
}
