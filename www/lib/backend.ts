import type {
  Account, FolderReport, GuardPolicy, GuardReport, PinPlan, PinReceipt, QuarantinedMessage, RawDelivery, RawDrive, RawPinSet,
  SkippedItem,
} from "./pinfold.js";

import type { Signal } from "./host-types.js";

// What the public classes need of the generated module. Two things provide it: the module itself, and the proxy in
// remote.ts when the session runs in a worker.

export type PinSetBackend = Pick<RawPinSet, "size" | "digest" | "channels" | "free">;

export type DriveBackend =
  & Pick<RawDrive, "complete" | "folders" | "documents" | "pinCount" | "pinDigest" | "channels" | "skipped" | "free">
  & {
    pinSet(): PinSetBackend;
    /** The account document, or that of a folder, as JSON text; undefined for a folder that was not read. */
    document(folder: string | undefined): Promise<string | undefined>;
  };

export type DeliveryFields = Pick<
  RawDelivery,
  "hash" | "position" | "time" | "author" | "sender" | "viewed" | "unresolved" | "superseded" | "supersedes" | "type" | "facts" | "content" | "unreadable"
>;

export type DeliveryBackend = DeliveryFields & Pick<RawDelivery, "free">;

export interface MailboxBackend {
  /** The next message; undefined when the mailbox was closed. */
  next(): Promise<DeliveryBackend | undefined>;
  /** Resolves once everything that was there at opening has been handed out; never rejects. */
  readonly backlogEnd: Promise<void>;
  /** Resolves once the account document holds it. */
  dismiss(hash: string): Promise<void>;
  /** Messages from before the oldest that arrived, 50 at most. */
  older(count: number): Promise<OlderMessages>;
  quarantine(): Promise<QuarantinedMessage[]>;
  /** Stops reading; a `next()` that waits is answered with undefined. */
  free(): void;
}

export interface MailboxReading {
  whole: boolean;
  /** Milliseconds; undefined for the module's default. */
  patience: number | undefined;
}

export interface OlderMessages {
  letters: DeliveryFields[];
  more: boolean;
}

export interface Letter {
  curvePublic: string;
  mailbox: string;
  type: string;
  /** JSON text of an object. */
  content: string;
}

export interface SessionBackend {
  account(): Account;
  loadDrive(signal?: Signal, team?: string): Promise<DriveBackend>;
  syncPins(pins: PinSetBackend, consent?: string, signal?: Signal): Promise<PinReceipt>;
  plan(drive: DriveBackend): Promise<PinPlan>;
  guard(): Promise<GuardReport>;
  keptEntry(channel: string): Promise<string | undefined>;
  discardKey(channel: string): Promise<void>;
  putBack(channel: string, signal?: Signal): Promise<void>;
  setPolicy(policy: GuardPolicy): Promise<void>;
  addPins(drive: DriveBackend, signal?: Signal): Promise<PinReceipt>;
  keep(): Promise<void>;
  openMailbox(name: string, reading: MailboxReading, signal?: Signal): Promise<MailboxBackend>;
  sendLetter(letter: Letter): Promise<number | null>;
  /** `edits` is the JSON text of a list. */
  edit(edits: string, folder?: string, team?: string, signal?: Signal): Promise<void>;
  createFolder(title: string, path: string[], password?: string, signal?: Signal): Promise<string>;
  trash(team?: string): Promise<string[]>;
  /** Resolves once what the session learnt is stored, or was not in time. */
  close(): Promise<void>;
  free(): void;
}

/** The fields of a delivery as plain data: cheap to keep, and what crosses to another thread. */
export function deliveryFields(raw: DeliveryFields): DeliveryFields {
  const { hash, position, time, author, sender, viewed, unresolved, superseded, supersedes, type, facts, content, unreadable } = raw;
  return { hash, position, time, author, sender, viewed, unresolved, superseded, supersedes, type, facts, content, unreadable };
}

export type { Account, FolderReport, GuardPolicy, GuardReport, PinPlan, PinReceipt, QuarantinedMessage, SkippedItem };
