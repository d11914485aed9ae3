import { given, json, keyOf, text } from "./arguments.js";
import type { MailboxBackend, SessionBackend } from "./backend.js";
import { call, waited } from "./call.js";
import { HOST_CLOCK, type Clock } from "./clock.js";
import type { CallArgs } from "./calls.js";
import { checkEdits, checkListener } from "./checked.js";
import type { AnonymousDrive, SessionCredentials } from "./credentials.js";
import { asyncDisposable } from "./dispose.js";
import { internals, type CompletePinSet, type Drive, type JsonValue } from "./drive.js";
import type { Edit, EditOptions, FolderOptions } from "./edit.js";
import { misuse, withAddress } from "./errors.js";
import { Listeners, type CallOptions, type EventOf, type SessionEvent, type WaitOptions } from "./events.js";
import { Handle } from "./handle.js";
import type { MaybeAsyncDisposable, Signal } from "./host-types.js";
import { Lent } from "./lent.js";
import { checkMailboxName, Mailbox, type MailboxName, type MailboxOptions } from "./mailbox.js";
import { MailboxTurns } from "./mailbox-turns.js";
import type { Account, GuardReport, PinPlan, PinReceipt } from "./objects.js";
import { opened } from "./opening.js";
import { HERE, type Engine, type Message, type OpenOptions, type Recipient } from "./options.js";
import { StateKeeper, type SessionState, type Writes } from "./state.js";
import { Turns } from "./turns.js";
import { changesOf, type DriveChange } from "./watching.js";

export type { Clock } from "./clock.js";
export type { AnonymousDrive, SessionCredentials } from "./credentials.js";
export type { Edit, EditOptions, FolderOptions } from "./edit.js";
export type { Account, GuardPolicy, GuardReport, PinPlan, PinReceipt } from "./objects.js";
export type { Engine, Message, OpenOptions, Recipient, WebSocketConstructor } from "./options.js";
export type { DriveFacts, SessionState, StateEvent } from "./state.js";
export type { DriveChange } from "./watching.js";
export type { WorkerLike } from "./worker-host.js";

/** For `pinfold/recovery`: a session on another module, and what is lent under it. */
export let openOn: (engine: Engine, credentials: SessionCredentials | AnonymousDrive, options: OpenOptions) => Promise<{ session: Session; lent: Lent; keeper: Writes }>;

/** An account that is logged in. Close it: that wipes the keys at once, which the garbage collector does not. */
export class Session {
  readonly #handle: Handle<SessionBackend>;
  readonly #listeners: Listeners;
  readonly #realm: object;
  readonly #mailboxes = new Set<Mailbox>();
  readonly #lent = new Lent();
  readonly #keeper: StateKeeper;
  readonly #origin: string;
  #clock: Clock = HOST_CLOCK;
  /** What the engine does one at a time. */
  readonly #turns = new Turns();
  readonly #readers = new MailboxTurns();
  #closing: Promise<void> | undefined;

  /** Who is logged in: public facts only. */
  readonly account: Account;

