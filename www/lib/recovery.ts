// `pinfold/recovery`: what was lost, who did it, and putting it back. A module of its own, so that whoever never asks does
// not load it. docs/recovery.md is its guide.
import { call, callNow, checkSignal } from "./call.js";
import type { AnonymousDrive, SessionCredentials } from "./credentials.js";
import { DeletePlan, makePlan, plannedBy } from "./delete-plan.js";
import { asyncDisposable } from "./dispose.js";
import { misuse } from "./errors.js";
import { notify } from "./notify.js";
import { bytes, given, json } from "./arguments.js";
import { Handle } from "./handle.js";
import type { MaybeAsyncDisposable, Signal } from "./host-types.js";
import type { Lent } from "./lent.js";
import type { Writes } from "./state.js";
import { ModuleFile, type InitOptions, type ModuleSource } from "./module-file.js";
import type { Agreement, AskOptions, Deletion, DiagnoseOptions, ExportedCopies, JudgeOptions, MergeOptions, ReadOptions } from "./recovery-options.js";
import initRaw, {
  compareReports as compareRaw, RawSession, type AffectedItem, type CopiesJudged, type DeleteAction, type DeleteResult,
  type DiagnosisProgress, type DiagnosisReport, type DocumentHistory, type HistoryPage, type MergeResult, type ReportDifference,
  type IncidentQuestion, type LostItem, type Pick, type PinChangeLog, type RawRecovery, type RecoveryProgress, type RestoreResult, type TaggedItem, type ThingFate, type UndoResult,
} from "./pinfold-recovery.js";
import { SharedReading } from "./shared-reading.js";
import { openOn, type Engine, type OpenOptions, type Session } from "./session.js";
import { lifeOf } from "./trap.js";

export type { InitOptions, ModuleSource } from "./module-file.js";
export type { AnonymousDrive, SessionCredentials } from "./credentials.js";
export { PinfoldError, type ErrorCode } from "./errors.js";
export { Pause } from "./pause.js";
export { DeletePlan } from "./delete-plan.js";
export type { Agreement, AskOptions, Deletion, DiagnoseOptions, ExportedCopies, JudgeOptions, MergeOptions, ReadOptions } from "./recovery-options.js";
export type { OpenOptions, Session } from "./session.js";
export type {
  AccidentReason, AffectedItem, At, Branch, CopiesJudged, CopiesVerdict, DeleteAction, DeletePlanReport, DeleteRefused, DeleteResult, DeleteRow, DeleteView, DiagnosisFinding,
  DiagnosisProblem, DiagnosisProgress, DiagnosisReport, Did, DocumentHistory,
  DocumentOf, Doer, EntryKind, FateName, Harm, HistoryBeginning, HistoryChange, HistoryPage, IncidentQuestion, Intent, KeptBecause, KeyAt, LeftBecause,
  LossCause, LostItem, MergeResult, Pick, PinCause, PinChange, PinChangeLog, PinChangeStep, RecoveryProgress, ReportChange, ReportDifference, ReportedKind, ReportedList, ReportedState, ReportFate, RestoreResult, TaggedItem, ThingFate, UndoResult,
} from "./pinfold-recovery.js";

// The only place that names the file, so that a bundler finds it once.
const file = new ModuleFile("pinfold-recovery.wasm", "initRecovery", initRaw, () => new URL("./pinfold-recovery.wasm", import.meta.url));

const life = lifeOf("pinfold-recovery");

/** For entry points whose host cannot fetch the file. */
export function useRecoverySource(source: () => unknown): void {
  file.useDefaultSource(source);
}

/**
 * Loads the WebAssembly of this module; `openRecovery` does it by itself. Only needed to say where the file is.
 *
 * Rejects as `init()` of the package does.
 */
export function initRecovery(options: InitOptions = {}): Promise<void> {
  return file.init(options);
}

export interface RecoveryOptions extends Omit<OpenOptions, "worker"> {
  /** Where the module is, or the module itself: as for `initRecovery`. */
  module?: ModuleSource | Promise<ModuleSource> | undefined;
}

/**
 * Logs in, and stands ready to read what the account's history tells. It is a session of its own beside others of the same
 * account: the password is asked for again, because no key leaves a session.
 *
 * Rejects with `host/module`, and as `Session.open`.
 */
