import { deliveryFields, type DeliveryBackend, type DeliveryFields, type MailboxBackend } from "./backend.js";
import { call } from "./call.js";
import { deferred } from "./deferred.js";
import { misuse } from "./errors.js";
import { notify, type CallOptions, type Listeners } from "./events.js";

/** Which mailbox: the account's own, the support team's, or the server's announcements. */
export type MailboxName = "notifications" | "supportteam" | "broadcast";

export interface MailboxOptions extends CallOptions {
  /**
   * Reads the log from its beginning. Otherwise reading starts at the last message of the dismissed beginning, which is
   * delivered first, with `viewed` set.
   */
  whole?: boolean;
  /** Ends after the messages that were there, instead of waiting for new ones. */
  backlogOnly?: boolean;
  /** Called once, after the last of the messages that were there was delivered. */
  onBacklogEnded?: () => void;
}

/**
 * One message in its place. A message that does not open is delivered too, with `unreadable` set and no content, so
 * that positions never shift.
 *
 * One delivery is open at a time: asking for the next one settles it as `keep()`.
 */
export class Delivery implements Readonly<DeliveryFields>, Disposable {
  /** First 64 characters of the ciphertext: the protocol's name of the message. */
  readonly hash: string;
  /** Place among the messages of this reading, from 0. */
  readonly position: number;
  /** When the server stored it, ms since 1970; null if it did not say. */
  readonly time: number | null;
  /** Curve25519 public key of the sender, base64; null where there is none. */
  readonly author: string | null;
  /** Whether the account dismissed it before. */
  readonly viewed: boolean;
  /** What kind of message it is; null where its text is not of that form. */
  readonly type: string | null;
  /** What it says: the `content` of its JSON, or its text where it is not of that form. */
  readonly content: unknown;
  /** Why it could not be opened, or null. */
  readonly unreadable: DeliveryFields["unreadable"];
  #settled = false;

  constructor(fields: DeliveryFields) {
    this.hash = fields.hash;
    this.position = fields.position;
    this.time = fields.time;
    this.author = fields.author;
    this.viewed = fields.viewed;
    this.type = fields.type;
    this.content = fields.content;
    this.unreadable = fields.unreadable;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /** Leaves the message in the mailbox, unread as it was. A second call does nothing. */
  keep(): void {
    this.#settled = true;
  }

  [Symbol.dispose](): void {
    this.keep();
  }
}

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** The messages of one mailbox in the order of the server's log, then new ones as they come. Opened by the first `next()`. */
export class Mailbox implements AsyncIterableIterator<Delivery, undefined>, AsyncDisposable {
  readonly name: MailboxName;
  readonly #open: () => Promise<MailboxBackend>;
  readonly #listeners: Listeners;
  readonly #options: MailboxOptions;
  #raw: MailboxBackend | undefined;
  #current: Delivery | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #backlogEnded = false;
  #closed = false;
  /** Ends the wait of the step that runs now. */
  #stop: (() => void) | undefined;

  /** Made by `Session.mailbox`. */
  constructor(name: MailboxName, open: () => Promise<MailboxBackend>, listeners: Listeners, options: MailboxOptions) {
    this.name = name;
    this.#open = open;
    this.#listeners = listeners;
    this.#options = options;
  }

  /** True once everything that was in the mailbox when it was opened has been delivered. */
  get backlogEnded(): boolean {
    return this.#backlogEnded;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The next message; several calls are answered one after another. */
  next(): Promise<IteratorResult<Delivery, undefined>> {
    const turn = this.#turn.then(() => this.#step());
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Stops reading; a `next()` that still waits is answered with the end. */
  async return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    return DONE;
  }

  /** Settles the open delivery as `keep()` and stops reading. A second call does nothing. */
  async close(): Promise<void> {
    this.#end();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #end(): void {
    this.#closed = true;
    this.#current?.keep();
    this.#stop?.();
    this.#raw?.free();
    this.#raw = undefined;
  }

  async #step(): Promise<IteratorResult<Delivery, undefined>> {
    this.#current?.keep();
    const { signal, onProgress, backlogOnly } = this.#options;
    const remove = this.#listeners.addProgress(onProgress, ["mailbox"]);
    try {
      const found = await call(signal, async () => {
        if (!this.#closed && !this.#raw) await this.#start();
        if (this.#closed || !this.#raw || (backlogOnly && this.#backlogEnded)) return undefined;
        return this.#wait(this.#raw);
      });
      if (!found) {
        this.#end();
        return DONE;
      }
      this.#current = new Delivery(deliveryFields(found));
      found.free();
      return { done: false, value: this.#current };
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      remove();
    }
  }

  async #start(): Promise<void> {
    const raw = await this.#open();
    if (this.#closed) return raw.free();
    this.#raw = raw;
    void raw.backlogEnd.then(() => {
      this.#backlogEnded = true;
      notify(this.#options.onBacklogEnded, undefined);
      if (this.#options.backlogOnly) this.#stop?.();
    });
  }

  /** The next message, or undefined at the end of what was asked for; rejects with the reason of the signal. */
  async #wait(raw: MailboxBackend): Promise<DeliveryBackend | undefined> {
    const { signal } = this.#options;
    const stopped = deferred<undefined>();
    const onAbort = () => stopped.reject(signal?.reason);
    this.#stop = () => stopped.resolve(undefined);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([raw.next(), stopped.promise]);
    } finally {
      this.#stop = undefined;
      signal?.removeEventListener("abort", onAbort);
    }
  }
}

const NAMES: readonly string[] = ["notifications", "supportteam", "broadcast"] satisfies readonly MailboxName[];

/** Throws `misuse/bad-argument` for any other name. */
export function checkMailboxName(name: string): void {
  if (!NAMES.includes(name)) {
    throw misuse("misuse/bad-argument", `no mailbox is called that; there are ${NAMES.join(", ")}`, { argument: "name" });
  }
}
