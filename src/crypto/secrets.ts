/** Keys and values of one piece of work, which are zeros when it has ended, well or not. */
import { giveBack } from './shared-bytes.ts';
import type { Steps } from './steps.ts';

type Secret = Uint8Array | Uint32Array;

/**
 * What is to be wiped together. Who makes one calls `end` in a `finally` (steps: see `wiping`), once nothing that reads or writes what it holds is
 * under way. A buffer that a job consumed is empty by then, and was wiped there.
 */
export class Secrets {
  readonly #held = new Set<Secret>();

  /** Has all of a view wiped at the end, and gives it. */
  hold<T extends Secret>(secret: T): T {
    this.#held.add(secret);
    return secret;
  }

  /** Gives what is the caller's to wipe from then on: a result. */
  pass<T extends Secret>(secret: T): T {
    this.#held.delete(secret);
    return secret;
  }

  /** Wipes at once what nobody needs any more; others may have its memory then. */
  wipe(secret: Secret): void {
    if (this.#held.delete(secret)) wipeSecret(secret);
  }

  end(): void {
    for (const secret of this.#held) wipeSecret(secret);
    this.#held.clear();
  }
}

/** Steps with secrets of their own, which end with them, also where a job is cancelled or a check fails. */
export function* wiping<T>(work: (secrets: Secrets) => Steps<T>): Steps<T> {
  const secrets = new Secrets();
  try {
    return yield* work(secrets);
  } finally {
    secrets.end();
  }
}

function wipeSecret({ buffer, byteOffset, byteLength }: Secret): void {
  if (byteLength > 0) giveBack(new Uint8Array(buffer, byteOffset, byteLength));
}
