import type { DriveBackend, FolderReport, PinSetBackend, SkippedItem } from "./objects.js";
import { callNow, waited } from "./call.js";
import { misuse } from "./errors.js";
import type { CallOptions, WaitOptions } from "./events.js";
import { disposable } from "./dispose.js";
import { Handle } from "./handle.js";
import type { MaybeDisposable } from "./host-types.js";
import type { Lent } from "./lent.js";

export type JsonValue = null | boolean | number | string | JsonValue[] | { [key: string]: JsonValue };

/**
 * An opened drive. Only the complete one has a `pinSet()`: ask for `kind` first.
 *
 * A drive is complete when every folder it declares was read to its end. A folder that is restricted, deleted,
 * unreadable or silent makes it partial: what is inside is unknown. Everything else in it can be used at once.
 */
export type Drive = CompleteDrive | PartialDrive;

/** What drives made by one session share. */
export interface DriveOwner {
  /** Where the module runs: pin sets can only be sent from there. */
  readonly realm: object;
  /** What is closed when the session is. */
  readonly lent: Lent;
  loadDrive(options?: CallOptions): Promise<Drive>;
}

// How the other files reach what the public classes keep private.
interface Internals {
  makeDrive(raw: DriveBackend, owner: DriveOwner): Drive;
  driveHandle(drive: Drive, realm: object): Handle<DriveBackend>;
  pinSetHandle(pins: CompletePinSet, realm: object): Handle<PinSetBackend>;
}
export const internals = {} as Internals;

let makePinSet: (raw: PinSetBackend, owner: DriveOwner) => CompletePinSet;
let makeComplete: (raw: DriveBackend, owner: DriveOwner) => CompleteDrive;
let makePartial: (raw: DriveBackend, owner: DriveOwner) => PartialDrive;

/**
 * The pins of a complete drive: the only thing that may replace the server's list.
 *
 * There is no way to make one but `CompleteDrive.pinSet()`, and a look-alike object is refused by type and at run time.
 */
export class CompletePinSet {
  readonly #handle: Handle<PinSetBackend>;
  readonly #realm: object;
  /** How many ids it holds. */
  readonly size: number;
  /** base64 of the SHA-512 of the sorted plain list, as the server computes it. */
  readonly digest: string;

  static {
    makePinSet = (raw, owner) => new CompletePinSet(raw, owner);
    internals.pinSetHandle = (pins, realm) => {
      if (typeof pins !== "object" || pins === null || !(#handle in pins)) {
        throw misuse("misuse/bad-argument", "syncPins takes what CompleteDrive.pinSet() returned", { argument: "pins" });
      }
      if (pins.#realm !== realm) {
        throw misuse("misuse/foreign-pin-set", "the pin set was computed by a session in another thread");
      }
      return pins.#handle;
    };
  }

  private constructor(raw: PinSetBackend, { realm, lent }: DriveOwner) {
    this.#handle = new Handle("pin set", raw);
    this.#realm = realm;
    this.size = raw.size;
    this.digest = raw.digest;
    lent.add(this);
  }

  /** The sorted ids, without tags. */
  channels(): string[] {
    return callNow(() => this.#handle.get().channels());
  }

  /** Frees the memory, as the end of the session or of a `using` does; a second call does nothing. */
  close(): void {
    this.#handle.release();
  }
}
export interface CompletePinSet extends MaybeDisposable {}
disposable(CompletePinSet, (pins) => pins.close());

abstract class OpenedDrive {
  abstract readonly kind: "complete" | "partial";
  readonly #handle: Handle<DriveBackend>;
  readonly #owner: DriveOwner;

  /** Every declared folder with its outcome, in the order of the drive. */
  readonly folders: readonly FolderReport[];
  /** Entries of the drive and of all loaded folders. */
  readonly documents: number;
  /** Ids that are known to need a pin. Of a partial drive: a lower bound. */
  readonly pinCount: number;
  /** base64 of the SHA-512 of those ids, sorted. */
  readonly pinDigest: string;
  /** What names no channel although it should: left out of the pins, and nothing else is because of it. */
  readonly skipped: readonly SkippedItem[];

  static {
    internals.driveHandle = (drive, realm) => {
      if (typeof drive !== "object" || drive === null || !(#handle in drive)) {
        throw misuse("misuse/bad-argument", "addPins takes what Session.loadDrive() returned", { argument: "drive" });
      }
      if (drive.#owner.realm !== realm) {
        throw misuse("misuse/bad-argument", "the drive was loaded by a session in another thread", { argument: "drive" });
      }
      return drive.#handle;
    };
  }

  protected constructor(raw: DriveBackend, owner: DriveOwner) {
    this.#handle = new Handle("drive", raw);
    this.#owner = owner;
    this.folders = raw.folders();
    this.documents = raw.documents();
    this.pinCount = raw.pinCount();
    this.pinDigest = raw.pinDigest();
    this.skipped = raw.skipped();
    owner.lent.add(this);
  }

  /** The ids that are known to need a pin, sorted. */
  channels(): string[] {
    return callNow(() => this.raw().channels());
  }

  /**
   * The account document, or with a folder's `id` the document of that folder; undefined for a folder that was not
   * read. It holds the links, and so the keys, of everything in it: it is not for logs.
   */
  async document(folder?: string, { signal }: WaitOptions = {}): Promise<JsonValue | undefined> {
    const text = await waited(signal, () => this.#handle.during((raw) => raw.document(folder)));
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  }

  /**
   * Gives the memory back, which is overwritten: keys, links and titles in it are gone, except for what the open session
   * reads itself. The end of the session does the same, and the end of a `using`; a second call does nothing.
   */
  close(): void {
    this.#handle.release();
  }

  protected raw(): DriveBackend {
    return this.#handle.get();
  }

  protected owner(): DriveOwner {
    return this.#owner;
  }
}

interface OpenedDrive extends MaybeDisposable {}
disposable(OpenedDrive, (drive) => drive.close());

/** A drive of which every declared folder was read to its end. */
export class CompleteDrive extends OpenedDrive {
  readonly kind = "complete";

  static {
    makeComplete = (raw, owner) => new CompleteDrive(raw, owner);
  }

  private constructor(raw: DriveBackend, owner: DriveOwner) {
    super(raw, owner);
  }

  /** The complete pin set, for `Session.syncPins`. It stays valid after the drive is closed. */
  pinSet(): CompletePinSet {
    return makePinSet(callNow(() => this.raw().pinSet()), this.owner());
  }
}

/** A drive with folders that were not read: pins may be added on its word, never replaced. */
export class PartialDrive extends OpenedDrive {
  readonly kind = "partial";
  /** The folders that stand in the way, each with its state and code. */
  readonly missing: readonly FolderReport[];

  static {
    makePartial = (raw, owner) => new PartialDrive(raw, owner);
  }

  private constructor(raw: DriveBackend, owner: DriveOwner) {
    super(raw, owner);
    this.missing = this.folders.filter((folder) => folder.state !== "loaded");
  }

  /** Loads the drive again; this one stays as it is. */
  retry(options?: CallOptions): Promise<Drive> {
    return this.owner().loadDrive(options);
  }
}

internals.makeDrive = (raw, owner) => (raw.complete ? makeComplete(raw, owner) : makePartial(raw, owner));