export async function openRecovery(credentials: SessionCredentials | AnonymousDrive, options: RecoveryOptions = {}): Promise<Recovery> {
  const { module, ...open } = options;
  if ("worker" in open && open.worker !== undefined) {
    throw misuse("misuse/bad-argument", "a recovery runs where openRecovery is called: call it in a worker of yours", { argument: "worker" });
  }
  await file.init(module === undefined ? {} : { module });
  let raw: RawSession | undefined;
  const sessions: Engine["sessions"] = { open: async (plain, rawOptions) => (raw = await RawSession.open(plain, rawOptions)) };
  const { session, lent, keeper } = await openOn({ requireInit: () => file.require(), sessions, life }, credentials, open);
  return makeRecovery(session, raw!.recovery(), lent, keeper, new URL(String(credentials.origin)).origin);
}

/**
 * Compares two signed reports of one account, as `diagnose` gave them: what is no longer there, and between which two times it
 * went. Which is the earlier one they say themselves. Asks no server.
 *
 * Rejects with `misuse/bad-argument` for what is no report or not of the same account, `crypto/signature` for one that its
 * account did not sign, `host/module`.
 */
export async function compareReports(one: string, other: string): Promise<ReportDifference> {
  await file.init({});
  return callNow(() => compareRaw(String(one), String(other)));
}

/** What the server is asked for beside histories: no more than a result needs. */
const [NOTHING, CALENDARS, LOSSES] = [0, 1, 2] as const;

let makeRecovery: (session: Session, raw: RawRecovery, lent: Lent, keeper: Writes, origin: string) => Recovery;

/** One account's histories. Close it: that wipes the keys and what was read. */
export class Recovery {
  readonly #handle: Handle<RawRecovery>;
  readonly #ending = { close: (): void => this.#handle.release() };
  readonly #keeper: Writes;
  readonly #origin: string;
  #read: SharedReading<RecoveryProgress> | undefined;
  /** What the server was asked for since. */
  #asked: number = NOTHING;

  /** The session it runs on, with everything that a session does. It ends with `close()`. */
  readonly session: Session;

