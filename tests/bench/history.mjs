// The whole history of a drive, line by line: what became of each entry, when, and by whom. On one side the published
// packages, which replay the same lines and parse every state; on the other the program that is built here. Both tell the
// same events. The log is made by the testkit.
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { mustRun } from "../../pkg-scripts/shell.mjs";
import { targetDirectory } from "../../pkg-scripts/tools.mjs";
import { inTemporary } from "./growth.mjs";

const run = promisify(execFile);

/** Lines of the long log. */
const LINES = 50_000;

/** Calls `each` with what was measured of each log; returns all of it. */
export async function history(each, lines = LINES) {
  await mustRun("cargo", ["build", "--profile", "native", "--package", "pinfold-testkit"], { label: "compiling the reader" });
  const testkit = join(await targetDirectory(), "native/pinfold-testkit");
  return inTemporary(async (directory) => {
    const file = join(directory, "log.ndjson");
    await run(testkit, ["long", String(lines), "1", file]);
    const ours = JSON.parse((await run(testkit, ["read-long", file])).stdout);
    const script = join(import.meta.dirname, "history-peers.mjs");
    const { stdout } = await run(process.execPath, ["--max-old-space-size=8192", script, file], { maxBuffer: 1 << 26 });
    const peers = JSON.parse(stdout);
    const result = {
      name: `${lines} lines, ${Math.round(ours.bytes / 1e6)} MB`,
      agrees: ours.events === peers.events && ours.digest === peers.digest && ours.lines === peers.lines,
      ours,
      peers,
      ratio: peers.ms / ours.ms,
    };
    each(result);
    return [result];
  });
}

/** The lines of a log, `[author, message, time]` each. */
export async function* linesOf(file) {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) yield JSON.parse(line);
}