  static {
    openOn = async (engine, credentials, options) => {
      const session = await Session.#start(credentials, options, false, engine);
      return { session, lent: session.#lent, keeper: session.#keeper };
    };
  }

  private constructor(backend: SessionBackend, listeners: Listeners, realm: object, keeper: StateKeeper, origin: string) {
    if (!(listeners instanceof Listeners)) throw misuse("misuse/bad-argument", "sessions are made by Session.open", { argument: "Session" });
    [this.#keeper, this.#origin] = [keeper, origin];
    this.#handle = new Handle("session", backend);
    this.#listeners = listeners.of(this);
    this.#realm = realm;
    listeners.add((event) => void (event.type === "ended" && this.close().catch(() => {})));
    this.account = backend.account();
  }

  /**
   * Derives the keys, opens the login block and connects. With `anonymous` in place of name and password it opens a drive that belongs to no
   * account: everything works but pins, folders of one's own and mailboxes, which need a key (`drive/anonymous`).
   *
   * `onProgress` and `onEvent` also hear what later calls of this session do; `signal` belongs to this call alone.
   *
   * Rejects with `login/*`, `block/*`, `href/*`, `net/*`, `peer/*`, or `misuse/*`.
   */
  static open(credentials: SessionCredentials | AnonymousDrive, options: OpenOptions = {}): Promise<Session> {
    return Session.#start(credentials, options, false);
  }

  /**
   * Creates an account and logs in to it: a document with fresh keys, then the login block. The name is trimmed; the password has at least 8
   * characters. Nothing is pinned yet: load the drive and sync its pins. Resolves when the log-in block was read back: what was written
   * there can be logged in to.
   *
   * Rejects with `login/taken`, `login/closed`, `login/block-hidden`, `login/unconfirmed` (it was sent, and nothing tells whether it arrived:
   * `open` does), `edit/*`, `net/*`, `peer/*`, or `misuse/*`.
   */
  static register(credentials: SessionCredentials, options: OpenOptions = {}): Promise<Session> {
    return Session.#start(credentials, options, true);
  }

  static #start(credentials: SessionCredentials | AnonymousDrive, options: OpenOptions, register: boolean, engine = HERE): Promise<Session> {
    return opened(credentials, options, register, engine, (...parts) => {
      const session = new Session(...parts);
      session.#clock = options.clock ?? HOST_CLOCK;
      return session;
    });
  }

  /**
   * Calls `listener` for every event from now on, or for those of one type, until the function that it returns is called. After
   * `close()` there are none. What it throws goes to `reportError`.
   */
  on(listener: (event: SessionEvent) => void): () => void;
  on<Type extends SessionEvent["type"]>(type: Type, listener: (event: EventOf<Type>) => void): () => void;
  on(which: SessionEvent["type"] | ((event: SessionEvent) => void), listener?: (event: never) => void): () => void {
    if (typeof which === "function") return this.#listeners.add(which);
    const hear = checkListener(which, listener);
    return this.#listeners.add((event) => void (event.type === which && hear(event)));
  }

  /** How the session is now. The event `state` tells when it is another one. */
  get state(): SessionState {
    return this.#keeper.state;
  }

  /** Whether there is a connection. */
  get online(): boolean {
    return this.state.online;
  }

  /** Whether `close()` was called. */
  get closed(): boolean {
    return this.state.closed;
  }

  /** Whether nothing that was asked for is still on its way: see `SessionState`. */
  get safeToClose(): boolean {
    return this.state.safeToClose;
  }

  /** The user's drive as it was loaded last. */
  get drive(): Drive | null {
    return this.#keeper.drive;
  }

  /**
   * Loads the drive and settles every shared folder it declares. A folder that cannot be loaded does not reject: it
   * makes the drive partial. Calls at the same time, also of `loadTeam`, `syncPins`, `addPins` and `createFolder`, are done one after another.
   *
   * Rejects with `drive/unreadable`, `net/*`, `peer/*` or `misuse/closed`.
   */
  loadDrive(options: CallOptions = {}): Promise<Drive> {
    return this.#load(options);
  }

  /**
   * Loads a team's drive: its document, its roster and its folders. `id` is one of `account.teams`. The result is pinned under the team's own
   * key, and nothing about it touches the user's drive or another team.
   *
   * Rejects with `team/*`, `drive/unreadable`, `net/*`, `peer/*` or `misuse/closed`.
   */
  async loadTeam(id: string, options: CallOptions = {}): Promise<Drive> {
    return this.#load(options, text(id, "id"));
  }

  async #load(options: CallOptions, team?: string): Promise<Drive> {
    const { signal, onProgress } = options;
    const remove = this.#listeners.addProgress(onProgress, ["connect", "drive", "folders"]);
    try {
      const raw = await this.#inTurn(signal, (backend) => backend.loadDrive(signal, team));
      if (!this.#handle.open) {
        // The session was closed between the answer and this line, and nothing of it may live on.
        raw.free();
        this.#handle.get();
      }
      const drive = internals.makeDrive(raw, {
        realm: this.#realm,
        lent: this.#lent,
        loadDrive: (again = {}) => this.#load(again, team),
      });
      if (team === undefined) this.#keeper.loaded(drive);
      return drive;
    } finally {
      remove();
    }
  }

