import type { Drive } from "./drive.js";
import type { Listeners, SessionEvent } from "./events.js";

/** What is told of a drive where the drive itself cannot be: in events, which are plain data. */
export interface DriveFacts {
  readonly kind: Drive["kind"];
  readonly documents: number;
  readonly pinCount: number;
  readonly pinDigest: string;
}

/** How a session is, at one moment. It is another object as soon as anything in it is another: a framework can compare it with `===`. */
export interface SessionState {
  /** There is a connection. Without one calls wait, or reject with `net/*`; it is made anew by itself. */
  readonly online: boolean;
  /** When the connection will be made anew, in ms since 1970; null while there is one, or where nobody waits for one. */
  readonly nextTry: number | null;
  /** Whether `close()` was called. */
  readonly closed: boolean;
  /**
   * Whether a page may be closed: nothing that was asked for is still on its way. False from the call of whatever writes (`edit`,
   * `createFolder`, `putBack`, `discardKey`, `send`, `syncPins`, `addPins`, `dismiss`) until the server has confirmed it or it was rejected; and
   * again while an edit that was confirmed has to be written anew, because somebody else's came before it.
   */
  readonly safeToClose: boolean;
  /** Of the user's drive as it was loaded last, `session.drive`; null before the first `loadDrive`, and once the session is closed. */
  readonly drive: DriveFacts | null;
}

/** `state` is another one than before. */
export interface StateEvent {
  readonly type: "state";
  readonly state: SessionState;
}

/** Who counts the calls that write. */
export type Writes = Pick<StateKeeper, "writing">;

/** Keeps the state of one session and tells when it changes. */
export class StateKeeper {
  readonly #tell: (event: StateEvent) => void;
  #state: SessionState = Object.freeze({ online: true, nextTry: null, closed: false, safeToClose: true, drive: null });
  /** Calls that the engine may not know of yet; and what it says itself. */
  #writing = 0;
  #safe = true;
  #drive: Drive | null = null;

  constructor(listeners: Listeners) {
    this.#tell = listeners.emit;
    listeners.add((event) => this.#hear(event));
  }

  get state(): SessionState {
    return this.#state;
  }

  get drive(): Drive | null {
    return this.#drive;
  }

  /** Counts a call that writes until it has ended. */
  async writing<T>(call: Promise<T>): Promise<T> {
    this.#writing += 1;
    this.#become({ safeToClose: false });
    try {
      return await call;
    } finally {
      this.#writing -= 1;
      this.#become({ safeToClose: this.#writing === 0 && this.#safe });
    }
  }

  loaded(drive: Drive): void {
    if (this.#state.closed) return;
    this.#drive = drive;
    const { kind, documents, pinCount, pinDigest } = drive;
    this.#become({ drive: Object.freeze({ kind, documents, pinCount, pinDigest }) });
  }

  closed(): void {
    this.#drive = null;
    // Nothing can be waited for any more.
    this.#safe = true;
    this.#become({ online: false, nextTry: null, closed: true, drive: null, safeToClose: this.#writing === 0 });
  }

  #hear(event: SessionEvent): void {
    if (event.type === "safe") {
      this.#safe = event.safe;
      this.#become({ safeToClose: this.#writing === 0 && this.#safe });
    }
    if (event.type !== "net" || this.#state.closed) return;
    this.#become(event.state === "open" ? { online: true, nextTry: null } : { online: false, nextTry: event.retryAt ?? null });
  }

  #become(change: Partial<SessionState>): void {
    const before = this.#state;
    if (Object.entries(change).every(([name, value]) => before[name as keyof SessionState] === value)) return;
    this.#state = Object.freeze({ ...before, ...change });
    this.#tell({ type: "state", state: this.#state });
  }
}
