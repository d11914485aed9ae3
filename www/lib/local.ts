import type {
  Account, DeliveryBackend, DriveBackend, MailboxBackend, PinReceipt, PinSetBackend, RawMailboxLike, SessionBackend,
} from "./backend.js";
import { deferred } from "./deferred.js";
import type { Listeners } from "./events.js";
import { RawSession, type Credentials, type RawDrive, type RawOptions, type RawPinSet } from "./pinfold.js";

/** The generated module in this thread. */
export class LocalSession implements SessionBackend {
  readonly #raw: RawSession;
  readonly #listeners: Listeners;

  private constructor(raw: RawSession, listeners: Listeners) {
    this.#raw = raw;
    this.#listeners = listeners;
  }

  static async open(credentials: Credentials, options: Omit<RawOptions, "onEvent">, listeners: Listeners): Promise<LocalSession> {
    const raw = await RawSession.open(credentials, { ...options, onEvent: listeners.emit });
    return new LocalSession(raw, listeners);
  }

  account(): Account {
    return this.#raw.account();
  }

  loadDrive(signal?: AbortSignal): Promise<DriveBackend> {
    return this.#raw.loadDrive(signal);
  }

  // Objects of another thread never get here: see `realm` in drive.ts.
  syncPins(pins: PinSetBackend, signal?: AbortSignal): Promise<PinReceipt> {
    return this.#raw.syncPins(pins as RawPinSet, signal);
  }

  addPins(drive: DriveBackend, signal?: AbortSignal): Promise<PinReceipt> {
    return this.#raw.addPins(drive as RawDrive, signal);
  }

  async openMailbox(name: string, signal?: AbortSignal): Promise<MailboxBackend> {
    return new LocalMailbox(await this.#raw.openMailbox(name, signal), this.#listeners);
  }

  close(): void {
    this.#raw.close();
  }

  free(): void {
    this.#raw.free();
  }
}

/** Turns the module's flag into a promise that resolves after the last message of the backlog was handed out. */
class LocalMailbox implements MailboxBackend {
  readonly #raw: RawMailboxLike;
  readonly #ended = deferred<void>();
  readonly #unlisten: () => void;
  #freed = false;

  constructor(raw: RawMailboxLike, listeners: Listeners) {
    this.#raw = raw;
    this.#unlisten = listeners.addProgress(() => this.#checkLater(), ["mailbox"]);
    this.#checkLater();
  }

  get backlogEnd(): Promise<void> {
    return this.#ended.promise;
  }

  async next(): Promise<DeliveryBackend | undefined> {
    const delivery = await this.#raw.next();
    this.#checkLater();
    return delivery;
  }

  free(): void {
    this.#freed = true;
    this.#unlisten();
    this.#raw.free();
  }

  /** The last message may still be on its way through promises, or to another thread: looks a task later. */
  #checkLater(): void {
    setTimeout(() => this.#check(), 0);
  }

  #check(): void {
    if (this.#freed || !this.#raw.backlogEnded) return;
    this.#unlisten();
    this.#ended.resolve();
  }
}
