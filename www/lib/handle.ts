import { misuse } from "./errors.js";

interface Freeable {
  free(): void;
}

/**
 * Owns an object of the generated module: after `release` it answers with `misuse/closed` instead of a null pointer.
 *
 * The module refuses to free what one of its asynchronous calls still borrows, so freeing waits for the last of them.
 */
export class Handle<T extends Freeable> {
  readonly #name: string;
  #raw: T | undefined;
  #borrowed = 0;

  /** `name` is what the error calls it, for instance "drive". */
  constructor(name: string, raw: T) {
    this.#name = name;
    this.#raw = raw;
  }

  get open(): boolean {
    return this.#raw !== undefined;
  }

  /** The object, for a call that returns at once. */
  get(): T {
    if (this.#raw === undefined) throw misuse("misuse/closed", `the ${this.#name} is closed`, { closed: this.#name });
    return this.#raw;
  }

  /** Lends the object to a call that goes on after it returned. */
  async during<R>(call: (raw: T) => Promise<R>): Promise<R> {
    const raw = this.get();
    this.#borrowed += 1;
    try {
      return await call(raw);
    } finally {
      this.#borrowed -= 1;
      if (this.#borrowed === 0 && !this.open) raw.free();
    }
  }

  /** Frees the object, now or when the last call that borrows it has ended; a second call does nothing. */
  release(): void {
    const raw = this.#raw;
    this.#raw = undefined;
    if (this.#borrowed === 0) raw?.free();
  }
}
