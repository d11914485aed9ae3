// `pinfold/recovery` out of the packed tarball: in Node, and in a page under a bundler that loads it on demand.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { copyOf, shorten } from "./incident.mjs";
import { html, project } from "./project.mjs";
import { openPage } from "./support.mjs";

/** The embedded server on a copy of an incident; what logs in to it. */
async function serveIncident(t, name, www) {
  const { manifest, account, start } = await copyOf(t, name, www);
  const { origin } = await start();
  return { manifest, account: { ...account, origin } };
}

test("Node: every question, restoring, undoing, planning", async (t) => {
  const directory = await project(t, {
    "main.js": `
      import { openRecovery, Pause, PinfoldError } from "pinfold/recovery";
      import { Session } from "pinfold";
      const { default: WebSocket } = await import(process.env.WS);
      // What comes over the wire: stored lines of histories.
      let wire = 0;
      class Counted extends WebSocket {
        constructor(...given) {
          super(...given);
          this.on("message", (data) => (wire += String(data).includes('HISTORY_RANGE\\\\",') ? 1 : 0));
        }
      }
      const progress = [];
      const recovery = await openRecovery(JSON.parse(process.env.ACCOUNT), { webSocket: Counted, store: null });
      await recovery.read({ onRead: (one) => progress.push(one) });
      // A second reading asks only for what is new: of each document its last line comes again, and no other.
      const lines = [wire];
      const heard = [];
      wire = 0;
      // The server is asked no more than a result needs, and once.
      const asking = [];
      const onRead = ({ answered, asked, lines }) => asking.push([answered, asked, lines]);
      await recovery.history({ onRead });
      await recovery.affected({ from: 0, to: 1 }, { onRead });
      asking.push("lost");
      await Promise.all([recovery.lost({ onRead }), recovery.affected({ from: 0, to: 1 }), recovery.lost(), recovery.documents()]);
      asking.push("again");
      await recovery.lost({ onRead });
      const before = JSON.stringify([await recovery.documents(), await recovery.lost(), await recovery.history()]);
      await recovery.read({ onRead: (one) => heard.push(one) });
      lines.push(wire, heard.at(-1).lines, JSON.stringify([await recovery.documents(), await recovery.lost(), await recovery.history()]) === before);
      const documents = await recovery.documents();
      const lost = await recovery.lost();
      const accidents = await recovery.accidents();
      const history = await recovery.history({ count: 5 });
      const ofFolder = await recovery.history({ of: documents[1].channel });
      const affected = await recovery.affected({ from: Date.UTC(2024, 9, 1), to: Date.UTC(2024, 9, 2) });
      // An operator's notice: one folder was away in that time, and is back.
      const [from, until] = [Date.UTC(2024, 9, 1, 9), Date.UTC(2024, 9, 1, 10)];
      const item = { id: documents[1].channel, event: "restored", at: until, away: [[from, until]], bytes: 1 };
      const told = async (notice) => (await recovery.affected({ from, to: until }, { notice })).find(({ channel }) => channel === documents[1].channel);
      const noticed = [await told(JSON.stringify({ version: 1, items: [item] })), await told(), await told("{}").catch((error) => error.code)];
      const unknown = await recovery.history({ of: "0".repeat(32) }).catch((error) => error.code);
      const wrong = await recovery.restore(["0".repeat(32)]).catch((error) => error.code);
      const dry = await recovery.restore(accidents.map(({ channel }) => channel), { dry: true });
      const restored = await recovery.restore(accidents.map(({ channel }) => channel), { tag: "#RESTORED-20241002" });
      wire = 0;
      const after = await recovery.lost();
      lines.push(wire, (await recovery.documents()).reduce((sum, { lines }) => sum + lines, 0));
      const tagged = await recovery.tagged("restored-20241002");
      const wouldGo = await recovery.undo("RESTORED-20241002", { dry: true });
      wire = 0;
      const undone = await recovery.undo("RESTORED-20241002");
      lines.push(wire, wouldGo.undone.length);
      const again = await recovery.lost();
      const drive = await recovery.session.loadDrive();
      const { root, sharedFolders, filesData } = (await drive.document()).drive;
      const [name, id] = Object.entries(root).find(([, id]) => sharedFolders[id]);
      const plan = await recovery.planDelete([{ path: [name], id: String(id) }], { action: "remove" });
      const refused = [
        (await recovery.carryOut(plan)).refused, (await recovery.carryOut(plan, { consent: "another" })).refused,
        (await recovery.carryOut(plan, { withoutWarning: ["remove"] })).refused,
      ];
      const off = [await recovery.warningsOff(), await recovery.switchWarning("trash", false), await recovery.warningsOff(), await recovery.switchWarning("destroy", false).catch((error) => error.code), await recovery.switchWarning("trash", true)];
      const done = await recovery.carryOut(plan, { consent: plan.report.digest });
      const gone = (await recovery.lost()).some(({ channel }) => channel === sharedFolders[id].channel);
      // A plan that needs no consent is bound to what was shown as well.
      const [keep, keepId] = Object.entries(root).find(([, one]) => filesData[one]);
      const [, other] = Object.entries(root).find(([other, one]) => sharedFolders[one] && other !== name);
      const small = await recovery.planDelete([{ path: [keep], id: String(keepId) }]);
      await recovery.session.edit([{ type: "addDocument", href: filesData[keepId].href, title: "it stays there" }], { folder: String(other) });
      const stale = (await recovery.carryOut(small)).refused;
      const inWorker = await openRecovery(JSON.parse(process.env.ACCOUNT), { worker: {} }).catch((error) => error.code);
      const odd = await Promise.all([{ foldersOnly: "no" }, { idleFor: -1 }, { here: "me" }].map((more) => recovery.affected({ from: 0, to: 1, ...more }).catch((error) => error.code)));
      // A second reading while one runs is the same one; a paused one rests between two histories, and is given up all the same.
      const pause = new Pause();
      let atRest = () => {};
      const resting = await openRecovery(JSON.parse(process.env.ACCOUNT), { webSocket: WebSocket, pause: { resumed: () => (atRest(), pause.resumed()) } });
      pause.pause();
      const resumed = [];
      const both = [resting.read(), resting.read({ onRead: () => resumed.push(pause.paused) })];
      const impatient = new AbortController();
      const gaveUp = resting.read({ signal: impatient.signal }).catch((error) => error);
      impatient.abort("impatient");
      const rested = [await gaveUp, resumed.length];
      pause.resume();
      await Promise.all(both);
      rested.push(resumed.length > 0, resumed.includes(true));
      // Closing ends what rests.
      pause.pause();
      const rests = new Promise((resolve) => { atRest = resolve; });
      const unread = resting.read().catch((error) => error.code);
      await rests;
      await resting.close();
      rested.push(await unread);
      // Each signal ends its own wait only; who waits alone ends the reading, and the next question begins another.
      const giving = [new AbortController(), new AbortController()];
      const reading = recovery.read({ signal: giving[0].signal });
      const asked = [reading.catch(() => "given up"), recovery.lost({ signal: giving[1].signal }).catch(() => "given up"), recovery.documents().then(({ length }) => length === documents.length)];
      giving.forEach((one) => one.abort());
      const shared = await Promise.all(asked);
      giving[2] = new AbortController();
      const alone = recovery.read({ signal: giving[2].signal }).catch(() => "given up");
      await new Promise((resolve) => setTimeout(resolve));
      giving[2].abort();
      const afterwards = [await alone, (await recovery.documents()).length === documents.length];
      const isSession = recovery.session instanceof Session;
      const pins = recovery.pinChanges();
      recovery.importPinChanges(recovery.exportPinChanges());
      const pinsAgain = recovery.pinChanges();
      let pinsOdd;
      try { recovery.importPinChanges("{}"); } catch (error) { pinsOdd = error.code; }
      const forged = await recovery.carryOut({ report: plan.report }).catch((error) => error instanceof PinfoldError && error.code);
      await recovery.close();
      // Two warnings that are switched at once, in a store that takes its time: neither record is written over the other.
      const held = new Map();
      const later = () => new Promise((resolve) => setTimeout(resolve, 5));
      const store = { get: async (key) => (await later(), held.get(key)), put: async (key, bytes) => { await later(); held.set(key, bytes); }, delete: async (key) => void held.delete(key) };
      const another = await openRecovery(JSON.parse(process.env.ACCOUNT), { webSocket: Counted, store });
      await Promise.all([another.switchWarning("trash", false), another.switchWarning("remove", false)]);
      const bothOff = (await another.warningsOff()).sort();
      await another.close();
      const closed = await recovery.lost().catch((error) => error.code);
      console.log(JSON.stringify({ asking, noticed, lines, progress: progress.at(-1), documents, lost, accidents, history, ofFolder, affected, unknown, wrong, dry, restored, after, tagged, undone, again, plan: plan.report, refused, off, bothOff, done, gone, needs: small.report.needsConsent, stale, inWorker, odd, rested, shared, afterwards, isSession, forged, closed, pins, pinsAgain, pinsOdd }));
      // The process must end by itself: nothing may be left open.
    `,
  });
  const { manifest, account } = await serveIncident(t, "bulk-delete");
  const { output } = await mustRun(process.execPath, ["main.js"], {
    cwd: directory, show: "failure",
    env: { ACCOUNT: JSON.stringify(account), WS: pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href, NODE_NO_WARNINGS: "1" },
  });
  const told = JSON.parse(output);
  const truth = manifest.truth.lost;
  const channels = (items) => items.map(({ channel }) => channel).sort();
  assert.deepEqual(channels(told.lost), channels(truth));
  const unwanted = truth.filter(({ intent }) => intent === false);
  assert.deepEqual(channels(told.accidents), channels(unwanted));
  const stays = [manifest.users.alice.drive, ...Object.values(manifest.folders)].flatMap(({ timeline, live }) => timeline ?? live?.timeline ?? []);
  let compared = 0;
  for (const { keyAt, channel, cause } of truth) {
    const found = told.lost.find((one) => one.channel === channel);
    assert.equal(found.keyAt, keyAt);
    // All of it is still on the server.
    assert.equal(found.server, "live");
    if (cause === "user-trash") assert.equal(found.cause, cause);
    const { line, t: time, author } = stays.findLast((stay) => stay.data.channel === channel && stay.to)?.to ?? {};
    if (line === undefined) continue;
    assert.deepEqual([found.at.line, found.at.time, found.at.author], [line, time, author]);
    compared += 1;
  }
  assert.ok(compared >= 5, `${compared} were compared with the recorded timeline`);
  // Nobody asked for titles.
  for (const item of [...told.lost, ...told.documents, ...told.history.changes, ...told.affected, ...told.tagged, ...told.plan.rows]) assert.equal(item.title, null);
  assert.equal(told.documents[0].of, "account");
  assert.ok(told.documents.every(({ begins, unread, holes }) => begins === "whole" && unread === 0 && holes === 0));
  assert.equal(told.progress.lines, told.documents.reduce((sum, { lines }) => sum + lines, 0));
  const [first, second, news, same, restored, all, undo, wouldGo] = told.lines;
  assert.equal(first, told.progress.lines);
  assert.deepEqual([second <= told.documents.length, news, same], [true, 0, true], `${second} lines on the wire, ${told.documents.length} documents`);
  // What was written meanwhile, and the last line of each document.
  assert.ok(all > first && restored <= told.documents.length + all - first, `${restored} lines after a restoring, ${all - first} of them new`);
  assert.ok(undo <= told.documents.length && wouldGo === 5, `${undo} lines for an undo whose tag was asked for before`);
  assert.deepEqual([told.progress.asked, told.asking.indexOf("lost")], [0, 0], "histories tell it alone, and there is no calendar");
  const again = told.asking.indexOf("again");
  assert.deepEqual([told.asking[again - 1], told.asking.length], [[truth.length, truth.length, 0], again + 1], JSON.stringify(told.asking));
  assert.deepEqual(told.noticed.map((one) => one.harm && [one.harm, one.by]), [["restored", "operator"], ["untouched", null], undefined]);
  assert.equal(told.noticed[2], "misuse/bad-argument");
  assert.equal(told.history.changes.length, 5);
  assert.ok(told.ofFolder.changes.every(({ document }) => document === told.documents[1].channel) && told.ofFolder.total > 0);
  const harmed = told.affected.filter(({ harm }) => harm === "key-gone").map(({ channel }) => channel);
  assert.deepEqual(harmed.filter((channel) => unwanted.some((one) => one.channel === channel)).sort(), channels(unwanted));
  // What was pinned before it was put back is on record, once.
  const came = told.pins.changes.filter(({ step }) => step === "came").flatMap(({ ids }) => ids);
  assert.ok(channels(unwanted).every((channel) => came.includes(channel)), "what returned was pinned first");
  assert.ok(told.pins.changes.every(({ command, cause, time }) => command === "PIN" && cause === "loading" && time > 0 || cause === "again"));
  assert.deepEqual([told.pinsAgain, told.pinsOdd], [told.pins, "misuse/bad-argument"]);
  assert.deepEqual([told.unknown, told.wrong, told.forged, told.closed], ["misuse/bad-argument", "misuse/bad-argument", "misuse/bad-argument", "misuse/closed"]);
  assert.deepEqual([told.dry.dry, told.dry.restored.length, told.dry.tag.slice(0, 9)], [true, 5, "RESTORED-"]);
  assert.deepEqual([told.restored.tag, told.restored.restored.length, told.restored.left, told.restored.documents, told.restored.pinned], ["RESTORED-20241002", 5, [], 2, 5]);
  assert.equal(told.after.length, truth.length - 5);
  assert.deepEqual(channels(told.tagged), channels(unwanted));
  assert.deepEqual([told.undone.undone.length, told.undone.undone.every(({ removed }) => removed), told.undone.left], [5, true, []]);
  assert.deepEqual(channels(told.again), channels(truth));
  // A folder whose key would go is asked about, whatever is switched off; consent is to one plan.
  assert.deepEqual([told.plan.needsConsent, told.plan.alwaysAsks, told.plan.asksTwice], [true, true, false]);
  assert.equal(told.plan.rows.filter(({ losesKey, kind }) => losesKey && kind === "sharedFolder").length, 1);
  assert.ok(told.plan.rows.some(({ via, losesPin }) => via !== null && losesPin));
  assert.deepEqual(told.refused, ["needs-consent", "stale-consent", "needs-consent"]);
  assert.deepEqual([told.done.refused, told.gone], [null, true]);
  assert.deepEqual([told.needs, told.stale], [false, "stale-consent"]);
  assert.deepEqual(told.off, [[], ["trash"], ["trash"], "misuse/bad-argument", []]);
  assert.deepEqual(told.bothOff, ["remove", "trash"]);
  assert.equal(told.inWorker, "misuse/bad-argument");
  assert.deepEqual(told.odd, ["misuse/bad-argument", "misuse/bad-argument", "misuse/bad-argument"]);
  assert.deepEqual(told.rested, ["impatient", 0, true, false, "misuse/closed"]);
  assert.deepEqual([told.shared, told.afterwards], [["given up", "given up", true], ["given up", true]]);
  assert.equal(told.isSession, true);
});

