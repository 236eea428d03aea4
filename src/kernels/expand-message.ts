/**
 * expand_message_xmd with SHA-512 (RFC 9380 §5.3.1) in WebAssembly: the twin of `referenceExpandMessages`, giving the
 * same bytes. The module is built from assembly/expand-message.ts and embedded; nothing is read at run time.
 *
 * Constant time in the messages; lengths and the domain are public. Messages and results in the module's memory are
 * zeroed after each call. Where WebAssembly is missing, the module fails its self-test, or a message or domain is longer
 * than the module has room for, the reference runs.
 */
import { concatBytes, equalBytes, utf8 } from '../crypto/bytes.ts';
import { type ExpandMessages, referenceExpandMessages, UNIFORM_BYTES } from '../crypto/group.ts';
import { expandMessageWasm } from './generated/expand-message-wasm.ts';
import { instantiate, provenTwin } from './twin.ts';

/** The exports of assembly/expand-message.ts. */
export interface ExpandMessageModule {
  readonly memory: WebAssembly.Memory;
  readonly CHUNK: WebAssembly.Global;
  readonly MAX_MESSAGE_BYTES: WebAssembly.Global;
  readonly messages: WebAssembly.Global;
  readonly firstSuffix: WebAssembly.Global;
  readonly secondSuffix: WebAssembly.Global;
  prepare(): void;
  expand(count: number, messageBytes: number, domainBytes: number): void;
  wipe(): void;
}

/** RFC 9380 §5.3.3: a longer domain is hashed first, which is left to the reference. */
const MAX_DOMAIN_BYTES = 255;

let kernel: ExpandMessages | undefined;

/** Expansion of many messages; the first call compiles the module and tests it. */
export function expandMessagesKernel(): ExpandMessages {
  kernel ??= expandMessagesFromModule(expandMessageWasm) ?? referenceExpandMessages;
  return kernel;
}

/** Expansion behind a base64 module, or undefined where it cannot run here or gives wrong answers. */
export function expandMessagesFromModule(base64: string): ExpandMessages | undefined {
  return provenTwin(() => expandFromExports(instantiate<ExpandMessageModule>(base64)), passesSelfTest);
}

function expandFromExports(module: ExpandMessageModule): ExpandMessages {
  // The module never grows its memory, so a view stays valid.
  const memory = new Uint8Array(module.memory.buffer);
  const chunk: number = module.CHUNK.value;
  const at: number = module.messages.value;
  const longest: number = module.MAX_MESSAGE_BYTES.value;
  module.prepare();

  return (messages, messageBytes, domain) => {
    // The reference also says what is wrong with an empty domain (RFC 9380 §3.1).
    if (messageBytes > longest || domain.length === 0 || domain.length > MAX_DOMAIN_BYTES) {
      return referenceExpandMessages(messages, messageBytes, domain);
    }
    const total = messages.length / messageBytes;
    if (!Number.isInteger(total)) throw new RangeError('Cannot expand messages: no whole number of rows');
    const out = new Uint8Array(total * UNIFORM_BYTES);
    const domainPrime = concatBytes(domain, Uint8Array.of(domain.length));
    memory.set(concatBytes(Uint8Array.of(0, UNIFORM_BYTES, 0), domainPrime), module.firstSuffix.value);
    memory.set(concatBytes(Uint8Array.of(1), domainPrime), module.secondSuffix.value);
    try {
      for (let start = 0; start < total; start += chunk) {
        const count = Math.min(chunk, total - start);
        memory.set(messages.subarray(start * messageBytes, (start + count) * messageBytes), at);
        module.expand(count, messageBytes, domain.length);
        out.set(memory.subarray(at, at + count * UNIFORM_BYTES), start * UNIFORM_BYTES);
      }
    } finally {
      module.wipe();
    }
    return out;
  };
}

/** Messages of one block and of two, each against the reference. */
function passesSelfTest(expand: ExpandMessages): boolean {
  const rows = Uint8Array.from({ length: 400 }, (_, i) => i);
  const domain = utf8('blindflag-self-test');
  return [4, 200].every((messageBytes) =>
    equalBytes(expand(rows, messageBytes, domain), referenceExpandMessages(rows, messageBytes, domain)),
  );
}
