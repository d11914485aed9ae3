// Makes data/<name>.ndjson.gz out of a recording of a log-in of the real client:
//
//   node tests/bench/reduce.mjs <directory of the recording> <name>
//
// The directory holds ws.ndjson (every WebSocket frame), http.ndjson and manifest.json (what must come out). What is
// kept: the configuration, the log-in block, the expected result, and for each channel that a session of ours reads its
// metadata, its refusal or its messages, once. Everything else (a second reading, teams, profiles) is dropped.
import { createReadStream } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { gzipSync } from "node:zlib";

const [directory, name] = process.argv.slice(2);
if (!directory || !name) {
  console.error("usage: node tests/bench/reduce.mjs <directory of the recording> <name>");
  process.exit(2);
}
const manifest = JSON.parse(await readFile(join(directory, "manifest.json"), "utf8"));

const wanted = new Map([[manifest.driveChannel, { role: "drive", hash: manifest.userHash }]]);
for (const [id, entry] of Object.entries(manifest.drive.drive.sharedFolders)) {
  const hash = (entry.href ?? entry.roHref).split("#")[1];
  wanted.set(manifest.folders[id].channel, { role: "folder", id, hash, password: entry.password });
}
wanted.set(manifest.mailbox.channel, { role: "mailbox" });

const channels = new Map([...wanted].map(([channel, what]) => [channel, { channel, ...what, messages: [] }]));
const joins = new Map();
for await (const line of lines("ws.ndjson")) {
  const { ws, d: direction, m } = line;
  if (!m) continue;
  const frame = JSON.parse(m);
  if (direction === "c") {
    if (frame[1] === "JOIN") joins.set(`${ws} ${frame[0]}`, frame[2]);
    continue;
  }
  if (frame[1] === "ERROR") {
    const refused = channels.get(joins.get(`${ws} ${frame[0]}`));
    if (refused && frame[2] === "ERESTRICTED") refused.restricted = frame[3];
  } else if (frame[2] === "MSG" && frame[1]?.length === 16) noteAnswer(ws, JSON.parse(frame[4]));
}

function noteAnswer(ws, answer) {
  if (Array.isArray(answer)) {
    const [txid, , kind, channel, message, time] = answer;
    const kept = kind === "MSG" && channels.get(channel);
    const reading = `${ws} ${txid}`;
    // Some channels are read twice: only the first reading counts.
    if (kept && (kept.reading ??= reading) === reading) kept.messages.push([message, time]);
  } else if (answer.channel && answer.state === undefined && answer.error === undefined) {
    const kept = channels.get(answer.channel);
    if (kept) kept.metadata = answer;
  }
}

const http = {};
for await (const { url, body, body_b64 } of lines("http.ndjson")) {
  const path = new URL(url).pathname;
  if (path === "/api/config") http[path] ??= { text: body };
  if (path.startsWith("/block/")) http[path] ??= { base64: body_b64 };
}

const head = {
  account: pick(manifest, ["origin", "username", "password", "curvePublic", "curvePrivate"]),
  http,
  expect: {
    pins: manifest.pin.hashedList.length,
    digest: manifest.pin.hash,
    ids: manifest.pin.hashedList,
    letters: manifest.mailbox.messages.map((letter) => letter.hash),
  },
};
const out = [head, ...[...channels.values()].map(({ reading, ...channel }) => channel)];
const text = out.map((line) => `${JSON.stringify(line)}\n`).join("");
const file = join(import.meta.dirname, "data", `${name}.ndjson.gz`);
await writeFile(file, gzipSync(text, { level: 9 }));
console.log(`${file}: ${channels.size} channels, ${[...channels.values()].reduce((sum, { messages }) => sum + messages.length, 0)} messages, ${text.length} bytes`);

async function* lines(file) {
  for await (const line of createInterface({ input: createReadStream(join(directory, file)) })) yield JSON.parse(line);
}

function pick(object, keys) {
  return Object.fromEntries(keys.map((key) => [key, object[key]]));
}
