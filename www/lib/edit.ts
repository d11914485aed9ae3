import type { JsonValue } from "./drive.js";
import type { Signal } from "./host-types.js";

// What can be written into a drive or a shared folder. Entries are named by their keys in `filesData`, `static` or
// `sharedFolders`; names of folders in the tree lead from below `root`.

/**
 * One change. Each is applied to the newest document, and applied again when another device was first; one that has
 * happened already changes nothing. Only `erase` and `emptyTrash` destroy anything, and both name what.
 */
export type Edit =
  /** Another title for a document, file or link. A shared folder has its title inside: `setTitle`. */
  | { type: "rename"; id: string; title: string }
  /** Into the trash, from wherever it is shown. Not in a shared folder, which has no trash: `erase`. */
  | { type: "remove"; id: string }
  /** Destroys one entry with its keys. */
  | { type: "erase"; id: string }
  /** Destroys these entries, as far as they are in the trash and nowhere else. `session.trash()` makes the list. */
  | { type: "emptyTrash"; ids: readonly string[] }
  /** A document or file, by its link. One that was damaged on its way is refused: `href/malformed`, `error.detail.damage`. */
  | { type: "addDocument"; href: string; title: string; password?: string; path?: readonly string[] }
  /** A shared folder that somebody else created, by its link. */
  | { type: "addFolder"; href: string; title: string; password?: string; path?: readonly string[] }
  /** An entry with all its fields, keys included, for instance from `session.vaultEntry()`. */
  | { type: "putBack"; kind?: "file" | "link" | "folder"; entry: { readonly [field: string]: JsonValue }; id?: string; path?: readonly string[] }
  /** The title of the shared folder that is edited. */
  | { type: "setTitle"; title: string };

export interface EditOptions {
  /** The shared folder to edit, by its entry's id (`drive.folders`); without it, the drive itself. */
  folder?: string | undefined;
  /** The team whose drive it is, loaded before by `loadTeam`; without it, the user's own drive. */
  team?: string | undefined;
  /** Takes an edit back that still waits; one that was sent takes its course. */
  signal?: Signal | undefined;
}

export interface FolderOptions {
  password?: string | undefined;
  /** Where in the drive's tree. */
  path?: readonly string[] | undefined;
  signal?: Signal | undefined;
}
