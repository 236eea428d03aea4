/** A message that comes in parts, put together at the length that its receiver computed. */
import type { Part } from './outbound-channel.ts';
import type { ExpectedMessage } from './run-session.ts';
import { violation, type Where } from './session-faults.ts';

export class IncomingMessage {
  readonly #expected: ExpectedMessage;
  readonly #where: Where;
  #body: Uint8Array | undefined;
  #bytes = 0;

  constructor(expected: ExpectedMessage, where: Where) {
    this.#expected = expected;
    this.#where = where;
  }

  /** Copies the part, since the frame's buffer belongs to the transport and word views need their own alignment. */
  add({ body, last }: Part): void {
    const { bytes, variable, room } = this.#expected;
    const total = this.#bytes + body.length;
    if (total > bytes) throw violation(this.#where, 'oversize-message', 'message is too long');
    if (body.length === 0 && !last) throw violation(this.#where, 'bad-message', 'an empty part came');
    if (last && total < bytes && !variable) throw violation(this.#where, 'bad-message', 'message is too short');
    // Room for the whole at its first part, so that no part is kept until the last one comes.
    this.#body ??= room ?? new Uint8Array(last ? total : bytes);
    this.#body.set(body, this.#bytes);
    this.#bytes = total;
  }

  /** The whole message, when its last part was added. */
  get body(): Uint8Array {
    return this.#body?.subarray(0, this.#bytes) ?? new Uint8Array(0);
  }
}
