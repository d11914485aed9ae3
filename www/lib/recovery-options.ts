// What the calls of `pinfold/recovery` are told beside their first argument.
import type { Signal } from "./host-types.js";
import type { DeleteAction, DeleteView, DiagnosisProgress, RecoveryProgress } from "./pinfold-recovery.js";

/** Options of what reads histories. */
export interface ReadOptions {
  /** Gives up the call, which then rejects with `signal.reason`. */
  signal?: Signal | undefined;
  /** Hears how much was read, and how many questions were answered. What it throws goes to `reportError`. */
  onRead?: ((progress: RecoveryProgress) => void) | undefined;
}

/** Options of a question. */
export interface AskOptions extends ReadOptions {
  /** Tells titles as well, and the names of folders. Without it results hold ids, counts, times and states. */
  titles?: boolean | undefined;
}

/** Options of what judges. */
export interface JudgeOptions extends AskOptions {
  /** The text of an operator's notice: when what was archived, and put back. It settles what the histories leave open. */
  notice?: string | undefined;
}

/** Options of a diagnosis. */
export interface DiagnoseOptions extends JudgeOptions {
  /** Only asks whether the server has each thing: no message and no history is read. */
  quick?: boolean | undefined;
  /**
   * Tells the operator, signed and without ids or titles, that this account read everything, if it did: what left its list of pins then
   * need not wait for it. Only if the person agreed: it says when they were here.
   */
  tellOperator?: boolean | undefined;
  /** Hears how many questions were answered. What it throws goes to `reportError`. */
  onAnswer?: ((progress: DiagnosisProgress) => void) | undefined;
}

/** Two copies of one channel, as an operator exported them: the files of one folder of `pinfold-operator export`. */
export interface ExportedCopies {
  /** Of which: the name of that folder. */
  channel: string;
  /** `archived.body`. */
  archived: Uint8Array | string;
  /** `live.body`. Without it, what the server has is read. */
  live?: Uint8Array | string | undefined;
}

/** Options of making two folders one. */
export interface MergeOptions {
  /** Gives up the call, which then rejects with `signal.reason`. */
  signal?: Signal | undefined;
  /** With or without `#`. */
  tag?: string | undefined;
  /** Writes nothing: it is told what would be done. */
  dry?: boolean | undefined;
}

/** What is selected, and what shall be done with it. */
export interface Deletion {
  /** `trash` unless told otherwise. In a shared folder, which has none, that is the same as `remove`. */
  action?: DeleteAction | undefined;
  /** `search`: what was selected are hits, and never a folder around them. `tree` unless told otherwise. */
  view?: DeleteView | undefined;
}

/** That a person was shown a plan and agreed to it. */
export interface Agreement {
  /** The digest of the plan that they were shown. */
  consent?: string | undefined;
  /** The same digest, once they were asked again: where something is destroyed. */
  again?: string | undefined;
  /**
   * The actions whose warning of more than one document is switched off this time, beside those of `switchWarning`. Never that of
   * destroying.
   */
  withoutWarning?: readonly DeleteAction[] | undefined;
}
