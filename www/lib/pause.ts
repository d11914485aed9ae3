/**
 * Lets what takes long rest, and go on. One can be given to several sessions: it belongs to whoever pauses, as an `AbortController` to whoever
 * aborts. A call that rests still hears its `signal`.
 */
export class Pause {
  #resumed: Promise<void> | undefined;
  #go: (() => void) | undefined;

  get paused(): boolean {
    return this.#resumed !== undefined;
  }

  /** From now on they rest, each at its next step. Nothing is awaited from the server meanwhile, and nothing times out. */
  pause(): void {
    this.#resumed ??= new Promise((resolve) => {
      this.#go = resolve;
    });
  }

  /** They go on where they were. */
  resume(): void {
    this.#go?.();
    this.#resumed = this.#go = undefined;
  }

  /** Resolves when it is not paused. */
  async resumed(): Promise<void> {
    while (this.#resumed) await this.#resumed;
  }
}
