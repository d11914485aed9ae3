//! The shapes of plain objects, as TypeScript.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const LOSS_CAUSES: &'static str = pinfold_recovery::Cause::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const INTENTS: &'static str = pinfold_recovery::Intent::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const KEY_PLACES: &'static str = pinfold_recovery::KeyAt::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const REASONS: &'static str = pinfold_recovery::Reason::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const HARMS: &'static str = pinfold_recovery::Harm::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const DOERS: &'static str = pinfold_recovery::By::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const LEFT: &'static str = pinfold_recovery::Why::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const KEPT: &'static str = pinfold_recovery::WhyKept::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const DID: &'static str = pinfold_recovery::Did::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const KINDS: &'static str = pinfold_recovery::What::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const BEGINNINGS: &'static str = pinfold_recovery::Beginning::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const WHOSE: &'static str = pinfold_recovery::Whose::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const BRANCHES: &'static str = pinfold_core::document::Branch::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const ACTIONS: &'static str = pinfold_recovery::Action::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const VIEWS: &'static str = pinfold_recovery::View::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const REFUSED: &'static str = pinfold_recovery::delete::Refused::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const PIN_CAUSES: &'static str = pinfold_recovery::PinCause::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const PIN_STEPS: &'static str = pinfold_recovery::PinStep::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const PROBLEMS: &'static str = pinfold_recovery::Problem::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const SUBJECTS: &'static str = pinfold_core::report::Subject::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const STANDINGS: &'static str = pinfold_core::report::Standing::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const FATES: &'static str = pinfold_core::report::Fate::TYPESCRIPT;

#[wasm_bindgen(typescript_custom_section)]
const DIAGNOSIS: &'static str = r#"
/** How far a diagnosis is. Answers may bring further questions. */
export interface DiagnosisProgress { answered: number; asked: number }

/** Something that a diagnosis found. */
export interface DiagnosisFinding {
  problem: DiagnosisProblem;
  /** The channel, the id of a file, or the key of a list of pins. */
  id: string | null;
  /** The channel of the document that names it. */
  document: string | null;
  /** How the server showed it, or the code of an error. */
  state: string | null;
  /** How much it held, or how many ids a list should have. */
  count: number | null;
  /** Since when, in milliseconds since the epoch, where a history or the ledger tells. */
  since: number | null;
  title: string | null;
}

/** A list of pins, and what the server said of it. */
export interface ReportedList {
  key: string;
  count: number;
  /** The plain digest of the list that should be there. */
  digest: string;
  /** The server's hash; null where it gave none. */
  server: string | null;
  confirmed: boolean;
}

export interface DiagnosisReport {
  /** Every drive, team and folder was read to its end, and the server confirmed every list. */
  complete: boolean;
  findings: DiagnosisFinding[];
  lists: ReportedList[];
  /** How many documents, folders and files were looked at. */
  rows: number;
  begun: number;
  made: number;
  /** The signed report as JSON, without titles and contents: docs/reports.md. */
  report: string;
}

export interface ReportChange { fate: ReportFate; id: string; kind: ReportedKind; was: ReportedState | null; is: ReportedState | null }

export interface ReportDifference {
  /** When the earlier report was made. */
  since: number;
  /** When the looking for the later one began. */
  until: number;
  /** How much is as it was. */
  same: number;
  changes: ReportChange[];
}
"#;

#[wasm_bindgen(typescript_custom_section)]
const SHAPES: &'static str = r#"
/**
 * How far the reading of histories is: how much there is nobody knows before the end. After it the server may be asked, and answers may bring
 * further questions.
 */
export interface RecoveryProgress { documents: number; lines: number; bytes: number; answered: number; asked: number }

/** A stored line: its place in the log, when the server stored it, and which connection wrote it. */
export interface At {
  /** The first line of a log is 0. */
  line: number;
  /** Milliseconds since the epoch, by the server's clock. Nobody signs it. */
  time: number | null;
  /** 32 hexadecimal digits. The channels that one session writes carry the same author; a person has many. */
  author: string | null;
  /** That session also wrote in the account's own drive: it was the user's. Of others nothing is known. */
  own: boolean;
}

