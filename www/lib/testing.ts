// `pinfold/testing`: an account and its server in memory, for tests of programs that use pinfold. A module of its own: nothing of it is
// in the download of a page that does not import it. docs/testing.md is its guide.
import { json } from "./arguments.js";
import { checkNames } from "./checked.js";
import { HOST_CLOCK, type Clock } from "./clock.js";
import { misuse } from "./errors.js";
import type { Fetch } from "./host-types.js";
import type { InitOptions, ModuleSource } from "./module-file.js";
import { RawWorld } from "./pinfold-testing.js";
import { turn } from "./pace.js";
import type { WebSocketConstructor } from "./session.js";
import { HandClock } from "./testing-clock.js";
import { file, unfit } from "./testing-file.js";

export type { InitOptions, ModuleSource } from "./module-file.js";
export type { Clock, WebSocketConstructor } from "./session.js";
export { firstLoss, replay } from "./testing-replay.js";
export type { FirstLossOptions, Replay, ReplayClient, ReplayedRun, ReplayedStep, ReplayOptions } from "./testing-replay.js";

/** For entry points whose host cannot fetch the file. */
export function useTestingSource(source: () => unknown): void {
  file.useDefaultSource(source);
}

/**
 * Loads the WebAssembly of this module; `testWorld`, `replay` and `firstLoss` do it by themselves. Only needed to say where the file is.
 *
 * Rejects as `init()` of the package does.
 */
export function initTesting(options: InitOptions = {}): Promise<void> {
  return file.init(options);
}

/** What can go wrong with a request or its answer. */
export type FaultKind =
  /** The connection ends, and the request never arrived. */
  | "lost"
  /** The request was carried out, and the connection ends in place of its answer. */
  | "cut"
  /** The answer waits for `deliverLate()`. */
  | "late"
  /** The answer never comes. */
  | "dropped"
  /** The answer comes twice. */
  | "twice"
  /** The request is refused. */
  | "refused"
  /** A lie: the channel is new. `IS_NEW_CHANNEL` and `GET_HISTORY` alone. */
  | "new"
  /** Lies about a history: it is empty, ends too early, lacks a message, repeats one, or cannot be decrypted. `GET_HISTORY` alone. */
  | "empty" | "truncated" | "gap" | "replayed" | "garbage"
  /** A lie: another hash than that of the list. `GET_HASH` alone. */
  | "wrong-hash"
  /** A lie: done, and it was not. `PIN` and `RESET` alone. */
  | "ignored";

/** One thing that goes wrong. */
export interface PlannedFault {
  /** With which request: `JOIN`, `GET_HISTORY`, `IS_NEW_CHANNEL`, `PIN`, `RESET`, `GET_HASH`, `MSG` (something is written, a letter as well), … */
  command: string;
  /** About the channel of this folder: 0 is the first. */
  folder?: number;
  /** About this channel, by its id. Without channel and folder: about any. */
  channel?: string;
  /** The how manieth request of this kind about one channel: 1 is the first. Each without. */
  number?: number;
  fault: FaultKind;
}

export interface WorldOptions {
  /** Makes all keys, documents and ids: the same seed makes the same account. 1 without. */
  seed?: number;
  /** Documents in the drive itself: 3 without. No part is larger than 10,000. */
  documents?: number;
  /** Shared folders that open: 2 without. */
  folders?: number;
  /** Documents in each folder: 3 without. */
  perFolder?: number;
  /** Shared folders that do not open: restricted, deleted, moved, missing, without keys. */
  closedFolders?: number;
  /** Teams of the account: owner of the first, member of the second, viewer of the third. */
  teams?: number;
  /** Letters in its mailbox. */
  letters?: number;
  /** Documents and folders of every kind, contacts, a profile, calendars, long histories. */
  mixed?: boolean;
  /** How to sign in: `"alice"` and `"a password for tests"` without. */
  username?: string;
  password?: string;
  faults?: readonly PlannedFault[];
  /** `"soon"`: each answer is delivered by itself, in order. `"by hand"`: none before `step()`. `"soon"` without. */
  delivery?: "soon" | "by hand";
  /** `"host"`: the time of the host. `"by hand"`: it begins with 2026 and stands still until `advance()`. `"host"` without. */
  time?: "host" | "by hand";
  /** Where the module is, or the module itself: as for `initTesting`. */
  module?: ModuleSource | Promise<ModuleSource>;
}

const OPTIONS: Record<keyof WorldOptions, true> = {
  seed: true, documents: true, folders: true, perFolder: true, closedFolders: true, teams: true, letters: true, mixed: true,
  username: true, password: true, faults: true, delivery: true, time: true, module: true,
};
const FAULT: Record<keyof PlannedFault, true> = { command: true, folder: true, channel: true, number: true, fault: true };

/** The account as it was made: what a test compares with. */
export interface ExpectedAccount {
  readonly username: string;
  readonly password: string;
  readonly driveChannel: string;
  readonly edPublic: string;
  /** By the id of the entry. Without `json` the folder does not open, and `unavailable` is the code. */
  readonly folders: Readonly<Record<string, { readonly channel: string; readonly json?: unknown; readonly unavailable?: string }>>;
  /** The complete set: its hash as the server computes it, and the sorted ids. */
  readonly pin: { readonly hash: string; readonly hashedList: readonly string[]; readonly resetList: readonly string[] };
  /** Whatever else the account holds. */
  readonly [part: string]: unknown;
}

