// Memory that runs out, over the real module: a copy of it with a small maximum. And what takes long, paused.
import assert from "node:assert/strict";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../pkg-scripts/shell.mjs";

/** The package as it is, in a copy of its own, because `init()` happens once per copy. */
async function packageOf(t) {
  const directory = await mkdtemp(join(tmpdir(), "pinfold-trap-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  await cp(join(root, "dist"), directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{"type":"module"}');
  return { directory, ...(await import(pathToFileURL(join(directory, "index.js")).href)) };
}

/** The module, whose memory may have `more` pages beside those it begins with. */
async function limited(more, name = "pinfold") {
  const bytes = await readFile(join(root, `dist/${name}.wasm`));
  const number = (at) => {
    for (let value = 0, shift = 0; ; shift += 7, at += 1) {
      value += (bytes[at] & 127) * 2 ** shift;
      if (bytes[at] < 128) return { value, next: at + 1 };
    }
  };
  const leb = (value) => (value < 128 ? [value] : [(value & 127) | 128, ...leb(Math.floor(value / 128))]);
  for (let at = 8; at < bytes.length; ) {
    const { value: length, next } = number(at + 1);
    if (bytes[at] === 5) {
      // One memory: how many, flags, the least number of pages.
      const least = number(next + 2).value;
      const section = [1, 1, ...leb(least), ...leb(least + more)];
      return Buffer.concat([bytes.subarray(0, at), Buffer.from([5, ...leb(section.length), ...section]), bytes.subarray(next + length)]);
    }
    at = next + length;
  }
  throw new Error("the module has no memory");
}

const CONFIG = 'define(function(){;\nreturn {"adminKeys":[]};\n});';
const answer = (status, body) => ({ status, arrayBuffer: async () => new TextEncoder().encode(body).buffer });
const account = { origin: "https://drive.example", username: "alice", password: "long enough" };
const LINK = { origin: "https://drive.example", anonymous: "/drive/#/2/drive/edit/dwp81vGRSpB96Oh-2xXCwfsl/" };

/** A socket that its test speaks through. */
class Line {
  /** Called with each socket that is listened to. */
  static heard = () => {};
  #listener = null;
  closed = 0;
  sent = [];
  constructor() { setTimeout(() => this.onopen?.({})); }
  get onmessage() { return this.#listener; }
  set onmessage(listener) {
    this.#listener = listener;
    if (listener) Line.heard(this);
  }
  send(text) { this.sent.push(text); }
  close() { this.closed += 1; }
}

/** Lets everybody else have turns until this is so. */
async function turns(until) {
  while (!until()) await new Promise((done) => setImmediate(done));
}

test("no room for the keys is an answer, and the same copy goes on", async (t) => {
  const pinfold = await packageOf(t);
  await pinfold.init({ module: await limited(64) });
  const open = () => pinfold.Session.open(account, { webSocket: Line, fetch: async () => answer(200, CONFIG), store: null });
  for (let time = 0; time < 2; time += 1) {
    await assert.rejects(open(), { code: "host/no-memory", blame: "host", retry: "later" });
  }
  assert.equal(new pinfold.Pause().paused, false);
});

test("memory that runs out ends every call with a code, closes the socket, and leaves nothing in the memory", async (t) => {
  const memories = [];
  const instantiate = WebAssembly.instantiate;
  t.mock.method(WebAssembly, "instantiate", async (...args) => {
    const made = await instantiate(...args);
    memories.push((made.instance ?? made).exports.memory);
    return made;
  });
  const pinfold = await packageOf(t);
  await pinfold.init({ module: await limited(64) });
  // The engine's alarm rings unheard once it has ended; this process does not wait for that.
  const { setTimeout } = globalThis;
  const alarms = [];
  t.mock.method(globalThis, "setTimeout", (run, wait) => {
    const timer = setTimeout(run, wait);
    if (wait > 1_000) alarms.push(timer);
    return timer;
  });
  t.after(() => alarms.forEach(clearTimeout));
  const listened = new Promise((resolve) => { Line.heard = resolve; });
  const one = pinfold.Session.open(LINK, { webSocket: Line, fetch: async () => answer(200, CONFIG), store: null });
  one.catch(() => {});
  const socket = await listened;
  // A frame that there is no room for, as a socket hands it over: from outside of every call.
  socket.onmessage({ data: "x".repeat(8 << 20) });
  await assert.rejects(one, (error) => error.code === "host/no-memory" && error.cause instanceof WebAssembly.RuntimeError);
  assert.deepEqual([socket.closed, socket.onmessage], [1, null]);
  assert.ok(new Uint8Array(memories[0].buffer).every((byte) => byte === 0), "all of it is zeros");
  // Nobody enters it again, and what the host still calls is not heard: an uncaught error would end this process.
  await assert.rejects(pinfold.Session.open(account, { webSocket: Line, fetch: async () => answer(200, CONFIG), store: null }), { code: "host/no-memory" });
  await new Promise((done) => setTimeout(done, 50));
});

test("a text that there is no room for is told as that, before the engine has it", async (t) => {
  const pinfold = await packageOf(t);
  await pinfold.init({ module: await limited(64) });
  const full = { code: "host/no-memory", blame: "host", retry: "later" };
  assert.throws(() => pinfold.MessageKeys.fromHash(`/2/drive/edit/${"x".repeat(8 << 20)}/`), full);
  // That was the end of this copy.
  assert.throws(() => pinfold.MessageKeys.fromHash("/2/drive/edit/dwp81vGRSpB96Oh-2xXCwfsl/"), full);
});

test("memory that runs out in pinfold/testing has a code as well, and ends all worlds of the copy", async (t) => {
  const { directory } = await packageOf(t);
  const { initTesting, testWorld } = await import(pathToFileURL(join(directory, "testing.js")).href);
  // Deriving keys takes 512 of them.
  await initTesting({ module: await limited(600, "pinfold-testing") });
  const world = await testWorld({ documents: 1 });
  await assert.rejects(testWorld({ documents: 0.5 }), { code: "misuse/bad-argument" });
  const full = { code: "host/no-memory", blame: "host", retry: "later" };
  await assert.rejects(testWorld({ documents: 10_000, folders: 10, perFolder: 1_000 }), full);
  await assert.rejects(testWorld({ documents: 1 }), full);
  assert.throws(() => world.holds(), full);
  world.close();
});

test("keys that pinfold/testing has no room to derive are told as that, and no mistake of the caller's", async (t) => {
  const { directory } = await packageOf(t);
  const { initTesting, testWorld } = await import(pathToFileURL(join(directory, "testing.js")).href);
  await initTesting({ module: await limited(300, "pinfold-testing") });
  for (let times = 0; times < 2; times += 1) {
    await assert.rejects(testWorld({ documents: 1 }), (error) => {
      assert.deepEqual([error.code, error.blame, error.retry, error.detail], ["host/no-memory", "host", "later", {}]);
      return true;
    });
  }
  // The copy goes on: what the caller does wrong is still told.
  await assert.rejects(testWorld({ password: "" }), { code: "misuse/bad-argument", detail: { argument: "options" } });
});

test("keys that are derived rest while paused, and are given up all the same", async (t) => {
  const pinfold = await packageOf(t);
  await pinfold.init({ module: await readFile(join(root, "dist/pinfold.wasm")) });
  const asked = [];
  const fetch = async (url) => {
    asked.push(new URL(url).pathname.split("/")[1]);
    return asked.length % 2 ? answer(200, CONFIG) : answer(500, "");
  };
  const pause = new pinfold.Pause();
  pause.pause();
  const open = pinfold.Session.open(account, { webSocket: Line, fetch, store: null, pause });
  open.catch(() => {});
  await turns(() => asked.length === 1);
  // The keys take at most 512 steps, and each takes a turn.
  let left = 2_000;
  await turns(() => (left -= 1) === 0);
  assert.deepEqual(asked, ["api"]);
  pause.resume();
  await assert.rejects(open, { code: "net/http" });
  assert.deepEqual(asked, ["api", "block"]);
  pause.pause();
  const controller = new AbortController();
  const given = pinfold.Session.open(account, { webSocket: Line, fetch, store: null, pause, signal: controller.signal });
  await turns(() => asked.length === 3);
  controller.abort("impatient");
  assert.equal(await given.catch((reason) => reason), "impatient");
  pause.resume();
});
