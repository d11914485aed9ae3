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

test("a pin set of this thread is not sent from a worker", async (t) => {
  const { library, session } = await openInWorker(t);
  await library.init();
  const here = await library.Session.open(credentials);
  const pins = (await here.loadDrive()).pinSet();
  await assert.rejects(session.syncPins(pins), { code: "misuse/foreign-pin-set" });
});

test("a worker that dies ends its calls with net/closed", async (t) => {
  const { worker, session } = await openInWorker(t, { hang: true });
  const loading = session.loadDrive();
  worker.thread.emit("error", new Error("out of memory"));
  await assert.rejects(loading, (error) => error.code === "net/closed" && error.detail.where === "worker");
  await assert.rejects(session.loadDrive(), { code: "net/closed" });
});

test("functions cannot be sent to a worker", async (t) => {
  const library = await libraryOverDouble(t);
  const worker = await webWorker(t, library.directory);
  await assert.rejects(library.Session.open(credentials, { worker, fetch }), { code: "misuse/bad-argument" });
});
