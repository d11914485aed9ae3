//! The shapes of plain objects, as TypeScript. The classes and the error codes are generated beside them.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const ERROR_CODES: &'static str = pinfold_core::error::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const BLAMES: &'static str = pinfold_core::error::Blame::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const RETRIES: &'static str = pinfold_core::error::Retry::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const PHASES: &'static str = pinfold_core::session::effect::Phase::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const FOLDER_STATES: &'static str = pinfold_core::session::effect::FolderState::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const PIN_STEPS: &'static str = pinfold_core::pin_run::PinStep::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const FORMS: &'static str = pinfold_core::pins::set::Form::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const CAUSES: &'static str = pinfold_core::guard::cause::Cause::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const WORTHS: &'static str = pinfold_core::document::Worth::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const DECISIONS: &'static str = pinfold_core::guard::vault::Decision::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const NO_NEWS: &'static str = pinfold_core::mailbox::habits::NoNews::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const CLAIMS: &'static str = pinfold_core::mailbox::message::Claim::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &'static str = r#"
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
  /** Why what is in it proves little, although it was read: `folder/made-anew`. */
  doubt: ErrorCode | null;
  /** Milliseconds since the epoch. */
  ms: { declared: number; settled: number | null };
}

/** An item of a drive that names no channel. */
export interface SkippedItem {
  /** What it is: "document", "answers", "real-time", "last-version", "image", "folder", "profile", "mailbox", ... */
  what: string;
  /** `pins/not-an-id` for a text that is no id, `href/malformed` for a link that cannot be read. */
  code: ErrorCode;
}

export interface PinReceipt {
  /** The server's hash proves that its list is the goal, and beside it nothing but what the guard keeps (`retained`). */
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
  form: Form | null;
  /** The server holds more than the goal, and nothing was removed. */
  surplusRetained: boolean;
  /** How many ids of the server's list nothing that was read names, as far as is known: `plan()` says why they stay. */
  retained: number;
  /** Ids of the goal that the server does not have and did not take, and why: not pinned. All others are. */
  refused: RefusedPin[];
  /** The server read its list back from its disk, in a new session, after what was sent. */
  readBack: boolean;
}

/** `code` is `pins/over-limit`, or `rpc/refused` for any other reason. */
export interface RefusedPin { id: string; code: ErrorCode }

/** An id that is no longer named. */
export interface Removal {
  id: string;
  cause: Cause;
  /** A sentence for people. */
  advice: string;
  /** The channel of the document it last stood in. */
  folder: string;
  /** Milliseconds since the epoch. */
  lastSeen: number;
  /** One of the user's own clients removed it on purpose: where it left the server's list, it is not put back. */
  own: boolean;
}

export interface PinPlan {
  added: string[];
  /** They begin to wait with the next `syncPins`: at once, or with consent where `needsConsent`. */
  removed: Removal[];
  /** Not named, and pinned all the same. `why` is the code of an unread folder, a cause that waits, `unsettled` or `on-hold`. */
  retained: { id: string; why: string; folder: string; lastSeen: number; until: number | null; own: boolean }[];
  /** Waited long enough: the next replacement of the list is without them. */
  due: Removal[];
  /** Documents to ask about: not read, rolled back, or empty where `held` ids were. */
  doubts: { channel: string; code: ErrorCode; held: number }[];
  /** The server's list holds ids that nobody recorded. They stay until somebody consents to give that list up. */
  unknownList: boolean;
  needsConsent: boolean;
  /** Names this difference: what `consent` is given to. */
  digest: string;
}

/** What the server was caught at, in this session or an earlier one: ids, hashes, counts. */
export interface Evidence {
  at: number;
  code: ErrorCode;
  channel: string | null;
  times: number;
  facts: [name: string, fact: string][];
}

export interface GuardReport {
  /**
   * Keys of entries that vanished or were said to be deleted, on this device or another. Nothing here opens anything;
   * `vaultEntry` does, and `putBack` restores one.
   */
  vault: {
    channel: string;
    /** Names one of the keys of a channel: each link is a key of its own. */
    id: string;
    title: string | null; sharedFolder: boolean; folder: string; at: number;
    /** Whoever may edit a folder decides what its entries say. */
    opens: Worth;
    decision: Decision;
  }[];
  tombstones: { channel: string; reason: string; by: string; at: number }[];
  evidence: Evidence[];
}

export interface GuardPolicy {
  /**
   * How long a removal waits before it is sent: 1/24 to 36525, 30 unless told otherwise. Time has to pass by this
   * device's clock and by the server's, and the removal has to be looked at in another session than it began in.
   */
  waitDays?: number;
  /** Nothing leaves, however long it waited. */
  hold?: boolean;
  /**
   * How many documents may begin to wait without consent: a whole number, 1 unless told otherwise. All that wait so, or
   * left so not long ago, are counted.
   */
  limit?: number;
  /**
   * Give up whatever nobody recorded, without being asked. It may be another device's newest pins. While a folder of the
   * drive looks made anew, the user is asked all the same.
   */
  giveUpUnknown?: boolean;
  /**
   * What the guard knows is also written into the account document, encrypted and in a few kilobytes, so that a new
   * device starts with it. On unless told otherwise.
   */
  inDrive?: boolean;
}

/**
 * Where ciphertexts are kept between sessions: any key-value store. Keys are hashes, of letters, digits and `-`. What
 * begins with `log-` can be had again from the server: a store that is full may let go of it, and of nothing else.
 */
