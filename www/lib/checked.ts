// Options are checked before anything is done. Otherwise a misspelt option would be left out without a word, and a missing WebSocket would
// look like a server that cannot be reached.
import { given } from "./arguments.js";
import { misuse } from "./errors.js";
import type { Edit } from "./edit.js";
import type { SessionEvent } from "./events.js";
import type { OpenOptions } from "./options.js";

const OPEN: Record<keyof OpenOptions, true> = {
  worker: true, pause: true, webSocket: true, fetch: true, clock: true, store: true, policy: true, onEvent: true, onFrame: true, keepRecent: true,
  signal: true, onProgress: true,
};

const TYPES: Record<SessionEvent["type"], true> = {
  progress: true, folder: true, pins: true, net: true, ignored: true, changed: true, followed: true, evidence: true, storage: true,
  mailbox: true, "mailbox-notice": true, safe: true, state: true, ended: true,
};

const EDITS: Record<Edit["type"], true> = {
  rename: true, remove: true, erase: true, emptyTrash: true, addDocument: true, addFolder: true, putBack: true, setTitle: true,
};

/** An object that holds nothing but what is known by these names. */
export function checkNames<T extends object>(object: T, known: Readonly<Record<keyof T, unknown>>, argument: string): T {
  const odd = Object.entries(given(object, argument)).find(([name, value]) => value !== undefined && !Object.hasOwn(known, name))?.[0];
  if (odd === undefined) return object;
  throw misuse("misuse/bad-argument", `${argument}: there is no ${JSON.stringify(odd)}; there are ${Object.keys(known).join(", ")}`, { argument: odd });
}

/** The options of `Session.open`, of which every name is known and every function is one. Throws `misuse/bad-argument`. */
export function checkOpenOptions(given: OpenOptions): OpenOptions {
  checkNames(given, OPEN, "options");
  // Programs without types give null for a function or an object that they leave out. Of the store null says that there is none.
  const left = (name: string, value: unknown) => value === undefined || (value === null && !["store", "policy", "keepRecent"].includes(name));
  const options: OpenOptions = Object.fromEntries(Object.entries(given).filter(([name, value]) => !left(name, value)));
  for (const name of ["onEvent", "onFrame", "onProgress", "webSocket", "fetch"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "function") throw misuse("misuse/bad-argument", `${name} must be a function`, { argument: name });
  }
  const { clock } = options;
  if (clock !== undefined && !(["now", "setTimeout", "clearTimeout"] as const).every((name) => typeof clock?.[name] === "function")) {
    throw misuse("misuse/bad-argument", "clock must have the functions now, setTimeout and clearTimeout", { argument: "clock" });
  }
  if (options.worker) return options;
  if (!options.webSocket && typeof globalThis.WebSocket !== "function") {
    throw misuse("misuse/bad-argument", "this host has no WebSocket: give one as the option webSocket, in Node 20 that of the package ws", { argument: "webSocket" });
  }
  if (!options.fetch && typeof globalThis.fetch !== "function") {
    throw misuse("misuse/bad-argument", "this host has no fetch: give one as the option fetch", { argument: "fetch" });
  }
  return options;
}

/** What hears the events of one type, which there is. Throws `misuse/bad-argument`. */
export function checkListener(type: SessionEvent["type"], listener: ((event: never) => void) | undefined): (event: SessionEvent) => void {
  if (typeof type === "string" && Object.hasOwn(TYPES, type) && typeof listener === "function") return listener as (event: SessionEvent) => void;
  throw misuse("misuse/bad-argument", `on takes a function, or a type and a function; the types are ${Object.keys(TYPES).join(", ")}`, { argument: typeof listener === "function" ? "type" : "listener" });
}

/** Edits whose types there are. What else is in them the engine looks at. Throws `misuse/bad-argument`. */
export function checkEdits(edits: readonly Edit[]): readonly Edit[] {
  for (const [at, edit] of edits.entries()) {
    const type: unknown = given(edit, `edit ${at + 1}`).type;
    if (typeof type === "string" && Object.hasOwn(EDITS, type)) continue;
    throw misuse("misuse/bad-argument", `edit ${at + 1}: there is no type ${typeof type === "string" ? JSON.stringify(type) : typeof type}; there are ${Object.keys(EDITS).join(", ")}`, { argument: "type" });
  }
  return edits;
}
