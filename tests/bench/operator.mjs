// The work of an operator on a store of a size that CryptPad's own scripts were measured on, and on larger ones that lie nowhere but
// in the port to the disk. Seconds of the processor, scaled by a calibration loop: what a faster or slower machine would make
// of them is taken out.
import { execFile } from "node:child_process";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { mustRun } from "../../pkg-scripts/shell.mjs";
import { targetDirectory } from "../../pkg-scripts/tools.mjs";
import { inTemporary } from "./growth.mjs";
import { median } from "./measure.mjs";

const run = promisify(execFile);

/** Seconds of `pinfold-testkit calibrate` on the machine on which the bars were set: 29 November 2026, two cores of an AMD EPYC, busy. */
export const CALIBRATION = 0.5;

/** The size of the store, and how many channels the bar of the archive is for. */
const SIZE = { channels: 200_000, accounts: 5_000, blobs: 10_000, conflicts: 237 };
const ARCHIVED = 50_342;

/**
 * Recorded, not measured here: what CryptPad's own scripts needed for a store of this size on a busy two-core machine, in seconds of the
 * processor and MB. They have nothing to compare a plan with.
 */
export const CRYPTPAD = {
  archive: { what: "evict-inactive", seconds: [72, 92], megabytes: [322, 340] },
  restore: { what: "restore-archived", seconds: [48, 54], megabytes: [133, 133] },
  conflicts: { what: "listing conflicts", seconds: [6.2, 6.2], megabytes: [128, 128] },
};

/** Seconds on the machine of the calibration. Those of archive and restore are for ARCHIVED documents. */
export const BARS = { plan: 4, archive: 15, restore: 10, conflicts: 0.3 };
/** Bytes for an id. */
export const BYTES_AN_ID = 100;
/** Ids without files. */
const IDS = [200_000, 2_000_000, 10_000_000];

/** Calls `each` with a line for each measure; returns all of them. `channels`: of the store on the disk. */
export async function operator(each, { rounds = 3, channels = SIZE.channels } = {}) {
  await mustRun("cargo", ["build", "--profile", "native", "--package", "pinfold-testkit"], { label: "compiling the operator's work" });
  const testkit = join(await targetDirectory(), "native/pinfold-testkit");
  const asked = async (...words) => JSON.parse((await run(testkit, words.map(String))).stdout);
  const scale = async () => CALIBRATION / median([await asked("calibrate"), await asked("calibrate"), await asked("calibrate")]);
  const results = [];
  const told = (result) => {
    results.push({ agrees: true, ...result });
    each(results.at(-1));
  };
  await inTemporary(async (directory) => {
    const store = join(directory, "store");
    const part = channels / SIZE.channels;
    const size = [channels, Math.round(SIZE.accounts * part), Math.round(SIZE.blobs * part), Math.round(SIZE.conflicts * part)];
    await run(testkit, ["store", store, ...size, 1].map(String));
    const all = {};
    const measured = async (work, factor) => {
      const { count, seconds, peak } = await asked("measure", store, work);
      (all[work] ??= []).push({ count, seconds: seconds * factor, measured: seconds, peak, calibration: CALIBRATION / factor });
    };
    // First of all: what is archived takes its older copy out of the way, and after that nothing is in conflict.
    for (let round = 0; round < rounds; round += 1) await measured("conflicts", await scale());
    for (let round = 0; round < rounds; round += 1) {
      await rm(join(store, "data/pinfold"), { recursive: true, force: true });
      const factor = await scale();
      for (const work of ["plan", "mark", "archive", "restore"]) await measured(work, factor);
    }
    for (const work of Object.keys(BARS)) {
      const of = all[work];
      const pick = (name) => median(of.map((one) => one[name]));
      const count = pick("count");
      if (count === 0) throw new Error(`${work}: there was nothing to do`);
      // The bar is for so many documents.
      const share = work === "archive" || work === "restore" ? ARCHIVED / count : work === "conflicts" ? SIZE.conflicts / count : 1 / part;
      told({
        name: work, count, ids: size[0] + size[2], seconds: pick("seconds") * share, measured: pick("measured"),
        calibration: pick("calibration"), peak: Math.max(...of.map(({ peak }) => peak)), bar: BARS[work], cryptpad: CRYPTPAD[work],
      });
    }
  });
  const factor = await scale();
  for (const ids of IDS) {
    const { count, seconds, peak } = await asked("ids", ids);
    told({ name: "ids", count, ids, seconds: seconds * factor, measured: seconds, calibration: CALIBRATION / factor, peak });
  }
  return results;
}