/** What the server holds. */
export interface Holdings {
  /** Messages by channel. */
  readonly channels: Readonly<Record<string, number>>;
  /** Pinned ids by the key of an account. */
  readonly pins: Readonly<Record<string, readonly string[]>>;
  /** Signed commands that were carried out, with the ids they named, in order. */
  readonly commands: readonly (readonly [command: string, ids: readonly string[]])[];
}

interface Delivery { to: number; about: string; frames: string[]; ends: boolean; late: boolean }

/**
 * Builds an account and the server that holds it. Rejects with `host/module` as `init()` does, with `misuse/bad-argument`, and with
 * `host/no-memory` where there is no room for the account or for deriving its keys. Where there was none for the account, no world of this
 * copy of the module answers any more.
 */
export async function testWorld(options: WorldOptions = {}): Promise<TestWorld> {
  const { module, delivery = "soon", time = "host", ...rest } = checkNames(options, OPTIONS, "options");
  if (rest.faults !== undefined && !Array.isArray(rest.faults)) throw misuse("misuse/bad-argument", "`faults` is a list", { argument: "faults" });
  for (const fault of rest.faults ?? []) checkNames(fault, FAULT, "a fault");
  if (delivery !== "soon" && delivery !== "by hand") throw misuse("misuse/bad-argument", '`delivery` is "soon" or "by hand"', { argument: "delivery" });
  if (time !== "host" && time !== "by hand") throw misuse("misuse/bad-argument", '`time` is "host" or "by hand"', { argument: "time" });
  await file.init(module === undefined ? {} : { module });
  const asked = json({ username: "alice", password: "a password for tests", ...rest }, "options");
  let raw: RawWorld;
  try {
    raw = new RawWorld(asked);
  } catch (error) {
    throw unfit(error, "options");
  }
  return new TestWorld(raw, delivery === "soon", time === "host" ? HOST_CLOCK : new HandClock(BEGINNING));
}

/** When the time of a world begins that is moved by hand: later than whatever its account holds. */
const BEGINNING = Date.UTC(2026, 0, 1);

/** An account and its server in memory. */
export class TestWorld {
  /** Where the server is: no other address is answered. */
  readonly origin = "https://drive.test";
  /** The account as it was made. */
  readonly expected: ExpectedAccount;
  /** What `Session.open` takes as credentials. */
  readonly credentials: { readonly origin: string; readonly username: string; readonly password: string };
  /** What `Session.open` takes in place of the platform's `WebSocket` and `fetch`. */
  readonly webSocket: WebSocketConstructor;
  readonly fetch: Fetch;
  /** The clock of the server, and of the sessions that are opened with `options`. */
  readonly clock: Clock;
  /** Whether the server can be reached. A connection that stands is not ended by it: `cut()` does that. */
  online = true;
  readonly #raw: RawWorld;
  readonly #soon: boolean;
  readonly #sockets = new Map<number, MemorySocket>();
  #pending: Delivery[] = [];
  #late: Delivery[] = [];
  #running = false;
  #answering = 0;

