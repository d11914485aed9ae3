// Run by a module worker: holds the sessions of one page and does what the page's proxy (www/lib/remote.ts) asks.
// A worker file of your own may call `init({ module })` first and then import this one.
import type { MailboxBackend, SessionBackend } from "./backend.js";
import type { MailboxRequest, SessionRequest } from "./calls.js";
import { fromRaw, misuse, PinfoldError } from "./errors.js";
import { Listeners } from "./events.js";
import { Handle } from "./handle.js";
import { init } from "./init.js";
import { LocalSession } from "./local.js";
import { HERE } from "./options.js";
import { deliveryFields, type DriveBackend, type PinSetBackend } from "./objects.js";
import { Pause } from "./pause.js";
import { browserStore } from "./store.js";
import type { DriveSnapshot, FailureData, FromWorker, Result, ToWorker, WorkerCall } from "./messages.js";

const sessions = new Map<number, Handle<SessionBackend>>();
const drives = new Map<number, Handle<DriveBackend>>();
const pinSets = new Map<number, Handle<PinSetBackend>>();
const mailboxes = new Map<number, MailboxBackend>();
const running = new Map<number, AbortController>();
/** Of the sessions that are being opened: afterwards nothing in here takes long steps. */
const pauses = new Map<number, Pause>();
const post = (message: FromWorker): void => globalThis.postMessage(message);

/** A lock that is held until the worker ends, by whatever: the page waits for it. */
let lock: string | undefined;
if (globalThis.navigator?.locks) {
  const name = `pinfold-worker-${globalThis.crypto.randomUUID()}`;
  void globalThis.navigator.locks.request(name, () => {
    lock = name;
    post({ pinfold: "here", lock });
    return new Promise<never>(() => {});
  }).catch(() => {});
}

globalThis.addEventListener("message", ({ data }: MessageEvent<ToWorker>) => {
  switch (data?.pinfold) {
    case "hello":
      return post({ pinfold: "here", lock });
    case "ping":
      return post({ pinfold: "pong", ping: data.ping, running: [...running.keys()] });
    case "call":
      return void answer(data.id, data);
    case "abort":
      return running.get(data.id)?.abort();
    case "pause":
      return data.paused ? pauses.get(data.id)?.pause() : pauses.get(data.id)?.resume();
    case "pinSet":
      return makePinSet(data.id, data.drive);
    case "release":
      return release(data.id);
  }
});

async function answer(id: number, request: WorkerCall): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  if (request.method === "open") pauses.set(id, paused(request.paused));
  try {
    post({ pinfold: "result", id, value: await perform(id, request, controller.signal) });
  } catch (error) {
    // The reason of the signal is the page's own: it has it.
    const aborted = controller.signal.aborted && !PinfoldError.is(error);
    post({ pinfold: "failure", id, error: failureData(aborted ? error : fromRaw(error)) });
  } finally {
    running.delete(id);
    pauses.delete(id);
  }
}

async function perform(id: number, request: WorkerCall, signal: AbortSignal): Promise<Result> {
  switch (request.method) {
    case "open": {
      await init();
      const frame = (value: Parameters<NonNullable<Listeners["frame"]>>[0]) => post({ pinfold: "frame", session: id, frame: value });
      const listeners = new Listeners(request.frames ? frame : undefined);
      listeners.add((event) => post({ pinfold: "event", session: id, event }));
      const onFrame = listeners.frame;
      const store = request.store ? browserStore() : undefined;
      const session = await LocalSession.open(request.credentials, { signal, register: request.register, ...(onFrame && { onFrame }), ...(store && { store }) }, listeners, HERE, pauses.get(id));
      sessions.set(id, new Handle("session", session));
      return session.account();
    }
    case "loadDrive": {
      const drive = await known(sessions, request.session).during((session) => session.loadDrive(signal, request.team));
      drives.set(id, new Handle("drive", drive));
      return snapshot(drive);
    }
    case "document":
      return known(drives, request.drive).get().document(request.folder);
    case "openMailbox": {
      const mailbox = await known(sessions, request.session).during((session) => session.openMailbox(request.name, request.reading, signal));
      mailboxes.set(id, mailbox);
      void mailbox.backlogEnd.then(() => post({ pinfold: "backlogEnd", mailbox: id }));
      return undefined;
    }
    case "next": {
      const delivery = await known(mailboxes, request.mailbox).next();
      const fields = delivery && deliveryFields(delivery);
      delivery?.free();
      return fields;
    }
    case "close":
      return closeSession(request.session);
    default:
      return "mailbox" in request ? ofMailbox(request) : ofSession(request, signal);
  }
}

async function ofMailbox({ method, mailbox, args }: Exclude<MailboxRequest, { method: "next" }>): Promise<Result> {
  const calls = known(mailboxes, mailbox) as Record<typeof method, (...args: unknown[]) => Promise<Result>>;
  return calls[method](...args);
}

/** The objects among the arguments stay while the call runs. */
async function ofSession({ method, session, args }: SessionRequest, signal: AbortSignal): Promise<Result> {
  const given = [...args] as unknown[];
  const at = given.findIndex((arg) => typeof arg === "object" && arg !== null && ("drive" in arg || "pinSet" in arg));
  const run = (backend: SessionBackend) => backend.call(method, given as never, signal) as Promise<Result>;
  return known(sessions, session).during((backend) => {
    if (at < 0) return run(backend);
    const { drive, pinSet } = given[at] as { drive?: number; pinSet?: number };
    const object: Handle<DriveBackend | PinSetBackend> = drive === undefined ? known(pinSets, pinSet!) : known(drives, drive);
    return object.during((raw) => {
      given[at] = raw;
      return run(backend);
    });
  });
}

function paused(now: boolean): Pause {
  const pause = new Pause();
  if (now) pause.pause();
  return pause;
}

function snapshot(drive: DriveBackend): DriveSnapshot {
  return {
    complete: drive.complete,
    folders: drive.folders(),
    documents: drive.documents(),
    pinCount: drive.pinCount(),
    pinDigest: drive.pinDigest(),
    skipped: drive.skipped(),
    channels: drive.channels().join("\n"),
  };
}

function makePinSet(id: number, drive: number): void {
  const raw = drives.get(drive)?.get();
  // The page's copy of a complete drive exists only while this one does; a late message finds neither.
  if (raw?.complete) pinSets.set(id, new Handle("pin set", raw.pinSet()));
}

async function closeSession(id: number): Promise<undefined> {
  const session = sessions.get(id);
  sessions.delete(id);
  try {
    await session?.retire()?.close();
  } finally {
    session?.release();
  }
}

function release(id: number): void {
  // The page forgot it, or waited long enough; nobody is left to be told how it ended.
  void closeSession(id).catch(() => {});
  for (const table of [drives, pinSets]) {
    table.get(id)?.release();
    table.delete(id);
  }
  mailboxes.get(id)?.free();
  mailboxes.delete(id);
}

function known<T>(table: ReadonlyMap<number, T>, id: number): T {
  const found = table.get(id);
  if (found === undefined) throw misuse("misuse/closed", "the object in the worker is closed");
  return found;
}

function failureData(error: unknown): FailureData {
  if (error instanceof PinfoldError) {
    const { name, message, code, blame, retry, detail } = error;
    return { name, message, facts: { code, blame, retry, detail: { ...detail } } };
  }
  return error instanceof Error ? { name: error.name, message: error.message } : { name: "Error", message: String(error) };
}
