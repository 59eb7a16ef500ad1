// The states that a search has seen: their 64-bit keys in an open hash table, numbered in the order of discovery.

export class StateSet {
  /** Three words for each place: both lanes of the key, and the state's number plus one. */
  #table = new Int32Array(3 << 16);
  #places = 1 << 16;
  size = 0;

  /** Number of the state with this key, or -1. A new one gets the next number, and `size` grows. */
  add(low: number, high: number): number {
    if (2 * this.size > this.#places) this.#grow();
    const at = this.#find(low, high);
    const known = (this.#table[at + 2] as number) - 1;
    if (known >= 0) return known;
    this.size += 1;
    this.#put(at, low, high, this.size);
    return -1;
  }

  #find(low: number, high: number): number {
    const table = this.#table;
    for (let place = (low ^ (high >>> 7)) & (this.#places - 1); ; ) {
      const at = 3 * place;
      if (table[at + 2] === 0 || (table[at] === low && table[at + 1] === high)) return at;
      place = (place + 1) & (this.#places - 1);
    }
  }

  #put(at: number, low: number, high: number, number: number): void {
    this.#table[at] = low;
    this.#table[at + 1] = high;
    this.#table[at + 2] = number;
  }

  #grow(): void {
    const old = this.#table;
    this.#places *= 2;
    this.#table = new Int32Array(3 * this.#places);
    for (let at = 0; at < old.length; at += 3) {
      const [low = 0, high = 0, number = 0] = old.subarray(at, at + 3);
      if (number !== 0) this.#put(this.#find(low, high), low, high, number);
    }
  }
}
