import { after } from "./later.js";
import type { KeyValueStore } from "./pinfold.js";

export type { KeyValueStore } from "./pinfold.js";

/** The records by key, and of each log its size and when it was written. */
const RECORDS = "records";
const LOGS = "logs";
/** 1: records alone, logs under the ids of their channels. 2: as above. */
const VERSION = 2;
/** What the key of each log begins with: they can be had again from the server, and nothing else can. */
const LOG = "log-";
/** The most bytes that all logs of the database may have, and how many there may be. */
const MOST_BYTES = 128 * 1024 * 1024;
const MOST_LOGS = 6144;
/** A larger record is written and read in parts of so many bytes: while it is on its way, only one of them is there twice. */
const PART = 1024 * 1024;
/** How full they are once the oldest have gone. */
const FULL = 0.9;
/** How long the database may take to open before it is asked anew, in milliseconds; a browser may never answer. */
const OPENING_MS = 3_000;

/** What stands under the key of a record in parts, which stand under the keys that begin with it. */
interface InParts {
  parts: number;
  bytes: number;
}

interface LogSize {
  bytes: number;
  at: number;
}

export interface BrowserStoreOptions {
  /** The most bytes that all kept logs may have together; 128 MiB unless told otherwise. */
  mostBytes?: number;
  /** The most records of logs, of which each channel has two or three; 6144 unless told otherwise. */
  mostLogs?: number;
}

/**
 * A store in the browser's IndexedDB, for what the guard has to remember between sessions: ciphertexts under opaque
 * keys. Undefined where there is none (Node). Every tab of an origin shares it.
 *
 * The browser may close its connection at any time, and so may another tab: the next call opens a new one. When the logs
 * become too many, or the disk is full, the oldest go; the ledger and the vault stay.
 */
export function browserStore(database = "pinfold", options: BrowserStoreOptions = {}): KeyValueStore | undefined {
  return typeof indexedDB === "undefined" ? undefined : new BrowserStore(database, options);
}

/**
 * The store for somebody who does not need the bytes after they were put: their memory is free at once, and not when the collector
 * comes by, which may be tens of megabytes later. Any store but the browser's own may hold them, and is returned as it is.
 */
export function forLentBytes<S>(store: S): S | KeyValueStore {
  if (!(store instanceof BrowserStore)) return store;
  return {
    get: (key) => store.get(key),
    put: (key, bytes) => store.put(key, bytes).finally(() => free(bytes)),
    delete: (key) => store.delete(key),
  };
}

/** Gives the memory of bytes back at once, where the platform can. */
function free({ buffer }: Uint8Array): void {
  // Newer than the types that this package is compiled with.
  (buffer as { transfer?(length: number): unknown }).transfer?.(0);
}

const isInParts = (found: unknown): found is InParts => typeof (found as InParts | undefined)?.parts === "number";
const partsOf = (key: string): IDBKeyRange => IDBKeyRange.bound(`${key}/`, `${key}/\uffff`);

function remove(records: IDBObjectStore, key: string): IDBRequest<undefined> {
  records.delete(partsOf(key));
  return records.delete(key);
}

/** Within the transaction of `records`; the request is that of the record itself. */
function put(records: IDBObjectStore, key: string, bytes: Uint8Array): IDBRequest {
  records.delete(partsOf(key));
  if (bytes.length <= PART) return records.put(bytes, key);
  const parts = Math.ceil(bytes.length / PART);
  const next = (at: number): void => {
    if (at === parts) return;
    const part = bytes.slice(at * PART, (at + 1) * PART);
    records.put(part, `${key}/${at}`).onsuccess = () => next(at + 1);
    free(part);
  };
  next(0);
  return records.put({ parts, bytes: bytes.length } satisfies InParts, key);
}

/**
 * Within the transaction of `records`: the bytes, which are there when it is complete. Parts that somebody else has damaged give bytes that
 * nobody can open, as a damaged record does.
 */
function readParts(records: IDBObjectStore, key: string, { parts, bytes }: InParts): Uint8Array {
  if (!(bytes > 0 && bytes <= MOST_BYTES) || parts !== Math.ceil(bytes / PART)) return new Uint8Array();
  const whole = new Uint8Array(bytes);
  const next = (at: number): void => {
    if (at === parts) return;
    const request = records.get(`${key}/${at}`) as IDBRequest<unknown>;
    request.onsuccess = () => {
      const part = request.result;
      const expected = Math.min(PART, bytes - at * PART);
      if (!(part instanceof Uint8Array) || part.length !== expected) return void whole.fill(0);
      whole.set(part, at * PART);
      free(part);
      next(at + 1);
    };
  };
  next(0);
  return whole;
}

class BrowserStore implements KeyValueStore {
  readonly #name: string;
  readonly #bound: Required<BrowserStoreOptions>;
  #opening: Promise<IDBDatabase> | undefined;
  /** What the logs may have by now, as far as this page knows; undefined before it has looked. */
  #known: { bytes: number; logs: number } | undefined;

