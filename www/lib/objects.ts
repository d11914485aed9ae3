import type {
  Account, FolderReport, GuardPolicy, GuardReport, PinPlan, PinReceipt, QuarantinedMessage, RawDelivery, RawDrive, RawPinSet,
  SkippedItem,
} from "./pinfold.js";

// What of the generated module's objects the public classes use, wherever the session runs: in this thread the module's
// own objects, for a session in a worker those of remote.ts.

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
  "hash" | "position" | "time" | "author" | "sender" | "dismissed" | "unresolved" | "superseded" | "supersedes" | "type" | "facts" | "content" | "unreadable"
>;

export type DeliveryBackend = DeliveryFields & Pick<RawDelivery, "free">;

export interface OlderMessages {
  letters: DeliveryFields[];
  more: boolean;
}

/** The fields of a delivery as plain data: cheap to keep, and what crosses to another thread. */
export function deliveryFields(raw: DeliveryFields): DeliveryFields {
  const { hash, position, time, author, sender, dismissed, unresolved, superseded, supersedes, type, facts, content, unreadable } = raw;
  return { hash, position, time, author, sender, dismissed, unresolved, superseded, supersedes, type, facts, content, unreadable };
}

export type { Account, FolderReport, GuardPolicy, GuardReport, PinPlan, PinReceipt, QuarantinedMessage, SkippedItem };
