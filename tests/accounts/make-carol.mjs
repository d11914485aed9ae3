// Writes tests/accounts/carol from tests/vectors/end_to_end.json: the same bytes, as a server keeps them on disk.
//
//   node tests/accounts/make-carol.mjs
//
// A complete account: a log-in block, a drive, three shared folders (one with a password), a team. The server's
// list of pins is not part of it, because the recording has none.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

const vector = JSON.parse(await readFile(new URL("../vectors/end_to_end.json", import.meta.url), "utf8"));
const { name, input, expect } = vector.cases[0];
const target = new URL("carol/", import.meta.url);

async function write(path, content) {
  const file = new URL(path, target);
  await mkdir(dirname(file.pathname), { recursive: true });
  await writeFile(file, content);
}

const lines = (entries) => entries.map((entry) => `${entry}\n`).join("");

await rm(target, { recursive: true, force: true });

const blockId = expect.blockHash.split("#")[0].split("/").pop();
await write(`data/block/${blockId.slice(0, 2)}/${blockId}`, Buffer.from(input.blockHex, "hex"));

for (const [channel, { metadata, messages, placeholder }] of Object.entries(input.channels)) {
  if (placeholder !== null) throw new Error(`${channel} is archived: not foreseen`);
  const path = `data/datastore/${channel.slice(0, 2)}/${channel}`;
  await write(`${path}.metadata.ndjson`, lines(metadata));
  await write(`${path}.ndjson`, lines(messages));
}

const document = JSON.parse(expect.driveDocument);
const manifest = {
  note: `${name}; made by tests/accounts/make-carol.mjs from tests/vectors/end_to_end.json`,
  username: input.username,
  password: input.password,
  blockId,
  edPublic: document.edPublic,
  driveChannel: expect.driveChannel,
  drive: document,
  folders: Object.fromEntries(
    Object.entries(expect.sharedFolders).map(([id, text]) => [
      id,
      { channel: document.drive.sharedFolders[id].channel, json: JSON.parse(text) },
    ]),
  ),
  pin: { hash: expect.localHash, hashedList: expect.pinListCompare, resetList: expect.pinListReset },
};
await write("manifest.json", `${JSON.stringify(manifest, null, 2)}\n`);
