import { describe, expect, it } from 'vitest';
import { sharedVectors } from '../../test/shared-vectors.ts';
import { concatBytes, toHex, utf8 } from '../crypto/bytes.ts';
import { ProtocolError, UsageError } from '../errors.ts';
import { insecureSeededRng } from '../testing/seeded-rng.ts';
import { type HandshakePattern, IK, IK_HFS } from './handshake-pattern.ts';
import { type HandshakeOptions, HandshakeState, MAX_NOISE_MESSAGE_BYTES } from './noise.ts';
import { CipherState } from './noise-state.ts';
import { platformPrimitives } from './platform-primitives.ts';
import { portablePrimitives } from './portable-primitives.ts';
import type { AeadName, Primitives } from './primitives.ts';

/** Only to check the symmetric state against more vectors: no connection uses them. */
const KK: HandshakePattern = {
  name: 'KK',
  known: ['initiator', 'responder'],
  messages: [
    ['e', 'es', 'ss'],
    ['e', 'ee', 'se'],
  ],
};
const XX: HandshakePattern = { name: 'XX', known: [], messages: [['e'], ['e', 'ee', 's', 'es'], ['s', 'se']] };
const PATTERNS = new Map([IK, KK, XX].map((pattern) => [pattern.name, pattern]));

interface NoiseVector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_static: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_static: string;
  readonly resp_ephemeral: string;
  readonly resp_remote_static?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

/** mcginty/snow, tests/vectors/snow.txt (Apache-2.0 / MIT), so that one vector is checked also where the file is absent. */
const QUOTED: NoiseVector = {
  protocol_name: 'Noise_IK_25519_AESGCM_SHA256',
  init_prologue:
    '5468657265206973206e6f20726967687420616e642077726f6e672e2054686572652773206f6e6c792066756e20616e6420626f72696e672e',
  init_static: '98faebfdc44a30b111d755708980f247e06f6fd40909fec3d675508952a3f615',
  init_ephemeral: '01fed814d96619ca317a6011dab28db5f32cb9a29d9bdad0eaca9eb48d7b57c4',
  init_remote_static: '229acb57fac29aef3ac9337bd1f323cb48c30f9483471975f4e6aa8bf02e7e77',
  resp_static: 'bf6aaf9bc0cd92c4c5f93ef0797f02b3bec9498cfb4a3b338f34b4d682112154',
  resp_ephemeral: '9af33ff27f261005a3e57f7a32a6abd17f57834b74b22bb7b7633abe80cd1f95',
  messages: [
    {
      payload: '8cb1797838a7e55bee256343e843befa874c504eb42eabcc843d26707fb3f051',
      ciphertext:
        'c3b79ee926435e045ffe4b100c9b7fd2548df6dbe26cdaf9ba7672e094abd46944b359dc54c040932dc7a5797b0efb1624fefa0161ef1fce7c196d06ae9ad1925c1d1127ae542bf18e8f5a4e3c0b7ba242e47b9dd5779de7ed251fac157c5957d33db53bb9e8d6f31ec0b0dc8f79855a139129acacdcea89ee8e29943c8fcde9',
    },
    {
      payload: '43365623b9d678439fe922abb9b75c2ded28fbaaa0ef2c0155b650bb3eca706d',
      ciphertext:
        '24ad0a9c3e786b299f8d2bd2edb4af785d5ffa432cb278a66234cf8e8f0a902c09a740060f734f0be6b91f563e4384a8da2e34bcc077ab29a017407dfae20a8386bb50d3df38dbfd2b57d39e6f7f667f',
    },
    {
      payload: 'b9eed3d18bae1234e8180140025344e29b72d32db52ca89b142a1ac47295c91e',
      ciphertext: '1bb7ca95b86a472beac1fe0a203b3b1f0f0238669e89ac18819674ea34f158bd613721e58ea4339772aaff3f060086db',
    },
    {
      payload: '8a0724a71789f642fc06a2af90be6dded6bf2b5ab1a32e210ef19945cd0b9b68',
      ciphertext: 'c57711be5a672510e6025bc0089a60d8abe47f6ae56bc7f794b8ec3d632f7a4378450ba76584ca1f23b9ae92cb72a1e0',
    },
  ],
};

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const implementations: readonly (readonly [string, Primitives])[] = [
  ['platform', platformPrimitives],
  ['portable', portablePrimitives],
];

interface Side {
  readonly state: HandshakeState;
  send?: CipherState;
  receive?: CipherState;
}

