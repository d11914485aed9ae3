import type { Blame, ErrorCode, Retry } from "./pinfold.js";

export type { Blame, ErrorCode, Retry } from "./pinfold.js";

/** Everything a `PinfoldError` says besides its sentence. */
export interface ErrorFacts {
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retry: Retry;
  readonly detail: Readonly<Record<string, string>>;
}

/**
 * What every rejected call of this package rejects with, except that an aborted call rejects with its `signal.reason`.
 *
 * Match on `code`: codes may be added, never changed. `message` is for people and holds no secret.
 */
export class PinfoldError extends Error implements ErrorFacts {
  override readonly name = "PinfoldError";
  readonly code: ErrorCode;
  readonly blame: Blame;
  readonly retry: Retry;
  readonly detail: Readonly<Record<string, string>>;

  constructor(message: string, facts: ErrorFacts, options?: { cause?: unknown }) {
    super(message, options);
    this.code = facts.code;
    this.blame = facts.blame;
    this.retry = facts.retry;
    this.detail = Object.freeze({ ...facts.detail });
  }

  /** True also for errors of another copy of this package, where `instanceof` is not. */
  static is(value: unknown): value is PinfoldError {
    return value instanceof Error && value.name === "PinfoldError" && typeof (value as Partial<ErrorFacts>).code === "string";
  }
}

/** A mistake of the calling program. */
export function misuse(code: ErrorCode & `misuse/${string}`, message: string, detail: Record<string, string> = {}): PinfoldError {
  return new PinfoldError(message, { code, blame: "caller", retry: "never", detail });
}

/** The connection to the worker that ran the session ended. */
export function workerLost(message: string, cause?: unknown): PinfoldError {
  return new PinfoldError(message, { code: "net/closed", blame: "host", retry: "now", detail: { where: "worker" } }, { cause });
}

const GONE = /^null pointer passed to rust|^closure invoked recursively or after being dropped/;
const IN_USE = /^recursive use of an object|^attempted to take ownership of Rust value while it was borrowed/;

/** Gives what crossed the boundary its class back. What nobody foresaw gets a code too, and stays as the `cause`. */
export function fromRaw(value: unknown): unknown {
  if (value instanceof PinfoldError) return value;
  if (PinfoldError.is(value)) {
    return new PinfoldError(value.message, value, value.cause === undefined ? undefined : { cause: value.cause });
  }
  // A trap of the WebAssembly instance: nothing the caller did, and nothing that a second call repairs.
  if (value instanceof WebAssembly.RuntimeError) {
    const facts: ErrorFacts = { code: "internal", blame: "pinfold", retry: "never", detail: {} };
    return new PinfoldError("pinfold stopped unexpectedly: please file a bug", facts, { cause: value });
  }
  // What the generated code says of an object that is gone, or in use by the call that this one was made from.
  if (value instanceof Error && GONE.test(value.message)) {
    return new PinfoldError("the object is closed", misuse("misuse/closed", ""), { cause: value });
  }
  if (value instanceof Error && IN_USE.test(value.message)) {
    return new PinfoldError("the object is in use by another call", { code: "misuse/busy", blame: "caller", retry: "now", detail: {} }, { cause: value });
  }
  return new PinfoldError("something failed that pinfold did not foresee: please file a bug", { code: "internal", blame: "pinfold", retry: "never", detail: {} }, { cause: value });
}

/**
 * `net/unreachable` says which address: where the engine knew none, it is the server's. `failureAt` tells what `fetch` failed with, if that
 * address was asked over HTTP.
 */
export function withAddress(error: unknown, origin: string, failureAt?: (url: string) => unknown): unknown {
  if (!PinfoldError.is(error) || error.code !== "net/unreachable") return error;
  const { code, blame, retry, detail } = error;
  const cause = error.cause ?? (detail.url === undefined ? undefined : failureAt?.(detail.url));
  const url = detail.url ?? origin;
  const message = error.message.endsWith(url) ? error.message : `${error.message}: ${url}`;
  return new PinfoldError(message, { code, blame, retry, detail: { ...detail, url } }, cause === undefined ? undefined : { cause });
}
