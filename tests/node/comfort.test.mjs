// Subscriptions, state, calls at the same time, and signals, over a scripted module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { countedSignal, credentials, libraryOverDouble, openSession, webWorker } from "./support.mjs";

const soon = () => new Promise((resolve) => setImmediate(resolve));
/** A promise and its ends. */
const later = () => Promise.withResolvers?.() ?? (() => { let resolve, reject; const promise = new Promise((...ends) => { [resolve, reject] = ends; }); return { promise, resolve, reject }; })();

async function opened(t, options) {
  const both = await openSession(t, options);
  return { ...both, ...both.library, tell: (event) => both.library.double.RawSession.last.options.onEvent(event) };
}

test("who comes later hears what happens from then on, of one type or of all, until it is enough", async (t) => {
  const { session, tell } = await opened(t);
  const [nets, all] = [[], []];
  const off = session.on("net", ({ state }) => nets.push(state));
  const offAll = session.on((event) => all.push(event.type));
  tell({ type: "net", state: "closed", retryAt: 7 });
  tell({ type: "ignored", messages: 1 });
  off();
  tell({ type: "net", state: "open" });
  offAll();
  offAll();
  tell({ type: "ignored", messages: 10 });
  assert.deepEqual(nets, ["closed"]);
  assert.deepEqual(all, ["state", "net", "ignored", "state", "net"]);
  for (const wrong of [[], ["net"], [7, () => {}], ["net", 7]]) assert.throws(() => session.on(...wrong), { code: "misuse/bad-argument" });
});

test("the state says whether there is a connection, when the next try is, and what was loaded", async (t) => {
  const { session, tell } = await opened(t);
  const first = session.state;
  assert.deepEqual({ ...first }, { online: true, nextTry: null, closed: false, safeToClose: true, drive: null });
  tell({ type: "net", state: "closed", retryAt: 1234 });
  assert.deepEqual([session.online, session.state.nextTry], [false, 1234]);
  tell({ type: "net", state: "open" });
  assert.deepEqual([session.online, session.state.nextTry], [true, null]);
  const before = session.state;
  tell({ type: "net", state: "open" });
  assert.equal(session.state, before, "nothing changed: it is the same object");
  const drive = await session.loadDrive();
  assert.equal(session.drive, drive);
  // Events are plain data.
  assert.deepEqual(structuredClone(session.state).drive, { kind: "complete", documents: 7, pinCount: 2, pinDigest: "digest" });
  await session.loadTeam("7");
  assert.equal(session.drive, drive, "a team's drive is another thing");
  const states = [];
  session.on("state", ({ state }) => states.push(state.closed));
  await session.close();
  assert.deepEqual([session.closed, session.online, session.drive, session.state.drive, states], [true, false, null, null, [true]]);
});

test("a page may be closed once what was asked for is confirmed, or was rejected", async (t) => {
  const { session, script, double } = await opened(t);
  const seen = [];
  session.on("state", ({ state }) => seen.push(state.safeToClose));
  const drive = await session.loadDrive();
  const answer = await script.pins();
  const gate = later();
  script.pins = () => gate.promise;
  const syncing = session.syncPins(drive.pinSet());
  const adding = session.addPins(drive);
  assert.equal(session.safeToClose, false);
  gate.resolve(answer);
  await syncing;
  assert.equal(session.safeToClose, false, "one is still on its way");
  await adding;
  assert.equal(session.safeToClose, true);
  script.pins = async () => { throw double.coded("net/closed"); };
  await assert.rejects(session.addPins(drive), { code: "net/closed" });
  assert.equal(session.safeToClose, true);
  assert.deepEqual(seen, [true, false, true, false, true], "loaded, two calls as one, and the one that failed");
});

test("what the engine says counts as well: an edit that was overtaken is on its way again", async (t) => {
  const { session, tell } = await opened(t);
  tell({ type: "safe", safe: false });
  assert.equal(session.safeToClose, false);
  await session.putBack("00").catch(() => {});
  assert.equal(session.safeToClose, false, "a call that ended does not decide alone");
  tell({ type: "safe", safe: true });
  assert.equal(session.safeToClose, true);
});

