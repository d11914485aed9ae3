import { deferred } from "./deferred.js";
import { turn } from "./pace.js";
import type { Pause } from "./pause.js";

/** What a session asks between two steps of long work: everything else that the host has to do comes first, and it rests while it is paused. */
export class Rest {
  readonly #pause: Pick<Pause, "resumed"> | undefined;
  readonly #resting = new Set<() => void>();
  #ended = false;

  constructor(pause?: Pick<Pause, "resumed">) {
    this.#pause = pause;
  }

  async turn(): Promise<void> {
    await turn();
    if (!this.#pause || this.#ended) return;
    const ended = deferred<void>();
    this.#resting.add(ended.resolve);
    try {
      await Promise.race([this.#pause.resumed(), ended.promise]);
    } finally {
      this.#resting.delete(ended.resolve);
    }
  }

  /** The session is closed: what rests goes on, and hears of that. */
  end(): void {
    this.#ended = true;
    for (const wake of this.#resting) wake();
  }
}
