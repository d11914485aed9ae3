import { checkSignal } from "./call.js";
import type { Signal } from "./host-types.js";
import { notify } from "./notify.js";

/**
 * One reading that several calls wait for. The signal of each ends its own wait; once nobody waits any more, the reading is
 * given up.
 */
export class SharedReading<Progress> {
  readonly #controller = new AbortController();
  readonly #listeners = new Set<{ readonly hear: (progress: Progress) => void }>();
  readonly #done: Promise<void>;
  #waiting = 0;
  #state: "running" | "done" | "failed" = "running";

  /** Begins it. `read` tells its progress, and listens to the signal. */
  constructor(read: (hear: (progress: Progress) => void, signal: AbortSignal) => Promise<void>) {
    const hear = (progress: Progress): void => {
      for (const listener of [...this.#listeners]) notify(listener.hear, progress);
    };
    this.#done = read(hear, this.#controller.signal).then(
      () => void (this.#state = "done"),
      (error: unknown) => {
        this.#state = "failed";
        throw error;
      },
    );
    // Whoever waits hears of it; nobody has to.
    this.#done.catch(() => {});
  }

  /** Whether it is under way. */
  get running(): boolean {
    return this.#state === "running";
  }

  /** Whether it came to no good end. */
  get failed(): boolean {
    return this.#state === "failed";
  }

  /** Whether it is under way, and nobody waits for its end any more. */
  get givenUp(): boolean {
    return this.running && this.#controller.signal.aborted;
  }

  /** Resolves when it is over, however it ended. */
  over(): Promise<void> {
    return this.#done.catch(() => {});
  }

  /** Waits for its end. Rejects with `signal.reason` when that comes first, and as the reading does. */
  async wait(signal: Signal | undefined, hear: ((progress: Progress) => void) | undefined): Promise<void> {
    checkSignal(signal);
    const listener = hear && { hear };
    if (listener) this.#listeners.add(listener);
    this.#waiting += 1;
    let stop: (() => void) | undefined;
    try {
      await (signal === undefined ? this.#done : Promise.race([this.#done, new Promise<never>((_, reject) => {
        stop = () => reject(signal.reason);
        signal.addEventListener("abort", stop, { once: true });
      })]));
    } finally {
      if (stop) signal?.removeEventListener("abort", stop);
      if (listener) this.#listeners.delete(listener);
      this.#waiting -= 1;
      if (this.#waiting === 0 && this.running) this.#controller.abort(signal?.reason);
    }
  }
}
