import { deferred, type Deferred } from "./deferred.js";
import { misuse, PinfoldError, workerLost } from "./errors.js";
import type { Listeners } from "./events.js";
import type { Signal } from "./host-types.js";
import { aborted, after } from "./later.js";
import type { Result, FailureData, FromWorker, ToWorker, WorkerCall } from "./messages.js";

/** The part of `Worker` that is used, so that a port or another host's worker fits too. */
export interface WorkerLike {
  postMessage(message: unknown): void;
  addEventListener(type: "message", listener: (event: { readonly data: unknown }) => void): void;
  addEventListener(type: "error" | "messageerror", listener: (event: object) => void): void;
}

/** How long a worker may take to load its script, in milliseconds. */
const START_MS = 12_000;
/** The same, after it reported an error: it may be one of other code in the worker, which then goes on to load. */
const START_AFTER_ERROR_MS = 3_000;
/** How often a worker that is still to start is greeted: one that imports pinfold late hears no early greeting. */
const GREETING_MS = 500;
/** How often a worker that has something to do is asked for a sign of life. */
const PING_MS = 5_000;
/** After how many pings without a sign of life it counts as gone: it computes for seconds, and longest for a log-in. */
const PINGS = 6;
const PINGS_LOG_IN = 24;
/** How long closing waits for the worker to store what it knows. */
const CLOSING_MS = 2_000;

interface Pending {
  readonly answer: Deferred<Result>;
  /** The object whose end is the end of the call. */
  readonly owner: number;
  readonly logsIn: boolean;
  /** How many pings were sent before it. */
  readonly since: number;
}

const hosts = new WeakMap<WorkerLike, WorkerHost>();

/**
 * One worker as the page sees it: calls out, results and events in. Several sessions may share it.
 *
 * A worker that was terminated sends no event, and one that reports an error may be quite well: it may have been code of
 * the application. So nothing but its silence, or its end as the host's locks show it, counts as its loss; and whatever
 * it says later counts as its return.
 */
export class WorkerHost {
  readonly #worker: WorkerLike;
  readonly #pending = new Map<number, Pending>();
  readonly #listeners = new Map<number, Listeners>();
  readonly #backlogs = new Map<number, Deferred<void>>();
  /** What the page forgot without closing must not stay in the worker. */
  readonly #forgotten = new FinalizationRegistry<number>((id) => this.release(id));
  #lastId = 0;
  #started: Deferred<void> | undefined;
  /** Calls that wait until the worker has started. */
  #starting = 0;
  #alive = false;
  #failed = false;
  #lost: PinfoldError | undefined;
  #watch: ReturnType<typeof setInterval> | undefined;
  #pings = 0;
  /** Pings since its last word. */
  #silent = 0;
  #lock: string | undefined;

  static of(worker: WorkerLike): WorkerHost {
    let host = hosts.get(worker);
    if (!host) hosts.set(worker, (host = new WorkerHost(worker)));
    return host;
  }