  /** Made by `testWorld`. */
  constructor(raw: RawWorld, soon: boolean, clock: Clock) {
    this.#raw = raw;
    this.clock = clock;
    this.#soon = soon;
    this.expected = JSON.parse(raw.expected()) as ExpectedAccount;
    const { username, password } = this.expected;
    this.credentials = { origin: this.origin, username, password };
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below has a `this` of its own
    const world = this;
    this.webSocket = class extends MemorySocket {
      constructor() {
        super();
        world.#connect(this);
      }
    };
    this.fetch = ((address: string, request?: { method?: string; body?: string }) => this.#answer(address, request)) as unknown as Fetch;
  }

  /** The options of `Session.open` that a test needs: no store, so that every session is the first. */
  get options(): { webSocket: WebSocketConstructor; fetch: Fetch; clock: Clock; store: null } {
    return { webSocket: this.webSocket, fetch: this.fetch, clock: this.clock, store: null };
  }

  /** What waits to be delivered, in order: `GET_HISTORY` and a channel, `PIN`, `LIVE` and a channel (somebody else wrote). */
  pending(): string[] {
    return this.#pending.map(({ about }) => about);
  }

  /** Delivers one of those that wait, the first without a number. False when there is none. */
  step(at = 0): boolean {
    const [delivery] = this.#pending.splice(at, 1);
    if (!delivery) return false;
    this.#deliver(delivery);
    return true;
  }

  /** Delivers whatever waits, and what comes of it, until nothing does any more. */
  async settle(): Promise<void> {
    // Not a timer: a test may have replaced those.
    do await turn();
    while (this.step());
  }

  /**
   * Lets so many milliseconds pass, in a world whose time is moved by hand. What was to happen meanwhile happens, each at its moment and in
   * order; what comes of it is waited for.
   */
  async advance(ms: number): Promise<void> {
    const { clock } = this;
    if (!(clock instanceof HandClock)) throw misuse("misuse/bad-argument", 'the time of this world is the host\'s: give `time: "by hand"`', { argument: "time" });
    if (!(ms >= 0 && ms < Infinity)) throw misuse("misuse/bad-argument", "`advance` takes milliseconds, from 0 on", { argument: "ms" });
    const until = clock.now() + ms;
    do await this.#rest();
    while (clock.ringNext(until));
    clock.moveTo(until);
  }

  /** Delivers the answers with the fault `"late"`. */
  deliverLate(): void {
    this.#queue(this.#late.splice(0).map((delivery) => ({ ...delivery, late: false })));
  }

  /** Ends every connection. */
  cut(): void {
    for (const socket of [...this.#sockets.values()]) socket.end();
  }

  /** The server forgets its sessions, as after a restart or five idle minutes. */
  expireSessions(): void {
    this.#raw.expireSessions();
  }

  /** Another device adds a document to a folder (0 is the first), and pins nothing. Returns the document's channel. */
  addDocument(folder: number): string {
    let answer: { channel: string; deliveries: string };
    try {
      answer = JSON.parse(this.#raw.addDocument(folder, this.clock.now())) as typeof answer;
    } catch (error) {
      throw unfit(error, "folder");
    }
    this.#queue(JSON.parse(answer.deliveries) as Delivery[]);
    return answer.channel;
  }

  /** What the server holds now. */
  holds(): Holdings {
    return JSON.parse(this.#raw.holds()) as Holdings;
  }

  /** What must be pinned for the account and is not. Empty is what a test wants at its end. */
  unpinned(): string[] {
    const pinned = new Set(this.holds().pins[this.expected.edPublic]);
    return this.expected.pin.hashedList.filter((id) => !pinned.has(id));
  }

  /** Which of the planned faults have struck, by their place in the options. */
  struck(): number[] {
    return [...this.#raw.struck()];
  }

  /** Ends every connection and gives the memory back. Close the sessions first: what is not closed goes on connecting. */
  close(): void {
    this.online = false;
    this.cut();
    this.#raw.free();
  }

  /** Until whatever is under way has been answered, and the answers were heard. */
  async #rest(): Promise<void> {
    do await turn();
    while (this.#running || this.#answering > 0);
    await turn();
  }

  #connect(socket: MemorySocket): void {
    if (!this.online) return void Promise.resolve().then(() => socket.end());
    const { number, greeting } = JSON.parse(this.#raw.connect()) as { number: number; greeting: string };
    this.#sockets.set(number, socket);
    socket.starts({
      said: (text) => this.#queue(JSON.parse(this.#raw.receive(number, text, this.clock.now())) as Delivery[]),
      ended: () => {
        this.#sockets.delete(number);
        this.#pending = this.#pending.filter(({ to }) => to !== number);
        this.#late = this.#late.filter(({ to }) => to !== number);
        this.#raw.disconnect(number);
      },
    });
    void Promise.resolve().then(() => socket.opens(greeting));
  }

  #queue(deliveries: Delivery[]): void {
    for (const delivery of deliveries) (delivery.late ? this.#late : this.#pending).push(delivery);
    if (this.#soon && !this.#running) {
      this.#running = true;
      void this.#run();
    }
  }

  async #run(): Promise<void> {
    // Behind the call that sent: a socket never answers while it is still being spoken to.
    do await Promise.resolve();
    while (this.step());
    this.#running = false;
  }

  #deliver({ to, frames, ends }: Delivery): void {
    const socket = this.#sockets.get(to);
    for (const frame of frames) socket?.hears(frame);
    if (ends) socket?.end();
  }

  async #answer(address: string, request?: { method?: string; body?: string }): Promise<Response> {
    const url = new URL(address);
    // As the platforms do: a server that is not there is a TypeError.
    if (!this.online || url.origin !== this.origin) throw new TypeError("fetch failed");
    this.#answering += 1;
    // Its body is read in some turns: the time of a test does not pass meanwhile.
    void turn().then(turn).then(turn).finally(() => (this.#answering -= 1));
    await Promise.resolve();
    const reply = this.#raw.http(url.pathname, request?.method === "POST" ? (request.body ?? "") : undefined);
    const answer = new Response(reply.body.slice(), { status: reply.status });
    reply.free();
    return answer;
  }
}

interface Wire { said(text: string): void; ended(): void }

/** As much of a `WebSocket` as pinfold uses. */
class MemorySocket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  onerror: (() => void) | null = null;
  #wire: Wire | undefined;
  #ended = false;

  starts(wire: Wire): void {
    this.#wire = wire;
  }

  opens(greeting: string): void {
    if (this.#ended) return;
    this.onopen?.();
    this.hears(greeting);
  }

  hears(frame: string): void {
    if (!this.#ended) this.onmessage?.({ data: frame });
  }

  /** The other side ends it. */
  end(): void {
    if (this.#ended) return;
    this.close();
    this.onclose?.();
  }

  send(text: string): void {
    if (!this.#ended) this.#wire?.said(String(text));
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#wire?.ended();
  }
}
