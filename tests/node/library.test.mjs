// What the TypeScript layer promises, over a scripted module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedSignal, credentials, libraryOverDouble, openSession } from "./support.mjs";

const folder = { id: "1", channel: null, title: "Shared", state: "restricted", code: "folder/restricted", documents: null,
  readOnly: false, passwordProtected: false, owned: false, ms: { declared: 0, settled: 3 } };

test("before init() a call says what to do", async (t) => {
  const { Session, PinfoldError } = await libraryOverDouble(t);
  await assert.rejects(Session.open(credentials), (error) =>
    error instanceof PinfoldError && error.code === "misuse/closed" && error.blame === "caller" && /init\(\)/.test(error.message));
});

test("init() runs once, and again only after it failed", async (t) => {
  const { init, script, log } = await libraryOverDouble(t);
  script.init = async () => { throw new TypeError("no such file"); };
  await assert.rejects(init(), (error) => error.code === "host/module" && error.cause instanceof TypeError && /init\(\{ module/.test(error.message));
  script.init = async () => {};
  assert.equal(init(), init({ module: "elsewhere" }));
  await init();
  await init();
  assert.deepEqual(log, ["init object", "init object"]);
});

test("credentials are checked and passed on plainly", async (t) => {
  const { library: { Session, log } } = await openSession(t, { webSocket: class {}, onFrame() {} });
  assert.equal(log[1], 'open {"origin":"https://drive.example","username":"alice","password":"secret"} clock,fetch,onEvent,onFrame,turn,webSocket');
  for (const wrong of [{ ...credentials, origin: "drive" }, { ...credentials, password: "" }, { ...credentials, username: 7 }]) {
    await assert.rejects(Session.open(wrong), { code: "misuse/bad-argument" });
  }
});

test("an aborted signal counts, and the reason is what rejects", async (t) => {
  const { library: { Session, script }, session } = await openSession(t);
  const reason = new Error("changed my mind");
  await assert.rejects(Session.open(credentials, { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  const { controller, signal } = countedSignal();
  script.load = async () => { controller.abort(reason); throw new Error("stopped"); };
  await assert.rejects(session.loadDrive({ signal }), (error) => error === reason);
});

test("a team is loaded, and loaded again, as a team; staying current is passed on", async (t) => {
  const { library: { script, log }, session } = await openSession(t);
  assert.deepEqual(session.account.teams, [{ id: "7", name: "Team" }]);
  script.complete = false;
  const drive = await session.loadTeam("7");
  await drive.retry();
  await session.followChanges();
  assert.deepEqual(log.slice(-3), ["load team 7", "load team 7", "follow"]);
});

test("pins on their way are unconfirmed, not cancelled", async (t) => {
  const { library: { script, double, PinfoldError }, session } = await openSession(t);
  const controller = new AbortController();
  script.pins = async () => { controller.abort(); throw double.coded("pins/unconfirmed"); };
  const pins = (await session.loadDrive()).pinSet();
  await assert.rejects(session.syncPins(pins, { signal: controller.signal }), (error) =>
    error instanceof PinfoldError && error.code === "pins/unconfirmed" && error.detail.fact === "1");
});

test("a throwing listener is reported and disturbs nothing", async (t) => {
  const reported = [];
  globalThis.reportError = (error) => reported.push(error.message);
  t.after(() => delete globalThis.reportError);
  const heard = [];
  const { library: { script }, session } = await openSession(t, {
    onEvent: (event) => { heard.push(event.type); throw new Error("from onEvent"); },
    onFrame: () => { throw new Error("from onFrame"); },
  });
  script.folders = [folder];
  const drive = await session.loadDrive({ onProgress: () => { throw new Error("from onProgress"); } });
  assert.equal(drive.folders.length, 1);
  assert.deepEqual(heard, ["progress", "folder", "progress", "state"]);
  assert.deepEqual(reported, ["from onEvent", "from onEvent", "from onEvent", "from onProgress", "from onFrame", "from onEvent"]);
});

test("progress of a call is heard during that call only", async (t) => {
  const session_ = [];
  const { library: { script }, session } = await openSession(t, { onProgress: ({ phase }) => session_.push(phase) });
  script.folders = [folder];
  const loading = [];
  const pinning = [];
  const drive = await session.loadDrive({ onProgress: ({ phase, done, total }) => loading.push([phase, done, total]) });
  await session.syncPins(drive.pinSet(), { onProgress: ({ phase }) => pinning.push(phase) });
  await session.loadDrive();
  assert.deepEqual(loading, [["folders", 1, 1]]);
  assert.deepEqual(pinning, ["pins"]);
  assert.deepEqual(session_, ["kdf", "folders", "pins", "folders"]);
});

test("only a complete drive has a pin set, at run time too", async (t) => {
  const { library: { script, CompleteDrive, PartialDrive, log }, session } = await openSession(t);
  script.complete = false;
  script.folders = [folder, { ...folder, id: "2", state: "loaded", code: null }, { ...folder, id: "3", state: "deleted", code: "folder/deleted" }];
  const partial = await session.loadDrive();
  assert.ok(partial instanceof PartialDrive);
  assert.equal("pinSet" in partial, false);
  assert.deepEqual(partial.missing.map(({ id }) => id), ["1", "3"]);
  assert.equal((await session.addPins(partial)).confirmed, true);
  script.complete = true;
  const complete = await partial.retry();
  assert.ok(complete instanceof CompleteDrive);
  assert.equal((await session.syncPins(complete.pinSet())).confirmed, true);
  assert.deepEqual(log.slice(2), ["add RawDrive", "sync RawPinSet"]);
});

test("a plan is of a drive, and consent to it travels with the pins", async (t) => {
  const { library: { script, log }, session } = await openSession(t, { policy: { hold: true } });
  script.plan.needsConsent = true;
  const drive = await session.loadDrive();
  const plan = await session.plan(drive);
  assert.equal(plan.needsConsent, true);
  await session.syncPins(drive.pinSet(), { consent: plan.digest });
  assert.deepEqual(log.slice(2), ['policy {"hold":true}', "plan RawDrive", "sync RawPinSet difference"]);
  await assert.rejects(session.plan(drive.pinSet()), { code: "misuse/bad-argument" });
});

test("a policy that makes no sense is refused before anything is done", async (t) => {
  const nonsense = [
    { waitDays: "30" }, { waitDays: null }, { limit: "1" }, { hold: "false" }, { hold: 0 }, { giveUpUnknown: "no" },
    { inDrive: null }, { waitdays: 30 }, null, 30, NaN, "", false, { waitDays: NaN }, { waitDays: -1 }, { waitDays: 0 },
    { waitDays: Infinity }, { waitDays: 1e-9 }, { waitDays: 1e9 }, { limit: NaN }, { limit: -1 }, { limit: 0.5 }, { limit: Infinity },
  ];
  const { init, Session, log } = await libraryOverDouble(t);
  await init({ module: new Uint8Array(8) });
  for (const policy of nonsense) {
    await assert.rejects(Session.open(credentials, { policy }), { name: "PinfoldError", code: "misuse/bad-argument" }, JSON.stringify(policy));
    await assert.rejects(Session.register(credentials, { policy }), { code: "misuse/bad-argument" });
  }
  assert.deepEqual(log, ["init object"]);
});

test("a kept key is shown as it stood, is put back, and leaves only when it is discarded", async (t) => {
  const { library: { script, log }, session } = await openSession(t);
  script.kept.set("c", '{"href":"/pad/#/2/pad/edit/k/"}');
  assert.deepEqual(await session.vaultEntry("c"), { href: "/pad/#/2/pad/edit/k/" });
  assert.deepEqual((await session.guard()).evidence, []);
  await session.putBack("c");
  assert.equal(log.at(-1), "put back c");
  await assert.rejects(session.putBack("d"), { code: "misuse/bad-argument" });
  await session.discardKey("c");
  assert.equal(await session.vaultEntry("c"), undefined);
  await assert.rejects(session.discardKey("c"), { code: "misuse/bad-argument" });
});

test("a look-alike is no pin set, and a drive is none", async (t) => {
  const { session } = await openSession(t);
  const drive = await session.loadDrive();
  for (const wrong of [{ size: 1, digest: "d", channels: () => [] }, drive, null, undefined, ["0".repeat(32)]]) {
    await assert.rejects(session.syncPins(wrong), { code: "misuse/bad-argument" });
  }
  await assert.rejects(session.addPins(drive.pinSet()), { code: "misuse/bad-argument" });
});

test("what is closed answers misuse/closed, and closing twice is fine", async (t) => {
  const { library: { log }, session } = await openSession(t);
  const drive = await session.loadDrive();
  const pins = drive.pinSet();
  const mailbox = session.mailbox("notifications");
  pins.close();
  pins.close();
  assert.throws(() => pins.channels(), { code: "misuse/closed" });
  await assert.rejects(session.syncPins(pins), { code: "misuse/closed" });
  drive[Symbol.dispose]();
  drive.close();
  assert.throws(() => drive.pinSet(), { code: "misuse/closed" });
  assert.equal(drive.pinCount, 2);
  await session[Symbol.asyncDispose]();
  await session.close();
  await assert.rejects(session.loadDrive(), { code: "misuse/closed", message: "the session is closed" });
  assert.throws(() => session.mailbox("notifications"), { code: "misuse/closed" });
  assert.equal((await mailbox.next()).done, true);
  assert.deepEqual(log.filter((line) => /free|close/.test(line)), ["free RawPinSet", "free RawDrive", "close", "free RawSession"]);
});

test("errors get their class; a trap is ours, and so is anything that nobody foresaw", async (t) => {
  const { library: { script, double, PinfoldError }, session } = await openSession(t);
  script.load = async () => { throw double.coded("drive/unreadable", "the drive cannot be read"); };
  await assert.rejects(session.loadDrive(), (error) => error instanceof PinfoldError && error.retry === "later" && /drive cannot/.test(error.message));
  script.load = async () => { throw new WebAssembly.RuntimeError("unreachable"); };
  await assert.rejects(session.loadDrive(), { code: "internal", blame: "pinfold" });
  const own = new RangeError("unheard of");
  script.load = async () => { throw own; };
  await assert.rejects(session.loadDrive(), (error) => error instanceof PinfoldError && error.code === "internal" && error.cause === own);
});

test("what a call still uses is freed when the call has ended", async (t) => {
  const { library: { script, log }, session } = await openSession(t);
  const drive = await session.loadDrive();
  const pins = drive.pinSet();
  const answer = await script.pins();
  let go;
  script.pins = () => new Promise((resolve) => { go = () => resolve(answer); });
  const adding = session.addPins(drive);
  drive.close();
  go();
  assert.equal((await adding).confirmed, true);
  assert.equal(log.at(-1), "free RawDrive");

  const syncing = session.syncPins(pins);
  script.onClose = go;
  pins.close();
  await session.close();
  assert.equal(log.at(-1), "close", "nothing is freed under a running call");
  await syncing;
  assert.deepEqual(log.slice(-2).sort(), ["free RawPinSet", "free RawSession"]);
});

test("documents are read as values, and only from an open drive", async (t) => {
  const { library: { script }, session } = await openSession(t);
  script.documents.set(undefined, '{"drive":{"filesData":{}}}').set("7", '{"filesData":{"1":{"title":"\\ud83d"}}}');
  const drive = await session.loadDrive();
  assert.deepEqual(await drive.document(), { drive: { filesData: {} } });
  assert.deepEqual(await drive.document("7"), { filesData: { 1: { title: "\ud83d" } } });
  assert.equal(await drive.document("8"), undefined);
  drive.close();
  await assert.rejects(drive.document(), { code: "misuse/closed" });
});

test("message keys open single messages, checkpoints too", async (t) => {
  const { MessageKeys, init, PinfoldError } = await libraryOverDouble(t);
  assert.throws(() => MessageKeys.fromHash("/2/pad/view/x/"), { code: "misuse/closed" });
  await init();
  assert.throws(() => MessageKeys.fromHash("/9/"), (error) => error instanceof PinfoldError && error.code === "href/malformed");
  assert.throws(() => MessageKeys.fromHash(7), { code: "misuse/bad-argument" });
  const keys = MessageKeys.fromHash("/2/h/", { password: "p" });
  for (const stored of ["text==", "cp|text==", "cp|AbC+/12=|text=="]) assert.equal(keys.open(stored), "/2/h/ p text==");
  assert.throws(() => keys.open(new Uint8Array(3)), { code: "misuse/bad-argument" });
  keys.close();
  assert.throws(() => keys.open("text"), { code: "misuse/closed" });
});

test("close() twice, at once and later, is one close", async (t) => {
  const { library, session } = await openSession(t);
  session.mailbox("notifications");
  await Promise.all([session.close(), session.close()]);
  await session.close();
  assert.equal(library.log.filter((line) => line === "close").length, 1);
  assert.equal(library.log.filter((line) => line === "free RawSession").length, 1);
});

test("every call after close(), or while it closes, is misuse/closed", async (t) => {
  const { library, session } = await openSession(t);
  const drive = await session.loadDrive();
  const pins = drive.pinSet();
  let saved;
  library.script.saved = () => new Promise((resolve) => (saved = resolve));
  const closing = session.close();
  const calls = {
    loadDrive: () => session.loadDrive(), loadTeam: () => session.loadTeam("7"), followChanges: () => session.followChanges(), plan: () => session.plan(drive),
    syncPins: () => session.syncPins(pins), addPins: () => session.addPins(drive), guard: () => session.guard(), vaultEntry: () => session.vaultEntry("x"),
    putBack: () => session.putBack("x"), discardKey: () => session.discardKey("x"), mailbox: async () => session.mailbox("notifications"),
    send: () => session.send({ curvePublic: "k", notifications: "c" }, { type: "T" }), edit: () => session.edit({ type: "remove", id: "1" }),
    createFolder: () => session.createFolder("t"), trash: () => session.trash(),
  };
  for (const [name, call] of Object.entries(calls)) await assert.rejects(call(), { code: "misuse/closed" }, name);
  // It waits for the store: what was learnt last must not be lost.
  assert.ok(!library.log.includes("close"));
  await new Promise((resolve) => setImmediate(resolve));
  saved();
  await closing;
  for (const [name, call] of Object.entries(calls)) await assert.rejects(call(), { code: "misuse/closed" }, name);
  for (const thing of [pins, drive]) thing.close();
  for (const call of [() => drive.channels(), () => drive.pinSet(), () => pins.channels()]) assert.throws(call, { code: "misuse/closed" });
});

test("closing does not wait for ever for a store", async (t) => {
  const { library, session } = await openSession(t);
  library.script.saved = () => new Promise(() => {});
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const closing = session.close();
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(!library.log.includes("close"));
  t.mock.timers.tick(1_000);
  await closing;
  assert.ok(library.log.includes("close"));
});

test("closing from inside an event, an iteration or a listener of its own", async (t) => {
  let session;
  const closings = [];
  const opened = await openSession(t, { onEvent: () => session && closings.push(session.close()) });
  session = opened.session;
  opened.library.script.folders = [{ id: "1" }];
  await session.loadDrive().catch((error) => assert.equal(error.code, "misuse/closed"));
  await Promise.all(closings);
  assert.ok(closings.length > 0);
  assert.equal(opened.library.log.filter((line) => line === "free RawSession").length, 1);

  const another = await openSession(t);
  another.library.script.letters = ["a", "b", "c"];
  const seen = [];
  for await (const letter of another.session.mailbox("notifications")) {
    seen.push(letter.content.letter);
    await another.session.close();
    await assert.rejects(letter.dismiss(), { code: "misuse/closed" });
  }
  assert.deepEqual(seen, ["a"]);
});

test("a session whose policy is refused is closed", async (t) => {
  const library = await libraryOverDouble(t);
  await library.init({ module: new Uint8Array(8) });
  library.script.policy = () => { throw library.double.coded("misuse/bad-argument"); };
  await assert.rejects(library.Session.open(credentials, { policy: { hold: true } }), { code: "misuse/bad-argument" });
  assert.deepEqual(library.log.slice(-2), ["close", "free RawSession"]);
});

test("arguments of the wrong form are misuse/bad-argument, never an engine's text", async (t) => {
  const { library, session } = await openSession(t);
  const endless = {};
  endless.self = endless;
  const bad = { code: "misuse/bad-argument" };
  for (const credentials of [undefined, null, "name", {}]) await assert.rejects(library.Session.open(credentials), bad);
  await assert.rejects(session.edit([endless]), bad);
  await assert.rejects(session.edit({ type: "rename", id: 1n }), bad);
  await assert.rejects(session.send(undefined, { type: "T" }), bad);
  await assert.rejects(session.send({ curvePublic: "k", notifications: "c" }, undefined), bad);
  await assert.rejects(session.send({ curvePublic: "k", notifications: "c" }, { type: "T", content: endless }), bad);
});

test("what the generated code says of an object that is gone or in use has a code", async (t) => {
  const { library, session } = await openSession(t);
  const texts = ["null pointer passed to rust", "recursive use of an object detected which would lead to unsafe aliasing in rust",
    "attempted to take ownership of Rust value while it was borrowed", "closure invoked recursively or after being dropped"];
  for (const text of texts) {
    library.script.load = () => { throw new Error(text); };
    await assert.rejects(session.loadDrive(), (error) => library.PinfoldError.is(error) && /^misuse\/|^internal$/.test(error.code));
  }
});

test("`using` works where the host has it, and no class has a method called undefined", async (t) => {
  const { library, session } = await openSession(t);
  const drive = await session.loadDrive();
  const things = [drive, drive.pinSet(), library.MessageKeys.fromHash("/2/pad/edit/x/")];
  for (const thing of things) {
    assert.ok(!("undefined" in thing));
    if (Symbol.dispose) thing[Symbol.dispose]();
    else thing.close();
  }
  assert.throws(() => drive.channels(), { code: "misuse/closed" });
  if (Symbol.asyncDispose) await session[Symbol.asyncDispose]();
  else await session.close();
  await assert.rejects(session.loadDrive(), { code: "misuse/closed" });
});
