import { notify } from "./notify.js";

/**
 * Lets what takes long rest, and go on. One can be given to several sessions: it belongs to whoever pauses, as an `AbortController` to whoever
 * aborts. A call that rests still hears its `signal`.
 */
export class Pause {
  #resumed: Promise<void> | undefined;
  #go: (() => void) | undefined;
  readonly #listeners = new Set<{ readonly hear: (paused: boolean) => void }>();

  get paused(): boolean {
    return this.#resumed !== undefined;
  }

  /** From now on they rest, each at its next step. Nothing is awaited from the server meanwhile, and nothing times out. */
  pause(): void {
    if (this.#resumed) return;
    this.#resumed = new Promise((resolve) => {
      this.#go = resolve;
    });
    this.#tell();
  }

  /** They go on where they were. */
  resume(): void {
    if (!this.#resumed) return;
    this.#go?.();
    this.#resumed = this.#go = undefined;
    this.#tell();
  }

  /** Calls `listener` whenever it is paused or goes on, until the function that it returns is called. What it throws goes to `reportError`. */
  on(listener: (paused: boolean) => void): () => void {
    const entry = { hear: listener };
    this.#listeners.add(entry);
    return () => void this.#listeners.delete(entry);
  }

  /** Resolves when it is not paused. */
  async resumed(): Promise<void> {
    while (this.#resumed) await this.#resumed;
  }

  #tell(): void {
    // One of them may change it again: the rest hear how it is then.
    for (const { hear } of [...this.#listeners]) notify(hear, this.paused);
  }
}
