/**
 * Base transfers that a pair of parties keeps: in memory alone, for an epoch at most, and only as seeds of OT extensions
 * that run and channel keep apart. What the other side tries to learn about Delta it learns by checks that it passes, so
 *
 * - every check of a run under these seeds happens alone, and a failed one destroys them for all runs at once;
 * - a use has a context of its own, which the run id makes fresh; a repeated one is refused.
 *
 * Who keeps them, and who uses them, holds them; when nobody does any more they are zeros.
 */
import { toHex } from '../../src/crypto/bytes.ts';
import { InternalError, MpcError, ProtocolError } from '../../src/errors.ts';
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
  #holders = 0;
  #isThere = true;
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
    return this.#alive && this.#isThere && this.#used.size < MAX_USES;
  }

  /** Keeps the secrets until the function that it returns is called. The last of these calls overwrites them for good. */
  hold(): () => void {
    this.#holders++;
    let holds = true;
    return () => {
      if (!holds) return;
      holds = false;
      if (--this.#holders > 0) return;
      this.#isThere = false;
      wipeSecrets(this.#secrets);
    };
  }

  /**
   * Copies of the secrets for one use: whoever computes with them while they are destroyed must not go on with zeros,
   * under which corrections would show the choices. The caller wipes them. @throws as `count`; InternalError where nobody held
   * them any more
   */
  take(context: Uint8Array): BaseOtSecrets {
    this.count(context);
    if (!this.#isThere) {
      throw new InternalError('Cannot extend transfers: what they come from is gone', { code: 'internal' });
    }
    const { id, delta, held, all } = this.#secrets;
    return { id, delta: delta.slice(), held: held.slice(), all: all.slice() };
  }

  /** Counts a use. `context` never repeats. @throws InternalError when it does */
  count(context: Uint8Array): void {
    this.requireAlive();
    const use = toHex(context);
    if (this.#used.has(use)) {
      throw new InternalError('Cannot extend transfers: the same use a second time', { code: 'internal' });
    }
    this.#used.add(use);
  }

  /** Runs a check when no other one is under way, and destroys the secrets if it fails. */
  async check<T>(verify: () => Promise<T>): Promise<T> {
    const turn = this.#checking.then(async () => {
      this.requireAlive();
      try {
        return await verify();
      } catch (error) {
        if (!endedElsewhere(error)) this.destroy();
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
    wipeSecrets(this.#secrets);
  }
}

/**
 * Whether a run ended before what it computed had, by another party's doing or because its operator cancelled it: nobody learns from it
 * what a check would have said. Anything else, also a thread that died in it, may be an answer to what the other side tried.
 */
export function endedElsewhere(error: unknown): boolean {
  return error instanceof MpcError && (error.party !== undefined || error.code === 'cancelled');
}

/** Zeros. The id is public. */
export function wipeSecrets({ delta, held, all }: BaseOtSecrets): void {
  for (const secret of [delta, held, all]) secret.fill(0);
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
  /** What is kept from this epoch, if it may still be used. Who uses it holds it, in the same turn. */
  find(pair: BaseOtPair): BaseOts | undefined;
  /** Holds them, as long as it keeps them. */
  keep(pair: BaseOtPair, baseOts: BaseOts): void;
  /** Lets go of them; runs that are under way with them end undisturbed. */
  forget(pair: BaseOtPair): void;
  /** It has nothing of an earlier run and keeps nothing for a later one. */
  readonly ofOneRun?: true;
}

export interface BaseOtStoreOptions {
  /** Number of the current epoch; what was kept in another one is of no use. Default: one epoch as long as the process. */
  readonly epoch?: () => number;
}

export interface MemoryBaseOtStore extends BaseOtStore {
  /** Lets go of all that is of no use any more. `find` and `keep` do so too, whatever pair they are for. */
  sweep(): void;
  /** Lets go of everything, and keeps nothing from then on. */
  end(): void;
}

interface Kept {
  readonly epoch: number;
  readonly baseOts: BaseOts;
  readonly letGo: () => void;
}

/** Keeps base transfers in memory. */
export function memoryBaseOtStore({ epoch = () => 0 }: BaseOtStoreOptions = {}): MemoryBaseOtStore {
  const kept = new Map<string, Kept>();
  let ended = false;
  // A name has no spaces.
  const nameOf = ({ self, peer, checked }: BaseOtPair): string => `${self} ${peer} ${checked}`;
  const drop = (name: string): void => {
    kept.get(name)?.letGo();
    kept.delete(name);
  };
  const sweep = (): void => {
    const now = epoch();
    for (const [name, entry] of kept) if (entry.epoch !== now || !entry.baseOts.usable) drop(name);
  };
  return {
    sweep,
    find(pair) {
      sweep();
      return kept.get(nameOf(pair))?.baseOts;
    },
    keep(pair, baseOts) {
      sweep();
      if (ended) return;
      // Two runs may have begun without: both sides keep the same ones of the two.
      const name = nameOf(pair);
      const other = kept.get(name)?.baseOts;
      if (other !== undefined && toHex(other.id) < toHex(baseOts.id)) return;
      // Before the others go, which may be the same.
      const letGo = baseOts.hold();
      drop(name);
      kept.set(name, { epoch: epoch(), baseOts, letGo });
    },
    forget: (pair) => drop(nameOf(pair)),
    end() {
      ended = true;
      for (const name of kept.keys()) drop(name);
    },
  };
}

/**
 * What the shards of one run share: what is kept at its beginning, or what its first shard makes. When the run has ended, well
 * or not, it lets go of both. Of a run that can be executed again from its seed nothing goes to another one.
 */
export function storeOfRun({ isSeeded, signal }: Pick<Io, 'isSeeded' | 'signal'>, store: BaseOtStore): BaseOtStore {
  const own = memoryBaseOtStore();
  // A session that is closed aborts it, too.
  if (signal.aborted) own.end();
  else signal.addEventListener('abort', () => own.end(), { once: true });
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