/** One document of the account, and where its history begins. */
export interface DocumentHistory {
  channel: string;
  of: DocumentOf;
  title: string | null;
  /** `trimmed`: the owner shortened the log; of the time before `first` nothing can be told. */
  begins: HistoryBeginning;
  first: At | null;
  last: At | null;
  lines: number;
  /** Lines that do not open: what they did is not known. */
  unread: number;
  /** Lines that hang on a line that is not there. */
  holes: number;
  /** Connections that wrote in it. */
  sessions: number;
  /** What the server says instead of a history: it has nothing (`missing`), or gives a reason (`archived`). */
  server: "live" | "missing" | "archived" | null;
  canEdit: boolean;
}

/** What one line did to one entry. */
export interface HistoryChange {
  /** The channel of the document. */
  document: string;
  /** The entry's key there. */
  id: string;
  channel: string | null;
  kind: EntryKind;
  did: Did;
  at: At;
  title: string | null;
}

export interface HistoryPage {
  changes: HistoryChange[];
  /** How many there are in all. */
  total: number;
  /** How many older ones are not remembered: 100,000 are, of each document. */
  forgotten: number;
}

/** Something that a history or the vault holds, and the account no longer has. */
export interface LostItem {
  channel: string;
  kind: EntryKind;
  /** The channel of the document that held it. */
  document: string | null;
  cause: LossCause;
  intent: Intent;
  reasons: AccidentReason[];
  keyAt: KeyAt;
  /** What the server says of it today: it has it, it has no live copy, or gives a reason; null where it was not asked or gave no answer. */
  server: "live" | "missing" | "archived" | null;
  /** The word that was left in its place: `INACTIVE`, `ARCHIVE_OWNED`, or what whoever archived it wrote. */
  serverReason: string | null;
  /** The line that took it; null where none did, and of what only the vault knows. */
  at: At | null;
  /**
   * Since when it is gone, in milliseconds since the epoch, by the server's clock. Where `keyAt` is `vault`: when a device noticed that, by the
   * device's clock; it may have left long before.
   */
  since: number | null;
  title: string | null;
  /** The plain folders it stood in, if titles were asked for. */
  path: string[] | null;
  /** Why it cannot be put back; null if it can. */
  left: LeftBecause | null;
  /** It returns with the folder that held it. */
  withFolder: boolean;
}

export interface IncidentQuestion {
  /** When it began, in milliseconds since the epoch. */
  from: number;
  /** When it was over, that moment included. */
  to: number;
  /** It was about shared folders and what is in them, and nothing else. */
  foldersOnly?: boolean;
  /** It was about folders that nobody had written in for so many milliseconds. */
  idleFor?: number;
  /** The authors of this device's sessions, as far as they are known. */
  here?: string[];
}

export interface AffectedItem {
  channel: string;
  kind: EntryKind;
  document: string | null;
  harm: Harm;
  by: Doer | null;
  at: At | null;
  /** When somebody last wrote in it before the incident. */
  lastActive: At | null;
  /** The sessions that wrote in the document that holds it during the incident. */
  visits: string[];
  title: string | null;
}

/**
 * `never-existed`: no document of the account ever named it. `not-since`: nothing names it since a log was shortened. `unknown`: nothing
 * names it, and not everything could be read.
 */
export type FateName = "untouched" | "moved" | "renamed" | "restored" | "removed-by-user" | "removed-by-other" | "lost" | "never-existed" | "not-since" | "unknown";

/** What became of one thing that a person asks after. */
export interface ThingFate {
  fate: FateName;
  /** When it left, or since when alone anything can be told. */
  since: number | null;
  /** Of what is lost; `lost` tells more. */
  cause: LossCause | null;
  channel: string | null;
}

export interface TaggedItem { document: string | null; id: string; channel: string | null; kind: EntryKind; title: string | null }

