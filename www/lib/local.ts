import type { MailboxBackend, MailboxReading, SessionBackend } from "./backend.js";
import { guarded, HOST_CLOCK } from "./clock.js";
import type { CallArgs, CallName, CallResult } from "./calls.js";
import { deferred } from "./deferred.js";
import type { Listeners } from "./events.js";
import { Handle } from "./handle.js";
import type { Signal } from "./host-types.js";
import { after } from "./later.js";
import {
  deliveryFields, type Account, type DeliveryBackend, type DriveBackend, type OlderMessages, type PinSetBackend,
  type QuarantinedMessage,
} from "./objects.js";
import type { Engine } from "./options.js";
import { turn } from "./pace.js";
import type { Pause } from "./pause.js";
import {
  RawSession, type Credentials, type FolderReport, type RawDrive, type RawMailbox, type RawOptions, type RawPinSet,
  type SkippedItem,
} from "./pinfold.js";
import { Rest } from "./rest.js";
import { forLentBytes } from "./store.js";
import type { Life } from "./trap.js";

/** How long closing waits for the store, in milliseconds. */
const SAVING_MS = 1_000;

/** An argument as the module takes it. */
type Raw<A> = A extends DriveBackend ? RawDrive : A extends PinSetBackend ? RawPinSet : A;
type RawAll<T extends unknown[]> = { [A in keyof T]: Raw<T[A]> };

/** What the module must have for the table. */
type RawCalls = {
  [N in CallName]: (...args: [...RawAll<CallArgs<N>>, signal?: Signal]) => CallResult<N> | Promise<CallResult<N>>;
};

/** Where sessions come from: the package's module, or the larger one of `pinfold/recovery`. */
export type RawSessions<R extends RawSession = RawSession> = { open(credentials: Credentials, options: RawOptions): Promise<R> };

/** The generated module in this thread. Whoever frees these objects does so through a `Handle`. */
export class LocalSession implements SessionBackend {
  readonly #raw: RawSession;
  readonly #listeners: Listeners;
  readonly #life: Life;
  readonly #rest: Rest;
  readonly #unheard: () => void;