test("Node: what only the vault of a device knows of is told, put back, and given up", async (t) => {
  const directory = await project(t, {
    "main.js": `
      import { existsSync, readFileSync, writeFileSync } from "node:fs";
      import { openRecovery } from "pinfold/recovery";
      const { default: WebSocket } = await import(process.env.WS);
      const account = JSON.parse(process.env.ACCOUNT);
      const held = new Map(existsSync("store.json") ? JSON.parse(readFileSync("store.json", "utf8")) : []);
      const store = {
        get: async (key) => held.has(key) ? Uint8Array.from(Buffer.from(held.get(key), "base64")) : undefined,
        put: async (key, bytes) => { held.set(key, Buffer.from(bytes).toString("base64")); if (process.env.STEP !== "giveUp") writeFileSync("store.json", JSON.stringify([...held])); },
        delete: async (key) => void held.delete(key),
      };
      // The device keeps to itself what left: nothing of it is in the account's own document.
      const device = await openRecovery(account, { webSocket: WebSocket, store, policy: { inDrive: false } });
      const other = await openRecovery(account, { webSocket: WebSocket, store: null, policy: { inDrive: false } });
      const find = (lost) => lost.find(({ keyAt }) => keyAt === "vault");
      const steps = {
        // Another client takes a document out under the eyes of the device, and writes until there is a checkpoint.
        async leave() {
          const { filesData, root } = (await (await device.session.loadDrive()).document()).drive;
          const [gone, stays] = Object.values(root).filter((id) => filesData[id]).map(String);
          await other.session.loadDrive();
          await other.session.edit([{ type: "erase", id: gone }]);
          await device.session.loadDrive();
          for (let at = 0; at < 60; at += 1) await other.session.edit([{ type: "rename", id: stays, title: "Title " + at }]);
          await device.session.loadDrive();
          return { channel: filesData[gone].channel, title: filesData[gone].title, drive: device.session.account.driveChannel };
        },
        async tell() {
          const before = await device.lost({ titles: true });
          const { channel } = find(before);
          const fate = await device.fate({ channel });
          const told = { without: find(await other.lost()), with: find(before), fate };
          told.restored = await device.restore([channel], { tag: "BACK" });
          told.tagged = await device.tagged("BACK");
          told.after = find(await device.lost());
          told.undone = await device.undo("BACK");
          return told;
        },
        // The user gives it up: nobody offers it again. The file of the store stays as it is, for the next step.
        async giveUp() {
          const known = find(await device.lost()).channel;
          await device.session.discardKey(known);
          return { known, after: find(await device.lost()) };
        },
      };
      console.log(JSON.stringify(await steps[process.env.STEP]()));
      await Promise.all([device.close(), other.close()]);
    `,
  });
  const { data, account, start } = await copyOf(t, "bulk-delete");
  const step = async (name) => {
    const server = await start();
    const { output } = await mustRun(process.execPath, ["main.js"], {
      cwd: directory, show: "failure",
      env: { STEP: name, ACCOUNT: JSON.stringify({ ...account, origin: server.origin }), WS: pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href, NODE_NO_WARNINGS: "1" },
    });
    await server.stop();
    return JSON.parse(output);
  };
  const left = await step("leave");
  // The owner shortens the log up to its last checkpoint: the document is not in it any more.
  await shorten(data, left.drive);
  assert.deepEqual(await step("giveUp"), { known: left.channel });
  const told = await step("tell");
  assert.equal(told.without, undefined);
  const { channel, cause, intent, at, since, title, document, server, left: cannot } = told.with;
  assert.deepEqual([channel, title, document, cause, intent, at, cannot], [left.channel, left.title, left.drive, "unknown", "doubtful", null, null]);
  assert.ok(since > Date.UTC(2026, 0, 1) && server === "live", JSON.stringify(told.with));
  assert.deepEqual([told.fate.fate, told.fate.since, told.fate.channel], ["lost", since, channel]);
  assert.deepEqual([told.restored.restored.map((one) => one.channel), told.restored.left, told.restored.pinned > 0], [[channel], [], true]);
  assert.deepEqual([told.tagged.map((one) => one.channel), told.after, told.undone.undone.length], [[channel], undefined, 1]);
});