test("calls that exclude each other are done one after another, in the order of the calls", async (t) => {
  const { session, script, log } = await opened(t);
  const gates = [later(), later()];
  let running = 0;
  let most = 0;
  const through = (promise) => async () => {
    most = Math.max(most, ++running);
    await promise;
    running -= 1;
  };
  const [one, two] = gates.map(({ promise }) => through(promise));
  const turns = [one, two, async () => {}];
  script.load = () => turns.shift()();
  const first = session.loadDrive();
  const second = session.loadTeam("7");
  const given = { controller: new AbortController() };
  const third = session.loadDrive({ signal: given.controller.signal });
  await soon();
  assert.deepEqual(log.slice(2), [], "the second has not begun");
  const reason = new Error("no longer wanted");
  given.controller.abort(reason);
  await assert.rejects(third, (error) => error === reason);
  gates[0].resolve();
  const drive = await first;
  const adding = session.addPins(drive);
  await soon();
  assert.deepEqual(log.slice(2), ["load team 7"]);
  gates[1].resolve();
  await Promise.all([second, adding]);
  assert.deepEqual(log.slice(2), ["load team 7", "add RawDrive"]);
  assert.equal(most, 1);
});

test("one that fails lets the next one come, and a close ends those that wait", async (t) => {
  const { session, script, double } = await opened(t);
  const gate = later();
  script.load = () => gate.promise;
  const calls = [session.loadDrive(), session.loadDrive(), session.loadDrive()].map((call) => call.then(() => "loaded", (error) => error.code));
  gate.reject(double.coded("drive/unreadable"));
  script.load = async () => {};
  assert.deepEqual(await Promise.all(calls), ["drive/unreadable", "loaded", "loaded"]);
  const stuck = later();
  script.load = () => stuck.promise;
  const waiting = [session.loadDrive(), session.loadDrive()].map((call) => call.then(() => "loaded", (error) => error.code));
  script.onClose = () => stuck.reject(double.coded("misuse/closed"));
  await session.close();
  assert.deepEqual(await Promise.all(waiting), ["misuse/closed", "misuse/closed"]);
});

test("a second reader of a mailbox waits for the end of the first, and can stop waiting", async (t) => {
  const { session, script, log } = await opened(t);
  script.letters = ["a"];
  const first = session.mailbox("notifications");
  assert.equal((await first.next()).value.content.letter, "a");
  const second = session.mailbox("notifications");
  const waits = second.next();
  const controller = new AbortController();
  const third = session.mailbox("notifications", { signal: controller.signal });
  const gone = third.next();
  const fourth = session.mailbox("notifications");
  const closed = fourth.next();
  await soon();
  assert.equal(log.filter((line) => line.startsWith("mailbox")).length, 1);
  const reason = new Error("enough");
  controller.abort(reason);
  await assert.rejects(gone, (error) => error === reason);
  await fourth.close();
  assert.equal((await closed).done, true);
  await first.close();
  assert.equal((await waits).value.content.letter, "a");
  assert.equal(log.filter((line) => line.startsWith("mailbox")).length, 2);
});

test("a signal ends every wait, and leaves no listener behind", async (t) => {
  const { session, library } = await opened(t);
  const drive = await session.loadDrive();
  library.script.letters = [{ letter: "a" }, { letter: "b" }];
  library.script.kept.set("c", {});
  const mailbox = session.mailbox("notifications");
  const letters = [(await mailbox.next()).value, (await mailbox.next()).value];
  const calls = {
    discardKey: (signal) => session.discardKey("c", { signal }), older: (signal) => mailbox.older(1, { signal }), quarantine: (signal) => mailbox.quarantine({ signal }),
    dismiss: (signal) => letters.at(signal.aborted ? 0 : 1).dismiss({ signal }),
    plan: (signal) => session.plan(drive, { signal }), guard: (signal) => session.guard({ signal }), trash: (signal) => session.trash({ signal }),
    vaultEntry: (signal) => session.vaultEntry("c", { signal }), document: (signal) => drive.document(undefined, { signal }),
    send: (signal) => session.send({ curvePublic: "k", notifications: "c" }, { type: "T" }, { signal }),
    followChanges: (signal) => session.followChanges({ signal }),
  };
  for (const [name, run] of Object.entries(calls)) {
    const reason = new Error(name);
    await assert.rejects(run(AbortSignal.abort(reason)), (error) => error === reason, name);
    const counted = countedSignal();
    await run(counted.signal);
    assert.equal(counted.listeners, 0, name);
  }
  assert.ok(library.log.includes("follow"));
});

test("closing ends what rests in a pause, which has its listeners told of each change", async (t) => {
  const library = await libraryOverDouble(t);
  await library.init({ module: new Uint8Array(8) });
  const pause = new library.Pause();
  const heard = [];
  const unheard = pause.on((paused) => heard.push(paused));
  const session = await library.Session.open(credentials, { pause });
  pause.pause();
  pause.pause();
  library.script.load = () => library.double.RawSession.last.options.turn();
  const loading = session.loadDrive();
  // Once it rests, and once before it does.
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  await session.close();
  await assert.rejects(loading, { code: "misuse/closed" });
  await library.double.RawSession.last.options.turn();
  pause.resume();
  unheard();
  pause.pause();
  assert.deepEqual([heard, pause.paused], [[true, false], true]);
});

