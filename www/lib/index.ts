export { init, type InitOptions, type ModuleSource } from "./init.js";
export {
  Session, type Account, type AnonymousDrive, type Clock, type DriveChange, type DriveFacts, type Edit, type EditOptions, type FolderOptions, type GuardPolicy, type GuardReport, type Message, type OpenOptions, type PinPlan, type PinReceipt, type Recipient, type SessionCredentials, type SessionState, type StateEvent, type WebSocketConstructor, type WorkerLike,
} from "./session.js";
export { CompleteDrive, CompletePinSet, PartialDrive, type Drive, type JsonValue } from "./drive.js";
export {
  Delivery, Mailbox, StoredMessage, type MailboxName, type MailboxOptions, type QuarantinedMessage,
} from "./mailbox.js";
export { browserStore, type BrowserStoreOptions, type KeyValueStore } from "./store.js";
export { MessageKeys } from "./message-keys.js";
export { Pause } from "./pause.js";
export { PinfoldError, type Blame, type ErrorCode, type ErrorFacts, type Retry } from "./errors.js";
export type {
  CallOptions, Cause, Claim, Decision, EndedEvent, EventOf, EvidenceEvent, FolderEvent, FolderReport, FolderState, Form, Frame, IgnoredEvent, MailboxEvent, MailboxNoticeEvent, NetEvent, NoNews, Phase, PinStep, PinsEvent, Progress, ProgressEvent, RefusedPin, SafeEvent, SessionEvent, SkippedItem, StorageEvent, WaitOptions, Worth,
} from "./events.js";
