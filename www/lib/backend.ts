import type {
  Account, FolderReport, GuardPolicy, GuardReport, PinPlan, PinReceipt, QuarantinedMessage, RawDelivery, RawDrive, RawPinSet,
  SkippedItem,
} from "./pinfold.js";

import type { CallArgs, CallName, CallResult, MailboxCalls } from "./calls.js";
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

export type MailboxBackend =
  & { [N in Exclude<keyof MailboxCalls, "next">]: (...args: MailboxCalls[N][0]) => Promise<MailboxCalls[N][1]> }
  & {
    next(): Promise<DeliveryBackend | undefined>;
    /** Resolves once everything that was there at opening has been handed out; never rejects. */
    readonly backlogEnd: Promise<void>;
    /** Stops reading; a `next()` that waits is answered with undefined. */
    free(): void;
  };

export interface MailboxReading {
  whole: boolean;
  /** Milliseconds; undefined for the module's default. */
  patience: number | undefined;
}

export interface OlderMessages {
  letters: DeliveryFields[];
  more: boolean;
}

export interface SessionBackend {
  account(): Account;
  /** Whatever makes or ends no object: see calls.ts. */
  call<N extends CallName>(name: N, args: CallArgs<N>, signal?: Signal): Promise<CallResult<N>>;
  loadDrive(signal?: Signal, team?: string): Promise<DriveBackend>;
  openMailbox(name: string, reading: MailboxReading, signal?: Signal): Promise<MailboxBackend>;
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
