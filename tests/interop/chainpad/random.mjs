// Numbers from a seed: the same seed, the same numbers, on every machine.

export class Random {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
    // Seeds that follow one another should not begin alike.
    for (let n = 0; n < 4; n += 1) this.#next();
  }

  /** An integer from 0 to `below` - 1. */
  int(below) {
    return Math.floor(this.#next() * below);
  }

  chance(probability) {
    return this.#next() < probability;
  }

  pick(list) {
    return list[this.int(list.length)];
  }

  /** A key of `weights`, by its weight. */
  weighted(weights) {
    let left = this.#next() * Object.values(weights).reduce((sum, weight) => sum + weight, 0);
    for (const [name, weight] of Object.entries(weights)) {
      left -= weight;
      if (left < 0) return name;
    }
    return Object.keys(weights).at(-1);
  }

  /** Another row of numbers that depends on this one. */
  fork() {
    return new Random(this.#next() * 2 ** 32);
  }

  /** Mulberry32, from 0 to below 1. */
  #next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
