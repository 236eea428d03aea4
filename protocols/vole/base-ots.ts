/**
 * Base transfers that a pair of parties keeps: in memory alone, for an epoch at most, and only as seeds of OT extensions
 * that run and channel keep apart. What the other side tries to learn about Delta it learns by checks that it passes, so
 *
 * - every check of a run under these seeds happens alone, and a failed one destroys them for all runs at once;
 * - a use has a context of its own, which the run id makes fresh; a repeated one is refused.
 */
import { toHex } from '../../src/crypto/bytes.ts';
import { InternalError, ProtocolError } from '../../src/errors.ts';
import type { Io } from '../../src/kit/io.ts';
import type { PartyId } from '../../src/kit/party.ts';

/** A hash of all messages that made them: equal at both sides. */
export const BASE_OTS_ID_BYTES = 16;

/** Contexts that are remembered; then new base transfers are made. */
const MAX_USES = 65_536;

/** One side's secrets. */
export interface BaseOtSecrets {
  readonly id: Uint8Array;
  /** 128 bytes, 0 or 1: numbers of the missing seeds, as the offerer of transfers. */
  readonly delta: Uint8Array;
  /** All seeds but those, as the offerer. */
  readonly held: Uint8Array;
  /** All seeds, as the chooser. */
  readonly all: Uint8Array;
}

export class BaseOts {
  readonly #secrets: BaseOtSecrets;
  readonly #used = new Set<string>();
  #alive = true;
  #checking: Promise<unknown> = Promise.resolve();

  constructor(secrets: BaseOtSecrets) {
    this.#secrets = secrets;
  }

  get id(): Uint8Array {
    return this.#secrets.id;
  }

  /** May another run begin with them? */
  get usable(): boolean {
    return this.#alive && this.#used.size < MAX_USES;
  }

  /**
   * Copies of the secrets for one use: whoever computes with them while they are destroyed must not go on with zeros,
   * under which corrections would show the choices. `context` never repeats. @throws InternalError when it does
   */
  take(context: Uint8Array): BaseOtSecrets {
    this.requireAlive();
    const use = toHex(context);
    if (this.#used.has(use)) {
      throw new InternalError('Cannot extend transfers: the same use a second time', { code: 'internal' });
    }
    this.#used.add(use);
    const { id, delta, held, all } = this.#secrets;
    return { id, delta: delta.slice(), held: held.slice(), all: all.slice() };
  }

  /** Runs a check when no other one is under way, and destroys the secrets if it fails. */
  async check<T>(verify: () => Promise<T>): Promise<T> {
    const turn = this.#checking.then(async () => {
      this.requireAlive();
      try {
        return await verify();
      } catch (error) {
        // One that names a party ended the run before the check had: nobody learns from it what the check would have said.
        if (error instanceof ProtocolError && error.party === undefined) this.destroy();
        throw error;
      }
    });
    this.#checking = turn.catch(() => undefined);
    return await turn;
  }

  /** Whoever computed with the secrets asks before it uses the result. @throws ProtocolError 'bad-message' */
  requireAlive(): void {
    if (this.#alive) return;
    throw new ProtocolError('Cannot extend transfers: the other side failed a check in another run', {
      code: 'bad-message',
    });
  }

  /** Ends all uses and overwrites the secrets; copies in use, and those that the engine made, are out of reach. */
  destroy(): void {
    this.#alive = false;
    for (const secret of [this.#secrets.delta, this.#secrets.held, this.#secrets.all]) secret.fill(0);
  }
}

/** Whose base transfers. Runs without checks have their own: in them the other side could have learnt Delta unseen. */
export interface BaseOtPair {
  readonly self: PartyId;
  readonly peer: PartyId;
  readonly checked: boolean;
}

/**
 * Where a node keeps base transfers. Parties are known to it by the names that a node pins to keys, so one store serves
 * one configuration of peers. All calls are synchronous.
 */
export interface BaseOtStore {
  /** What is kept from this epoch, if it may still be used. */
  find(pair: BaseOtPair): BaseOts | undefined;
  keep(pair: BaseOtPair, baseOts: BaseOts): void;
  /** Runs that are under way with them end undisturbed. */
  forget(pair: BaseOtPair): void;
  /** It has nothing of an earlier run and keeps nothing for a later one. */
  readonly ofOneRun?: true;
}

export interface BaseOtStoreOptions {
  /** Number of the current epoch; what was kept in another one is of no use. Default: one epoch as long as the process. */
  readonly epoch?: () => number;
}

/** Keeps base transfers in memory. */
export function memoryBaseOtStore({ epoch = () => 0 }: BaseOtStoreOptions = {}): BaseOtStore {
  const kept = new Map<string, { readonly epoch: number; readonly baseOts: BaseOts }>();
  // A name has no spaces.
  const nameOf = ({ self, peer, checked }: BaseOtPair): string => `${self} ${peer} ${checked}`;
  const find = (pair: BaseOtPair): BaseOts | undefined => {
    const entry = kept.get(nameOf(pair));
    if (entry === undefined) return undefined;
    if (entry.epoch === epoch() && entry.baseOts.usable) return entry.baseOts;
    kept.delete(nameOf(pair));
    return undefined;
  };
  return {
    find,
    keep(pair, baseOts) {
      // Two runs may have begun without: both sides keep the same ones of the two.
      const other = find(pair);
      if (other !== undefined && toHex(other.id) < toHex(baseOts.id)) return;
      kept.set(nameOf(pair), { epoch: epoch(), baseOts });
    },
    forget: (pair) => void kept.delete(nameOf(pair)),
  };
}

/**
 * What the shards of one run share: what is kept at its beginning, or what its first shard makes. Of a run that can be
 * executed again from its seed nothing goes to another one.
 */
export function storeOfRun({ isSeeded }: Pick<Io, 'isSeeded'>, store: BaseOtStore): BaseOtStore {
  const own = memoryBaseOtStore();
  const kept = isSeeded ? noBaseOtStore : store;
  return {
    ...(isSeeded ? { ofOneRun: true } : {}),
    find(pair) {
      const found = own.find(pair) ?? kept.find(pair);
      if (found !== undefined) own.keep(pair, found);
      return found;
    },
    keep(pair, baseOts) {
      own.keep(pair, baseOts);
      kept.keep(pair, baseOts);
    },
    forget(pair) {
      own.forget(pair);
      kept.forget(pair);
    },
  };
}

/** Keeps nothing: every run makes its own base transfers. */
export const noBaseOtStore: BaseOtStore = Object.freeze({
  find: () => undefined,
  keep: () => undefined,
  forget: () => undefined,
});
