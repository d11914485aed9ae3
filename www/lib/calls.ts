import type {
  DeliveryFields, DriveBackend, GuardPolicy, GuardReport, OlderMessages, PinPlan, PinReceipt, PinSetBackend,
  QuarantinedMessage,
} from "./objects.js";

// The calls of a session and of a mailbox, each once: its name, its arguments, what it resolves to. A new call is written
// here, under the name that it has in the generated module; the thread of the page, the worker and what they say to each
// other follow. What makes or ends an object (open, loadDrive, openMailbox, close) is not in the tables.

export interface SessionCalls {
  followChanges: [args: [], result: void];
  syncPins: [args: [pins: PinSetBackend, consent: string | undefined], result: PinReceipt];
  plan: [args: [drive: DriveBackend], result: PinPlan];
  addPins: [args: [drive: DriveBackend], result: PinReceipt];
  guard: [args: [], result: GuardReport];
  vaultEntry: [args: [key: string], result: string | undefined];
  discardKey: [args: [key: string], result: void];
  putBack: [args: [key: string], result: void];
  setPolicy: [args: [policy: GuardPolicy], result: void];
  /** `content` is the JSON text of an object. */
  sendLetter: [args: [curvePublic: string, mailbox: string, type: string, content: string], result: number | null];
  /** `edits` is the JSON text of a list. */
  edit: [args: [edits: string, folder: string | undefined, team: string | undefined], result: void];
  createFolder: [args: [title: string, path: string[], password: string | undefined], result: string];
  trash: [args: [team: string | undefined], result: string[]];
}

export interface MailboxCalls {
  /** The next message; undefined when the mailbox was closed. */
  next: [args: [], result: DeliveryFields | undefined];
  /** Resolves once the account document holds it. */
  dismiss: [args: [hash: string], result: void];
  /** Messages from before the oldest that arrived, 50 at most. */
  older: [args: [count: number], result: OlderMessages];
  quarantine: [args: [], result: QuarantinedMessage[]];
}

export type CallName = keyof SessionCalls;
export type CallArgs<N extends CallName> = SessionCalls[N][0];
export type CallResult<N extends CallName> = SessionCalls[N][1];

/** An argument on its way to the worker: an object there is named by a number. */
export type Sent<A> = A extends DriveBackend ? { drive: number } : A extends PinSetBackend ? { pinSet: number } : A;
type SentAll<T extends unknown[]> = { [A in keyof T]: Sent<T[A]> };

/** What the page asks of an object in the worker. */
export type SessionRequest = { [N in CallName]: { method: N; session: number; args: SentAll<CallArgs<N>> } }[CallName];
export type MailboxRequest = {
  [N in keyof MailboxCalls]: { method: N; mailbox: number; args: MailboxCalls[N][0] };
}[keyof MailboxCalls];

/** What the worker answers. */
export type AnyResult = CallResult<CallName> | MailboxCalls[keyof MailboxCalls][1];
