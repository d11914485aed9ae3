// The peers' side of history.mjs, in a process of its own: `node history-peers.mjs JSON`, a list of `{ file, hash, password, role }`.
// Replays each log with the published packages, parses every state, compares it with the one before, and prints
// `{ lines, events, digest, ms, bytes }` of all.
import { createHash } from "node:crypto";
import ChainPad from "chainpad";
import { channelKeys } from "./peers.mjs";
import { linesOf } from "./history.mjs";

const PREFIX = /^cp\|([A-Za-z0-9+/=]{0,20}\|)?/;

const isJson = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};
const digest = createHash("sha256");
let [lines, events] = [0, 0];

const logs = JSON.parse(process.argv[2]);
for (const log of logs) {
  log.lines = [];
  for await (const line of linesOf(log.file)) log.lines.push(line);
}
const began = process.cpuUsage();
for (const { lines: list, hash, password, role } of logs) {
  const { keys, decrypt } = channelKeys(hash, password);
  // Whoever may only read holds no key to check signatures with: the packages refuse every message when they are asked to.
  const checked = keys.validateKey !== undefined;
  const chain = ChainPad.create({ initialState: "{}", validateContent: isJson, patchTransformer: ChainPad.NaiveJSONTransformer, logLevel: 0 });
  let [before, text] = [{ rows: new Map() }, ""];
  for (const [at, [, message]] of list.entries()) {
    try {
      chain.message(decrypt(message.replace(PREFIX, ""), checked));
    } catch {
      // Passed over, as the real client does.
    }
    const now = chain.getAuthDoc();
    if (now !== text) {
      text = now;
      const json = JSON.parse(now);
      const after = state(role === "folder" ? json : (json.drive ?? {}));
      for (const told of difference(before, after)) {
        digest.update(`${at} ${told}\n`);
        events += 1;
      }
      before = after;
    }
    lines += 1;
  }
}
const { user, system } = process.cpuUsage(began);
console.log(JSON.stringify({ lines, events, digest: digest.digest("hex"), ms: (user + system) / 1000, bytes: process.resourceUsage().maxRSS * 1024 }));

/** What a state says of each entry, and where each stands. */
function state(drive) {
  const places = new Map();
  const walk = (folder, path) => {
    for (const [name, element] of Object.entries(folder)) {
      if (typeof element === "number") places.set(element, [...(places.get(element) ?? []), `${path}/${name}`]);
      else if (element && typeof element === "object") walk(element, `${path}/${name}`);
    }
  };
  walk(drive.root ?? {}, "");
  walk(drive.template ?? [], "template");
  walk(drive.trash ?? {}, "trash");
  const rows = new Map();
  for (const table of [drive.filesData, drive.sharedFolders]) {
    for (const [id, data] of Object.entries(table ?? {})) {
      rows.set(id, { data: JSON.stringify(data), places: (places.get(Number(id)) ?? []).sort().join("\n") });
    }
  }
  return { rows };
}

function difference({ rows: before }, { rows: after }) {
  const told = [];
  for (const [id, row] of after) {
    const was = before.get(id);
    if (!was) told.push(`${id} appeared`);
    else {
      if (was.data !== row.data) told.push(`${id} changed`);
      if (was.places !== row.places) told.push(`${id} moved`);
    }
  }
  for (const id of before.keys()) if (!after.has(id)) told.push(`${id} vanished`);
  return told.sort();
}
