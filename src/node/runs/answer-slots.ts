/** Places for the runs of peers, shared so that no asker can take them all. */
import type { PartyId } from '../../kit/party.ts';

export class AnswerSlots {
  readonly #places: number;
  readonly #byAsker = new Map<PartyId, number>();
  #taken = 0;

  constructor(places: number) {
    this.#places = places;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * Takes a place, unless the asker has as many as are free. One asker alone so gets half of them, the next half of the
   * rest: of 16 places the first four who take all they can have 8, 4, 2 and 1, and one is left.
   */
  tryTake(asker: PartyId): boolean {
    const own = this.#byAsker.get(asker) ?? 0;
    if (own >= this.#places - this.#taken) return false;
    this.#byAsker.set(asker, own + 1);
    this.#taken++;
    return true;
  }

  release(asker: PartyId): void {
    const own = this.#byAsker.get(asker) ?? 0;
    if (own === 0) return;
    if (own === 1) this.#byAsker.delete(asker);
    else this.#byAsker.set(asker, own - 1);
    this.#taken--;
  }
}
