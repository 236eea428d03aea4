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
  return packed(fieldsOf(frame));
}

/** MessagePack's array of up to 15 fields. */
const FIELDS = 0x90;
const FALSE = 0xc2;

/**
 * Heads of the data frames of one channel of a run: all of a frame's encoding but the bytes of its body, which come last, so that a body can
 * leave from where it lies. What frames have in common is checked and packed once.
 */
export class DataHeads {
  readonly #common: Uint8Array;
  #name: string | undefined;
  #packedName: Uint8Array = new Uint8Array(0);

  /** @throws UsageError `bad-parameter` as `encodeFrame` */
  constructor({ run, channel }: Pick<DataFrame, 'run' | 'channel'>) {
    this.#common = packed([...head({ kind: 'data', run }), text('channel', channel)]);
    this.#common[0] = FIELDS + frameKinds.data.fieldCount;
  }

  /** The caller owns it. @throws UsageError `bad-parameter` as `encodeFrame` */
  of({ sequence, name, last, body }: Pick<DataFrame, 'sequence' | 'name' | 'last' | 'body'>): Uint8Array {
    const bodyHeader = binaryHeader(binary('body', body, 0, maxBodyBytes).length);
    if (name !== this.#name) {
      this.#packedName = packed(text('name', name));
      this.#name = name;
    }
    const number = counter('sequence', sequence);
    const packedNumber = number < SMALL_NUMBERS ? [Number(number)] : packed(number);
    const nameAt = this.#common.length + packedNumber.length;
    const lastAt = nameAt + this.#packedName.length;
    const out = new Uint8Array(lastAt + 1 + bodyHeader.length);
    out.set(this.#common);
    out.set(packedNumber, this.#common.length);
    out.set(this.#packedName, nameAt);
    out[lastAt] = FALSE + Number(flag('last', last));
    out.set(bodyHeader, lastAt + 1);
    return out;
  }
}

/** Numbers that are a byte of their own in MessagePack. */
const SMALL_NUMBERS = 0x80;

/** In memory of its own. */
function packed(value: Field | readonly Field[]): Uint8Array {
  // Copied out of msgpackr's pool, which the reset gives back: its views share memory and stay alive with each other.
  return new Uint8Array(packr.pack(value, RESET_BUFFER_MODE));
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

function head(frame: Pick<Frame, 'kind' | 'run'>): readonly Field[] {
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
