// The same API with the session in a worker: same classes, same order, same errors.
import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials, libraryOverDouble, webWorker } from "./support.mjs";

const folder = { id: "1", channel: null, title: "Shared", state: "loaded", code: null, documents: 3,
  readOnly: false, passwordProtected: false, owned: false, ms: { declared: 0, settled: 3 } };

async function openInWorker(t, data, options) {
  const library = await libraryOverDouble(t);
  const worker = await webWorker(t, library.directory, data);
  return { library, worker, session: await library.Session.open(credentials, { worker, ...options }) };
}

test("a whole run in a worker, without init() on this side", async (t) => {
  const events = [];
  const frames = [];
  const { library, session } = await openInWorker(t, { script: { letters: ["a", "b"], folders: [folder], documents: new Map([["1", '{"filesData":{}}']]) } }, {
    onEvent: (event) => events.push(event.type),
    onFrame: (frame) => frames.push(frame.text),
  });
  assert.equal(session.account.displayName, "Alice");
  const drive = await session.loadDrive();
  assert.ok(drive instanceof library.CompleteDrive);
  assert.deepEqual(drive.folders, [folder]);
  const pins = drive.pinSet();
  assert.equal(pins.size, 2);
  assert.deepEqual(await drive.document("1"), { filesData: {} });
  drive.close();
  await assert.rejects(drive.document("1"), { code: "misuse/closed" });
  assert.equal((await session.syncPins(pins)).confirmed, true);
  const seen = [];
  for await (const delivery of session.mailbox("notifications", { backlogOnly: true })) seen.push(delivery.content.letter);
  assert.deepEqual(seen, ["a", "b"]);
  assert.deepEqual(frames, ["[1]"]);
  assert.deepEqual(events.slice(0, 3), ["progress", "folder", "progress"]);
  await session.close();
  await assert.rejects(session.loadDrive(), { code: "misuse/closed" });
});

