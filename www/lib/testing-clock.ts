import type { Clock } from "./clock.js";

interface Timer { readonly at: number; readonly ring: () => void }

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  #now: number;
  #last = 0;
  readonly #timers = new Map<number, Timer>();

  constructor(now: number) {
    this.#now = now;
  }

  readonly now = (): number => this.#now;

  readonly setTimeout = (ring: () => void, ms: number): number => {
    this.#timers.set(++this.#last, { at: this.#now + ms, ring });
    return this.#last;
  };

  readonly clearTimeout = (timer: unknown): void => {
    this.#timers.delete(timer as number);
  };

  /** Goes on to the first timer that is due by `until`, of equal ones the oldest, and rings. False when there is none. */
  ringNext(until: number): boolean {
    const due = [...this.#timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at);
    const [first] = due;
    if (!first) return false;
    const [id, { at, ring }] = first;
    this.#timers.delete(id);
    this.#now = Math.max(this.#now, at);
    ring();
    return true;
  }

  /** Nothing that is due by then is left. */
  moveTo(now: number): void {
    this.#now = Math.max(this.#now, now);
  }
}
