/** The Diffie–Hellman engine: the plain, conservative one. */
import { BLOCK_BYTES } from '../../src/crypto/chacha20.ts';
import { Secrets } from '../../src/crypto/secrets.ts';
import { utf8 } from '../../src/crypto/bytes.ts';
import { ELEMENT_BYTES } from '../../src/crypto/group.ts';
import { heldDraw } from '../../src/kit/held-draw.ts';
import type { Io } from '../../src/kit/io.ts';
import { bytesMessage, type Message } from '../../src/kit/message.ts';
import type { PartyId } from '../../src/kit/party.ts';
import { PEER_SOFTWARE_REMEDY, ProtocolError } from '../../src/errors.ts';
import { binKeysJob, blindJob, evaluateJob, hashElementsJob, multiplyJob } from './dh-steps.ts';
import { type OprfEngine, type OprfHolder, VALUE_BYTES } from './engine.ts';

/** R_j = rho_j · H(x_j) for every bin: n x 32. */
export const OprfQuery: Message<Uint8Array, number> = bytesMessage('oprf-query');
/** Z_j = k_j · R_j for every bin: n x 32. */
export const OprfAnswer: Message<Uint8Array, number> = bytesMessage('oprf-answer');

export const dhOprf: OprfEngine = {
  id: 'dh',
  securityModel: 'semi-honest holder and receiver; one evaluation per bin also against a malicious receiver',
  rounds: () => 2,
  // z is hashed with bin, record and element inside.
  collisionLog2: () => -8 * VALUE_BYTES,

  async receive(io, holders, { records, size: { binCount } }) {
    const queryBytes = binCount * ELEMENT_BYTES;
    const secrets = new Secrets();
    try {
      const blinds = heldDraw(io, 'blinds', { bytes: binCount * BLOCK_BYTES, secrets });
      const { query, unblinders: scalars } = await io.compute(blindJob, { records, blinds });
      secrets.hold(scalars);
      // One query serves all holders: what colluding holders see is one uniform element per bin, as a single one does.
      await io.all(holders.map((holder) => () => io.to(holder).send(OprfQuery, query, queryBytes)));
      const values = await io.all(
        holders.map((holder) => async () => {
          const points = await io.from(holder).recv(OprfAnswer, queryBytes);
          const product = requireElements(await io.compute(multiplyJob, { points, scalars }), io, holder);
          const elements = secrets.hold(product);
          const context = hashContext(io, holder);
          return secrets.hold(await io.compute(hashElementsJob, { records, elements, context }));
        }),
      );
      return values.map((value) => secrets.pass(value));
    } finally {
      secrets.end();
    }
  },

  hold(io, receiver, { binCount }): OprfHolder {
    const secrets = new Secrets();
    const keys = heldDraw(io, 'bin keys', { bytes: binCount * BLOCK_BYTES, secrets });
    const binKeys = io.compute(binKeysJob, { keys, binCount }).then((scalars) => secrets.hold(scalars));
    const end = (): void => secrets.end();
    // Whoever awaits it below sees the failure; this keeps an unused promise from reporting it a second time.
    binKeys.catch(() => undefined);
    return {
      async answer() {
        const queryBytes = binCount * ELEMENT_BYTES;
        const points = await io.from(receiver).recv(OprfQuery, queryBytes);
        const answer = requireElements(await io.compute(multiplyJob, { points, scalars: await binKeys }), io, receiver);
        await io.to(receiver).send(OprfAnswer, answer, queryBytes);
      },
      async evaluate(bins, records) {
        const elements = secrets.hold(await io.compute(evaluateJob, { bins, records, binKeys: await binKeys }));
        return await io.compute(hashElementsJob, { bins, records, elements, context: hashContext(io, io.self) });
      },
      end: () => void binKeys.then(end, end),
    };
  },

  flow(receiver, holder, { binCount }) {
    const bytes = binCount * ELEMENT_BYTES;
    return [
      { from: receiver, to: holder, message: OprfQuery.name, bytes, count: 1 },
      { from: holder, to: receiver, message: OprfAnswer.name, bytes, count: 1 },
    ];
  },
};

function hashContext(io: Io, holder: PartyId): readonly Uint8Array[] {
  return [io.sid, utf8(io.phase), utf8(holder)];
}

/** RFC 9497 §3.3: a peer's element that does not decode, or is the identity, ends the run. */
export function requireElements(product: Uint8Array | undefined, io: Io, party: PartyId): Uint8Array {
  if (product !== undefined) return product;
  throw new ProtocolError('Cannot decode message: not a group element', {
    code: 'bad-message',
    phase: io.phase,
    party,
    remedy: PEER_SOFTWARE_REMEDY,
  });
}
