/** A list of 32-bit words that grows. */
export class GrowingWords {
  #words = new Uint32Array(1024);
  length = 0;

  append(values: Uint32Array): void {
    this.#reserve(values.length);
    this.#words.set(values, this.length);
    this.length += values.length;
  }

  #reserve(count: number): void {
    let room = this.#words.length;
    while (room < this.length + count) room *= 2;
    if (room === this.#words.length) return;
    const grown = new Uint32Array(room);
    grown.set(this.#words);
    this.#words = grown;
  }

  /** All of them; to be read only, and only until there are more. */
  values(): Uint32Array {
    return this.#words.subarray(0, this.length);
  }
}
