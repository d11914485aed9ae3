import type { Signal } from "./host-types.js";
import { fromRaw, misuse, PinfoldError } from "./errors.js";

/** Throws the reason of a signal that is aborted, and `misuse/bad-argument` for what is no signal. */
export function checkSignal(signal: Signal | undefined): void {
  // A signal that is null is none, as for `fetch`.
  if (signal === undefined || signal === null) return;
  if (typeof signal?.throwIfAborted !== "function" || typeof signal.addEventListener !== "function") {
    throw misuse("misuse/bad-argument", "signal must be an AbortSignal", { argument: "signal" });
  }
  signal.throwIfAborted();
}

/**
 * Runs one call of the generated module under `signal`.
 *
 * The module listens to the signal itself, because only it knows whether pins are already on their way; here the
 * already aborted signal is caught and the rejection gets its class.
 */
export async function call<T>(signal: Signal | undefined, run: () => Promise<T>): Promise<T> {
  checkSignal(signal);
  try {
    return await run();
  } catch (error) {
    if (signal?.aborted && !PinfoldError.is(error)) throw signal.reason;
    throw fromRaw(error);
  }
}

/** As `call`, for what the module does not give up by itself: the signal ends the wait, and what was begun takes its course. */
export async function waited<T>(signal: Signal | undefined, run: () => Promise<T>): Promise<T> {
  if (signal === undefined) return call(undefined, run);
  checkSignal(signal);
  let stop: (() => void) | undefined;
  const stopped = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
  });
  try {
    return await Promise.race([call(undefined, run), stopped]);
  } finally {
    if (stop) signal.removeEventListener("abort", stop);
  }
}

/** The synchronous counterpart. */
export function callNow<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw fromRaw(error);
  }
}
