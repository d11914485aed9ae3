//! The shapes of plain objects, as TypeScript. The classes and the error codes are generated beside them.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const ERROR_CODES: &'static str = pinfold_core::error::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &'static str = r#"
/** How far a declared folder is; from "restricted" on, why it was not read. */
export type FolderState =
  | "waiting" | "opening" | "loading" | "loaded"
  | "restricted" | "password-changed" | "deleted" | "missing" | "no-keys" | "unreadable" | "timeout" | "closed";

export interface FolderReport {
  /** The team whose folder it is; null for the user's own. */
  team: string | null;
  /** The entry's key in the drive. */
  id: string;
  /** The channel it is read from; null when its link has no keys. */
  channel: string | null;
  title: string | null;
  state: FolderState;
  /** Why it was not read. */
  code: ErrorCode | null;
  /** Entries inside, once loaded. */
  documents: number | null;
  readOnly: boolean;
  passwordProtected: boolean;
  /** Whether the account is among its owners. */
  owned: boolean;
  /** Milliseconds since the epoch. */
  ms: { declared: number; settled: number | null };
}

export interface PinReceipt {
  /** The server's hash proves that its list is the goal, no more and no less. */
  confirmed: boolean;
  /** The goal was a complete set. */
  complete: boolean;
  count: number;
  /** Base64 of SHA-512 over the plain sorted list: 88 characters. */
  digest: string;
  /** Ids sent in PIN frames; the server skips those it has. */
  added: number;
  /** Whether the list was replaced. */
  reset: boolean;
  serverHash: string;
  /** The rendering in which the server's list agrees with the goal. */
  form: "plain" | "tagged" | "tagged-and-bare" | null;
  /** The server holds more than the goal, and nothing was removed. */
  surplusKept: boolean;
}

export interface Account {
  displayName: string | null;
  edPublic: string;
  driveChannel: string;
  blockId: string | null;
  mailboxes: string[];
  /** The teams it is in, for `loadTeam`. */
  teams: { id: string; name: string | null }[];
}

export interface Credentials {
  /** `https://host[:port]` */
  origin: string;
  username: string;
  password: string;
  /** The second factor's current code. */
  otp?: string;
  /** The instance's own salt, normally absent. */
  loginSalt?: string;
}

export interface ProgressEvent {
  type: "progress";
  phase: "config" | "kdf" | "block" | "connect" | "drive" | "folders" | "pins" | "mailbox";
  done: number;
  total: number | null;
}
export type FolderEvent = { type: "folder" } & FolderReport;
export interface PinsEvent {
  type: "pins";
  step: "compare" | "pin" | "reset" | "confirmed" | "refused";
  /** Ids sent, for "pin" and "reset". */
  count: number | null;
  /** The plain digest that the run works towards. */
  ours: string;
  server: string | null;
  form: "plain" | "tagged" | "tagged-and-bare" | null;
}
/** `retryAt`: when the connection will be made anew by itself, ms since 1970. */
export interface NetEvent { type: "net"; state: "open" | "closed"; retryAt?: number }
/** A drive that is kept current is another one now; load it again to have it. `team` is null for the user's own. */
export interface ChangedEvent { type: "changed"; team: string | null; complete: boolean; pins: number }
/** What appeared was pinned, or not (`code`), and is tried again. */
export interface KeptEvent { type: "kept"; pins: number; code: ErrorCode | null }
export type RawEvent = ProgressEvent | FolderEvent | PinsEvent | NetEvent | ChangedEvent | KeptEvent;

export interface Frame {
  direction: "in" | "out";
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface RawOptions {
  webSocket?: unknown;
  fetch?: typeof globalThis.fetch;
  signal?: AbortSignal;
  onEvent?: (event: RawEvent) => void;
  onFrame?: (frame: Frame) => void;
}
"#;
