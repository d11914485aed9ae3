import { checkSignal } from "./call.js";
import type { Signal } from "./host-types.js";

/** What may run one at a time: the next begins when the one before has ended. Whoever waits is heard in the order of the calls. */
export class Turns {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  /** Runs `body` in its turn, at once where nothing runs. A signal that comes while it waits gives its turn up; after that it is `body`'s own. */
  async take<T>(signal: Signal | undefined, body: () => Promise<T>): Promise<T> {
    const turn = this.begin(signal);
    const end = typeof turn === "function" ? turn : await turn;
    try {
      return await body();
    } finally {
      end();
    }
  }

  /** Waits for a turn that lasts until the returned function is called; more calls of it do nothing. Rejects with `signal.reason`. */
  begin(signal: Signal | undefined): (() => void) | Promise<() => void> {
    checkSignal(signal);
    if (this.#taken) return this.#wait(signal).then(() => this.#turn());
    this.#taken = true;
    return this.#turn();
  }

  #turn(): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const next = this.#waiting.shift();
      // It stays taken: nobody may come between.
      if (next) next();
      else this.#taken = false;
    };
  }

  #wait(signal: Signal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = (): void => {
        signal?.removeEventListener("abort", giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(signal?.reason);
      };
      this.#waiting.push(begin);
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }
}
