/** How long promises may follow one another, in milliseconds, before the host's other work has a turn. */
const TURN_MS = 8;

/** Lets the page breathe in a loop whose every step is done at once. */
export class Pace {
  #since = 0;

  /** Resolves at once, or after whatever else the host has to do. */
  async step(): Promise<void> {
    const now = performance.now();
    if (now - this.#since < TURN_MS) return;
    if (this.#since > 0) await turn();
    this.#since = performance.now();
  }
}

/** Resolves after whatever else the host has to do. A timer would wait four milliseconds once a few have followed one another. */
export function turn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}
