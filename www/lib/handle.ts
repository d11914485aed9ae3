import { misuse } from "./errors.js";

interface Freeable {
  free(): void;
}

/** Owns an object of the generated module: after `release` it answers with `misuse/closed` instead of a null pointer. */
export class Handle<T extends Freeable> {
  readonly #name: string;
  #raw: T | undefined;

  /** `name` is what the error calls it, for instance "drive". */
  constructor(name: string, raw: T) {
    this.#name = name;
    this.#raw = raw;
  }

  get open(): boolean {
    return this.#raw !== undefined;
  }

  get(): T {
    if (this.#raw === undefined) throw misuse("misuse/closed", `the ${this.#name} is closed`, { closed: this.#name });
    return this.#raw;
  }

  /** Frees the object; a second call does nothing. */
  release(): void {
    const raw = this.#raw;
    this.#raw = undefined;
    raw?.free();
  }
}
