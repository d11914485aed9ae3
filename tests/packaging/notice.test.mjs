// An operator's notice in `pinfold/recovery`, out of the packed tarball: what it tells a diagnosis, and how it judges.
import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { copyOf } from "./incident.mjs";
import { project } from "./project.mjs";

test("an operator's notice says why a folder is not there", async (t) => {
  const directory = await project(t, {
    "main.js": `
      import { openRecovery } from "pinfold/recovery";
      const { default: WebSocket } = await import(process.env.WS);
      const recovery = await openRecovery(JSON.parse(process.env.ACCOUNT), { webSocket: WebSocket, store: null });
      const notice = JSON.stringify({ version: 1, items: [{ id: process.env.FOLDER, event: "archived", at: 1560000000000 }] });
      const found = async (options) => (await recovery.diagnose(options)).findings.find(({ id }) => id === process.env.FOLDER);
      console.log(JSON.stringify([await found(), await found({ notice }), await found({ quick: true, notice })]));
      await recovery.close();
    `,
  });
  const { manifest, data, account, start } = await copyOf(t, "bulk-delete");
  const [{ channel }] = Object.values(manifest.folders);
  await rm(join(data, "datastore", channel.slice(0, 2), `${channel}.ndjson`));
  const { origin } = await start();
  const { output } = await mustRun(process.execPath, ["main.js"], {
    cwd: directory, show: "failure",
    env: { ACCOUNT: JSON.stringify({ ...account, origin }), FOLDER: channel, WS: pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href, NODE_NO_WARNINGS: "1" },
  });
  const told = JSON.parse(output).map(({ problem, state, since }) => [problem, state, since]);
  const archived = ["folder-missing", "folder/archived", 1_560_000_000_000];
  assert.deepEqual(told, [["folder-missing", "folder/missing", null], archived, archived]);
});

test("an operator's notice judges what is lost, by accident, restored, and what became of it", async (t) => {
  const directory = await project(t, {
    "main.js": `
      import { openRecovery } from "pinfold/recovery";
      const { default: WebSocket } = await import(process.env.WS);
      const recovery = await openRecovery(JSON.parse(process.env.ACCOUNT), { webSocket: WebSocket, store: null });
      const lost = await recovery.lost();
      const { channel, since } = lost.find(({ kind }) => kind === "sharedFolder");
      const [there] = (await recovery.affected({ from: 0, to: Date.now() })).filter(({ harm, kind }) => harm === "untouched" && kind === "file");
      const notice = JSON.stringify({ version: 1, items: [{ id: channel, event: "archived", at: since - 5000 }, { id: there.channel, event: "restored", at: since }] });
      const told = async (options) => {
        const find = (items) => items.find((one) => one.channel === channel);
        const [{ cause, intent }, accident] = [find(await recovery.lost(options)), find(await recovery.accidents(options))];
        const fates = [await recovery.fate({ channel }, options), await recovery.fate({ channel: there.channel }, options)];
        return { cause, intent, isAccident: accident?.intent === "accident", fates: fates.map(({ fate, cause }) => [fate, cause]) };
      };
      const [without, withNotice] = [await told(), await told({ notice })];
      // What a notice says was put back gains the tag where it stands.
      const restored = await recovery.restore([], { notice, tag: "BACK" });
      const tagged = await recovery.tagged("BACK");
      console.log(JSON.stringify({ without, withNotice, documents: restored.documents, tagged: tagged.map(({ channel }) => channel), there: there.channel }));
      await recovery.close();
    `,
  });
  const { account, start } = await copyOf(t, "team-removed");
  const { origin } = await start();
  const { output } = await mustRun(process.execPath, ["main.js"], {
    cwd: directory, show: "failure",
    env: { ACCOUNT: JSON.stringify({ ...account, origin }), WS: pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href, NODE_NO_WARNINGS: "1" },
  });
  const told = JSON.parse(output);
  assert.deepEqual(told.without, { cause: "removed-or-erased", intent: "doubtful", isAccident: false, fates: [["lost", "removed-or-erased"], ["untouched", null]] });
  assert.deepEqual(told.withNotice, { cause: "client-on-server-word", intent: "accident", isAccident: true, fates: [["lost", "client-on-server-word"], ["restored", null]] });
  assert.deepEqual([told.documents, told.tagged], [1, [told.there]]);
});
