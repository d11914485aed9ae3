// Why a server could not be reached: the module says that it was not, and the platform's own error says why.
import type { Fetch } from "./host-types.js";

/** The `fetch` of one session, which remembers what it failed with last. */
export class Reach {
  readonly fetch: Fetch;
  failure: unknown;

  /** Without `given` the platform's own. */
  constructor(given?: Fetch) {
    const ask = (given ?? globalThis.fetch) as (...request: unknown[]) => Promise<unknown>;
    this.fetch = (async (...request: unknown[]) => {
      try {
        return await ask(...request);
      } catch (error) {
        this.failure = error;
        throw error;
      }
    }) as Fetch;
  }
}
