import { misuse } from "./errors.js";

interface Freeable {
  free(): void;
}

/**
 * Owns an object of the generated module: after `retire` or `release` it answers with `misuse/closed` instead of a null
 * pointer.
 *
 * The module refuses to free what one of its asynchronous calls still borrows, so freeing waits for the last of them.
 */
export class Handle<T extends Freeable> {
  readonly #name: string;
  #raw: T | undefined;
  #open = true;
  #released = false;
  #borrowed = 0;

  /** `name` is what the error calls it, for instance "drive". */
  constructor(name: string, raw: T) {
    this.#name = name;
    this.#raw = raw;
  }

  get open(): boolean {
    return this.#open;
  }

  /** The object, for a call that returns at once. */
  get(): T {
    if (!this.#open || this.#raw === undefined) {
      throw misuse("misuse/closed", `the ${this.#name} is closed`, { closed: this.#name });
    }
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
      this.#free();
    }
  }

  /** From here on there are no further calls; the object is for whoever ends it. Undefined if that has begun before. */
  retire(): T | undefined {
    if (!this.#open) return undefined;
    this.#open = false;
    return this.#raw;
  }

  /** Frees the object, now or when the last call that borrows it has ended; a second call does nothing. */
  release(): void {
    this.#open = false;
    this.#released = true;
    this.#free();
  }

  #free(): void {
    if (!this.#released || this.#borrowed > 0) return;
    const raw = this.#raw;
    this.#raw = undefined;
    raw?.free();
  }
}