test("an abort reaches the worker", async (t) => {
  const { session } = await openInWorker(t, { hang: true });
  const controller = new AbortController();
  const loading = session.loadDrive({ signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 10);
  await assert.rejects(loading, { message: "enough" });
});

test("a pause is heard in the worker, at once and later", async (t) => {
  const library = await libraryOverDouble(t);
  const worker = await webWorker(t, library.directory, { steps: true });
  let steps = 0;
  let pong = () => {};
  worker.thread.on("message", (message) => {
    if (message.step !== undefined) steps += 1;
    if (message.pinfold === "pong") pong();
  });
  // What was sent before is done when the answer is here.
  const asked = async () => {
    for (let time = 0; time < 5; time += 1) await new Promise((resolve) => { pong = resolve; worker.postMessage({ pinfold: "ping", ping: time }); });
    return steps;
  };
  const stepped = async (than) => { while (steps <= than) await asked(); };
  const pause = new library.Pause();
  pause.pause();
  const opening = library.Session.open(credentials, { worker, pause });
  assert.deepEqual([await asked(), await asked()], [0, 0]);
  pause.resume();
  await stepped(3);
  pause.pause();
  const rested = await asked();
  assert.equal(await asked(), rested);
  pause.resume();
  await stepped(rested);
  worker.postMessage("done");
  await (await opening).close();
  await assert.rejects(library.Session.open(credentials, { worker, pause: { resumed: async () => {} } }), { code: "misuse/bad-argument" });
});

test("a pin set of this thread is not sent from a worker", async (t) => {
  const { library, session } = await openInWorker(t);
  await library.init();
  const here = await library.Session.open(credentials);
  const pins = (await here.loadDrive()).pinSet();
  await assert.rejects(session.syncPins(pins), { code: "misuse/foreign-pin-set" });
});

/** Lets the page's timers run until `promise` has ended; messages of workers arrive in between. */
async function passing(t, promise) {
  let ended = false;
  promise.then(() => (ended = true), () => (ended = true));
  for (let n = 0; n < 400 && !ended; n += 1) {
    t.mock.timers.tick(500);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return promise;
}

const lost = (error) => error.code === "net/closed" && error.retry === "now" && error.detail.where === "worker";

test("a worker that dies ends its calls with net/closed, and those that come after it", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const states = [];
  const { worker, session } = await openInWorker(t, { hang: true }, { onEvent: (event) => event.type === "net" && states.push(event.state) });
  const loading = session.loadDrive();
  await worker.thread.terminate();
  await assert.rejects(passing(t, loading), lost);
  await assert.rejects(session.loadDrive(), lost);
  // Who has no call that waits hears of it as well.
  assert.deepEqual(states, ["closed"]);
  await session.close();
  await assert.rejects(session.loadDrive(), { code: "misuse/closed" });
});

test("what is closed ends its calls at once, though its worker was terminated", async (t) => {
  const { worker, session } = await openInWorker(t, { hang: true });
  const loading = session.loadDrive();
  const { next } = session.mailbox("notifications");
  assert.equal(typeof next, "function");
  await new Promise((resolve) => setTimeout(resolve, 20));
  void worker.thread.terminate();
  const closing = session.close();
  await assert.rejects(loading, { code: "misuse/closed" });
  await closing;
});

test("an error of other code in the worker ends nothing there", async (t) => {
  const { library, worker, session } = await openInWorker(t);
  worker.thread.emit("error", new Error("not pinfold's"));
  assert.equal((await session.loadDrive()).kind, "complete");
  const another = await library.Session.open(credentials, { worker });
  assert.equal((await another.loadDrive()).kind, "complete");
});

/** A worker that never says anything, until `answer` is set. */
function silentWorker() {
  const listeners = new Map();
  const heard = [];
  return {
    heard,
    addEventListener: (type, listener) => listeners.set(type, listener),
    postMessage(message) {
      heard.push(message.pinfold);
      this.answer?.(message);
    },
    emit: (type, event) => listeners.get(type)(event),
    say: (data) => listeners.get("message")({ data }),
  };
}

test("a worker whose script is not there ends the opening, also where its error came before", async (t) => {
  t.mock.timers.enable({ apis: ["setInterval", "setTimeout"] });
  const library = await libraryOverDouble(t);
  const before = silentWorker();
  await assert.rejects(passing(t, library.Session.open(credentials, { worker: before })), lost);
  const told = silentWorker();
  const opening = library.Session.open(credentials, { worker: told });
  await Promise.resolve();
  told.emit("error", { type: "error" });
  await assert.rejects(opening, lost);
  // It was given up, and not for ever: whatever it says, it is there.
  const again = library.Session.open(credentials, { worker: before });
  before.answer = ({ pinfold, id }) => {
    if (pinfold === "call") before.say({ pinfold: "result", id, value: { displayName: "late" } });
  };
  await new Promise((resolve) => setImmediate(resolve));
  before.say({ pinfold: "here" });
  assert.equal((await again).account.displayName, "late");
});

test("a signal is heard while a worker starts", async (t) => {
  const library = await libraryOverDouble(t);
  const controller = new AbortController();
  const opening = library.Session.open(credentials, { worker: silentWorker(), signal: controller.signal });
  controller.abort(new Error("enough"));
  await assert.rejects(opening, { message: "enough" });
});

test("an answer that could not be read ends its call", async (t) => {
  const library = await libraryOverDouble(t);
  const worker = silentWorker();
  worker.answer = ({ pinfold, id, ping, method }) => {
    if (pinfold === "hello") worker.say({ pinfold: "here" });
    if (pinfold === "ping") worker.say({ pinfold: "pong", ping, running: [] });
    if (method === "open") worker.say({ pinfold: "result", id, value: {} });
  };
  const session = await library.Session.open(credentials, { worker });
  const loading = session.loadDrive();
  await Promise.resolve();
  worker.emit("messageerror", {});
  await assert.rejects(loading, lost);
});

test("what cannot be cloned is an argument that is refused", async (t) => {
  const { session } = await openInWorker(t);
  await assert.rejects(session.edit([{ type: "rename", id: 1n }]), { code: "misuse/bad-argument" });
  const { library, worker } = { ...(await openInWorker(t)) };
  const options = { worker, policy: { waitDays: () => 3 } };
  await assert.rejects(library.Session.open(credentials, options), { code: "misuse/bad-argument" });
});

test("functions cannot be sent to a worker", async (t) => {
  const library = await libraryOverDouble(t);
  const worker = await webWorker(t, library.directory);
  await assert.rejects(library.Session.open(credentials, { worker, fetch }), { code: "misuse/bad-argument" });
});

test("a program of Node does not stay for a worker that is gone, once its session is closed", async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === "Timeout").length;
  const before = timers();
  const library = await libraryOverDouble(t);
  const worker = silentWorker();
  worker.answer = ({ pinfold, id, method }) => {
    if (pinfold === "hello") worker.say({ pinfold: "here" });
    if (method === "open") worker.say({ pinfold: "result", id, value: {} });
  };
  const session = await library.Session.open(credentials, { worker });
  const loading = session.loadDrive();
  await Promise.resolve();
  // The question whether it is still there stays without an answer.
  worker.emit("messageerror", {});
  assert.ok(worker.heard.includes("ping"));
  assert.ok(timers() > before, "a call that waits keeps the program");
  const closing = session.close();
  await assert.rejects(loading, { code: "misuse/closed" });
  await closing;
  assert.ok(timers() <= before);
});
