// What a trap of the WebAssembly leaves behind: an instance that is in the middle of something for ever. Nobody enters it again, its memory is
// wiped, its sockets are closed, and whoever waits for it hears why.
import { PinfoldError, type ErrorFacts } from "./errors.js";

/** What the build writes into the memory before the trap where there is no memory left: see pkg-scripts/panics.mjs. */
const NOTE_AT = 16;
const NOTE = 0x6d656d30;

/** Only the host calls these, so there is no caller of ours to throw to: timers, sockets, promises, the collector of garbage. */
const BY_THE_HOST = /^__wbg_|^__wbindgen_destroy|closure/;

/** What an instance exports. The name of the platform's type stays inside: not every project knows it. */
type Exports = Record<string, unknown>;

/** How long one instance of a module lives. */
export class Life {
  #end: PinfoldError | undefined;
  readonly #hear = new Set<(end: PinfoldError) => void>();

  /** Why it is over. */
  get end(): PinfoldError | undefined {
    return this.#end;
  }

  /** Calls `hear` when it is over, until the returned function is called. */
  onEnd(hear: (end: PinfoldError) => void): () => void {
    this.#hear.add(hear);
    return () => void this.#hear.delete(hear);
  }

  /** The answer of a call to the instance, or why it will never come. */
  during<T>(answer: Promise<T>): Promise<T> {
    if (this.#end) {
      // It may be rejected already, and nobody else looks at it.
      answer.catch(() => {});
      return Promise.reject(this.#end);
    }
    return new Promise((resolve, reject) => {
      const stop = this.onEnd(reject);
      answer.then(resolve, reject).finally(stop);
    });
  }

  /** Wraps the constructor so that the newest socket is known; `close` closes that socket without events. */
  sockets(constructor: unknown): readonly [constructor: unknown, close: () => void] {
    if (typeof constructor !== "function") return [constructor, () => {}];
    let newest: Partial<WebSocket> | undefined;
    const made = function (url: string): object {
      return (newest = new (constructor as new (url: string) => WebSocket)(url));
    };
    const close = (): void => {
      if (!newest) return;
      newest.onopen = newest.onmessage = newest.onclose = null;
      newest.onerror = () => {};
      newest.close?.();
    };
    return [made, close];
  }

  /** The functions of the instance, each of which notices its trap. */
  guard(exports: Exports): Exports {
    let depth = 0;
    let trap: unknown;
    const guarded = (name: string, run: (...args: unknown[]) => unknown) => (...args: unknown[]): unknown => {
      const quiet = depth === 0 && BY_THE_HOST.test(name);
      if (this.#end || trap !== undefined) {
        if (quiet) return undefined;
        throw this.#end ?? trap;
      }
      let result: unknown;
      depth += 1;
      try {
        result = run(...args);
      } catch (error) {
        if (cutsOff(error)) trap ??= error;
        if (trap === undefined || depth > 1) throw error;
      } finally {
        depth -= 1;
      }
      // Not before the last of them has left it: then nothing runs in there any more. A listener in between may have caught the trap.
      if (trap === undefined || depth > 0) return result;
      this.#over(ended(exports.memory as WebAssembly.Memory, trap));
      if (quiet) return undefined;
      throw this.#end;
    };
    const entries = Object.entries(exports).map(([name, value]) => [name, typeof value === "function" ? guarded(name, value as () => unknown) : value]);
    return Object.fromEntries(entries);
  }

  #over(end: PinfoldError): void {
    this.#end = end;
    for (const hear of [...this.#hear]) hear(end);
    this.#hear.clear();
  }
}

/** Whether the instance was left in the middle of something: by a trap, or because the stack had no room, for which each engine has its own word. */
function cutsOff(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError || (error instanceof Error && error.name === "InternalError");
}

/** Why it trapped; what it held is overwritten. */
function ended(memory: WebAssembly.Memory, cause: unknown): PinfoldError {
  const full = new DataView(memory.buffer).getUint32(NOTE_AT, true) === NOTE;
  new Uint8Array(memory.buffer).fill(0);
  const facts: ErrorFacts = full
    ? { code: "host/no-memory", blame: "host", retry: "later", detail: {} }
    : { code: "internal", blame: "pinfold", retry: "never", detail: {} };
  const message = full ? "there is no memory left: this copy of pinfold has ended, with its sessions" : "pinfold stopped unexpectedly: please file a bug";
  return new PinfoldError(message, facts, { cause });
}

const lives = new Map<string, Life>();

/** The life of the instance of this module: there is one for each script that loads it. */
export function lifeOf(name: string): Life {
  let life = lives.get(name);
  if (!life) lives.set(name, (life = new Life()));
  return life;
}

/** What the generated glue calls with the instance that it made: see pkg-scripts/build.mjs. */
export function guarded(exports: Exports, name: string): Exports {
  return lifeOf(name).guard(exports);
}
