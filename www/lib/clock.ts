/** What tells a session the time, and rings. The methods are those of the platform; a test moves one of its own by hand. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Rings once, after so many milliseconds. Returns what `clearTimeout` takes. */
  setTimeout(ring: () => void, ms: number): unknown;
  /** What was to ring does not. */
  clearTimeout(timer: unknown): void;
}

/** The host's. Looked up at each call: those who test replace them. */
export const HOST_CLOCK: Clock = {
  now: () => Date.now(),
  setTimeout: (ring, ms) => setTimeout(ring, ms),
  clearTimeout: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
