// Why a server could not be reached: the module says that it was not, and the platform's own error says why.
import type { Fetch } from "./host-types.js";

/** A word that a platform has for a kind of failure: `TypeError`, `ECONNREFUSED`. Nothing that was asked for fits in it. */
const WORD = /^[A-Za-z_]{1,40}$/;

interface Failure { readonly address: string; readonly why: unknown }

/** The `fetch` of one session, which remembers what the last request failed with. */
export class Reach {
  readonly fetch: Fetch;
  #failure: Failure | undefined;

  /** Without `given` the platform's own. */
  constructor(given?: Fetch) {
    const ask = (given ?? globalThis.fetch) as (...request: unknown[]) => Promise<unknown>;
    this.fetch = (async (...request: unknown[]) => {
      const address = String(request[0]);
      try {
        const answer = await ask(...request);
        this.#failure = undefined;
        return answer;
      } catch (error) {
        this.#failure = { address, why: address.endsWith("/api/config") ? error : kindOf(error) };
        throw error;
      }
    }) as Fetch;
  }

  /** What the request to this address failed with, if the last one did. */
  failureAt(url: string): unknown {
    return this.#failure?.address.startsWith(url) ? this.#failure.why : undefined;
  }
}

/**
 * The kind of a failure, and no more of it. The address of a log-in block follows from the password, other requests have a code of an
 * authenticator or a token with them; and there are hosts whose errors repeat the address or the request.
 */
function kindOf(error: unknown): Error {
  const words = new Set<string>();
  // A platform's error has the system's as its cause.
  for (const one of [error, (error as { cause?: unknown } | null | undefined)?.cause]) {
    const { name, code } = (one ?? {}) as { name?: unknown; code?: unknown };
    for (const word of [name, code]) if (typeof word === "string" && WORD.test(word) && word !== "Error") words.add(word);
  }
  return new Error(["the request failed", ...words].join(": "));
}
