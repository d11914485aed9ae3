import type { ErrorCode, Frame, Phase, RawEvent } from "./pinfold.js";

import type { Signal } from "./host-types.js";
import { notify, type Listener } from "./notify.js";
import { keptBy, Recent } from "./recent.js";
import type { StateEvent } from "./state.js";

export type {
  Cause, Claim, Decision, EvidenceEvent, FolderEvent, FolderReport, FolderState, Form, Frame, IgnoredEvent, MailboxEvent,
  MailboxNoticeEvent, NetEvent, NoNews, Phase, PinStep, PinsEvent, ProgressEvent, RefusedPin, SafeEvent, SkippedItem, StorageEvent, Worth,
} from "./pinfold.js";

/**
 * The session has ended by itself, and is closed: there was no memory left (`host/no-memory`), or pinfold stopped (`internal`). Its keys are
 * wiped. So have all others of the same page or worker; a new one needs a new page or worker.
 */
export interface EndedEvent {
  readonly type: "ended";
  readonly code: ErrorCode;
  readonly message: string;
}

/** What the session reports while it works, in the order in which it happens. */
export type SessionEvent = RawEvent | StateEvent | EndedEvent;

/** The events of one type. */
export type EventOf<Type extends SessionEvent["type"]> = Extract<SessionEvent, { type: Type }>;

/** How far a phase has come. `total` is null while it is not known. */
export interface Progress {
  readonly phase: Phase;
  readonly done: number;
  readonly total: number | null;
}

/** Options of a call that only waits. */
export interface WaitOptions {
  /**
   * Ends the wait: the call then rejects with `signal.reason`. A signal that is already aborted counts, and then nothing is begun. What was
   * begun takes its course.
   */
  signal?: Signal | undefined;
}

/** Options of every call that waits for the network. */
export interface CallOptions {
  /**
   * Gives up the call, which then rejects with `signal.reason`. A signal that is already aborted counts. Once pins are
   * on their way the call rejects with `pins/unconfirmed` instead: the server may have taken them.
   */
  signal?: Signal | undefined;
  /** Hears the progress of this call. What it throws goes to `reportError` and disturbs nothing. */
  onProgress?: ((progress: Progress) => void) | undefined;
}

const frameListeners = new WeakMap<object, Listener<Frame>>();

/** The `onFrame` that this session was opened with. */
export const frameListenerOf = (session: object): Listener<Frame> | undefined => frameListeners.get(session);

/** Who listens to one session. */
export class Listeners {
  readonly #events = new Set<Listener<SessionEvent>>();
  readonly #onFrame: Listener<Frame> | undefined;
  readonly #recent: Recent | undefined;

  /** `keepRecent` is that of `OpenOptions`. */
  constructor(onFrame: Listener<Frame> | undefined, keepRecent?: number) {
    this.#onFrame = onFrame;
    const recent = (this.#recent = Recent.of(keepRecent));
    this.add(recent && ((event) => recent.event(event)));
  }

  /** They are those of this session. */
  of(session: object): this {
    if (this.#recent) keptBy(session, this.#recent);
    if (this.#onFrame) frameListeners.set(session, this.#onFrame);
    return this;
  }

  readonly emit = (event: SessionEvent): void => {
    for (const listener of [...this.#events]) notify(listener, event);
  };

  /** Absent when nobody asked for frames: then none has to cross the boundary. */
  get frame(): Listener<Frame> | undefined {
    const [listener, recent] = [this.#onFrame, this.#recent];
    if (!listener && !recent) return undefined;
    return (frame) => {
      recent?.frame(frame);
      notify(listener, frame);
    };
  }

  /** Listens until the returned function is called. */
  add(listener: Listener<SessionEvent> | undefined): () => void {
    if (!listener) return () => {};
    // A wrapper of its own, so that one function given twice is called twice and removed once.
    const own: Listener<SessionEvent> = (event) => listener(event);
    this.#events.add(own);
    return () => this.#events.delete(own);
  }

  /** Listens to the progress of `phases`, or of all. */
  addProgress(onProgress: Listener<Progress> | undefined, phases?: readonly Phase[]): () => void {
    return this.add(onProgress && ((event) => {
      if (event.type !== "progress" || (phases && !phases.includes(event.phase))) return;
      onProgress({ phase: event.phase, done: event.done, total: event.total });
    }));
  }
}
