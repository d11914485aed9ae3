import type {
  Account, DeliveryBackend, DeliveryFields, DriveBackend, GuardPolicy, GuardReport, Letter, MailboxBackend, MailboxReading,
  OlderMessages, PinPlan, PinReceipt, PinSetBackend, QuarantinedMessage, SessionBackend,
} from "./backend.js";
import type { Listeners } from "./events.js";
import type { Signal } from "./host-types.js";
import type { DriveSnapshot, WorkerCall } from "./messages.js";
import type { Credentials } from "./pinfold.js";
import { WorkerHost, type WorkerLike } from "./worker-host.js";

// The objects of a session that runs in a worker, as the page has them. Each is named by a number there.

/** Opens a session in a worker. */
export async function openRemote(
  worker: WorkerLike, credentials: Credentials, how: { store: boolean; register: boolean }, listeners: Listeners, signal: Signal | undefined,
): Promise<SessionBackend> {
  const host = WorkerHost.of(worker);
  const id = host.nextId();
  host.listen(id, listeners);
  try {
    const request = { method: "open", credentials, frames: listeners.frame !== undefined, ...how } as const;
    return new RemoteSession(host, id, (await host.call(id, request, id, signal)) as Account);
  } catch (error) {
    host.unlisten(id);
    throw error;
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

  async syncPins(pins: PinSetBackend, consent?: string, signal?: Signal): Promise<PinReceipt> {
    const request = { method: "syncPins", session: this.#id, pins: (pins as RemotePinSet).id, consent } as const;
    return (await this.#call(request, signal)) as PinReceipt;
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

  async putBack(channel: string, signal?: Signal): Promise<void> {
    await this.#call({ method: "putBack", session: this.#id, channel }, signal);
  }

  async setPolicy(policy: GuardPolicy): Promise<void> {
    await this.#call({ method: "setPolicy", session: this.#id, policy });
  }

  #call(request: WorkerCall, signal?: Signal) {
    return this.#host.call(this.#host.nextId(), request, this.#id, signal);
  }

  async addPins(drive: DriveBackend, signal?: Signal): Promise<PinReceipt> {
    const request = { method: "addPins", session: this.#id, drive: (drive as RemoteDrive).id } as const;
    return (await this.#call(request, signal)) as PinReceipt;
  }

  async keep(): Promise<void> {
    await this.#call({ method: "keep", session: this.#id });
  }

  async openMailbox(name: string, reading: MailboxReading, signal?: Signal): Promise<MailboxBackend> {
    const id = this.#host.nextId();
    const backlogEnd = this.#host.backlogEnd(id);
    await this.#host.call(id, { method: "openMailbox", session: this.#id, name, reading }, this.#id, signal);
    return new RemoteMailbox(this.#host, id, backlogEnd);
  }

  async sendLetter(letter: Letter): Promise<number | null> {
    const request = { method: "sendLetter", session: this.#id, letter } as const;
    return (await this.#call(request)) as number | null;
  }

  async edit(edits: string, folder?: string, team?: string, signal?: Signal): Promise<void> {
    const request = { method: "edit", session: this.#id, edits, folder, team } as const;
    await this.#call(request, signal);
  }

  async createFolder(title: string, path: string[], password?: string, signal?: Signal): Promise<string> {
    const request = { method: "createFolder", session: this.#id, title, path, password } as const;
    return (await this.#call(request, signal)) as string;
  }

  async trash(team?: string): Promise<string[]> {
    return (await this.#call({ method: "trash", session: this.#id, team })) as string[];
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
  channels = () => [...this.#snapshot.channels];
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
    const answer = await this.#host.call(this.#host.nextId(), { method: "next", mailbox: this.#id }, this.#id);
    const fields = answer as DeliveryFields | undefined;
    return fields && { ...fields, free: () => {} };
  }

  async dismiss(hash: string): Promise<void> {
    await this.#host.call(this.#host.nextId(), { method: "dismiss", mailbox: this.#id, hash }, this.#id);
  }

  async older(count: number): Promise<OlderMessages> {
    return (await this.#host.call(this.#host.nextId(), { method: "older", mailbox: this.#id, count }, this.#id)) as OlderMessages;
  }

  async quarantine(): Promise<QuarantinedMessage[]> {
    return (await this.#host.call(this.#host.nextId(), { method: "quarantine", mailbox: this.#id }, this.#id)) as QuarantinedMessage[];
  }

  free(): void {
    this.#host.release(this.#id);
  }
}
