/** Errors as plain data, for another thread, the local administration and its screens: class, code, place, side and remedy survive; causes and stacks stay. */
import {
  DataError,
  type ErrorCode,
  InternalError,
  MpcError,
  PolicyError,
  ProtocolError,
  TransportError,
  UsageError,
} from '../../errors.ts';

export interface PostedError {
  readonly name: string;
  readonly message: string;
  readonly code?: ErrorCode;
  readonly phase?: string;
  readonly party?: string;
  readonly remedy?: string;
}

export function errorToPost(error: unknown): PostedError {
  if (error instanceof MpcError) {
    const { name, message, code, phase, party, remedy } = error;
    return {
      name,
      message,
      code,
      ...(phase === undefined ? {} : { phase }),
      ...(party === undefined ? {} : { party }),
      ...(remedy === undefined ? {} : { remedy }),
    };
  }
  if (error instanceof TypeError || error instanceof RangeError) return { name: error.name, message: error.message };
  return { name: 'Error', message: '' };
}

const CLASSES: Readonly<Record<string, typeof MpcError>> = {
  UsageError,
  DataError,
  ProtocolError,
  TransportError,
  PolicyError,
  InternalError,
};

/** The same error here; one of no known class is a defect of ours. */
export function postedError({ name, message, code, ...details }: PostedError): Error {
  const made = CLASSES[name];
  if (made !== undefined && code !== undefined) return new made(message, { code, ...details });
  if (name === 'TypeError') return new TypeError(message);
  if (name === 'RangeError') return new RangeError(message);
  return new InternalError('Cannot compute: a job failed', { code: 'internal', phase: 'compute' });
}
