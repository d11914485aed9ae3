// Runs of the explorer in memory: what a seed comes to, step by step. docs/replaying.md tells what they are.
import { checkNames } from "./checked.js";
import { misuse } from "./errors.js";
import type { ModuleSource } from "./module-file.js";
import { firstLoss as firstLossRaw, replay as replayRaw } from "./pinfold-testing.js";
import { file, unfit } from "./testing-file.js";

/** Which client runs. */
export type ReplayClient =
  /** pinfold, on a server and a network that fail, beside another device. */
  | "guarded"
  /** A faulty client: it computes the pins beside the loading of folders. */
  | "race-2019"
  /** A faulty client: a folder that answered to its name counts as loaded. */
  | "second-fix"
  /** A faulty client: what an earlier session saw counts as loaded. */
  | "cache-race"
  /** pinfold, with the account and the choices that a faulty client meets with this seed. */
  | "in-place-of-mutant";

export interface ReplayOptions {
  client: ReplayClient;
  /** Decides everything: the account, what goes wrong, the order of the answers. A whole number from 0 to 2^53 - 1. */
  seed: number;
  /** Where the module is, or the module itself: as for `initTesting`. */
  module?: ModuleSource | Promise<ModuleSource>;
}

export interface FirstLossOptions {
  client: ReplayClient;
  /** The first seed that is looked at. */
  from: number;
  /** How many seeds are looked at, from 1 to 100: 100 without. */
  seeds?: number;
  /** Where the module is, or the module itself: as for `initTesting`. */
  module?: ModuleSource | Promise<ModuleSource>;
}

/** What `pinfold-companion explore --json FILE` writes, too. */
export interface Replay {
  readonly v: 1;
  /** That of the client. Behind the run of a faulty client, that of pinfold in its place. */
  readonly runs: readonly ReplayedRun[];
}

export interface ReplayedRun {
  readonly client: ReplayClient;
  readonly seed: number;
  /** The channel of the account's own document. */
  readonly drive: string;
  /** The shared folders, in the order of the drive. */
  readonly folders: readonly { readonly channel: string; readonly documents: readonly string[] }[];
  /** Which invariant did not hold, in words for people. */
  readonly violation: string | null;
  /** How the client ended: nothing where it was stopped by a violation. */
  readonly ended: readonly string[];
  readonly steps: readonly ReplayedStep[];
}

/** One answer that arrived, and what came of it. */
export interface ReplayedStep {
  /** Milliseconds of the virtual clock since the first step. */
  readonly at: number;
  readonly by: "server" | "other device";
  /** The command that was answered, with its channel; `WRITE` for a message that was stored. */
  readonly what: string;
  readonly fault: string | null;
  /** What the client told about folders, by channel. */
  readonly told: Readonly<Record<string, string>>;
  /** What the client sent then. */
  readonly sent: readonly string[];
  /** How many ids are pinned after it. */
  readonly pinned: number;
  /** The ids that it lost. */
  readonly lost: readonly string[];
}

const REPLAY: Record<keyof ReplayOptions, true> = { client: true, seed: true, module: true };
const FIRST_LOSS: Record<keyof FirstLossOptions, true> = { client: true, from: true, seeds: true, module: true };
const MOST_SEEDS = 100;

/**
 * Runs a seed. The same seed comes to the same everywhere. It computes in the thread that calls it, without a pause: in a page, call it in a
 * worker.
 *
 * Rejects with `misuse/bad-argument` for a client that there is not and for a seed that is no whole number from 0 to 2^53 - 1, and with
 * `host/module` as `init()` does.
 */
export async function replay(options: ReplayOptions): Promise<Replay> {
  const { client, seed, module } = checkNames(options, REPLAY, "options");
  whole(seed, "seed");
  await file.init(module === undefined ? {} : { module });
  return JSON.parse(asked(() => replayRaw(named(client), seed))) as Replay;
}

/**
 * Runs seeds from this one on until one loses something: that one, as `replay` has it, or `null` if none does. A call looks at 100 seeds at
 * most, and at none past 2^53 - 1. It computes as `replay` does.
 *
 * Rejects as `replay` does, and with `misuse/bad-argument` for another number of `seeds`.
 */
export async function firstLoss(options: FirstLossOptions): Promise<Replay | null> {
  const { client, from, seeds = MOST_SEEDS, module } = checkNames(options, FIRST_LOSS, "options");
  whole(from, "from");
  if (!Number.isInteger(seeds) || seeds < 1 || seeds > MOST_SEEDS) {
    throw misuse("misuse/bad-argument", `\`seeds\` is a whole number from 1 to ${MOST_SEEDS}`, { argument: "seeds" });
  }
  await file.init(module === undefined ? {} : { module });
  const found = asked(() => firstLossRaw(named(client), from, seeds));
  return found === undefined ? null : (JSON.parse(found) as Replay);
}

/** Refused here, where it is known which argument it is. */
function whole(seed: number, argument: string): void {
  if (Number.isSafeInteger(seed) && seed >= 0) return;
  throw misuse("misuse/bad-argument", `\`${argument}\` is a whole number from 0 to 2^53 - 1`, { argument });
}

/** The glue hands on texts alone. */
function named(client: string): string {
  return String(client);
}

/** What else the module refuses is the client. */
function asked<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw unfit(error, "client");
  }
}
