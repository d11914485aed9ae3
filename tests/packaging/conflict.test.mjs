// `judge` and `merge` of `pinfold/recovery`, out of the packed tarball, on a recorded incident: five channels that lie in the archive and
// live.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { copyFile, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { copyOf } from "./incident.mjs";
import { project } from "./project.mjs";

test("two copies are judged, and of two folders one is made that can be taken back", async (t) => {
  const directory = await project(t, {
    "main.js": `
      import { readFile } from "node:fs/promises";
      import { openRecovery } from "pinfold/recovery";
      const { default: WebSocket } = await import(process.env.WS);
      const { account, conflicts, folder, foreign } = JSON.parse(process.env.GIVEN);
      const recovery = await openRecovery(account, { webSocket: WebSocket, store: null });
      const read = async ({ channel, archived, live }) => ({ channel, archived: await readFile(archived), live: await readFile(live, "utf8") });
      /** What each entry of the folder says. */
      const fields = async () => {
        const drive = await recovery.session.loadDrive();
        const { filesData } = await drive.document(drive.folders.find(({ channel }) => channel === folder.channel).id);
        return Object.fromEntries(Object.values(filesData).map((entry) => [entry.channel, entry]));
      };
      const code = (made) => made.then(() => null, (error) => error.code);
      /** What stands in the folder, and what of it has the tag. */
      const inFolder = async () => {
        const drive = await recovery.session.loadDrive();
        const { id } = drive.folders.find(({ channel }) => channel === folder.channel);
        const { filesData } = await drive.document(id);
        return Object.values(filesData).map(({ channel, tags = [] }) => [channel, tags.join()]).sort();
      };
      const steps = {
        async judge() {
          const told = [];
          for (const conflict of conflicts) {
            const copies = await read(conflict);
            const [exported, ofServer] = [await recovery.judge(copies), await recovery.judge({ ...copies, live: undefined })];
            told.push({ channel: conflict.channel, exported, ofServer });
          }
          const copies = await read(folder);
          const decided = await recovery.judge(copies, { decision: true });
          const kept = await recovery.judge(await read(conflicts.find((one) => one.class === "keep-both")), { decision: true });
          // The server drops a last line without its end.
          const torn = await recovery.judge({ ...copies, live: copies.live + '[0,"torn' });
          const refused = [
            await code(recovery.merge(copies)), await code(recovery.judge({ ...copies, channel: foreign })),
            await code(recovery.judge({ ...copies, live: undefined }, { decision: true })), await code(recovery.judge({ ...copies, archived: 7 })),
            await code(recovery.merge(await read(conflicts.find((one) => one.class === "keep-both")))),
          ];
          // Another client has the folder open: what it writes would be lost.
          const other = await openRecovery(account, { webSocket: WebSocket, store: null });
          await other.session.loadDrive();
          refused.push(await code(recovery.judge(copies, { decision: true })), await code(recovery.judge(copies)));
          await other.close();
          return { told, decided, kept, torn: torn.verdict, refused };
        },
        async merge() {
          const copies = await read(folder);
          const [before, fieldsBefore] = [await inFolder(), await fields()];
          const other = await openRecovery(account, { webSocket: WebSocket, store: null });
          await other.session.loadDrive();
          const inUse = [await code(recovery.merge(copies)), JSON.stringify(await inFolder()) === JSON.stringify(before)];
          await other.close();
          const dry = await recovery.merge(copies, { tag: "#TOGETHER", dry: true });
          const untouched = JSON.stringify(await inFolder()) === JSON.stringify(before);
          const merged = await recovery.merge(copies, { tag: "#TOGETHER" });
          const together = await inFolder();
          const again = await recovery.merge(copies, { tag: "TOGETHER" });
          const twice = JSON.stringify(await inFolder()) === JSON.stringify(together);
          const tagged = await recovery.tagged("together");
          const undone = await recovery.undo("TOGETHER");
          return { before, inUse, dry, untouched, merged, together, again, twice, tagged, undone, after: await inFolder(), fieldsBefore, fieldsAfter: await fields() };
        },
      };
      console.log(JSON.stringify(await steps[process.env.STEP]()));
      await recovery.close();
    `,
  });
  const { manifest, data, account, start } = await copyOf(t, "conflict-content");
  const log = (below, channel) => join(data, below, channel.slice(0, 2), `${channel}.ndjson`);
  const conflicts = manifest.truth.conflicts.map((conflict) => ({ ...conflict, archived: log("archive/datastore", conflict.channel), live: log("datastore", conflict.channel) }));
  const folder = conflicts.find((conflict) => conflict.class === "merge");
  const step = async (name, given) => {
    const server = await start();
    const all = { account: { ...account, origin: server.origin }, conflicts, folder, foreign: "0".repeat(32), ...given };
    const { output } = await mustRun(process.execPath, ["main.js"], {
      cwd: directory, show: "failure",
      env: { STEP: name, GIVEN: JSON.stringify(all), WS: pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href, NODE_NO_WARNINGS: "1" },
    });
    await server.stop();
    return JSON.parse(output);
  };
  const exported = await readFile(folder.live);
  const judged = await step("judge");
  for (const { channel, exported: told, ofServer } of judged.told) {
    const wanted = conflicts.find((conflict) => conflict.channel === channel);
    const right = wanted.class === "keep-both" ? null : "archived-wins";
    assert.deepEqual([told, ofServer], Array(2).fill({ channel, verdict: wanted.class, right, title: null, decision: null }), wanted.name);
  }
  const live = createHash("sha256").update(exported).digest("hex");
  assert.deepEqual(JSON.parse(judged.decided.decision), { version: 1, verdicts: [{ id: folder.channel, right: "archived-wins", live }] });
  assert.deepEqual([judged.kept.verdict, judged.kept.decision, judged.torn], ["keep-both", null, "merge"]);
  assert.deepEqual(judged.refused, ["edit/unfit", "edit/absent", "misuse/bad-argument", "misuse/bad-argument", "misuse/bad-argument", "edit/in-use", null]);

  // The operator settles it: the live copy is set aside, the archived one returns, with its metadata.
  const aside = { ...folder, archived: join(directory, "archived.body"), live: join(directory, "live.body") };
  await copyFile(folder.archived, aside.archived);
  await rename(folder.live, aside.live);
  await rename(folder.archived, folder.live);
  await rename(folder.archived.replace(/ndjson$/, "metadata.ndjson"), folder.live.replace(/ndjson$/, "metadata.ndjson"));
  const told = await step("merge", { folder: aside });
  assert.deepEqual([told.inUse, told.untouched, told.twice], [["edit/in-use", true], true, true]);
  const { broughtIn, pinned, verdict, tag } = told.merged;
  assert.deepEqual([verdict, tag, told.dry.broughtIn, told.dry.dry, told.again.broughtIn], ["merge", "TOGETHER", broughtIn, true, 0]);
  assert.ok(broughtIn > 0 && pinned >= broughtIn && told.merged.dry === false);
  const channels = (entries) => entries.map(([channel]) => channel);
  const came = channels(told.together).filter((channel) => !channels(told.before).includes(channel));
  assert.deepEqual([came.length, told.together.length], [broughtIn, folder.mergedFiles.length]);
  assert.deepEqual(came.sort(), told.tagged.map(({ channel }) => channel).sort());
  assert.deepEqual(told.together.filter(([, tags]) => tags === "TOGETHER").map(([channel]) => channel), came.sort());
  assert.deepEqual([channels(told.after), told.undone.left], [channels(told.before), []]);
  // What an entry of both copies gained stays: here the later time at which it was opened.
  const differs = ([channel, now]) => Object.keys(now).filter((field) => JSON.stringify(now[field]) !== JSON.stringify(told.fieldsBefore[channel][field])).map((field) => [field, now[field] > told.fieldsBefore[channel][field]]);
  assert.deepEqual(Object.entries(told.fieldsAfter).flatMap(differs), [["atime", true]]);
});