  private constructor(raw: RawSession, listeners: Listeners, life: Life, rest: Rest, closeSocket: () => void) {
    this.#raw = raw;
    this.#rest = rest;
    this.#listeners = listeners;
    this.#life = life;
    this.#unheard = life.onEnd(({ code, message }) => {
      closeSocket();
      listeners.emit({ type: "ended", code, message });
    });
  }

  static async open(
    credentials: Credentials,
    options: Omit<RawOptions, "onEvent" | "turn">,
    listeners: Listeners,
    { sessions = RawSession, life }: Pick<Engine, "sessions" | "life">,
    pause?: Pick<Pause, "resumed">,
  ): Promise<LocalSession> {
    const [webSocket, closeSocket] = life.sockets(options.webSocket ?? globalThis.WebSocket);
    const rest = new Rest(pause);
    const store = options.store && { store: forLentBytes(options.store) };
    const own = { ...options, clock: options.clock ? guarded(options.clock) : HOST_CLOCK, ...store, ...(webSocket ? { webSocket } : {}), onEvent: listeners.emit, turn: () => rest.turn() };
    const raw = await life.during(sessions.open(credentials, own)).catch((error: unknown) => {
      if (error === life.end) closeSocket();
      throw error;
    });
    return new LocalSession(raw, listeners, life, rest, closeSocket);
  }

  account(): Account {
    return this.#raw.account();
  }

  async loadDrive(signal?: Signal, team?: string): Promise<DriveBackend> {
    const raw = await this.#life.during(this.#raw.loadDrive(signal, team));
    // What a large drive comes to takes a while. It is worked out in short tasks; the last two have one each, and what they give is kept.
    try {
      while (raw.work()) {
        await turn();
        signal?.throwIfAborted();
      }
      for (const piece of [() => raw.pinCount(), () => raw.pinDigest()]) {
        await turn();
        signal?.throwIfAborted();
        piece();
      }
    } catch (error) {
      raw.free();
      throw error;
    }
    return new LocalDrive(raw);
  }

  /** Every call of the table stands in the module under its name, with the signal as its last argument. */
  async call<N extends CallName>(name: N, args: CallArgs<N>, signal?: Signal): Promise<CallResult<N>> {
    const calls: RawCalls = this.#raw;
    // Objects of another thread never get here: see `realm` in drive.ts.
    const own = (args as readonly unknown[]).map((arg) => (arg instanceof LocalDrive ? arg.raw : arg));
    const run = calls[name] as (...args: unknown[]) => unknown;
    return this.#life.during(Promise.resolve(run.apply(calls, [...own, signal]) as CallResult<N> | Promise<CallResult<N>>));
  }

  async openMailbox(name: string, { whole, patience }: MailboxReading, signal?: Signal): Promise<MailboxBackend> {
    return new LocalMailbox(await this.#life.during(this.#raw.openMailbox(name, signal, whole, patience)), this.#listeners, this.#life);
  }

  async close(): Promise<void> {
    try {
      if (!this.#life.end) await after(SAVING_MS, this.#life.during(this.#raw.saved()));
    } finally {
      // After its end there is nothing left to close.
      if (!this.#life.end) this.#raw.close();
      this.#rest.end();
      this.#unheard();
    }
  }

  free(): void {
    this.#raw.free();
  }
}

class LocalDrive implements DriveBackend {
  readonly raw: RawDrive;

  constructor(raw: RawDrive) {
    this.raw = raw;
  }

  get complete(): boolean {
    return this.raw.complete;
  }

  folders = (): FolderReport[] => this.raw.folders();
  documents = (): number => this.raw.documents();
  pinCount = (): number => this.raw.pinCount();
  pinDigest = (): string => this.raw.pinDigest();
  channels = (): string[] => this.raw.channels();
  skipped = (): SkippedItem[] => this.raw.skipped();
  pinSet = (): PinSetBackend => this.raw.pinSet();
  document = async (folder: string | undefined): Promise<string | undefined> => this.raw.json(folder);
  free = (): void => this.raw.free();
}

/** Turns the module's flag into a promise that resolves after the last message of the backlog was handed out. */
class LocalMailbox implements MailboxBackend {
  readonly #raw: RawMailbox;
  readonly #handle: Handle<RawMailbox>;
  readonly #ended = deferred<void>();
  readonly #unlisten: () => void;
  readonly #life: Life;

  constructor(raw: RawMailbox, listeners: Listeners, life: Life) {
    this.#raw = raw;
    this.#life = life;
    this.#handle = new Handle("mailbox", raw);
    this.#unlisten = listeners.addProgress(() => this.#check(), ["mailbox"]);
    this.#check();
  }

  get backlogEnd(): Promise<void> {
    return this.#ended.promise;
  }

  async next(): Promise<DeliveryBackend | undefined> {
    const delivery = await this.#handle.during((raw) => this.#life.during(raw.next()));
    this.#check();
    return delivery;
  }

  async dismiss(hash: string): Promise<void> {
    await this.#handle.during((raw) => this.#life.during(raw.dismiss(hash)));
  }

  async older(count: number): Promise<OlderMessages> {
    const { letters, more } = await this.#handle.during((raw) => this.#life.during(raw.older(count)));
    const fields = letters.map((letter) => deliveryFields(letter));
    for (const letter of letters) letter.free();
    return { letters: fields, more };
  }

  async quarantine(): Promise<QuarantinedMessage[]> {
    return this.#handle.get().quarantine();
  }

  free(): void {
    if (!this.#handle.open) return;
    this.#unlisten();
    if (!this.#life.end) this.#raw.close();
    this.#handle.release();
  }

  #check(): void {
    if (!this.#handle.open || !this.#raw.backlogEnded) return;
    this.#unlisten();
    // The last message may still be on its way through promises, or to another thread: a task later it has arrived.
    setTimeout(() => this.#ended.resolve(), 0);
  }
}
