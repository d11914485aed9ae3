// Listeners are the program's: what one of them throws is no concern of whoever tells it something.
export type Listener<T> = (value: T) => void;

/** Calls `listener`; what it throws is reported as an uncaught error would be, and the run goes on. */
export function notify<T>(listener: Listener<T> | undefined, value: T): void {
  if (!listener) return;
  try {
    listener(value);
  } catch (error) {
    if (typeof globalThis.reportError === "function") globalThis.reportError(error);
    else console.error("pinfold: a listener threw", error);
  }
}
