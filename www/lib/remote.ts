import type { MailboxBackend, MailboxReading, SessionBackend } from "./backend.js";
import type { CallArgs, CallName, CallResult, MailboxCalls } from "./calls.js";
import { misuse } from "./errors.js";
import type { Listeners } from "./events.js";
import type { Signal } from "./host-types.js";
import type { DriveSnapshot, WorkerCall } from "./messages.js";
import type { Account, DeliveryBackend, DriveBackend, PinSetBackend } from "./objects.js";
import type { Pause } from "./pause.js";
import type { Credentials } from "./pinfold.js";
import { WorkerHost, type WorkerLike } from "./worker-host.js";

// The objects of a session that runs in a worker, as the page has them. Each is named by a number there.

/** Opens a session in a worker. */
export async function openRemote(
  worker: WorkerLike, credentials: Credentials, how: { store: boolean; register: boolean; pause: Partial<Pause> | undefined }, listeners: Listeners, signal: Signal | undefined,
): Promise<SessionBackend> {
  const { store, register, pause } = how;
  if (pause && typeof pause.on !== "function") throw misuse("misuse/bad-argument", "with a worker, pause is a Pause: the worker has to hear of each change", { argument: "pause" });
  const host = WorkerHost.of(worker);
  const id = host.nextId();
  host.listen(id, listeners);
  const unheard = pause?.on?.((paused) => host.tell({ pinfold: "pause", id, paused }));
  try {
    // Read when the call is sent: the worker may have to start first, and hears nothing until then.
    const request = { method: "open", credentials, frames: listeners.frame !== undefined, store, register, get paused() { return pause?.paused === true; } } as const;
    return new RemoteSession(host, id, (await host.call(id, request, id, signal)) as Account);
  } catch (error) {
    host.unlisten(id);
    throw error;
  } finally {
    // What a session does later in a worker takes no long steps.
    unheard?.();
  }
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

  async loadDrive(signal?: Signal, team?: string): Promise<DriveBackend> {
    const id = this.#host.nextId();
    const snapshot = await this.#host.call(id, { method: "loadDrive", session: this.#id, team }, this.#id, signal);
    return new RemoteDrive(this.#host, id, this.#id, snapshot as DriveSnapshot);
  }

  async call<N extends CallName>(name: N, args: CallArgs<N>, signal?: Signal): Promise<CallResult<N>> {
    const request = { method: name, session: this.#id, args: (args as readonly unknown[]).map(sent) as never };
    return (await this.#host.call(this.#host.nextId(), request as WorkerCall, this.#id, signal)) as CallResult<N>;
  }

  async openMailbox(name: string, reading: MailboxReading, signal?: Signal): Promise<MailboxBackend> {
    const id = this.#host.nextId();
    const backlogEnd = this.#host.backlogEnd(id);
    await this.#host.call(id, { method: "openMailbox", session: this.#id, name, reading }, this.#id, signal);
    return new RemoteMailbox(this.#host, id, backlogEnd);
  }

  close(): Promise<void> {
    return this.#host.close(this.#id);
  }

  free(): void {}
}

class RemoteDrive implements DriveBackend {
  readonly id: number;
  readonly complete: boolean;
  readonly #host: WorkerHost;
  readonly #session: number;
  readonly #snapshot: DriveSnapshot;

  constructor(host: WorkerHost, id: number, session: number, snapshot: DriveSnapshot) {
    this.#host = host;
    this.id = id;
    this.#session = session;
    this.complete = snapshot.complete;
    this.#snapshot = snapshot;
    host.own(this, id);
  }

  folders = () => this.#snapshot.folders;
  documents = () => this.#snapshot.documents;
  pinCount = () => this.#snapshot.pinCount;
  pinDigest = () => this.#snapshot.pinDigest;
  channels = () => lines(this.#snapshot.channels);
  skipped = () => this.#snapshot.skipped;
  free = () => this.#host.release(this.id, this);

  async document(folder: string | undefined): Promise<string | undefined> {
    const text = await this.#host.call(this.#host.nextId(), { method: "document", drive: this.id, folder }, this.#session);
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
  readonly #channels: string;

  constructor(host: WorkerHost, id: number, snapshot: DriveSnapshot) {
    this.#host = host;
    this.id = id;
    this.size = snapshot.pinCount;
    this.digest = snapshot.pinDigest;
    this.#channels = snapshot.channels;
    host.own(this, id);
  }

  channels = () => lines(this.#channels);
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
    const fields = await this.#call("next");
    return fields && { ...fields, free: () => {} };
  }

  dismiss = (hash: string) => this.#call("dismiss", hash);
  older = (count: number) => this.#call("older", count);
  quarantine = () => this.#call("quarantine");

  async #call<N extends keyof MailboxCalls>(method: N, ...args: MailboxCalls[N][0]): Promise<MailboxCalls[N][1]> {
    const request = { method, mailbox: this.#id, args };
    return (await this.#host.call(this.#host.nextId(), request as WorkerCall, this.#id)) as MailboxCalls[N][1];
  }

  free(): void {
    this.#host.release(this.#id);
  }
}

/** Ids that came as one text. */
function lines(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

/** An argument as the worker knows it. */
function sent(arg: unknown): unknown {
  if (arg instanceof RemoteDrive) return { drive: arg.id };
  return arg instanceof RemotePinSet ? { pinSet: arg.id } : arg;
}