export interface RestoreResult {
  /** Without `#`. A search for `#` and the tag finds what has it. */
  tag: string;
  restored: { channel: string; kind: EntryKind }[];
  left: { channel: string | null; why: LeftBecause }[];
  /** How many documents were written to. */
  documents: number;
  /** How many ids were pinned first. */
  pinned: number;
  /** Nothing was written: it is what would be done. */
  dry: boolean;
}

export interface UndoResult {
  /** `removed`: it left; otherwise it was there before, and only lost the tag. */
  undone: { document: string | null; id: string; removed: boolean }[];
  left: { channel: string | null; why: KeptBecause }[];
  dry: boolean;
}

/** Something that a person selected, where it stands. */
export interface Pick {
  /** The channel of the document it stands in: a team, a shared folder. The account's own drive if absent. */
  document?: string;
  /** The folders that the user sees, if absent. */
  branch?: Branch;
  /** The names that lead there, its own included. A template has none. */
  path: string[];
  /** The entry that stands there. Of a plain folder, which is all that is below it, none. */
  id?: string;
}

/** What becomes of one entry. */
export interface DeleteRow {
  /** The channel of the document that holds it. */
  document: string;
  id: string;
  kind: EntryKind;
  channel: string | null;
  /** The shared folder with which it goes; null if it was selected itself. */
  via: string | null;
  /** Documents of the account in which it still stands afterwards; the trash counts. */
  stays: string[];
  /** The account pins it no longer. Whether others do, no client can know. */
  losesPin: boolean;
  owned: boolean;
  /** For everybody. */
  destroyed: boolean;
  /** Documents in which entries of it stay that then lead nowhere. */
  dangling: string[];
  /** The account then has no key of it. Its history has, until somebody shortens that. */
  losesKey: boolean;
  /** All members of a shared folder or a team lose it there as well. */
  others: boolean;
  title: string | null;
}

export interface DeletePlanReport {
  /** Names exactly this plan: what consent is given to. */
  digest: string;
  action: DeleteAction;
  /** Documents, those in folders of any kind as well; not rows that were selected. */
  documents: number;
  rows: DeleteRow[];
  /** Shared folders that go and whose content is not known. They are not empty. */
  unexpandable: string[];
  needsConsent: boolean;
  /** The warning cannot be switched off. */
  alwaysAsks: boolean;
  /** Something is destroyed: that is asked once more. */
  asksTwice: boolean;
}

/** One thing that changed a list of pins: a row for each command, document and cause. */
export interface PinChange {
  /** When the server had carried it out, by this device's clock, in milliseconds since the epoch. */
  time: number;
  /** A random name that the device gave itself, and its session. */
  device: string;
  session: string;
  /** Counts the commands of that session. Rows of one command have the same. */
  number: number;
  /** The public key under which it was signed: the user's, or a team's. */
  key: string;
  command: "PIN" | "UNPIN" | "RESET";
  step: PinChangeStep;
  cause: PinCause;
  /** A person had agreed to it. */
  agreed: boolean;
  /** The channel of the document in which the ids stand, or stood last. */
  document: string | null;
  /** How many ids the command carried: for RESET the length of the list. */
  of: number;
  /** How many ids this is about. */
  count: number;
  /** Which; null where only their number was kept. */
  ids: string[] | null;
}

export interface PinChangeLog {
  /** The oldest first. */
  changes: PinChange[];
  /** Ids that went and came back later, with the place in `changes` of what took them off: something went wrong in between. */
  regrown: { change: number; ids: string[] }[];
  /** Lists that became shorter than the log explains. A sign and no proof: other clients change lists as well. */
  shrunk: { change: number; missing: number }[];
  /** From when on ids are known; before that there are sums, or nothing. */
  idsSince: number | null;
  /** Rows that are not understood. */
  unread: number;
}

export interface DeleteResult {
  /** Null: it was done. Otherwise nothing was changed. */
  refused: DeleteRefused | null;
  /** Of the plan as it is now. */
  digest: string;
  documents: number;
}
"#;