test("a page under Vite: only who asks loads the larger module", async (t) => {
  const directory = await project(t, {
    "index.html": html("page.js"),
    "page.js": `
      import { init } from "pinfold";
      await init();
      globalThis.runJob = async (account) => {
        const { openRecovery } = await import("pinfold/recovery");
        const recovery = await openRecovery(account);
        const lost = await recovery.lost();
        await recovery.close();
        return lost.map(({ channel }) => channel).sort();
      };
    `,
  });
  await build({ root: directory, base: "./", logLevel: "error", build: { target: "es2022" } });
  const files = await readdir(join(directory, "dist/assets"));
  assert.equal(files.filter((name) => name.endsWith(".wasm")).length, 2);
  const { manifest, account } = await serveIncident(t, "bulk-delete", join(directory, "dist"));
  const { page, problems } = await openPage(t, "about:blank");
  const loaded = [];
  page.on("response", (answer) => answer.url().endsWith(".wasm") && loaded.push(answer.url().match(/(pinfold(-recovery)?)-[^/]*\.wasm$/)[1]));
  await page.goto(`${account.origin}/`);
  await page.waitForFunction(() => globalThis.runJob);
  assert.deepEqual(loaded, ["pinfold"]);
  const lost = await page.evaluate((given) => globalThis.runJob({ ...given, origin: location.origin }), account);
  assert.deepEqual(lost, manifest.truth.lost.map(({ channel }) => channel).sort());
  assert.deepEqual(loaded, ["pinfold", "pinfold-recovery"]);
  // The page has no icon.
  assert.deepEqual(problems.filter((text) => !text.includes("404")), []);
});
