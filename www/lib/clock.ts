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

/** A clock of the caller's. Where it throws, or gives no time, the host's counts: the module has no way back from an exception. */
export function guarded(clock: Clock): Clock {
  const tried = <T>(run: () => T, otherwise: () => T): T => {
    try {
      return run();
    } catch {
      return otherwise();
    }
  };
  return {
    now: () => {
      const now = tried(() => clock.now(), Date.now);
      return Number.isFinite(now) && now >= 0 ? now : Date.now();
    },
    setTimeout: (ring, ms) => tried(() => clock.setTimeout(ring, ms), () => undefined),
    clearTimeout: (timer) => tried(() => clock.clearTimeout(timer), () => {}),
  };
}