  /**
   * Stays current: from now on, whatever appears in a drive that was loaded (the user's, a team's) is pinned by itself within a second, and
   * new folders are read. The events `changed` and `followed` tell of it. Nothing is ever unpinned. Where the account may write, entries of
   * office documents that lack their real-time channel are given it.
   *
   * Rejects with `misuse/closed`.
   */
  followChanges({ signal }: WaitOptions = {}): Promise<void> {
    return waited(signal, () => this.#handle.during((backend) => backend.call("followChanges", [])));
  }

  /**
   * The drive now, and again whenever it has become another one, with what is different. It calls `followChanges()`, so what appears is
   * pinned as well. Changes that come while one is looked at are one. It goes on through lost connections and ends with the session.
   *
   * Rejects as `loadDrive` and `loadTeam`, but not with `net/*`.
   */
  async *changes({ team, signal }: WaitOptions & { team?: string | undefined } = {}): AsyncGenerator<DriveChange, void, void> {
    await this.followChanges({ signal });
    yield* changesOf({ listeners: this.#listeners, closed: () => this.closed, team, signal, clock: this.#clock, load: () => this.#load({ signal }, team) });
  }

  /**
   * What sending the pins of `drive` would change: what is new, what is no longer named and why, what is kept all the same. Show it where
   * `needsConsent` is set, and pass its `digest` to `syncPins` if the user agrees.
   *
   * Rejects with `misuse/*`.
   */
  plan(drive: Drive, { signal }: WaitOptions = {}): Promise<PinPlan> {
    return waited(signal, () => this.#handle.during((backend) =>
      internals.driveHandle(drive, this.#realm).during((raw) => backend.call("plan", [raw]))));
  }

  /**
   * Makes the server's list equal to `pins` and what the guard keeps beside them: adds what is missing, replaces the list only if it holds
   * a surplus of which every id is accounted for and nobody changed it meanwhile, and has the result confirmed: after anything was sent, the
   * server reads its list back from its disk. What it does not take, for its quota or any other reason, keeps nothing else out: the receipt's
   * `refused` names it. A list with ids that nobody recorded is added to and kept: the receipt then says `surplusRetained`, and `plan()` asks
   * for consent to give that list up. The set can be used again.
   *
   * `consent` is the digest of the plan that the user agreed to. Removals that need consent begin their wait with it,
   * and stay pinned until it is over.
   *
   * Rejects with `pins/*` (`pins/stale-consent` when the difference is another one by now, `pins/over-limit` when not a
   * single id was taken), `drive/anonymous`, `rpc/*`, `net/*` or `misuse/*`.
   */
  syncPins(pins: CompletePinSet, options: CallOptions & { consent?: string | undefined } = {}): Promise<PinReceipt> {
    return this.#pin(options, (backend, signal) =>
      internals.pinSetHandle(pins, this.#realm).during((raw) => backend.call("syncPins", [raw, options.consent], signal)));
  }

  /**
   * Adds the pins that `drive` names and removes none, so a partial drive will do. Where the server's list holds more
   * than that, its hash cannot confirm the additions: the receipt then says `surplusRetained` instead of `confirmed`.
   *
   * Rejects as `syncPins`.
   */
  addPins(drive: Drive, options: CallOptions = {}): Promise<PinReceipt> {
    return this.#pin(options, (backend, signal) =>
      internals.driveHandle(drive, this.#realm).during((raw) => backend.call("addPins", [raw], signal)));
  }

  /** The vault's keys by name, deletion notices, and evidence against the server. No key itself is in it. */
  guard({ signal }: WaitOptions = {}): Promise<GuardReport> {
    return waited(signal, () => this.#handle.during((backend) => backend.call("guard", [])));
  }

  /**
   * What is kept of an entry: what opens it, link and password included, and what it was called; undefined when there is none. `id` names one
   * of several keys of a channel, as `guard()` lists them; without it it is the best of them.
   */
  async vaultEntry(channel: string, { id, signal }: WaitOptions & { id?: string | undefined } = {}): Promise<JsonValue | undefined> {
    const json = await waited(signal, () => this.#handle.during((backend) => backend.call("vaultEntry", [keyOf(channel, id)])));
    return json === undefined ? undefined : (JSON.parse(json) as JsonValue);
  }

  /**
   * Puts a kept entry back into the drive, or into the folder it stood in. Resolves once the server has stored it; it counts as restored from
   * then on, and is kept as before if that fails. `guard()` lists what there is.
   *
   * Rejects with `misuse/bad-argument` when nothing is kept for the channel, `edit/absent` when the folder it stood in is no longer in the
   * drive (put that back first), and as `edit`.
   */
  putBack(channel: string, { signal, id }: { signal?: Signal | undefined; id?: string | undefined } = {}): Promise<void> {
    return this.#write(signal, (backend) => backend.call("putBack", [keyOf(channel, id)], signal));
  }

  /** The user gives a kept key up. There is no other way for one to leave the vault. */
  discardKey(channel: string, { id, signal }: WaitOptions & { id?: string | undefined } = {}): Promise<void> {
    return waited(signal, () => this.#write(undefined, (backend) => backend.call("discardKey", [keyOf(channel, id)])));
  }

  /**
   * A mailbox, opened when its first message is asked for; where another reader has it open, when that one is closed. Its iterator rejects
   * with `mailbox/*`, `net/*`, `peer/*` or `misuse/closed`.
   */
  mailbox(name: MailboxName, options: MailboxOptions = {}): Mailbox {
    checkMailboxName(name);
    this.#handle.get();
    const open = (ended: Signal): Promise<MailboxBackend | undefined> => this.#readers.open(name, ended, () => this.#handle.during((backend) =>
      backend.openMailbox(name, { whole: options.whole ?? false, patience: options.patience }, options.signal)));
    const mailbox = new Mailbox(name, { open, writing: (call) => this.#keeper.writing(call) }, this.#listeners, options);
    this.#mailboxes.add(mailbox);
    return mailbox;
  }

  /**
   * Seals a message to somebody and has the server store it. What the account says of itself is added to the content, as `user`. Resolves to
   * when the server stored it, in ms since 1970, or null if it did not say.
   *
   * Rejects with `rpc/refused`, `net/*`, `drive/unreadable` or `misuse/*`. After `net/*`, or the reason of the signal, it may have been stored.
   */
  async send(recipient: Recipient, message: Message, { signal }: WaitOptions = {}): Promise<number | null> {
    const { type, content = {} } = given(message, "message");
    if (typeof type !== "string" || type === "") {
      throw misuse("misuse/bad-argument", "type must be a text of at least one character", { argument: "type" });
    }
    const letter: CallArgs<"sendLetter"> = [String(given(recipient, "recipient").curvePublic), String(recipient.notifications), type, json(content, "content")];
    return waited(signal, () => this.#write(undefined, (backend) => backend.call("sendLetter", letter)));
  }

  /**
   * Edits the drive, a team's drive or a shared folder: all of the edits, or none. Resolves once the server has stored them and they are in
   * the document that everybody reads. Waits while there is no connection. The edits of one document are done in the order of the calls.
   *
   * Rejects with `edit/*` (`edit/absent` when what an edit is about is not there), `crypto/read-only`,
   * `drive/incomplete` for a folder or team that was not loaded, `team/*` (`team/viewer` when the account may only read
   * there), `href/*`, `net/*` or `misuse/*`. Nothing was changed then; only after `edit/unconfirmed` it may have been, and doing it again does no harm.
   */
  async edit(edits: Edit | readonly Edit[], { folder, team, signal }: EditOptions = {}): Promise<void> {
    const list = json(checkEdits(Array.isArray(edits) ? edits : [edits]), "edits");
    return this.#write(signal, (backend) => backend.call("edit", [list, folder, team], signal));
  }

  /**
   * Creates a shared folder that the account owns and puts it into the drive. Resolves to its entry's id, to be given to `edit` once the drive
   * was loaded again. It is pinned with the next set that is synced.
   *
   * Rejects as `edit`. After `net/*` or `edit/unconfirmed` the folder may have been made: load the drive and look, because a second call makes a
   * second folder.
   */
  createFolder(title: string, { password, path = [], signal }: FolderOptions = {}): Promise<string> {
    return this.#keeper.writing(this.#inTurn(signal, (backend) => backend.call("createFolder", [String(title), path.map(String), password], signal)));
  }

  /** The ids of everything in the trash of the user's drive, or of a team's: what `emptyTrash` may name. */
  trash({ team, signal }: WaitOptions & { team?: string | undefined } = {}): Promise<string[]> {
    return waited(signal, () => this.#handle.during((backend) => backend.call("trash", [team])));
  }

  /**
   * Ends the mailboxes, closes the connection and wipes the keys, at once or as soon as the store has what the session learnt: a second at
   * most. The drives and pin sets that it handed out are closed and wiped with it. Calls from here on, and calls that still wait, reject
   * with `misuse/closed`. A second call is the same as the first.
   */
  close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = this.#close(this.#handle.retire());
      // Last: whoever hears of it may call this again.
      this.#keeper.closed();
    }
    return this.#closing;
  }

  async #close(backend: SessionBackend | undefined): Promise<void> {
    await Promise.all([...this.#mailboxes].map((mailbox) => mailbox.close()));
    this.#mailboxes.clear();
    try {
      if (backend) await call(undefined, () => backend.close());
    } finally {
      this.#lent.close();
      this.#handle.release();
    }
  }

  async #pin({ signal, onProgress }: CallOptions, send: (backend: SessionBackend, signal?: Signal) => Promise<PinReceipt>): Promise<PinReceipt> {
    const remove = this.#listeners.addProgress(onProgress, ["pins"]);
    try {
      return await this.#keeper.writing(this.#inTurn(signal, (backend) => send(backend, signal)));
    } finally {
      remove();
    }
  }

  #write<T>(signal: Signal | undefined, write: (backend: SessionBackend) => Promise<T>): Promise<T> {
    return this.#keeper.writing(call(signal, () => this.#handle.during(write)));
  }

  /** What the engine does one at a time. */
  #inTurn<T>(signal: Signal | undefined, run: (backend: SessionBackend) => Promise<T>): Promise<T> {
    return this.#turns.take(signal, () => call(signal, () => this.#handle.during(run))).catch((error: unknown) => {
      throw withAddress(error, this.#origin);
    });
  }
}

export interface Session extends MaybeAsyncDisposable {}
asyncDisposable(Session, (session) => session.close());