function sideOf(vector: NoiseVector, primitives: Primitives, initiator: boolean): Side {
  const [, name, , aead] = vector.protocol_name.split('_');
  const pattern = PATTERNS.get(name);
  if (pattern === undefined) throw new Error('pattern is not in the table');
  const own = primitives.keyAgreement(hex(initiator ? vector.init_static : vector.resp_static));
  const remote = initiator ? vector.init_remote_static : vector.resp_remote_static;
  const options: HandshakeOptions = {
    pattern,
    initiator,
    own,
    prologue: hex(vector.init_prologue),
    keyAgreement: primitives.keyAgreement,
    aead: primitives.aeads[aead as AeadName],
    rng: () => hex(initiator ? vector.init_ephemeral : vector.resp_ephemeral),
    ...(remote === undefined ? {} : { remoteStatic: hex(remote) }),
  };
  return { state: new HandshakeState(options) };
}

/** Runs both sides through a vector; the ciphertexts that came out. Reading must give the payloads back. */
function play(vector: NoiseVector, primitives: Primitives): readonly string[] {
  const sides = [sideOf(vector, primitives, true), sideOf(vector, primitives, false)];
  const handshakeMessages = PATTERNS.get(vector.protocol_name.split('_')[1])?.messages.length ?? 0;
  return vector.messages.map(({ payload }, index) => {
    const [from, to] = [sides[index % 2], sides[1 - (index % 2)]];
    let sealed: Uint8Array | undefined;
    let opened: Uint8Array | undefined;
    if (index < handshakeMessages) {
      sealed = from.state.write(hex(payload));
      opened = to.state.read(sealed);
      if (index === handshakeMessages - 1) {
        expect(toHex(from.state.hash)).toBe(toHex(to.state.hash));
        for (const side of sides) Object.assign(side, side.state.split());
      }
    } else {
      sealed = from.send?.seal(hex(payload));
      opened = sealed && to.receive?.open(sealed);
    }
    expect(toHex(opened ?? new Uint8Array(0))).toBe(payload);
    return toHex(sealed ?? new Uint8Array(0));
  });
}

describe.each(implementations)('HandshakeState on %s primitives', (_, primitives) => {
  const file = sharedVectors('noise_snow.json') as { readonly vectors: readonly NoiseVector[] } | undefined;
  const vectors = file?.vectors ?? [];

  it('equals the quoted vector of snow', () => {
    expect(play(QUOTED, primitives)).toEqual(QUOTED.messages.map((message) => message.ciphertext));
  });

  it('differs from the vector when one bit of a key is changed', () => {
    const changed = { ...QUOTED, init_ephemeral: QUOTED.init_ephemeral.replace(/^../, '09') };
    expect(play(changed, primitives)).not.toEqual(QUOTED.messages.map((message) => message.ciphertext));
  });

  it.skipIf(file === undefined)('equals all six vectors of snow', () => {
    expect(vectors.map((vector) => vector.protocol_name).sort()).toEqual(
      ['IK', 'KK', 'XX'].flatMap((name) =>
        ['AESGCM', 'ChaChaPoly'].map((aead) => `Noise_${name}_25519_${aead}_SHA256`),
      ),
    );
    for (const vector of vectors) {
      expect(play(vector, primitives)).toEqual(vector.messages.map((message) => message.ciphertext));
    }
  });
});

interface Pair {
  readonly initiator: HandshakeState;
  readonly responder: HandshakeState;
}

/** Both sides with randomness of a seed; `change` makes one of them another. */
function pair(
  pattern: HandshakePattern,
  seed: string,
  change: { readonly initiator?: Partial<HandshakeOptions>; readonly responder?: Partial<HandshakeOptions> } = {},
): Pair {
  const { keyAgreement, aeads, kem } = platformPrimitives;
  const rng = insecureSeededRng('statics');
  const [one, two] = [keyAgreement(rng(32)), keyAgreement(rng(32))];
  const common = { pattern, prologue: utf8('test'), keyAgreement, kem, aead: aeads.AESGCM };
  return {
    initiator: new HandshakeState({
      ...common,
      initiator: true,
      own: one,
      remoteStatic: two.publicKey,
      rng: insecureSeededRng(seed, 'i'),
      ...change.initiator,
    }),
    responder: new HandshakeState({
      ...common,
      initiator: false,
      own: two,
      rng: insecureSeededRng(seed, 'r'),
      ...change.responder,
    }),
  };
}

function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'bad-message') return error.message;
    throw error;
  }
  return 'accepted';
}

/** All positions of a short message; of a long one all at its ends and every thirteenth between, at other bits each. */
function positions(length: number): readonly number[] {
  const all = Array.from({ length }, (_, at) => at);
  return all.filter((at) => length < 200 || at < 40 || at >= length - 80 || at % 13 === 0);
}

