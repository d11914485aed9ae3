import type { MailboxBackend } from "./backend.js";
import { call, waited } from "./call.js";
import { deferred } from "./deferred.js";
import { asyncDisposable, disposable } from "./dispose.js";
import { misuse } from "./errors.js";
import type { CallOptions, Listeners, MailboxEvent, WaitOptions } from "./events.js";
import type { MaybeAsyncDisposable, MaybeDisposable, Signal } from "./host-types.js";
import { notify } from "./notify.js";
import { deliveryFields, type DeliveryBackend, type DeliveryFields, type QuarantinedMessage } from "./objects.js";
import { Pace } from "./pace.js";

export type { QuarantinedMessage } from "./objects.js";

/** Which mailbox: the account's own, the support team's, the server's announcements, or that of a team. */
export type MailboxName = "notifications" | "supportteam" | "broadcast" | `team-${string}`;

export interface MailboxOptions extends CallOptions {
  /**
   * Reads the log from its beginning. Otherwise reading starts at the last message of the dismissed beginning, which is
   * delivered first, with `dismissed` set.
   */
  whole?: boolean;
  /**
   * How long messages wait, in milliseconds, until the folders, documents and teams they name are settled; after that
   * they are delivered with `unresolved` set. 30 seconds by default. What nobody asked for is not waited for: load the
   * drive before (and the teams; once one of them was asked for, all are waited for), or such messages come at once with
   * `unresolved` set, and the event `mailbox-notice` says `mailbox/not-loaded`.
   */
  patience?: number;
  /** Ends after the messages that were there, instead of waiting for new ones. */
  backlogOnly?: boolean;
  /** Called once, after the last of the messages that were there was delivered. */
  onBacklogEnded?: () => void;
}

/** One message as it was stored. One that does not open has `unreadable` set and no content. */
export class StoredMessage implements Readonly<DeliveryFields> {
  /** First 64 characters of the ciphertext: the protocol's name of the message. */
  readonly hash: string;
  /** Place among the messages of this reading, from 0; of an older message, on its page. */
  readonly position: number;
  /** When the server stored it, ms since 1970; null if it did not say. */
  readonly time: number | null;
  /** Curve25519 public key of the sender, base64; null where no key is known. */
  readonly author: string | null;
  /** What it claims of its sender, and whether the author's key bears it out; null where it does not open. */
  readonly sender: DeliveryFields["sender"];
  /** Whether the account dismissed it before. */
  readonly dismissed: boolean;
  /** Whether it names a folder, document or team that was not settled in time, or that nobody asked to load. */
  readonly unresolved: boolean;
  /** Why it is no news, or null: CryptPad would not show it (docs/mailbox.md). It is not counted in `news`. */
  readonly superseded: DeliveryFields["superseded"];
  /** Hashes of earlier messages that are no news any longer because of this one; some may have been delivered before. */
  readonly supersedes: DeliveryFields["supersedes"];
  /** What kind of message it is; null where its text is not of that form. */
  readonly type: string | null;
  /** What a message of a known type says, each field of its type or absent. */
  readonly facts: DeliveryFields["facts"];
  /** What it says: the `content` of its JSON, or its text where it is not of that form. */
  readonly content: unknown;
  /** Why it is in quarantine: `mailbox/malformed` if it opens and is no message, otherwise why it does not open. */
  readonly unreadable: DeliveryFields["unreadable"];

  constructor(fields: DeliveryFields) {
    this.hash = fields.hash;
    this.position = fields.position;
    this.time = fields.time;
    this.author = fields.author;
    this.sender = fields.sender;
    this.dismissed = fields.dismissed;
    this.unresolved = fields.unresolved;
    this.superseded = fields.superseded;
    this.supersedes = fields.supersedes;
    this.type = fields.type;
    this.facts = fields.facts;
    this.content = fields.content;
    this.unreadable = fields.unreadable;
  }
}

/**
 * One message in its place. A message that does not open is delivered too, so that positions never shift.
 *
 * One delivery is open at a time: asking for the next one leaves it.
 */
export class Delivery extends StoredMessage {
  #settled = false;
  #dismissal: Promise<void> | undefined;
  readonly #dismiss: (hash: string) => Promise<void>;

  /** Made by `Mailbox`. */
  constructor(fields: DeliveryFields, dismiss: (hash: string) => Promise<void>) {
    super(fields);
    this.#dismiss = dismiss;
  }

  get settled(): boolean {
    return this.#settled;
  }

