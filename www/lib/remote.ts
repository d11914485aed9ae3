import type {
  Account, DeliveryBackend, DeliveryFields, DriveBackend, GuardPolicy, GuardReport, Letter, MailboxBackend, MailboxReading,
  OlderMessages, PinPlan, PinReceipt, PinSetBackend, QuarantinedMessage, SessionBackend,
} from "./backend.js";
import { deferred, type Deferred } from "./deferred.js";
import { PinfoldError, workerLost } from "./errors.js";
import type { Listeners } from "./events.js";
import type { CallResult, DriveSnapshot, FailureData, FromWorker, ToWorker, WorkerCall } from "./messages.js";
import type { Credentials } from "./pinfold.js";

/** The part of `Worker` that is used, so that a port or another host's worker fits too. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: MessageEvent) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: Event) => void): void;
}

const hosts = new WeakMap<WorkerLike, WorkerHost>();

/** One worker as the page sees it: calls out, results and events in. Several sessions may share it. */
export class WorkerHost {
  readonly #worker: WorkerLike;
  readonly #pending = new Map<number, Deferred<CallResult>>();
  readonly #listeners = new Map<number, Listeners>();
  readonly #backlogs = new Map<number, Deferred<void>>();
  /** What the page forgot without closing must not stay in the worker. */
  readonly #forgotten = new FinalizationRegistry<number>((id) => this.release(id));
  #lastId = 0;
  #lost: PinfoldError | undefined;

  static of(worker: WorkerLike): WorkerHost {
    let host = hosts.get(worker);
    if (!host) hosts.set(worker, (host = new WorkerHost(worker)));
    return host;
  }

