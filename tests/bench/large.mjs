// The start-up of a made account like a large real one, beside the published packages. Both sides get the frames that the embedded
// server sent to a session: they are written down here, and played back to each.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import WebSocket from "ws";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";
import { accountBuilder, inTemporary, makeAccount } from "./growth.mjs";
import { compare } from "./measure.mjs";
import { close, open, startUp } from "./rows.mjs";

/** Documents in the drive, and shared folders with 100 each. */
const SIZE = [10_000, 200];

export const NAME = "start-up of a made account: 30,000 documents";

/** Calls `each` with the row, and returns it in a list. */
export async function large(pinfold, host, each, rounds) {
  const recording = await recorded(pinfold);
  const row = startUp(pinfold, recording, { name: NAME, bar: 40, rounds: 3 });
  const sides = await row.prepare();
  const result = { ...row, ...(await compare({ ...sides, rounds: rounds ?? row.rounds }, host)) };
  sides.done();
  each(result);
  return [result];
}

/** What readRecording() in recording.mjs gives of a file, of an account that is made now. */
async function recorded(pinfold) {
  const companion = await buildCompanion();
  const builder = await accountBuilder();
  return inTemporary(async (directory) => {
    const made = join(directory, "account");
    const { username, password } = await makeAccount(builder, made, ...SIZE);
    const manifest = JSON.parse(await readFile(join(made, "manifest.json"), "utf8"));
    const server = await serve(companion, ["--data", join(made, "data"), "--port", "0"]);
    try {
      const account = { origin: server.origin, username, password };
      const { channels, http, host } = written(manifest);
      close(await open(pinfold, account, host));
      const { hash, hashedList } = manifest.pin;
      return { account, http, channels, expect: { pins: hashedList.length, digest: hash, ids: hashedList }, frames: new Map() };
    } finally {
      await server.stop();
    }
  });
}

/** A host over the real network, and what it hears of the documents of this account. */
function written({ driveChannel, userHash, drive, folders }) {
  const channels = new Map([[driveChannel, { channel: driveChannel, role: "drive", hash: userHash, messages: [] }]]);
  for (const [id, { href, roHref, password }] of Object.entries(drive.drive.sharedFolders)) {
    const { channel } = folders[id];
    channels.set(channel, { channel, role: "folder", id, hash: (href ?? roHref).split("#")[1], password, messages: [] });
  }
  const note = (data) => {
    const [, from, kind, , content] = JSON.parse(data);
    if (kind !== "MSG" || from.length !== 16) return;
    const answer = JSON.parse(content);
    if (Array.isArray(answer) && answer[2] === "MSG") channels.get(answer[3])?.messages.push([answer[4], answer[5]]);
    else if (answer.channel && answer.state === undefined && channels.has(answer.channel)) channels.get(answer.channel).metadata = answer;
  };
  const http = new Map();
  return {
    channels,
    http,
    host: {
      webSocket: class extends WebSocket {
        constructor(...args) {
          super(...args);
          this.addEventListener("message", ({ data }) => note(data));
        }
      },
      fetch: async (url, init) => {
        const answer = await fetch(url, init);
        const body = await answer.clone().arrayBuffer();
        if (answer.ok) http.set(new URL(url).pathname, new Uint8Array(body));
        return answer;
      },
    },
  };
}
