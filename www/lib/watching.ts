import { checkSignal } from "./call.js";
import type { Clock } from "./clock.js";
import type { Drive } from "./drive.js";
import { PinfoldError } from "./errors.js";
import type { FolderReport, Listeners } from "./events.js";
import type { Signal } from "./host-types.js";

/** How long after a load that failed it is tried again at the latest, in milliseconds. */
const AGAIN_MS = 10_000;

/** A drive as it is now, and what is different from the one before. */
export interface DriveChange {
  readonly drive: Drive;
  /** Ids that need a pin and were not known before, sorted; at first all of them. */
  readonly added: readonly string[];
  /** Ids that nothing names any more, sorted. They stay pinned: `plan()` and `syncPins` are where pins leave. */
  readonly removed: readonly string[];
  /** Folders that are new, or whose outcome, title or number of documents is another; at first all of them. */
  readonly folders: readonly FolderReport[];
}

export interface Watched {
  readonly listeners: Listeners;
  readonly closed: () => boolean;
  readonly team: string | undefined;
  readonly signal: Signal | undefined;
  readonly clock: Clock;
  load(): Promise<Drive>;
}

/** Loads the drive now, and again whenever it became another one. Ends with the session. */
export async function* changesOf({ listeners, closed, team, signal, clock, load }: Watched): AsyncGenerator<DriveChange, void, void> {
  let stale = true;
  let wake = (): void => {};
  const unlisten = listeners.add((event) => {
    if (event.type === "changed" && event.team === (team ?? null)) stale = true;
    else if (event.type === "net" ? event.state !== "open" : event.type !== "state" || !event.state.closed) return;
    wake();
  });
  const onAbort = (): void => wake();
  signal?.addEventListener("abort", onAbort, { once: true });
  let before: Known | undefined;
  try {
    while (!closed()) {
      checkSignal(signal);
      if (stale) {
        stale = false;
        const drive = await load().catch((error: unknown) => {
          // There is no connection: it is made anew by itself, and that is when to load.
          if (closed() || (PinfoldError.is(error) && error.code.startsWith("net/"))) return undefined;
          throw error;
        });
        if (drive) {
          const now = new Known(drive);
          yield { drive, ...now.since(before) };
          before = now;
          continue;
        }
        stale = true;
      }
      let timer: unknown;
      await new Promise<void>((resolve) => {
        wake = resolve;
        // What came while the drive was being loaded, or looked at.
        if (closed() || signal?.aborted) resolve();
        // A load that failed though there is a connection.
        if (stale) timer = clock.setTimeout(resolve, AGAIN_MS);
      });
      if (timer !== undefined) clock.clearTimeout(timer);
    }
  } finally {
    unlisten();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** What of a drive is compared; it outlives the drive. */
class Known {
  private readonly ids: ReadonlySet<string>;
  private readonly folders: ReadonlyMap<string, FolderReport>;

  constructor(drive: Drive) {
    this.ids = new Set(drive.channels());
    this.folders = new Map(drive.folders.map((folder) => [folder.id, folder]));
  }

  since(before: Known | undefined): Omit<DriveChange, "drive"> {
    const without = (ids: ReadonlySet<string>, others: ReadonlySet<string> | undefined): string[] => [...ids].filter((id) => !others?.has(id));
    return {
      added: without(this.ids, before?.ids),
      removed: before ? without(before.ids, this.ids) : [],
      folders: [...this.folders.values()].filter((folder) => !same(folder, before?.folders.get(folder.id))),
    };
  }
}

function same(one: FolderReport, other: FolderReport | undefined): boolean {
  return other !== undefined && (["state", "code", "title", "documents", "channel", "doubt"] as const).every((field) => one[field] === other[field]);
}