  constructor(name: string, { mostBytes = MOST_BYTES, mostLogs = MOST_LOGS }: BrowserStoreOptions) {
    this.#name = name;
    this.#bound = { mostBytes, mostLogs };
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    let whole: Uint8Array | undefined;
    const found = await this.#during("readonly", [RECORDS], (tables) => {
      const request = tables(RECORDS).get(key) as IDBRequest<Uint8Array | InParts | undefined>;
      request.onsuccess = () => {
        if (isInParts(request.result)) whole = readParts(tables(RECORDS), key, request.result);
      };
      return request;
    });
    return isInParts(found) ? whole : found;
  }

  async put(key: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.#write(key, bytes);
    } catch (error) {
      // A disk that is full: what the server has, too, makes room.
      if ((error as DOMException | null)?.name !== "QuotaExceededError") throw error;
      await this.#makeRoom(0.5);
      await this.#write(key, bytes);
    }
  }

  async delete(key: string): Promise<void> {
    await this.#during("readwrite", [RECORDS, LOGS], (tables) => {
      tables(LOGS).delete(key);
      return remove(tables(RECORDS), key);
    });
  }

  async #write(key: string, bytes: Uint8Array): Promise<void> {
    if (!key.startsWith(LOG)) {
      await this.#during("readwrite", [RECORDS], (tables) => put(tables(RECORDS), key, bytes));
      return;
    }
    const size: LogSize = { bytes: bytes.length, at: Date.now() };
    await this.#during("readwrite", [RECORDS, LOGS], (tables) => {
      tables(LOGS).put(size, key);
      return put(tables(RECORDS), key, bytes);
    });
    const known = this.#known;
    this.#known = known && { bytes: known.bytes + bytes.length, logs: known.logs + 1 };
    // Looks only when there may be too much: what was written again counts twice until then.
    if (!this.#known || this.#known.bytes > this.#bound.mostBytes || this.#known.logs > this.#bound.mostLogs) await this.#makeRoom(1);
  }

  /** Lets the oldest logs go until they are within `part` of the bound, in one transaction. */
  async #makeRoom(part: number): Promise<void> {
    const { mostBytes, mostLogs } = this.#bound;
    await this.#during("readwrite", [RECORDS, LOGS], (tables) => {
      const keys = tables(LOGS).getAllKeys();
      const sizes = tables(LOGS).getAll() as IDBRequest<LogSize[]>;
      sizes.onsuccess = () => {
        const logs = sizes.result.map((size, at) => ({ ...size, key: keys.result[at]! })).sort((a, b) => a.at - b.at);
        let bytes = logs.reduce((sum, log) => sum + log.bytes, 0);
        let left = logs.length;
        const full = bytes > mostBytes * part || left > mostLogs * part || part < 1;
        const goal = part < 1 ? { bytes: bytes * part, logs: left * part } : { bytes: mostBytes * FULL, logs: mostLogs * FULL };
        for (const log of full ? logs : []) {
          if (bytes <= goal.bytes && left <= goal.logs) break;
          remove(tables(RECORDS), String(log.key));
          tables(LOGS).delete(log.key);
          bytes -= log.bytes;
          left -= 1;
        }
        this.#known = { bytes, logs: left };
      };
      return sizes;
    });
  }

  /** One transaction; over a new connection where the old one was closed. */
  async #during<T>(mode: IDBTransactionMode, names: string[], act: (tables: (name: string) => IDBObjectStore) => IDBRequest<T>): Promise<T> {
    const run = async (connection: Promise<IDBDatabase>): Promise<T> => {
      const transaction = (await connection).transaction(names, mode);
      return new Promise((resolve, reject) => {
        const request = act((name) => transaction.objectStore(name));
        transaction.oncomplete = () => resolve(request.result);
        // It has the error of whichever request failed.
        transaction.onabort = () => reject(transaction.error ?? new DOMException("the transaction was aborted", "AbortError"));
      });
    };
    const connection = await this.#open();
    try {
      return await run(connection.opened);
    } catch (error) {
      if ((error as DOMException | null)?.name === "QuotaExceededError") throw error;
      connection.drop();
      return run((await this.#open()).opened);
    }
  }

  async #open(): Promise<{ opened: Promise<IDBDatabase>; drop: () => void }> {
    const opening = (this.#opening ??= this.#connect());
    // One that does not open is not waited for again; should it open after all, nobody uses it.
    const drop = () => {
      if (this.#opening !== opening) return;
      this.#opening = undefined;
      opening.then((connection) => connection.close(), () => {});
    };
    void after(OPENING_MS, opening).then((opened) => opened ?? drop(), drop);
    return { opened: opening, drop };
  }

  #connect(): Promise<IDBDatabase> {
    return new Promise((resolve, reject) => {
      const request = indexedDB.open(this.#name, VERSION);
      request.onupgradeneeded = ({ oldVersion }) => {
        const { result: connection, transaction } = request;
        if (oldVersion < 1) connection.createObjectStore(RECORDS);
        // Logs of version 1 stand under names that hold the ids of channels.
        else transaction?.objectStore(RECORDS).delete(IDBKeyRange.bound(LOG, `${LOG}\uffff`));
        connection.createObjectStore(LOGS);
      };
      request.onerror = () => reject(request.error);
      // "blocked" is for a moment: pages with this library let go of the old version when they are asked.
      request.onsuccess = () => {
        const connection = request.result;
        const closed = () => {
          void this.#opening?.then((current) => {
            if (current === connection) this.#opening = undefined;
          }, () => {});
          connection.close();
        };
        // A later version of this library must be able to change the database while this page stays open.
        connection.onversionchange = closed;
        connection.onclose = closed;
        resolve(connection);
      };
    });
  }
}
