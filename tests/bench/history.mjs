// The whole history of a drive, line by line: what became of each entry, when, and by whom. On one side the published
// packages, which replay the same lines and parse every state; on the other the program that is built here. Both tell the
// same events. One log is made by the testkit; the others are those of `medium`, its drive and its folders.
import { execFile } from "node:child_process";
import { createReadStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";
import { mustRun } from "../../pkg-scripts/shell.mjs";
import { targetDirectory } from "../../pkg-scripts/tools.mjs";
import { inTemporary } from "./growth.mjs";
import { readRecording } from "./recording.mjs";

const run = promisify(execFile);

/** Lines of the long log, and what opens it. */
const LINES = 50_000;
const LONG = "/2/drive/edit/N-so2RrZzneCuAuWL12pGQiW/";

/** Calls `each` with what was measured of each account; returns all of it. */
export async function history(each, lines = LINES) {
  await mustRun("cargo", ["build", "--profile", "native", "--package", "pinfold-testkit"], { label: "compiling the reader" });
  const testkit = join(await targetDirectory(), "native/pinfold-testkit");
  return inTemporary(async (directory) => {
    const medium = await ofMedium(join(directory, "medium"));
    const results = [await measured(testkit, "`medium`", ["read-account", medium.hash, medium.directory], medium.documents)];
    each(results[0]);
    const file = join(directory, "log.ndjson");
    await run(testkit, ["long", String(lines), "1", file]);
    results.push(await measured(testkit, "made", ["read-long", file], [{ file, hash: LONG }]));
    each(results[1]);
    return results;
  });
}

async function measured(testkit, name, args, documents) {
  const ours = JSON.parse((await run(testkit, args)).stdout);
  const script = join(import.meta.dirname, "history-peers.mjs");
  const { stdout } = await run(process.execPath, ["--max-old-space-size=8192", script, JSON.stringify(documents)], { maxBuffer: 1 << 26 });
  const peers = JSON.parse(stdout);
  return {
    name: `${name}, ${ours.lines.toLocaleString("en")} lines, ${(ours.bytes / 1e6).toFixed(1)} MB`,
    agrees: ours.events === peers.events && ours.digest === peers.digest && ours.lines === peers.lines,
    ours,
    peers,
    ratio: peers.ms / ours.ms,
  };
}

/** The logs of the recorded account, a file for each document that has lines, in the order of their channels. */
async function ofMedium(directory) {
  const { channels } = await readRecording(await readFile(join(import.meta.dirname, "data/medium.ndjson.gz")));
  await mkdir(directory);
  const found = [...channels.values()].filter(({ role, messages }) => (role === "drive" || role === "folder") && messages.length > 0);
  const documents = found.map(({ channel, role, hash, password }) => ({ channel, role, hash, password, file: join(directory, `${channel}.ndjson`) }));
  for (const [at, { messages }] of found.entries()) {
    await writeFile(documents[at].file, messages.map(([message, time]) => `${JSON.stringify(["", message, time])}\n`).join(""));
  }
  documents.sort((a, b) => (a.channel < b.channel ? -1 : 1));
  return { directory, documents, hash: documents.find(({ role }) => role === "drive").hash };
}

/** The lines of a log, `[author, message, time]` each. */
export async function* linesOf(file) {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) yield JSON.parse(line);
}
