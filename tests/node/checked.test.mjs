// What callers give is checked before anything is done. Otherwise it would be left out without a word, or look like another fault.
import assert from "node:assert/strict";
import { test } from "node:test";
import { credentials, libraryOverDouble, openSession } from "./support.mjs";

const refused = (argument, message) => ({ code: "misuse/bad-argument", blame: "caller", retry: "never", detail: { argument }, message });

test("unknown options, and options that must be functions and are not", async (t) => {
  const { library } = await openSession(t);
  const open = (options) => library.Session.open(credentials, options);
  const before = library.log.length;
  await assert.rejects(open({ onevent() {} }), refused("onevent", /^options: there is no "onevent"; there are .*onEvent/));
  await assert.rejects(open({ onEvent: "log" }), refused("onEvent", /must be a function/));
  await assert.rejects(open({ webSocket: 5 }), refused("webSocket", /must be a function/));
  await assert.rejects(open({ fetch: {} }), refused("fetch", /must be a function/));
  await assert.rejects(open(null), refused("options", /must be an object/));
  await assert.rejects(library.Session.register(credentials, { onevent() {} }), refused("onevent", /there is no/));
  assert.equal(library.log.length, before, "nothing was begun");
});

test("what is left out may be null, and an unknown name without a value", async (t) => {
  const { library } = await openSession(t);
  const session = await library.Session.open(credentials, { signal: null, onEvent: null, fetch: null, clock: null, worker: null, another: undefined });
  await session.loadDrive({ signal: null });
  await session.close();
});

test("a clock has three functions; where they throw or tell no time, the host's counts", async (t) => {
  const { library } = await openSession(t);
  for (const clock of [5, {}, { now: () => 1, setTimeout() {} }]) await assert.rejects(library.Session.open(credentials, { clock }), refused("clock", /now, setTimeout and clearTimeout/));
  const clock = { now: () => 7, setTimeout: (ring, ms) => [ring, ms], clearTimeout(timer) { this.cleared = timer; } };
  await (await library.Session.open(credentials, { clock })).close();
  const inside = () => library.double.RawSession.last.options.clock;
  const ring = () => {};
  assert.deepEqual([inside().now(), inside().setTimeout(ring, 3)], [7, [ring, 3]]);
  inside().clearTimeout("timer");
  assert.equal(clock.cleared, "timer", "called as a method");
  const broken = () => { throw new Error("broken"); };
  for (const now of [broken, () => "soon", () => NaN, () => -1]) {
    await (await library.Session.open(credentials, { clock: { now, setTimeout: broken, clearTimeout: broken } })).close();
    assert.ok(Math.abs(inside().now() - Date.now()) < 60_000);
    assert.equal(inside().setTimeout(ring, 3), undefined);
    inside().clearTimeout();
  }
  await assert.rejects(library.Session.open(credentials, { clock, worker: { postMessage() {} } }), refused("worker", /clock/));
});

test("a host without WebSocket or fetch is told which option to give, and not to try again", async (t) => {
  const library = await libraryOverDouble(t);
  await library.init({ module: new Uint8Array(8) });
  const { WebSocket, fetch } = globalThis;
  t.after(() => Object.assign(globalThis, { WebSocket, fetch }));
  globalThis.WebSocket = undefined;
  await assert.rejects(library.Session.open(credentials), refused("webSocket", /no WebSocket.*the option webSocket/));
  globalThis.fetch = undefined;
  await assert.rejects(library.Session.open(credentials, { webSocket: WebSocket }), refused("fetch", /the option fetch/));
  const session = await library.Session.open(credentials, { webSocket: WebSocket, fetch });
  await session.close();
});

test("something else than a signal", async (t) => {
  const { library, session } = await openSession(t);
  const wrong = refused("signal", /must be an AbortSignal/);
  await assert.rejects(library.Session.open(credentials, { signal: {} }), wrong);
  for (const call of ["loadDrive", "followChanges", "guard", "trash"]) await assert.rejects(session[call]({ signal: "stop" }), wrong, call);
  await assert.rejects(session.mailbox("notifications", { signal: {} }).next(), wrong);
});

test("types of events, and the id of a team", async (t) => {
  const { session } = await openSession(t);
  assert.throws(() => session.on("stat", () => {}), refused("type", /the types are .*state/));
  assert.throws(() => session.on("state"), refused("listener", /a type and a function/));
  await assert.rejects(session.loadTeam(), refused("id", /must be a text/));
});

test("edits of a type that there is not, and which of several it is", async (t) => {
  const { session } = await openSession(t);
  const rename = { type: "rename", id: "1", title: "x" };
  await assert.rejects(session.edit([rename, { type: "renmae" }]), refused("type", /^edit 2: there is no type "renmae"; there are rename, /));
  await assert.rejects(session.edit("rename"), refused("edit 1", /must be an object/));
});

test("a session is made by open alone", async (t) => {
  const { library } = await openSession(t);
  assert.throws(() => new library.Session(), refused("Session", /Session\.open/));
});

test("where the WebAssembly is not, the error names the line to add, of this host", async (t) => {
  const { explained } = await import("../../dist/module.js");
  const told = async () => (await explained(undefined, new Error("nothing"), "pinfold.wasm", "init")).message;
  assert.match(await told(), /Copy node_modules\/pinfold\/dist\/pinfold\.wasm .*init\(\{ module: "\/pinfold\.wasm" \}\)/);
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  t.after(() => before ? Object.defineProperty(globalThis, "navigator", before) : delete globalThis.navigator);
  Object.defineProperty(globalThis, "navigator", { configurable: true, value: { userAgent: "Cloudflare-Workers" } });
  assert.match(await told(), /import module from "pinfold\/pinfold\.wasm"; await init\(\{ module \}\)/);
});
