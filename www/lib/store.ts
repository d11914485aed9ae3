import type { KeyValueStore } from "./pinfold.js";

export type { KeyValueStore } from "./pinfold.js";

const TABLE = "records";

/**
 * A store in the browser's IndexedDB, for what the guard has to remember between sessions: ciphertexts under opaque
 * keys. Undefined where there is none (Node). Every tab of an origin shares it.
 */
export function browserStore(database = "pinfold"): KeyValueStore | undefined {
  if (typeof indexedDB === "undefined") return undefined;
  let opening: Promise<IDBDatabase> | undefined;
  const open = () => {
    opening ??= new Promise((resolve, reject) => {
      const request = indexedDB.open(database, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
      request.onerror = () => reject(request.error);
      request.onblocked = () => reject(new Error("another page keeps the database from being opened"));
      request.onsuccess = () => {
        // A later version of this library must be able to change the database while this page stays open.
        request.result.onversionchange = () => request.result.close();
        resolve(request.result);
      };
    });
    // What failed once may go well later.
    opening.catch(() => (opening = undefined));
    return opening;
  };
  const during = async <T>(mode: IDBTransactionMode, act: (table: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
    const transaction = (await open()).transaction(TABLE, mode);
    return new Promise((resolve, reject) => {
      const request = act(transaction.objectStore(TABLE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  };
  return {
    get: (key) => during<Uint8Array | undefined>("readonly", (table) => table.get(key)),
    put: async (key, bytes) => {
      await during("readwrite", (table) => table.put(bytes, key));
    },
  };
}