  /**
   * Dismisses the message; also one that was left, while the mailbox is open. Resolves once the account document that
   * everybody reads holds it: a program that ends before gets the message again. A second call is the same dismissal.
   *
   * No client of the account shows the message or acts on it after that, and pinfold never does: a contact that accepted,
   * an offer of ownership are lost with it. It is for what the user is done with.
   *
   * Rejects with `edit/*`, `net/*`, `drive/incomplete`, `crypto/read-only` or `misuse/closed`; the message is then not
   * dismissed, except that after `edit/unconfirmed` it may be. A signal ends the wait of its call, and the dismissal takes its course.
   */
  dismiss({ signal }: WaitOptions = {}): Promise<void> {
    if (signal === undefined) return this.#dismissed();
    return waited(signal, () => this.#dismissed());
  }

  #dismissed(): Promise<void> {
    this.#settled = true;
    if (this.#dismissal) return this.#dismissal;
    const dismissal = this.#dismiss(this.hash);
    this.#dismissal = dismissal;
    // What failed can be tried again.
    dismissal.catch(() => { this.#dismissal = undefined; });
    return dismissal;
  }

  /** Leaves the message in the mailbox, unread as it was. A second call does nothing. */
  leave(): void {
    this.#settled = true;
  }
}
export interface Delivery extends MaybeDisposable {}
disposable(Delivery, (delivery) => delivery.leave());

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined };

/** What a mailbox needs of its session. */
export interface MailboxHost {
  /** Opens it once no other reader has it open; undefined if `ended` came first. */
  open(ended: Signal): Promise<MailboxBackend | undefined>;
  /** Counts a call that writes. */
  writing<T>(call: Promise<T>): Promise<T>;
}

/** The messages of one mailbox in the order of the server's log, then new ones as they come. Opened by the first `next()`. */
export class Mailbox {
  readonly name: MailboxName;
  readonly #host: MailboxHost;
  readonly #ending = new AbortController();
  readonly #listeners: Listeners;
  readonly #options: MailboxOptions;
  #raw: MailboxBackend | undefined;
  #state: MailboxEvent | undefined;
  #unlisten: () => void = () => {};
  #current: Delivery | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  readonly #pace = new Pace();
  #backlogEnded = false;
  #closed = false;
  /** Ends the wait of the step that runs now. */
  #stop: (() => void) | undefined;

  /** Made by `Session.mailbox`. */
  constructor(name: MailboxName, host: MailboxHost, listeners: Listeners, options: MailboxOptions) {
    this.name = name;
    this.#host = host;
    this.#listeners = listeners;
    this.#options = options;
  }

  /** True once everything that was in the mailbox when it was opened has been delivered. */
  get backlogEnded(): boolean {
    return this.#backlogEnded;
  }

  /** Messages that are not dismissed; null until the log has been read. */
  get unread(): number | null {
    return this.#state?.unread ?? null;
  }

  /** How many of those are news (see `Delivery.superseded`); null until the log has been read. */
  get news(): number | null {
    return this.#state?.news ?? null;
  }

  /** What the next message waits for, and those behind it with it; null while nothing waits. */
  get held(): MailboxEvent["held"] {
    return this.#state?.held ?? null;
  }

  /**
   * Messages from before the oldest that arrived, in the server's order: 50 at most, dismissed or not. They stand
   * outside the iteration. `more` says whether there may be still older ones.
   *
   * Rejects with `mailbox/anchor-lost`, `net/*`, or with `misuse/closed` before the first `next()` and after the end.
   */
  async older(count = 50, { signal }: WaitOptions = {}): Promise<{ readonly messages: readonly StoredMessage[]; readonly more: boolean }> {
    if (!Number.isInteger(count) || count < 1) {
      throw misuse("misuse/bad-argument", "count must be a whole number from 1 on", { argument: "count" });
    }
    const { letters, more } = await waited(signal, () => this.#opened().older(count));
    return { messages: letters.map((letter) => new StoredMessage(letter)), more };
  }

  /** What was delivered, cannot be read and is not dismissed. Rejects with `misuse/closed` as `older` does. */
  quarantine({ signal }: WaitOptions = {}): Promise<readonly QuarantinedMessage[]> {
    return waited(signal, async () => this.#opened().quarantine());
  }

  #opened(): MailboxBackend {
    if (!this.#raw) throw misuse("misuse/closed", "the mailbox is not open", { closed: "mailbox" });
    return this.#raw;
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

  /** Leaves the open delivery as it is and stops reading. A second call does nothing. */
  async close(): Promise<void> {
    this.#end();
  }

  #end(): void {
    this.#closed = true;
    this.#ending.abort();
    this.#current?.leave();
    this.#stop?.();
    this.#unlisten();
    this.#raw?.free();
    this.#raw = undefined;
  }

  async #step(): Promise<IteratorResult<Delivery, undefined>> {
    this.#current?.leave();
    await this.#pace.step();
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
      this.#current = new Delivery(deliveryFields(found), (hash) => this.#host.writing(call(undefined, async () => this.#opened().dismiss(hash))));
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
    this.#unlisten = this.#listeners.add((event) => {
      if (event.type === "mailbox" && event.mailbox === this.name) this.#state = event;
    });
    const { signal } = this.#options;
    const onAbort = (): void => this.#ending.abort();
    signal?.addEventListener("abort", onAbort, { once: true });
    const raw = await this.#host.open(this.#ending.signal).finally(() => signal?.removeEventListener("abort", onAbort));
    if (!raw) return signal?.throwIfAborted();
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

export interface Mailbox extends MaybeAsyncDisposable {}
asyncDisposable(Mailbox, (mailbox) => mailbox.close());

const NAMES: readonly string[] = ["notifications", "supportteam", "broadcast"] satisfies readonly MailboxName[];
const TEAM = /^team-./;

/** Throws `misuse/bad-argument` for any other name. */
export function checkMailboxName(name: string): void {
  if (!NAMES.includes(name) && !TEAM.test(name)) {
    throw misuse("misuse/bad-argument", `no mailbox is called that; there are ${NAMES.join(", ")} and team-…`, { argument: "name" });
  }
}
