// What `Session.open` and `Session.send` take.
import type { Clock } from "./clock.js";
import type { CallOptions, Frame, SessionEvent } from "./events.js";
import type { Fetch } from "./host-types.js";
import { requireInit } from "./init.js";
import type { RawSessions } from "./local.js";
import type { GuardPolicy } from "./objects.js";
import type { Pause } from "./pause.js";
import type { KeyValueStore } from "./store.js";
import { lifeOf, type Life } from "./trap.js";
import type { WorkerLike } from "./worker-host.js";

/** Who gets a message: what a contact, or somebody who asks to be one, says of themselves. */
export interface Recipient {
  /** The key that messages are sealed to, base64. */
  curvePublic: string;
  /** The channel of the mailbox. */
  notifications: string;
}

/** What is sent. `FRIEND_REQUEST`, `ACCEPT_FRIEND_REQUEST`, `SHARE_PAD` and the other types of the protocol. */
export interface Message {
  type: string;
  content?: Readonly<Record<string, unknown>>;
}

/** Anything with the constructor of the platform's `WebSocket`, for instance `WebSocket` of the `ws` package. */
export type WebSocketConstructor = new (url: string, protocols?: string | string[]) => object;

export interface OpenOptions extends CallOptions {
  /** Runs the session in this worker, whose script is `pinfold/worker`. Then `init()` is not needed on this side. */
  worker?: WorkerLike | undefined;
  /**
   * Lets deriving the keys rest, and of `openRecovery` the reading of histories as well. With `worker` it is a `Pause`, or has its `on` and
   * `paused` as well: the worker is told of each change.
   */
  pause?: (Pick<Pause, "resumed"> & Partial<Pause>) | undefined;
  /** Used instead of the global `WebSocket`; Node 20 has none. Not with `worker`. */
  webSocket?: WebSocketConstructor | undefined;
  /** Used instead of the global `fetch`. Not with `worker`. */
  fetch?: Fetch | undefined;
  /**
   * Used instead of `Date.now`, `setTimeout` and `clearTimeout` for whatever the session dates or waits for: that of a `TestWorld`, in a test. How
   * long it may compute without a rest goes by the host's own. Not with `worker`.
   */
  clock?: Clock | undefined;
  /**
   * Where the guard keeps its ledger and its vault, encrypted, between sessions: IndexedDB where there is one, nowhere
   * in Node, and nowhere with `null`. Without one every session is the first: nothing is lost by that, but a removal
   * can never have waited long enough, and of what a folder held before only what other devices left in the drive is
   * known. Not with `worker`, except for `null`.
   */
  store?: KeyValueStore | null | undefined;
  /** How careful the guard is. */
  policy?: GuardPolicy | undefined;
  /** Hears everything that happens until the session is closed. What it throws goes to `reportError`. */
  onEvent?: ((event: SessionEvent) => void) | undefined;
  /** Hears every WebSocket frame, for debugging. Frames hold no key, and ciphertext that the account's keys open. */
  onFrame?: ((frame: Frame) => void) | undefined;
  /**
   * Keeps so many of the newest frames, and as many events, from the first on: `inspector().show(session)` of `pinfold/inspect` shows them
   * whenever it is opened. None by default: frames cost memory, and those of a worker have to cross to this side. At most 100,000, and
   * never more than 16 million characters of frames. Any other number rejects with `misuse/bad-argument`.
   */
  keepRecent?: number | undefined;
}

/** A module that sessions of this thread run on. It is also what their realm is called by; see `DriveOwner`. */
export interface Engine {
  requireInit(): void;
  /** Undefined for the package's own. */
  sessions: RawSessions | undefined;
  /** Of its instance. */
  life: Life;
}

/** The package's own. */
export const HERE: Engine = { requireInit, sessions: undefined, life: lifeOf("pinfold") };