  static {
    makeRecovery = (session, raw, lent, keeper, origin) => {
      const recovery = new Recovery(session, raw, keeper, origin);
      // Whoever closes the session ends this as well. It is known weakly there: what it knows has to live as long as this.
      lent.add(recovery.#ending);
      return recovery;
    };
  }

  private constructor(session: Session, raw: RawRecovery, keeper: Writes, origin: string) {
    [this.session, this.#keeper, this.#origin] = [session, keeper, origin];
    this.#handle = new Handle("recovery", raw);
  }

  /**
   * Reads the history of every document that the account ever named: its drive, its teams, its shared folders. Every
   * question does so by itself when it is the first, or when something was written since. Once more, only the lines are asked for
   * that came since; after an error it goes on where it was. Questions that come meanwhile wait for it, and so does another `read`. The signal of each call ends its own wait, and the reading goes on as long as one waits.
   *
   * What histories do not tell, the server is asked for by the call that needs it: `lost`, `accidents`, `affected`, `restore`.
   *
   * Rejects with `drive/unreadable`, `net/*`, `peer/*` or `misuse/*`. What was read before stays then.
   */
  async read({ signal, onRead }: ReadOptions = {}): Promise<void> {
    checkSignal(signal);
    await this.#free();
    await (this.#read?.running ? this.#read : this.#begin()).wait(signal, onRead);
  }

  /** Every document whose history was asked for, and where that begins. */
  documents(options: AskOptions = {}): Promise<DocumentHistory[]> {
    return this.#ask(options, (raw, titles) => raw.documents(titles));
  }

  /** What the lines did, entry by entry, the newest first: of all documents, or of one, by its channel. */
  history({ of, skip = 0, count = 200, ...options }: AskOptions & { of?: string | undefined; skip?: number | undefined; count?: number | undefined } = {}): Promise<HistoryPage> {
    return this.#ask(options, (raw, titles) => raw.history(of, whole(skip), whole(count), titles));
  }

  /**
   * Everything that the histories or the vault hold and the account no longer has: also what was removed deliberately. What the user
   * gave up in the vault is left out. Of what the vault alone keeps (`keyAt` is `vault`), `since` is when a device noticed that it was gone.
   */
  lost(options: JudgeOptions = {}): Promise<LostItem[]> {
    return this.#ask(options, (raw, titles) => raw.lost(new Float64Array(), titles, options.notice), LOSSES);
  }

  /**
   * Of what is lost, that for which something speaks that nobody wanted it: `reasons` says what. `told` are times, in
   * milliseconds since the epoch, at which the person was told that something was gone.
   */
  async accidents({ told = [], ...options }: JudgeOptions & { told?: readonly number[] | undefined } = {}): Promise<LostItem[]> {
    const lost = await this.#ask(options, (raw, titles) => raw.lost(Float64Array.from(told), titles, options.notice), LOSSES);
    return lost.filter(({ reasons, intent }) => reasons.length > 0 || intent === "accident");
  }

  /** "Was I affected?" What became of each thing that the account ever held, in an incident of a certain time. */
  affected(question: IncidentQuestion, options: JudgeOptions = {}): Promise<AffectedItem[]> {
    const text = json(given(question, "question"), "question");
    return this.#ask(options, (raw, titles) => raw.affected(text, titles, options.notice), CALENDARS);
  }

  /**
   * What became of one thing that a person asks after, by its title (also an earlier one), its link or its channel. If several had the
   * title, it is about a lost one.
   *
   * Rejects with `misuse/bad-argument` where none of them is given.
   */
  async fate(of: { title?: string | undefined; href?: string | undefined; password?: string | undefined; channel?: string | undefined }, options: JudgeOptions = {}): Promise<ThingFate> {
    const { title, href, password, channel } = given(of, "of");
    return this.#ask(options, (raw) => raw.fate(title, href, password, channel, options.notice));
  }

  /**
   * Is everything there? Reads the drives anew, asks the server after each thing that they name, reads the newest message of
   * each document, and compares with the histories and with what this device knew. Changes nothing on the server. `report` is the
   * signed report, to be kept and compared later (`compareReports`).
   *
   * Rejects with `drive/unreadable`, `drive/anonymous`, `crypto/read-only`, `net/*`, `peer/*` or `misuse/*`.
   */
  async diagnose({ quick = false, titles = false, tellOperator = false, onAnswer, notice, ...options }: DiagnoseOptions = {}): Promise<DiagnosisReport> {
    if (!quick) await this.#ready(options);
    const progress = onAnswer && ((progress: DiagnosisProgress) => notify(onAnswer, progress));
    const { signal } = options;
    return call(signal, () => this.#during((raw) => raw.diagnose(this.#origin, quick, titles, tellOperator, notice, progress, signal)));
  }

  /** What has a tag now. */
  tagged(tag: string, options: AskOptions = {}): Promise<TaggedItem[]> {
    return this.#ask(options, (raw, titles) => raw.tagged(String(tag), titles));
  }

  /**
   * What changed the account's lists of pins: which command the server carried out, when, for which device and session, for
   * what cause, in which document; and lists that shrank and grew again. It is what this device's `store` knows: without one
   * it begins with this session. Another device's is added with `importPinChanges`.
   */
  pinChanges(): PinChangeLog {
    return callNow(() => this.#handle.get().pinChanges());
  }

  /** The log of pin changes as a text for another device: ids, counts and times, not encrypted, and no title. */
  exportPinChanges(): string {
    return callNow(() => this.#handle.get().exportPinChanges());
  }

  /**
   * Adds what another device exported. Twice does no harm.
   *
   * Throws `misuse/bad-argument` for anything else.
   */
  importPinChanges(text: string): void {
    callNow(() => this.#handle.get().importPinChanges(String(text)));
  }

  /**
   * Puts lost things back, by their channels, marked with a tag: `RESTORED-YYYYMMDD` of today unless told otherwise. Pins come
   * first; then entry, place and tag in one message for each document. With `notice`, the text of an operator's notice,
   * what it brought back returns or gains the tag. With `dry` nothing is written.
   *
   * Rejects with `misuse/bad-argument` for a channel under which nothing is lost, `pins/*`, `edit/*`, `net/*`. What was
   * written until then stays, and the same call again goes on.
   */
  async restore(
    channels: Iterable<string>,
    { tag, notice, makeFolders = false, dry = false, ...options }: ReadOptions & {
      tag?: string | undefined;
      notice?: string | undefined;
      /** Makes plain folders again that are gone. Otherwise what stood there then stands in the root. */
      makeFolders?: boolean | undefined;
      dry?: boolean | undefined;
    } = {},
  ): Promise<RestoreResult> {
    const list = Array.from(channels, String);
    // An erased team or calendar would go again, if the server does not have it.
    await this.#ready(options, list.length > 0 || notice !== undefined ? CALENDARS : NOTHING);
    return this.#write(dry, options.signal, (raw) => raw.restore(list, notice, tag, makeFolders, dry, options.signal));
  }

  /**
   * Takes back what was put back with a tag, and nobody touched since: what was there before only loses the tag. The
   * histories are read anew for it, unless this tag was the last that was asked for. With `dry` nothing is written.
   */
  undo(tag: string, { dry = false, signal, onRead }: ReadOptions & { dry?: boolean | undefined } = {}): Promise<UndoResult> {
    return this.#write(dry, signal, (raw) => raw.undo(String(tag), dry, heard(onRead), signal));
  }

  /**
   * What two copies of one channel are worth, the archived one and the live one, as an operator exported them. Changes nothing. Without `live` what
   * the server has is read. With `decision` the text of the file for the operator's `settle` is made as well: nobody else may have the
   * channel open then, because what they write meanwhile would be lost.
   *
   * Rejects with `edit/absent` where the account has no key of the channel, `edit/in-use`, `misuse/bad-argument` for a decision without the
   * exported live copy and for a file of more than 64 MiB, `drive/*`, `net/*`, `peer/*`.
   */
  async judge(copies: ExportedCopies, { titles = false, decision = false, signal }: Omit<AskOptions, "onRead"> & { decision?: boolean | undefined } = {}): Promise<CopiesJudged> {
    const { channel, archived, live } = given(copies, "copies");
    if (decision && live === undefined) throw misuse("misuse/bad-argument", "a decision is about the live copy as it was exported", { argument: "live" });
    const files = [bytes(archived, "archived"), live === undefined ? undefined : bytes(live, "live")] as const;
    return call(signal, () => this.#during((raw) => raw.judge(String(channel), ...files, decision, titles, signal)));
  }

  /**
   * Makes two folders one, once the operator has put the archived copy back: what the live copy had is written into it, pins first, then one
   * message, marked with a tag: `RESTORED-YYYYMMDD` of today unless told otherwise. `undo` with that tag takes out again what came in; what entries
   * gained stays. With `dry` nothing is written. Done twice, it is done once.
   *
   * Rejects with `edit/unfit` while the archived copy is not back, `edit/in-use` while another client has the folder open,
   * `misuse/bad-argument` where there is nothing to be merged, `edit/absent`, `drive/incomplete`, `pins/*`, `edit/*`, `net/*`. The same call
   * again goes on.
   */
  async merge(copies: ExportedCopies & { live: Uint8Array | string }, { tag, dry = false, signal }: MergeOptions = {}): Promise<MergeResult> {
    const { channel, archived, live } = given(copies, "copies");
    const files = [bytes(archived, "archived"), bytes(live, "live")] as const;
    return this.#write(dry, signal, (raw) => raw.merge(String(channel), ...files, tag, dry, signal));
  }

  /**
   * What a deletion comes to. The drives are read anew for it, no history is; nothing is written.
   *
   * Rejects with `edit/absent` for a place where nothing stands, `crypto/read-only`, `misuse/bad-argument`, `net/*`.
   */
  async planDelete(
    picks: readonly Pick[],
    { action = "trash", view = "tree" }: Deletion = {},
    { titles = false, signal }: Omit<AskOptions, "onRead"> = {},
  ): Promise<DeletePlan> {
    const selection = [json(picks, "picks"), action, view] as const;
    const report = await call(signal, () => this.#during((raw) => raw.planDelete(...selection, titles, signal)));
    return makePlan(report, [...selection, report.digest]);
  }

  /** The actions whose warning of more than one document the person switched off (`switchWarning`). */
  warningsOff(): Promise<DeleteAction[]> {
    return call(undefined, () => this.#during((raw) => raw.warningsOff()));
  }

  /**
   * Switches the warning of more than one document off for one kind of action, or `on` again, and tells what is off then. It is
   * kept, encrypted, in the `store` of this device; without one, until `close()`. The warnings before destroying, before a key
   * goes, and before what cannot be expanded stay on.
   *
   * Rejects with `misuse/bad-argument` for `destroy`, and `host/storage`.
   */
  switchWarning(action: DeleteAction, on: boolean): Promise<DeleteAction[]> {
    return call(undefined, () => this.#during((raw) => raw.switchWarning(action, on)));
  }

  /**
   * Carries a deletion out exactly as planned. It is planned anew: where it comes to anything else by now (also where no
   * consent is needed), or consent is missing, the result says `refused` and nothing is changed. What is destroyed needs `again` as well: the server takes it away first, and then the entries leave.
   */
  async carryOut(plan: DeletePlan, { consent, again, withoutWarning = [] }: Agreement = {}, { signal }: { signal?: Signal | undefined } = {}): Promise<DeleteResult> {
    const planned = plannedBy(plan);
    return this.#write(false, signal, (raw) => raw.carryOut(...planned, consent, again, [...withoutWarning], signal));
  }

  /** Ends the session, and wipes its keys and what was read. */
  close(): Promise<void> {
    return this.session.close();
  }

  /** Waits until everything is read, and what the result needs is asked. */
  async #ready({ signal, onRead }: ReadOptions, need: number = NOTHING): Promise<void> {
    checkSignal(signal);
    await this.#free();
    const known = this.#read && !this.#read.failed ? this.#read : this.#begin(need);
    await known.wait(signal, onRead);
    // Others may have asked meanwhile.
    while (this.#asked < need) {
      await this.#free();
      await (this.#read?.running ? this.#read : this.#begin(need, this.#read === undefined)).wait(signal, onRead);
    }
  }

  /** Waits until a reading that nobody waits for has ended. */
  async #free(): Promise<void> {
    while (this.#read?.givenUp) await this.#read.over();
  }

  /** Reads what is new, unless only the server is to be asked. */
  #begin(need: number = NOTHING, fresh = true): SharedReading<RecoveryProgress> {
    this.#asked = NOTHING;
    return (this.#read = new SharedReading(async (hear, signal) => {
      await call(signal, () => this.#during((raw) => raw.read(fresh, need, hear, signal)));
      this.#asked = need;
    }));
  }

  async #ask<T>(options: AskOptions, ask: (raw: RawRecovery, titles: boolean) => T, need: number = NOTHING): Promise<T> {
    await this.#ready(options, need);
    return callNow(() => ask(this.#handle.get(), options.titles === true));
  }

  /** A call to the module, which ends with the module at the latest. */
  #during<T>(run: (raw: RawRecovery) => Promise<T>): Promise<T> {
    return this.#handle.during((raw) => life.during(run(raw)));
  }

  /** After a write, what was read before is out of date: the next question reads again. */
  async #write<T>(dry: boolean, signal: Signal | undefined, write: (raw: RawRecovery) => Promise<T>): Promise<T> {
    const made = call(signal, () => this.#during(write));
    try {
      // It takes several steps. Between two of them the engine has nothing to do, and still it is not safe to close.
      return await (dry ? made : this.#keeper.writing(made));
    } finally {
      if (!dry) this.#read = undefined;
      // What was read with another tag was asked nothing.
      this.#asked = NOTHING;
    }
  }
}

export interface Recovery extends MaybeAsyncDisposable {}
asyncDisposable(Recovery, (recovery) => recovery.close());

function heard(onRead: ((progress: RecoveryProgress) => void) | undefined): ((progress: RecoveryProgress) => void) | undefined {
  return onRead && ((progress) => notify(onRead, progress));
}

function whole(count: number): number {
  if (!Number.isSafeInteger(count) || count < 0) throw misuse("misuse/bad-argument", "skip and count are whole numbers from 0", { argument: "count" });
  return Math.min(count, 0xffff_ffff);
}
