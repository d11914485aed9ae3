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
/** How full they are once the oldest have gone. */
const FULL = 0.9;
/** How long the database may take to open before it is asked anew, in milliseconds; a browser may never answer. */
const OPENING_MS = 3_000;

interface LogSize {
  bytes: number;
  at: number;
}

export interface BrowserStoreOptions {
  /** The most bytes that all kept logs may have together; 128 MiB unless told otherwise. */
  mostBytes?: number;
  /** The most records of logs, of which each channel has three; 6144 unless told otherwise. */
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

  get(key: string): Promise<Uint8Array | undefined> {
    return this.#during("readonly", [RECORDS], (tables) => tables(RECORDS).get(key) as IDBRequest<Uint8Array | undefined>);
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
      return tables(RECORDS).delete(key);
    });
  }

  async #write(key: string, bytes: Uint8Array): Promise<void> {
    if (!key.startsWith(LOG)) {
      await this.#during("readwrite", [RECORDS], (tables) => tables(RECORDS).put(bytes, key));
      return;
    }
    const size: LogSize = { bytes: bytes.length, at: Date.now() };
    await this.#during("readwrite", [RECORDS, LOGS], (tables) => {
      tables(LOGS).put(size, key);
      return tables(RECORDS).put(bytes, key);
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
          tables(RECORDS).delete(log.key);
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
        transaction.onabort = transaction.onerror = () => reject(transaction.error ?? request.error);
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
