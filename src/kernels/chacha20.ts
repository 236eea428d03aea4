/**
 * ChaCha20 (RFC 8439) in WebAssembly: the twin of `referenceChaCha20`, giving the same bytes. The module is built from
 * assembly/chacha20.ts and embedded; nothing is read at run time.
 *
 * Constant time in keys: additions, rotations and XORs alone. Keys and streams in the module's memory are zeroed after
 * each call. Not protected: copies the JavaScript engine makes, registers, and whoever reads the process's memory.
 * Where WebAssembly SIMD is missing, or the module fails its self-test, the reference runs.
 */
import { equalBytes, fromHex } from '../crypto/bytes.ts';
import {
  BLOCK_BYTES,
  type ChaCha20,
  checkKeys,
  checkStream,
  DIGEST_BYTES,
  KEY_BYTES,
  referenceChaCha20,
} from '../crypto/chacha20.ts';
import { chacha20Wasm } from './generated/chacha20-wasm.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/chacha20.ts. */
interface ChaCha20Module {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly blocks: WebAssembly.Global;
  readonly keys: WebAssembly.Global;
  readonly nonce: WebAssembly.Global;
  stream(counter: number, count: number): void;
  xorStream(counter: number, count: number): void;
  block(counter: number, count: number): void;
  digest(counter: number, count: number): void;
  wipe(count: number): void;
}

let kernel: ChaCha20 | undefined;

/** Bulk ChaCha20; the first call compiles the module and tests it. */
export function chacha20Kernel(): ChaCha20 {
  kernel ??= chacha20FromModule(chacha20Wasm) ?? referenceChaCha20;
  return kernel;
}

/** ChaCha20 behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function chacha20FromModule(base64: string): ChaCha20 | undefined {
  return provenTwin(() => fromExports(instantiate<ChaCha20Module>(base64)), passesSelfTest);
}

function fromExports(module: ChaCha20Module): ChaCha20 {
  // The module never grows its memory, so views stay valid.
  const memory = new Uint8Array(module.memory.buffer);
  const chunk: number = module.CHUNK.value;
  const blocks: number = module.blocks.value;
  const keys: number = module.keys.value;

  /** Has `call` make the blocks of a chunk, or `bytes` bytes of each, at `from`, and copies them out, chunk after chunk. */
  function inChunks(
    out: Uint8Array,
    call: (first: number, count: number) => void,
    { bytes = BLOCK_BYTES, from = blocks }: { readonly bytes?: number; readonly from?: number } = {},
  ): void {
    const total = Math.ceil(out.length / bytes);
    try {
      for (let first = 0; first < total; first += chunk) {
        call(first, Math.min(chunk, total - first));
        const at = first * bytes;
        out.set(memory.subarray(from, from + Math.min(chunk * bytes, out.length - at)), at);
      }
    } finally {
      module.wipe(Math.min(chunk, total));
    }
  }

  function setKeys(all: Uint8Array, first: number, count: number): void {
    memory.set(all.subarray(first * KEY_BYTES, (first + count) * KEY_BYTES), keys);
  }

  return {
    streamInto(out, start) {
      checkStream(out, start);
      memory.set(start.key, keys);
      memory.set(start.nonce, module.nonce.value);
      inChunks(out, (first, count) => module.stream(start.counter + first, count));
    },
    xorStreamInto(out, start) {
      checkStream(out, start);
      memory.set(start.key, keys);
      memory.set(start.nonce, module.nonce.value);
      inChunks(out, (first, count) => {
        const at = first * BLOCK_BYTES;
        memory.set(out.subarray(at, Math.min(out.length, at + chunk * BLOCK_BYTES)), blocks);
        module.xorStream(start.counter + first, count);
      });
    },
    blocksInto(out, input) {
      checkKeys(out, input, BLOCK_BYTES);
      memory.set(input.nonce, module.nonce.value);
      inChunks(out, (first, count) => {
        setKeys(input.keys, first, count);
        module.block(input.counter, count);
      });
    },
    digestsInto(out, input) {
      checkKeys(out, input, DIGEST_BYTES);
      memory.set(input.nonce, module.nonce.value);
      const digest = (first: number, count: number): void => {
        setKeys(input.keys, first, count);
        module.digest(input.counter, count);
      };
      inChunks(out, digest, { bytes: DIGEST_BYTES, from: keys });
    },
  };
}

/** RFC 8439 §2.3.2: key, nonce, and block 1. */
const KEY: Uint8Array = Uint8Array.from({ length: KEY_BYTES }, (_, i) => i);
const NONCE = '000000090000004a00000000';
const BLOCK_1 =
  '10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e' +
  'd2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e';

/** The first half of the same with 8 rounds. */
const DIGEST_1 = 'eead9dfbbc60443e9d6811bab8e60a3ac6001e0dfb985f65efcb0ea42454411c';

/** Block 1 where the standard gives it, taken away again, and under each of five keys; digests there too. */
function passesSelfTest(chacha20: ChaCha20): boolean {
  const nonce = fromHex(NONCE);
  const expected = fromHex(BLOCK_1);
  const starts = [0, 1].every((counter) => {
    const out = new Uint8Array((2 - counter) * BLOCK_BYTES);
    chacha20.streamInto(out, { key: KEY, nonce, counter });
    const isExpected = equalBytes(out.subarray(-BLOCK_BYTES), expected);
    chacha20.xorStreamInto(out, { key: KEY, nonce, counter });
    return isExpected && out.every((byte) => byte === 0);
  });
  const keys = new Uint8Array(5 * KEY_BYTES);
  for (let i = 0; i < 5; i++) keys.set(KEY, i * KEY_BYTES);
  const out = new Uint8Array(5 * BLOCK_BYTES);
  chacha20.blocksInto(out, { keys, nonce, counter: 1 });
  const blocks = [0, 1, 2, 3, 4].every((i) =>
    equalBytes(out.subarray(i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES), expected),
  );
  const digests = new Uint8Array(5 * DIGEST_BYTES);
  chacha20.digestsInto(digests, { keys, nonce, counter: 1 });
  return starts && blocks && equalBytes(digests, fromHex(DIGEST_1.repeat(5)));
}
