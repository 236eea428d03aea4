/**
 * Answers to questions that other institutions asked: nobody waits for them here, so they stay until the operator takes
 * a look. In memory only: they end with the process, when they expire, or when newer ones need the room.
 */
import { UsageError } from '../../errors.ts';
import type { WallClock } from '../../kit/clock.ts';
import type { OverlapRowsAnswer } from './answer.ts';

/** A kept answer without its rows. */
export interface KeptAnswerStatus {
  readonly run: string;
  readonly question: string;
  /** Who asked. */
  readonly peer: string;
  readonly answered: string;
  readonly expires: string;
  readonly accountCount: number;
  readonly commonCount: number;
}

const MAX_ANSWERS = 100;
/** Rows of all kept answers together: names of accounts have some hundred bytes. */
const MAX_ROWS = 2 ** 21;
/** As many of a run's digits as name it. */
const MIN_DIGITS = 8;

export class KeptAnswers {
  readonly #wallClock: WallClock;
  /** By run, oldest first. */
  readonly #answers = new Map<string, OverlapRowsAnswer>();

  constructor(wallClock: WallClock) {
    this.#wallClock = wallClock;
  }

  keep(answer: OverlapRowsAnswer): void {
    this.#answers.set(answer.run, answer);
    let rows = 0;
    // The newest stays whatever its size.
    for (const [index, kept] of [...this.#answers.values()].toReversed().entries()) {
      rows += kept.accountCount;
      if (index > 0 && (index >= MAX_ANSWERS || rows > MAX_ROWS)) this.#answers.delete(kept.run);
    }
  }

  /** Newest first. */
  list(): readonly KeptAnswerStatus[] {
    this.#dropExpired();
    return [...this.#answers.values()]
      .toReversed()
      .map(({ run, question, peer, answered, expires, accountCount, commonCount }) => ({
        run,
        question,
        peer,
        answered,
        expires,
        accountCount,
        commonCount,
      }));
  }

  /** By the run's name, or its first eight digits and more. @throws UsageError when it is not the name of one */
  get(run: string): OverlapRowsAnswer {
    this.#dropExpired();
    const found = [...this.#answers.values()].filter((answer) => answer.run.startsWith(run));
    if (run.length >= MIN_DIGITS && found.length === 1) return found[0];
    throw new UsageError('Cannot show answer: none of this run is kept', {
      code: 'bad-parameter',
      phase: 'administration',
      remedy: 'see status for the answers that are kept; they end with the process, or when they expire',
    });
  }

  #dropExpired(): void {
    for (const { run, expires } of this.#answers.values()) {
      if (Date.parse(expires) <= this.#wallClock.now()) this.#answers.delete(run);
    }
  }
}