export interface KeyValueStore {
  get(key: string): Promise<Uint8Array | null | undefined>;
  put(key: string, bytes: Uint8Array): Promise<void>;
  /** Takes away what is there, if anything is. A store without it is given empty bytes instead. */
  delete?(key: string): Promise<void>;
}

export interface Account {
  displayName: string | null;
  /** Null for a drive that belongs to no account. */
  edPublic: string | null;
  driveChannel: string;
  blockId: string | null;
  mailboxes: string[];
  /** The teams it is in, for `loadTeam`. */
  teams: { id: string; name: string | null }[];
}

/** `origin` is `https://host[:port]`. */
export type Credentials =
  | {
    origin: string;
    username: string;
    password: string;
    /** The second factor's current code. */
    otp?: string;
    /** The instance's own salt, normally absent. */
    loginSalt?: string;
  }
  /** The link of a drive that belongs to no account, or the hash in it. */
  | { origin: string; anonymous: string };

export interface ProgressEvent {
  type: "progress";
  phase: Phase;
  done: number;
  total: number | null;
}
export type FolderEvent = { type: "folder" } & FolderReport;
export interface PinsEvent {
  type: "pins";
  step: PinStep;
  /** Ids sent, for "pin", "unpin" and "reset". */
  count: number | null;
  /** The plain digest that the run works towards. */
  ours: string;
  server: string | null;
  form: Form | null;
  /** For "refused": the ids that were found out by splitting; empty where a whole PIN was refused. */
  refused: RefusedPin[];
}
/** `retryAt`: when the connection will be made anew by itself, ms since 1970. */
export interface NetEvent { type: "net"; state: "open" | "closed"; retryAt?: number }
/** Other clients sent what nobody asked for: it changed nothing. Told when there have been 1, 10, 100 and so on. */
export interface IgnoredEvent { type: "ignored"; messages: number }
/** A drive whose changes are followed is another one now; load it again to have it. `team` is null for the user's own. */
export interface ChangedEvent { type: "changed"; team: string | null; complete: boolean; pins: number }
/** New entries were pinned, or not (`code`): then it is tried again. The ids that the server refused (`refused`) wait longer each time. */
export interface FollowedEvent { type: "followed"; pins: number; code: ErrorCode | null; refused: string[] }
export interface EvidenceEvent extends Evidence { type: "evidence" }
/** What the guard knows may not outlast this session. */
export interface StorageEvent { type: "storage"; code: ErrorCode; message: string }
/** How a mailbox is. */
export interface MailboxEvent {
  type: "mailbox";
  mailbox: string;
  /** Messages that are not dismissed, as far as the log has arrived. */
  unread: number;
  /** How many of those are news: CryptPad would show them. */
  news: number;
  /** Messages that were delivered, cannot be read and are not dismissed. */
  quarantined: number;
  /** The next message waits until what it names is settled; those behind it wait with it. */
  held: {
    hash: string;
    /** When it is delivered unresolved, in milliseconds since the epoch. */
    until: number;
    channels: string[];
    teams: string[];
  } | null;
}
/** Something was noticed of a mailbox's log; reading goes on. */
export interface MailboxNoticeEvent {
  type: "mailbox-notice";
  mailbox: string;
  code: "mailbox/anchor-lost" | "mailbox/gap" | "mailbox/reordered" | "mailbox/not-loaded";
}
/** Whether nothing that was asked for is still on its way: `state.safeToClose` rests on it. */
export interface SafeEvent {
  type: "safe";
  safe: boolean;
}
export type RawEvent =
  | ProgressEvent | FolderEvent | PinsEvent | NetEvent | SafeEvent | IgnoredEvent | ChangedEvent | FollowedEvent | EvidenceEvent | StorageEvent
  | MailboxEvent | MailboxNoticeEvent;

/** That a message is no news: CryptPad would not show it. docs/mailbox.md has the rules, type by type. */
export interface Superseded {
  why: NoNews;
  /** Hash of the message that stands in its place or took it back; of a repeated request, the first one. */
  by: string | null;
}

/** What a message says of its sender. Only the author's key is proven; the rest is the message's word. */
export interface SenderClaim {
  claim: Claim;
  displayName: string | null;
  curvePublic: string | null;
  edPublic: string | null;
  notifications: string | null;
  profile: string | null;
  channel: string | null;
}

/** A message that cannot be read; it stays in the mailbox until it is dismissed. */
export interface QuarantinedMessage {
  hash: string;
  /** When the server stored it, in milliseconds since the epoch. */
  time: number | null;
  code: "mailbox/unreadable" | "mailbox/malformed";
}

/** The fields of the known message types. */
export interface MessageFacts {
  channel?: string;
  href?: string;
  title?: string;
  name?: string;
  team?: string;
  passwordProtected?: boolean;
  template?: boolean;
  pending?: boolean;
  answer?: boolean;
  edit?: boolean;
  uid?: string;
  url?: string;
  start?: number;
  end?: number;
}

export interface Frame {
  direction: "in" | "out";
  text: string;
  /** Milliseconds since the epoch. */
  at: number;
}

export interface RawOptions {
  webSocket?: unknown;
  fetch?: Fetch;
  clock?: { now(): number; setTimeout(ring: () => void, ms: number): unknown; clearTimeout(timer: unknown): void };
  store?: KeyValueStore;
  signal?: AbortSignal;
  /** Creates the account first. */
  register?: boolean;
  onEvent?: (event: RawEvent) => void;
  onFrame?: (frame: Frame) => void;
  /** Resolves after whatever else the host has to do. */
  turn?: () => Promise<void>;
}
"#;
