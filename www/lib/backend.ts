import type { CallArgs, CallName, CallResult, MailboxCalls } from "./calls.js";
import type { Signal } from "./host-types.js";
import type { Account, DeliveryBackend, DriveBackend } from "./objects.js";

// What runs a session. Two things do: the generated module in this thread (local.ts), and the proxy of a session in a
// worker (remote.ts).

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