test("in a worker a signal ends the wait for a letter too, which takes its course", async (t) => {
  const library = await libraryOverDouble(t);
  const worker = await webWorker(t, library.directory, { hangLetters: true });
  const session = await library.Session.open(credentials, { worker });
  t.after(() => session.close());
  const controller = new AbortController();
  const sending = session.send({ curvePublic: "k", notifications: "c" }, { type: "T" }, { signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 10);
  await assert.rejects(sending, { message: "enough" });
  assert.equal(session.safeToClose, false, "the letter may still be on its way");
});

test("an unreachable server is named", async (t) => {
  const { library } = await openSession(t);
  library.script.open = async () => { throw library.double.coded("net/unreachable", "no connection could be made"); };
  await assert.rejects(library.Session.open(credentials), { code: "net/unreachable", message: "no connection could be made: https://drive.example", detail: { fact: "1", url: "https://drive.example" } });
  const url = "https://drive.example/api/config";
  const why = new TypeError("fetch failed");
  library.script.open = async ({ fetch }) => {
    await fetch(url).catch(() => {});
    throw Object.assign(library.double.coded("net/unreachable"), { detail: { url } });
  };
  await assert.rejects(library.Session.open(credentials, { fetch: async () => { throw why; } }), { message: `net/unreachable: ${url}`, detail: { url }, cause: why });
});

test("the address of a log-in block, a token and what was sent are in no error, whatever the host's fetch says", async (t) => {
  const { library } = await openSession(t);
  const secret = "https://drive.example/block/Ab/AbCdEfGh";
  // As Deno, Bun and wrappers of fetch have them.
  const why = Object.assign(new TypeError(`error sending request for url (${secret})`, { cause: Object.assign(new Error(secret), { code: "ECONNREFUSED" }) }), {
    code: `E ${secret}`, path: secret, request: { headers: { authorization: "Bearer AbCdEfGh" }, body: "AbCdEfGh" },
  });
  for (const [address, url] of [[secret, "https://drive.example/block/"], ["https://drive.example/api/auth/", "https://drive.example/api/auth/"]]) {
    library.script.open = async ({ fetch }) => {
      await fetch(address, { method: "POST", body: "AbCdEfGh" }).catch(() => {});
      throw Object.assign(library.double.coded("net/unreachable"), { detail: { url } });
    };
    const error = await library.Session.open(credentials, { fetch: async () => { throw why; } }).catch((error) => error);
    assert.equal(error.detail.url, url);
    assert.equal(error.cause.message, "the request failed: TypeError: ECONNREFUSED");
    assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /AbCdEfGh/);
  }
  // A request that succeeded since is no cause, and neither is that of another address.
  library.script.open = async ({ fetch }) => {
    await fetch("https://drive.example/api/config").catch(() => {});
    throw Object.assign(library.double.coded("net/unreachable"), { detail: { url: "https://files.example/block/" } });
  };
  const other = await library.Session.open(credentials, { fetch: async () => { throw why; } }).catch((error) => error);
  assert.equal(other.cause, undefined);
});

test("a drive that follows comes again when it became another one, with what is different", async (t) => {
  const { session, script, double, tell, log } = await opened(t);
  const folder = { id: "1", channel: "f".repeat(32), title: "Shared", state: "loaded", code: null, documents: 1, doubt: null };
  script.channels = ["a", "b"];
  script.folders = [folder];
  const changes = session.changes();
  const next = async () => (await changes.next()).value;
  const first = await next();
  assert.ok(log.includes("follow"));
  assert.deepEqual([first.drive.kind, first.added, first.removed, first.folders.length], ["complete", ["a", "b"], [], 1]);
  script.channels = ["b", "c"];
  tell({ type: "changed", team: null, complete: true, pins: 2 });
  const second = await next();
  assert.deepEqual([second.added, second.removed, second.folders], [["c"], ["a"], []]);
  // A team's change is none of this drive; a connection that is lost meanwhile is waited for.
  tell({ type: "changed", team: "7", complete: true, pins: 2 });
  const waiting = next();
  await soon();
  script.load = async () => { throw double.coded("net/closed"); };
  tell({ type: "changed", team: null, complete: false, pins: 2 });
  await soon();
  tell({ type: "net", state: "closed", retryAt: 1 });
  script.load = undefined;
  script.folders = [{ ...folder, state: "restricted", code: "folder/restricted" }];
  tell({ type: "net", state: "open" });
  assert.deepEqual((await waiting).folders.map(({ state }) => state), ["restricted"]);
  const end = changes.next();
  await soon();
  await session.close();
  assert.deepEqual(await end, { done: true, value: undefined });
});
