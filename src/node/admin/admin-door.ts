/** The lines of one connection until there is a request: plain, or signed by an operator over the connection's nonce. */
import { toHex } from '../../crypto/bytes.ts';
import type { Rng } from '../../crypto/rng.ts';
import { MpcError, UsageError } from '../../errors.ts';
import {
  type AdminRequest,
  CHALLENGE_LINE,
  MAX_REQUEST_BYTES,
  parseRequest,
  parseSigned,
  type SignedRequest,
} from './admin-protocol.ts';
import { LineReader } from './line-reader.ts';
import { mayRequest, notForRole, notSigned, type OperatorConfig, operatorOf } from '../agreements/operators.ts';

/** A request that may be carried out; without an operator where the node has no list of them. */
export interface AdmittedRequest {
  readonly kind: 'admitted';
  readonly request: AdminRequest;
  readonly operator: OperatorConfig | undefined;
}

export type DoorStep =
  | AdmittedRequest
  | { readonly kind: 'challenge'; readonly nonce: string }
  | { readonly kind: 'refused'; readonly error: MpcError };

export interface AdminDoorOptions {
  readonly institution: string;
  /** undefined: whoever reaches the socket holds all roles. */
  readonly operators: readonly OperatorConfig[] | undefined;
  readonly rng: Rng;
}

const NONCE_BYTES = 32;

export class AdminDoor {
  readonly #institution: string;
  readonly #operators: readonly OperatorConfig[] | undefined;
  readonly #rng: Rng;
  readonly #lines = new LineReader(MAX_REQUEST_BYTES);
  #nonce: Uint8Array | undefined;

  constructor({ institution, operators, rng }: AdminDoorOptions) {
    this.#institution = institution;
    this.#operators = operators;
    this.#rng = rng;
  }

  /** undefined while no line is whole. */
  take(chunk: Uint8Array): DoorStep | undefined {
    try {
      const [line, ...more] = this.#lines.push(chunk);
      if (line === undefined) return undefined;
      // One line, then an answer: whatever follows at once is a mistake of the client.
      if (more.length > 0) throw badRequest();
      return line === CHALLENGE_LINE && this.#nonce === undefined ? this.#challenge() : this.#admit(line);
    } catch (error) {
      // Too long, or no text: like any other line that is no request.
      return { kind: 'refused', error: error instanceof MpcError ? error : badRequest() };
    }
  }

  #challenge(): DoorStep {
    this.#nonce = this.#rng(NONCE_BYTES);
    return { kind: 'challenge', nonce: toHex(this.#nonce) };
  }

  #admit(line: string): AdmittedRequest {
    const signed = parseSigned(line);
    const request = parseRequest(signed === undefined ? line : signed.request);
    if (request === undefined) throw badRequest();
    if (this.#operators === undefined) return { kind: 'admitted', request, operator: undefined };
    const operator = this.#operatorOf(signed, this.#operators);
    if (!mayRequest(operator.role, request.op)) throw notForRole(operator.role, request.op);
    return { kind: 'admitted', request, operator };
  }

  #operatorOf(signed: SignedRequest | undefined, operators: readonly OperatorConfig[]): OperatorConfig {
    if (signed === undefined) throw notSigned();
    const nonce = this.#nonce;
    this.#nonce = undefined;
    return operatorOf(signed, { operators, institution: this.#institution, nonce });
  }
}

function badRequest(): UsageError {
  return new UsageError('Cannot administer: this is no request', {
    code: 'bad-parameter',
    phase: 'administration',
    remedy: 'use the command line of the same version as the node',
  });
}
