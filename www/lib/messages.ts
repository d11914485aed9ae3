import type { MailboxReading } from "./backend.js";
import type { AnyResult, MailboxRequest, SessionRequest } from "./calls.js";
import type { ErrorFacts } from "./errors.js";
import type { SessionEvent } from "./events.js";
import type { Account, FolderReport, SkippedItem } from "./objects.js";
import type { Credentials, Frame } from "./pinfold.js";

// What the page and its worker say to each other. An object in the worker is named by the id of the call that made it.

export type WorkerCall =
  | { method: "open"; credentials: Credentials; frames: boolean; store: boolean; register: boolean; paused: boolean }
  | { method: "loadDrive"; session: number; team: string | undefined }
  | { method: "document"; drive: number; folder: string | undefined }
  | { method: "openMailbox"; session: number; name: string; reading: MailboxReading }
  | { method: "close"; session: number }
  | SessionRequest
  | MailboxRequest;

export type ToWorker =
  /** Asks whether pinfold runs there; answered by "here". */
  | { pinfold: "hello" }
  /** Asks for a sign of life; answered by "pong". */
  | { pinfold: "ping"; ping: number }
  | ({ pinfold: "call"; id: number } & WorkerCall)
  | { pinfold: "abort"; id: number }
  /** The session `id`, which may be still to open, rests at its next step, or goes on. */
  | { pinfold: "pause"; id: number; paused: boolean }
  /** Makes the pin set `id` of a complete drive. */
  | { pinfold: "pinSet"; id: number; drive: number }
  | { pinfold: "release"; id: number };

export interface DriveSnapshot {
  complete: boolean;
  folders: FolderReport[];
  documents: number;
  pinCount: number;
  pinDigest: string;
  /** One text, an id on each line: forty thousand texts are a long task for the page that takes them over. */
  channels: string;
  skipped: SkippedItem[];
}

export type Result = Account | DriveSnapshot | AnyResult;

export interface FailureData {
  name: string;
  message: string;
  /** Absent when the error is not one of pinfold's. */
  facts?: ErrorFacts;
}

export type FromWorker =
  /** `lock`: the name of a lock that the worker holds as long as it lives, where the host has locks. */
  | { pinfold: "here"; lock: string | undefined }
  /** The calls that were not answered when the ping came. */
  | { pinfold: "pong"; ping: number; running: readonly number[] }
  | { pinfold: "result"; id: number; value: Result }
  | { pinfold: "failure"; id: number; error: FailureData }
  | { pinfold: "event"; session: number; event: SessionEvent }
  | { pinfold: "frame"; session: number; frame: Frame }
  | { pinfold: "backlogEnd"; mailbox: number };