  private constructor(worker: WorkerLike) {
    this.#worker = worker;
    worker.addEventListener("message", (event) => this.#receive(event.data as FromWorker));
    worker.addEventListener("error", (event) => this.#troubled(event));
    // An answer of ours, or something of the application's, could not be read: the worker knows which calls still run.
    worker.addEventListener("messageerror", () => this.#ping());
  }

  nextId(): number {
    return ++this.#lastId;
  }

  listen(session: number, listeners: Listeners): void {
    this.#listeners.set(session, listeners);
  }

  unlisten(session: number): void {
    this.#listeners.delete(session);
  }

  /**
   * Makes a call, which ends no later than the object `owner`, and tells the worker when `signal` gives it up; the worker
   * decides what that means.
   */
  async call(id: number, request: WorkerCall, owner: number, signal?: Signal): Promise<Result> {
    const logsIn = request.method === "open";
    if (this.#lost && !logsIn) throw this.#lost;
    if (!this.#alive) await this.#start(signal);
    const answer = deferred<Result>();
    const onAbort = () => this.tell({ pinfold: "abort", id });
    this.#pending.set(id, { answer, owner, logsIn, since: this.#pings });
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      this.post({ pinfold: "call", id, ...request });
      this.#keepWatch();
      return await answer.promise;
    } finally {
      this.#pending.delete(id);
      signal?.removeEventListener("abort", onAbort);
      if (this.#pending.size === 0 && this.#silent === 0) this.#endWatch();
      this.#keepAlive();
    }
  }

  /** For messages that matter to nobody if the worker cannot take them. */
  tell(message: ToWorker): void {
    try {
      this.#worker.postMessage(message);
    } catch {
      // A port that is closed says so here; silence follows, and is noticed.
    }
  }

  post(message: ToWorker): void {
    try {
      this.#worker.postMessage(message);
    } catch (cause) {
      throw new PinfoldError("an argument cannot be sent to a worker", misuse("misuse/bad-argument", ""), { cause });
    }
  }

  /** The object `id` of the worker lives no longer than `owner`. */
  own(owner: object, id: number): void {
    this.#forgotten.register(owner, id, owner);
  }

  release(id: number, owner?: object): void {
    if (owner) this.#forgotten.unregister(owner);
    this.#end(id);
    this.#backlogs.delete(id);
    this.tell({ pinfold: "release", id });
  }

  /** Ends a session: its calls at once, and itself once the worker has stored what it knows. */
  async close(session: number): Promise<void> {
    this.#end(session);
    try {
      // This call ends below, with the session, though the worker never answers it.
      if (this.#alive) await after(CLOSING_MS, this.call(this.nextId(), { method: "close", session }, session));
    } catch (error) {
      // A worker that is gone has nothing left to close.
      if (!PinfoldError.is(error) || error.code !== "net/closed") throw error;
    } finally {
      this.#listeners.delete(session);
      this.release(session);
    }
  }

  /** Resolves when the worker says that the backlog of this mailbox was handed out. */
  backlogEnd(mailbox: number): Promise<void> {
    const known = this.#backlogs.get(mailbox) ?? deferred<void>();
    this.#backlogs.set(mailbox, known);
    return known.promise;
  }

  /** Waits until the worker answers a greeting. */
  async #start(signal: Signal | undefined): Promise<void> {
    this.#started ??= this.#greet();
    this.#starting += 1;
    try {
      await Promise.race([this.#started.promise, ...(signal ? [aborted(signal)] : [])]);
      signal?.throwIfAborted();
    } finally {
      this.#starting -= 1;
    }
  }

  #greet(): Deferred<void> {
    const started = deferred<void>();
    started.promise.catch(() => {});
    // Counted, not measured: a page that slept has not waited.
    let greetings = 0;
    const greet = () => this.tell({ pinfold: "hello" });
    const timer = setInterval(() => {
      const patience = this.#failed ? START_AFTER_ERROR_MS : START_MS;
      greetings += 1;
      if (this.#alive || this.#started !== started) {
        clearInterval(timer);
      } else if (this.#starting === 0) {
        // Nobody waits for it any more. The next call greets again.
        clearInterval(timer);
        this.#started = undefined;
      } else if (greetings * GREETING_MS < patience) {
        greet();
      } else {
        this.#lose(workerLost("the worker does not start: is its script where the page looks for it?"));
      }
    }, GREETING_MS);
    greet();
    // A port may answer before this returns.
    if (this.#alive) started.resolve();
    return started;
  }

  #receive(message: FromWorker): void {
    if (typeof message?.pinfold !== "string") return;
    this.#live();
    switch (message.pinfold) {
      case "here":
        return this.#holdOn(message.lock);
      case "pong":
        return this.#lostAnswers(message.ping, message.running);
      case "result":
        return this.#pending.get(message.id)?.answer.resolve(message.value);
      case "failure":
        return this.#pending.get(message.id)?.answer.reject(revive(message.error));
      case "event":
        return this.#listeners.get(message.session)?.emit(message.event);
      case "frame":
        return this.#listeners.get(message.session)?.frame?.(message.frame);
      case "backlogEnd":
        return this.#backlogs.get(message.mailbox)?.resolve();
    }
  }

  #live(): void {
    this.#silent = 0;
    this.#alive = true;
    this.#failed = false;
    this.#lost = undefined;
    this.#started?.resolve();
  }

  /** An error event: code of the application's, or a script that could not be loaded. */
  #troubled(event: object): void {
    this.#failed = true;
    if (this.#alive) return this.#ping();
    // A script that is not there is reported by an event without an error.
    const thrown = "error" in event || "message" in event;
    if (!thrown) this.#lose(workerLost("the script of the worker could not be loaded"));
  }

  #ping(): void {
    if (!this.#alive) return;
    this.#pings += 1;
    this.#silent += 1;
    this.tell({ pinfold: "ping", ping: this.#pings });
    this.#keepWatch();
  }

  /** Asks for signs of life as long as a call waits, or an answer to the last such question. */
  #keepWatch(): void {
    this.#watch ??= setInterval(() => {
      const logsIn = [...this.#pending.values()].some((pending) => pending.logsIn);
      if (!this.#alive || (this.#pending.size === 0 && this.#silent === 0)) {
        this.#endWatch();
      } else if (this.#silent >= (logsIn ? PINGS_LOG_IN : PINGS)) {
        this.#lose(workerLost("the worker of this session does not answer"));
      } else {
        this.#ping();
      }
    }, PING_MS);
    this.#keepAlive();
  }

  /** A program of Node goes on for a call that waits, and not for the question whether the worker is still there. */
  #keepAlive(): void {
    const timer = this.#watch as { ref?(): void; unref?(): void } | undefined;
    if (this.#pending.size > 0) timer?.ref?.();
    else timer?.unref?.();
  }

  #endWatch(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  /** The worker holds a lock for as long as it lives: whoever gets it knows that it is gone. */
  #holdOn(lock: string | undefined): void {
    if (lock === undefined || this.#lock === lock || typeof navigator === "undefined") return;
    this.#lock = lock;
    navigator.locks?.request(lock, () => {
      if (this.#lock === lock) this.#lose(workerLost("the worker of this session has ended"));
    }).catch(() => {});
  }

  /** Calls that were made before this ping and do not run any longer were answered by what could not be read. */
  #lostAnswers(ping: number, running: readonly number[]): void {
    for (const [id, { answer, since }] of this.#pending) {
      if (since < ping && !running.includes(id)) answer.reject(workerLost("an answer of the worker was lost"));
    }
  }

  #lose(error: PinfoldError): void {
    const news = this.#lost === undefined;
    this.#lost = error;
    this.#alive = false;
    this.#silent = 0;
    this.#started?.reject(error);
    this.#started = undefined;
    for (const { answer } of this.#pending.values()) answer.reject(error);
    if (news) for (const listeners of this.#listeners.values()) listeners.emit({ type: "net", state: "closed" });
  }

  /** Ends the calls of an object. */
  #end(owner: number): void {
    for (const pending of this.#pending.values()) {
      if (pending.owner === owner) pending.answer.reject(misuse("misuse/closed", "it was closed while the call waited"));
    }
  }
}

function revive({ name, message, facts }: FailureData): Error {
  if (facts) return new PinfoldError(message, facts);
  const error = new Error(message);
  error.name = name;
  return error;
}