describe.each([IK, IK_HFS])('HandshakeState of $name', (pattern) => {
  const first = pair(pattern, 'one').initiator.write(utf8('first'));

  it('gives both sides the same keys, each direction its own', () => {
    const { initiator, responder } = pair(pattern, 'one');
    expect(responder.read(initiator.write(utf8('first')))).toEqual(utf8('first'));
    expect(initiator.read(responder.write(utf8('second')))).toEqual(utf8('second'));
    expect(initiator.hash).toEqual(responder.hash);
    const [mine, theirs] = [initiator.split(), responder.split()];
    const there = mine.send.seal(utf8('x'));
    const back = theirs.send.seal(utf8('x'));
    expect(there).not.toEqual(back);
    expect([theirs.receive.open(there), mine.receive.open(back)]).toEqual([utf8('x'), utf8('x')]);
  });

  it('refuses the first message when a byte of any part of it is changed', () => {
    for (const at of positions(first.length)) {
      const changed = Uint8Array.from(first);
      changed[at] ^= 1 << (at % 8);
      // The top bit of a public key is not part of it (RFC 7748 §5); it is hashed all the same.
      expect(refusal(() => pair(pattern, 'one').responder.read(changed))).not.toBe('accepted');
    }
    expect(refusal(() => pair(pattern, 'one').responder.read(first))).toBe('accepted');
  });

  it('refuses the first message when it is cut anywhere or longer', () => {
    for (const length of positions(first.length)) {
      expect(refusal(() => pair(pattern, 'one').responder.read(first.subarray(0, length)))).not.toBe('accepted');
    }
    expect(refusal(() => pair(pattern, 'one').responder.read(concatBytes(first, Uint8Array.of(0))))).not.toBe(
      'accepted',
    );
    expect(refusal(() => pair(pattern, 'one').responder.read(new Uint8Array(MAX_NOISE_MESSAGE_BYTES + 1)))).toContain(
      'too long',
    );
  });

  it('refuses the second message when a byte of any part of it is changed or it is cut', () => {
    const answered = (): { readonly initiator: HandshakeState; readonly second: Uint8Array } => {
      const { initiator, responder } = pair(pattern, 'one');
      responder.read(initiator.write(utf8('first')));
      return { initiator, second: responder.write(utf8('second')) };
    };
    const { second } = answered();
    for (const at of positions(second.length)) {
      const changed = Uint8Array.from(second);
      changed[at] ^= 0x40;
      expect(refusal(() => answered().initiator.read(changed))).not.toBe('accepted');
      expect(refusal(() => answered().initiator.read(second.subarray(0, at)))).not.toBe('accepted');
    }
    expect(refusal(() => answered().initiator.read(second))).toBe('accepted');
  });

  it('refuses the first message when the prologue or the responder is another', () => {
    const another = platformPrimitives.keyAgreement(insecureSeededRng('another')(32));
    expect(
      refusal(() => pair(pattern, 'one', { responder: { prologue: utf8('Test') } }).responder.read(first)),
    ).not.toBe('accepted');
    expect(refusal(() => pair(pattern, 'one', { responder: { own: another } }).responder.read(first))).not.toBe(
      'accepted',
    );
  });

  it('refuses a public key of low order', () => {
    // u = 0 and u = 1 (RFC 7748 §7): with them X25519 gives zero, whatever the secret.
    for (const low of [0, 1]) {
      const ephemeral = {
        keyAgreement: () => ({ publicKey: Uint8Array.of(low, ...new Uint8Array(31)), agree: () => new Uint8Array(32) }),
      };
      const { initiator, responder } = pair(pattern, 'one', { initiator: ephemeral });
      expect(refusal(() => responder.read(initiator.write(utf8('first'))))).toContain('low order');
    }
  });

  it('asks whether the static key is admitted before it does more for it', () => {
    const { initiator, responder } = pair(pattern, 'one', { responder: { admit: () => false } });
    expect(refusal(() => responder.read(initiator.write(utf8('first'))))).toContain('not admitted');
  });

  it('is dead after an error and out of turn', () => {
    const { initiator, responder } = pair(pattern, 'one');
    expect(() => responder.write(utf8('early'))).toThrow(UsageError);
    expect(refusal(() => responder.read(new Uint8Array(40)))).not.toBe('accepted');
    expect(() => responder.read(first)).toThrow(UsageError);
    expect(() => initiator.split()).toThrow(UsageError);
  });
});