  private constructor(worker: WorkerLike) {
    this.#worker = worker;
    worker.addEventListener("message", (event) => this.#receive(event.data as FromWorker));
    const onLost = (event: Event) => this.#lose(workerLost("the worker of this session failed", (event as ErrorEvent).error));
    worker.addEventListener("error", onLost);
    worker.addEventListener("messageerror", onLost);
  }

  async open(
    credentials: Credentials, how: { store: boolean; register: boolean }, listeners: Listeners, signal: AbortSignal | undefined,
  ): Promise<SessionBackend> {
    const id = this.nextId();
    this.#listeners.set(id, listeners);
    try {
      const request = { method: "open", credentials, frames: listeners.frame !== undefined, ...how } as const;
      return new RemoteSession(this, id, (await this.call(id, request, signal)) as Account);
    } catch (error) {
      this.#listeners.delete(id);
      throw error;
    }
  }

  nextId(): number {
    return ++this.#lastId;
  }

  /** Makes a call and tells the worker when `signal` gives it up; the worker decides what that means. */
  async call(id: number, request: WorkerCall, signal?: AbortSignal): Promise<CallResult> {
    if (this.#lost) throw this.#lost;
    const answer = deferred<CallResult>();
    const onAbort = () => this.post({ pinfold: "abort", id });
    this.#pending.set(id, answer);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.post({ pinfold: "call", id, ...request });
      return await answer.promise;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  post(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** The object `id` of the worker lives no longer than `owner`. */
  own(owner: object, id: number): void {
    this.#forgotten.register(owner, id, owner);
  }

  release(id: number, owner?: object): void {
    if (owner) this.#forgotten.unregister(owner);
    this.#listeners.delete(id);
    this.#backlogs.delete(id);
    this.post({ pinfold: "release", id });
  }

  /** Resolves when the worker says that the backlog of this mailbox was handed out. */
  backlogEnd(mailbox: number): Promise<void> {
    const known = this.#backlogs.get(mailbox) ?? deferred<void>();
    this.#backlogs.set(mailbox, known);
    return known.promise;
  }

  #receive(message: FromWorker): void {
    switch (message?.pinfold) {
      case "result":
        return this.#pending.get(message.id)?.resolve(message.value);
      case "failure":
        return this.#pending.get(message.id)?.reject(revive(message.error));
      case "event":
        return this.#listeners.get(message.session)?.emit(message.event);
      case "frame":
        return this.#listeners.get(message.session)?.frame?.(message.frame);
      case "backlogEnd":
        return this.#backlogs.get(message.mailbox)?.resolve();
    }
  }

  #lose(error: PinfoldError): void {
    this.#lost ??= error;
    for (const answer of this.#pending.values()) answer.reject(this.#lost);
  }
}

function revive({ name, message, facts }: FailureData): Error {
  if (facts) return new PinfoldError(message, facts);
  const error = new Error(message);
  error.name = name;
  return error;
}

class RemoteSession implements SessionBackend {
  readonly #host: WorkerHost;
  readonly #id: number;
  readonly #account: Account;

  constructor(host: WorkerHost, id: number, account: Account) {
    this.#host = host;
    this.#id = id;
    this.#account = account;
  }

  account(): Account {
    return this.#account;
  }

  async loadDrive(signal?: AbortSignal, team?: string): Promise<DriveBackend> {
    const id = this.#host.nextId();
    const snapshot = await this.#host.call(id, { method: "loadDrive", session: this.#id, team }, signal);
    return new RemoteDrive(this.#host, id, snapshot as DriveSnapshot);
  }

  async syncPins(pins: PinSetBackend, consent?: string, signal?: AbortSignal): Promise<PinReceipt> {
    const request = { method: "syncPins", session: this.#id, pins: (pins as RemotePinSet).id, consent } as const;
    return (await this.#host.call(this.#host.nextId(), request, signal)) as PinReceipt;
  }

  async plan(drive: DriveBackend): Promise<PinPlan> {
    return (await this.#call({ method: "plan", session: this.#id, drive: (drive as RemoteDrive).id })) as PinPlan;
  }

  async guard(): Promise<GuardReport> {
    return (await this.#call({ method: "guard", session: this.#id })) as GuardReport;
  }

  async keptEntry(channel: string): Promise<string | undefined> {
    return (await this.#call({ method: "keptEntry", session: this.#id, channel })) as string | undefined;
  }

  async discardKey(channel: string): Promise<void> {
    await this.#call({ method: "discardKey", session: this.#id, channel });
  }

  async putBack(channel: string, signal?: AbortSignal): Promise<void> {
    await this.#host.call(this.#host.nextId(), { method: "putBack", session: this.#id, channel }, signal);
  }

  async setPolicy(policy: GuardPolicy): Promise<void> {
    await this.#call({ method: "setPolicy", session: this.#id, policy });
  }

  #call(request: WorkerCall): Promise<CallResult> {
    return this.#host.call(this.#host.nextId(), request);
  }

  async addPins(drive: DriveBackend, signal?: AbortSignal): Promise<PinReceipt> {
    const request = { method: "addPins", session: this.#id, drive: (drive as RemoteDrive).id } as const;
    return (await this.#host.call(this.#host.nextId(), request, signal)) as PinReceipt;
  }

  async keep(): Promise<void> {
    await this.#host.call(this.#host.nextId(), { method: "keep", session: this.#id });
  }

  async openMailbox(name: string, reading: MailboxReading, signal?: AbortSignal): Promise<MailboxBackend> {
    const id = this.#host.nextId();
    const backlogEnd = this.#host.backlogEnd(id);
    await this.#host.call(id, { method: "openMailbox", session: this.#id, name, reading }, signal);
    return new RemoteMailbox(this.#host, id, backlogEnd);
  }

  async sendLetter(letter: Letter): Promise<number | null> {
    const request = { method: "sendLetter", session: this.#id, letter } as const;
    return (await this.#host.call(this.#host.nextId(), request)) as number | null;
  }

  async edit(edits: string, folder?: string, team?: string, signal?: AbortSignal): Promise<void> {
    const request = { method: "edit", session: this.#id, edits, folder, team } as const;
    await this.#host.call(this.#host.nextId(), request, signal);
  }

  async createFolder(title: string, path: string[], password?: string, signal?: AbortSignal): Promise<string> {
    const request = { method: "createFolder", session: this.#id, title, path, password } as const;
    return (await this.#host.call(this.#host.nextId(), request, signal)) as string;
  }

  async trash(team?: string): Promise<string[]> {
    return (await this.#host.call(this.#host.nextId(), { method: "trash", session: this.#id, team })) as string[];
  }

  close(): void {
    this.#host.release(this.#id);
  }

  free(): void {}
}

class RemoteDrive implements DriveBackend {
  readonly id: number;
  readonly complete: boolean;
  readonly #host: WorkerHost;
  readonly #snapshot: DriveSnapshot;

  constructor(host: WorkerHost, id: number, snapshot: DriveSnapshot) {
    this.#host = host;
    this.id = id;
    this.complete = snapshot.complete;
    this.#snapshot = snapshot;
    host.own(this, id);
  }

  folders = () => this.#snapshot.folders;
  documents = () => this.#snapshot.documents;
  pinCount = () => this.#snapshot.pinCount;
  pinDigest = () => this.#snapshot.pinDigest;
  channels = () => [...this.#snapshot.channels];
  free = () => this.#host.release(this.id, this);

  async document(folder: string | undefined): Promise<string | undefined> {
    const text = await this.#host.call(this.#host.nextId(), { method: "document", drive: this.id, folder });
    return text as string | undefined;
  }

  /** Only a complete drive is asked for it: see `CompleteDrive`. */
  pinSet(): PinSetBackend {
    const id = this.#host.nextId();
    this.#host.post({ pinfold: "pinSet", id, drive: this.id });
    return new RemotePinSet(this.#host, id, this.#snapshot);
  }
}

class RemotePinSet implements PinSetBackend {
  readonly id: number;
  readonly size: number;
  readonly digest: string;
  readonly #host: WorkerHost;
  readonly #channels: string[];

  constructor(host: WorkerHost, id: number, snapshot: DriveSnapshot) {
    this.#host = host;
    this.id = id;
    this.size = snapshot.pinCount;
    this.digest = snapshot.pinDigest;
    this.#channels = snapshot.channels;
    host.own(this, id);
  }

  channels = () => [...this.#channels];
  free = () => this.#host.release(this.id, this);
}

class RemoteMailbox implements MailboxBackend {
  readonly backlogEnd: Promise<void>;
  readonly #host: WorkerHost;
  readonly #id: number;

  constructor(host: WorkerHost, id: number, backlogEnd: Promise<void>) {
    this.#host = host;
    this.#id = id;
    this.backlogEnd = backlogEnd;
  }

  async next(): Promise<DeliveryBackend | undefined> {
    const answer = await this.#host.call(this.#host.nextId(), { method: "next", mailbox: this.#id });
    const fields = answer as DeliveryFields | undefined;
    return fields && { ...fields, free: () => {} };
  }

  async dismiss(hash: string): Promise<void> {
    await this.#host.call(this.#host.nextId(), { method: "dismiss", mailbox: this.#id, hash });
  }

  async older(count: number): Promise<OlderMessages> {
    return (await this.#host.call(this.#host.nextId(), { method: "older", mailbox: this.#id, count })) as OlderMessages;
  }

  async quarantine(): Promise<QuarantinedMessage[]> {
    return (await this.#host.call(this.#host.nextId(), { method: "quarantine", mailbox: this.#id })) as QuarantinedMessage[];
  }

  free(): void {
    this.#host.release(this.#id);
  }
}