describe('HandshakeState of IKhfs', () => {
  /** The first transport message of a handshake whose X25519 randomness is fixed; the KEM's is from `kemSeed`. */
  function transport(pattern: HandshakePattern, kemSeed: string): string {
    const split = (side: string) => {
      const dh = insecureSeededRng('dh', side);
      const kem = insecureSeededRng(kemSeed, side);
      let first = true;
      // The first draw is X25519's, what follows the KEM's; on the responder's side both take 32 bytes.
      return (length: number): Uint8Array => {
        const draw = first ? dh(length) : kem(length);
        first = false;
        return draw;
      };
    };
    const { initiator, responder } = pair(pattern, 'unused', {
      initiator: { rng: split('i') },
      responder: { rng: split('r') },
    });
    responder.read(initiator.write(utf8('')));
    initiator.read(responder.write(utf8('')));
    return toHex(initiator.split().send.seal(utf8('message')));
  }

  it('has keys that change with the secret of the KEM alone', () => {
    expect(transport(IK_HFS, 'a')).toBe(transport(IK_HFS, 'a'));
    expect(transport(IK_HFS, 'a')).not.toBe(transport(IK_HFS, 'b'));
    expect(transport(IK, 'a')).toBe(transport(IK, 'b'));
  });

  it('refuses a KEM key with a coefficient that is not reduced', () => {
    const kem = {
      ...platformPrimitives.kem,
      keyPair: () => ({ publicKey: new Uint8Array(1184).fill(0xff), decapsulate: () => new Uint8Array(32) }),
    };
    const { initiator, responder } = pair(IK_HFS, 'one', { initiator: { kem } });
    responder.read(initiator.write(utf8('first')));
    expect(refusal(() => responder.write(utf8('second')))).toContain('not valid');
  });

  it('is refused by a side that runs IK under the same prologue', () => {
    const { initiator } = pair(IK_HFS, 'one');
    const { responder } = pair(IK, 'one');
    expect(refusal(() => responder.read(initiator.write(utf8('first'))))).not.toBe('accepted');
  });
});

describe.each(implementations)('CipherState on %s primitives', (_, primitives) => {
  it.each(['AESGCM', 'ChaChaPoly'] as const)('of %s opens a message once and in order only', (name) => {
    const key = insecureSeededRng('key')(32);
    const [sender, receiver] = [
      new CipherState(primitives.aeads[name], key),
      new CipherState(primitives.aeads[name], key),
    ];
    const messages = [1, 2, 3].map((n) => sender.seal(Uint8Array.of(n)));
    expect(Array.from(receiver.open(messages[0]))).toEqual([1]);
    expect(refusal(() => receiver.open(messages[0]))).not.toBe('accepted');
    const skipping = new CipherState(primitives.aeads[name], key);
    expect(refusal(() => skipping.open(messages[1]))).not.toBe('accepted');
    expect(refusal(() => skipping.open(new Uint8Array(15)))).not.toBe('accepted');
  });

  it.each(['AESGCM', 'ChaChaPoly'] as const)('of %s goes on under the same new key when both rekey', (name) => {
    const key = insecureSeededRng('key')(32);
    const make = (): CipherState => new CipherState(primitives.aeads[name], key, 5);
    const [sender, receiver, stale] = [make(), make(), make()];
    sender.rekey();
    receiver.rekey();
    const sealed = sender.seal(utf8('x'));
    expect(Array.from(receiver.open(sealed))).toEqual([120]);
    expect(refusal(() => stale.open(sealed))).not.toBe('accepted');
  });

  it('stops before a nonce could repeat', () => {
    const last = new CipherState(primitives.aeads.AESGCM, new Uint8Array(32), 2 ** 48 - 1);
    last.seal(utf8('x'));
    expect(() => last.seal(utf8('x'))).toThrow(UsageError);
  });
});

describe('primitives', () => {
  it.each(['AESGCM', 'ChaChaPoly'] as const)('of both kinds give the same %s, rekeyed too', (name) => {
    const rng = insecureSeededRng('twins');
    for (const length of [0, 1, 15, 16, 17, 1000]) {
      const [key, plaintext, associated] = [rng(32), rng(length), rng(13)];
      const [one, two] = [platformPrimitives, portablePrimitives].map(
        (set) => new CipherState(set.aeads[name], key, 258),
      );
      expect(toHex(one.seal(plaintext, associated))).toBe(toHex(two.seal(plaintext, associated)));
      one.rekey();
      two.rekey();
      expect(toHex(one.seal(plaintext))).toBe(toHex(two.seal(plaintext)));
    }
  });

  interface Curve {
    readonly testGroups: readonly {
      readonly tests: readonly { readonly public: string; readonly private: string; readonly shared: string }[];
    }[];
  }
  const curve = sharedVectors('x25519_wycheproof.json') as Curve | undefined;

  it.skipIf(curve === undefined).each(implementations)('agree with Wycheproof on X25519 (%s)', (_, primitives) => {
    const tests = curve?.testGroups.flatMap((group) => group.tests) ?? [];
    expect(tests.length).toBeGreaterThan(500);
    let zeros = 0;
    for (const test of tests) {
      const shared = primitives.keyAgreement(hex(test.private)).agree(hex(test.public));
      const zero = /^0+$/.test(test.shared);
      if (zero) zeros++;
      expect(shared === undefined ? 'none' : toHex(shared)).toBe(zero ? 'none' : test.shared);
    }
    expect(zeros).toBeGreaterThan(30);
  });
});
