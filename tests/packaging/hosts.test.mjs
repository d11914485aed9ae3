// What hosts do to a page: they close its storage, end its worker, or never start it. In a page of headless Chromium.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { html, project } from "./project.mjs";
import { credentials, openPage, serveAccount } from "./support.mjs";

/** A page with the package as `pinfold`, and these files beside it. */
async function page(t, files = {}, options = {}) {
  const directory = await project(t, { "index.html": html("page.js"), "page.js": `
    globalThis.pinfold = await import("./node_modules/pinfold/dist/index.js");
    await pinfold.init();
    globalThis.remove = (name) => new Promise((done, fail) => Object.assign(indexedDB.deleteDatabase(name), { onsuccess: done, onerror: fail }));
    globalThis.later = (ms) => new Promise((done) => setTimeout(done, ms));
    globalThis.within = (ms, promise) => Promise.race([promise, later(ms).then(() => "never")]);
    globalThis.keys = async (name) => {
      const connection = await new Promise((done, fail) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
      const request = connection.transaction("records").objectStore("records").getAllKeys();
      await new Promise((done) => (request.onsuccess = done));
      connection.close();
      return request.result;
    };
    globalThis.ready = true;
  ` });
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  const { page } = await openPage(t, await serveAccount(t, directory), options);
  await page.waitForFunction(() => globalThis.ready);
  return page;
}

test("a store whose connection was closed is opened again, and the session has nothing to complain of", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const complaints = [];
    const onEvent = (event) => event.type === "storage" && complaints.push(event.code);
    const session = await pinfold.Session.open({ ...account, origin: location.origin }, { onEvent });
    const drive = await session.loadDrive();
    await remove("pinfold");
    await session.addPins(drive);
    await session.close();
    const store = pinfold.browserStore("another");
    await store.put("key", new Uint8Array([1]));
    await remove("another");
    await store.put("key", new Uint8Array([2]));
    const found = await store.get("key");
    await store.delete("key");
    return { complaints, found: [...found], gone: await store.get("key"), kept: (await keys("pinfold")).length > 0 };
  }, credentials);
  assert.deepEqual(seen, { complaints: [], found: [2], gone: undefined, kept: true });
});

test("a session that is closed at once has stored what it learnt", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const session = await pinfold.Session.open({ ...account, origin: location.origin });
    await session.addPins(await session.loadDrive());
    await session.close();
    const all = await keys("pinfold");
    return { channels: all.filter((key) => /(^|[^0-9a-f])[0-9a-f]{32,34}([^0-9a-f]|$)/.test(key)), logs: all.filter((key) => key.startsWith("log-")).length, others: all.filter((key) => !key.startsWith("log-")).length };
  }, credentials);
  assert.deepEqual(seen.channels, []);
  assert.ok(seen.logs > 0 && seen.others > 0, JSON.stringify(seen));
});

test("what the browser's own store has been given by a session is free at once; what a program gives it, and what another store has been given, stays", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const given = [];
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      if (value instanceof Uint8Array) given.push(value);
      return put.call(this, value, key);
    };
    const left = [];
    const held = [];
    const other = { get: async () => undefined, put: async (key, bytes) => void held.push(bytes), delete: async () => {} };
    for (const store of [undefined, pinfold.browserStore("another"), other]) {
      const session = await pinfold.Session.open({ ...account, origin: location.origin }, { store });
      await session.addPins(await session.loadDrive());
      await session.close();
      const bytes = store === other ? held : given.splice(0);
      left.push({ some: bytes.length > 3, left: bytes.filter(({ length }) => length > 0).length });
    }
    const own = new Uint8Array([1, 2]);
    await pinfold.browserStore("another").put("key", own);
    return { left, all: held.length, own: [...own] };
  }, credentials);
  const [byDefault, chosen, other] = seen.left;
  assert.deepEqual([byDefault, chosen], [{ some: true, left: 0 }, { some: true, left: 0 }]);
  assert.deepEqual([other.some, seen.all - other.left], [true, 0], "nothing is taken from a store of the application's own");
  assert.deepEqual(seen.own, [1, 2]);
});

test("a large record is kept in parts, comes back whole, and leaves no part behind", async (t) => {
  const seen = await (await page(t)).evaluate(async () => {
    const store = pinfold.browserStore("parts");
    const made = (length) => Uint8Array.from({ length }, (_, at) => (at * 7) % 251);
    const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);
    const seen = [];
    for (const length of [3 * 2 ** 20, 2 ** 20, 2.5 * 2 ** 20 + 1, 5]) {
      const bytes = made(length);
      await store.put("log-a", bytes);
      seen.push({ same: same(await store.get("log-a"), made(length)), own: same(bytes, made(length)), keys: (await keys("parts")).length });
    }
    // A disk that is full when a part comes: the logs go, and the record is there. Then a part that somebody shortened.
    await store.put("log-a", made(2 ** 21));
    const { put } = IDBObjectStore.prototype;
    let failures = 0;
    IDBObjectStore.prototype.put = function (value, key) {
      if (key === "ledger/1" && failures++ === 0) {
        // What a browser does about it cannot be had by asking: the transaction ends, and has the error of the request.
        Object.defineProperty(this.transaction, "error", { value: new DOMException("full", "QuotaExceededError") });
        this.transaction.abort();
        return {};
      }
      return put.call(this, value, key);
    };
    await store.put("ledger", made(2 ** 21));
    IDBObjectStore.prototype.put = put;
    const full = { failures, whole: same(await store.get("ledger"), made(2 ** 21)), keys: await keys("parts") };
    const connection = await new Promise((done) => (indexedDB.open("parts").onsuccess = ({ target }) => done(target.result)));
    await new Promise((done) => (connection.transaction("records", "readwrite").objectStore("records").put(made(9), "ledger/1").onsuccess = done));
    connection.close();
    const short = [...new Set(await store.get("ledger"))];
    await store.delete("ledger");

    await store.put("log-a", made(2 ** 21));
    await store.put("log-b", made(3));
    await store.delete("log-a");
    return { seen, full, short, left: await keys("parts"), gone: await store.get("log-a") };
  });
  assert.deepEqual(seen.seen, [4, 1, 4, 1].map((keys) => ({ same: true, own: true, keys })));
  assert.deepEqual(seen.full, { failures: 2, whole: true, keys: ["ledger", "ledger/0", "ledger/1"] });
  assert.deepEqual(seen.short, [0]);
  assert.deepEqual([seen.left, seen.gone], [["log-b"], undefined]);
});

test("logs are bounded, the oldest go first, and those of an earlier version are gone", async (t) => {
  const seen = await (await page(t)).evaluate(async () => {
    const old = await new Promise((done) => {
      const request = indexedDB.open("old", 1);
      request.onupgradeneeded = () => request.result.createObjectStore("records");
      request.onsuccess = () => done(request.result);
    });
    const transaction = old.transaction("records", "readwrite");
    for (const key of ["log-00112233445566778899aabbccddeeff-base", "ledger"]) transaction.objectStore("records").put(new Uint8Array([1]), key);
    await new Promise((done) => (transaction.oncomplete = done));
    old.close();
    const store = pinfold.browserStore("old", { mostBytes: 1000, mostLogs: 5 });
    await store.put("big", new Uint8Array(5000));
    for (let n = 0; n < 9; n += 1) {
      await store.put("log-" + n, new Uint8Array(10));
      await later(2);
    }
    const few = await keys("old");
    await store.put("log-large", new Uint8Array(990));
    return { few, large: await keys("old") };
  });
  assert.deepEqual(seen.few, ["big", "ledger", "log-4", "log-5", "log-6", "log-7", "log-8"]);
  assert.deepEqual(seen.large.filter((key) => !key.startsWith("log-")), ["big", "ledger"]);
  assert.ok(seen.large.length <= 3, seen.large.join(" "));
});

// What it costs is measured by the virtual clock of the native tests.
test("a store that never answers, or fails, keeps nothing up", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const never = new Promise(() => {});
    const result = [];
    for (const answer of [() => never, () => Promise.reject(new Error("no")), () => { throw new Error("no"); }, () => 7]) {
      const complaints = [];
      const onEvent = (event) => event.type === "storage" && complaints.push(event.code);
      const session = await pinfold.Session.open({ ...account, origin: location.origin }, { store: { get: answer, put: answer, delete: answer }, onEvent });
      const drive = await session.loadDrive();
      await session.close();
      result.push({ kind: drive.kind, complaints: new Set(complaints).size });
    }
    return result;
  }, credentials);
  for (const one of seen) assert.deepEqual(one, { kind: "partial", complaints: 1 });
});

test("a worker that is gone, or never was, ends its calls", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const open = (worker) => pinfold.Session.open({ ...account, origin: location.origin }, { worker });
    const code = (promise) => within(120_000, promise.then(() => "done", (error) => error.code));
    const make = (script = "./node_modules/pinfold/dist/worker.js") => new Worker(script, { type: "module" });

    const first = make();
    const closed = await open(first);
    const pending = code(closed.loadDrive());
    first.terminate();
    await closed.close();

    // Nobody closes: the lock that the worker held tells of its end.
    const second = make();
    const session = await open(second);
    const waiting = code(session.loadDrive());
    second.terminate();
    const ended = await waiting;
    const afterwards = await code(session.guard());

    const absent = make("/no-such-worker.js");
    await later(500);
    return { pending: await pending, ended, afterwards, absent: await code(open(absent)), told: await code(open(make("/none-either.js"))) };
  }, credentials);
  assert.deepEqual(seen, { pending: "misuse/closed", ended: "net/closed", afterwards: "net/closed", absent: "net/closed", told: "net/closed" });
});

test("an error of the application's own code in the worker ends no session there", async (t) => {
  const opened = await page(t, {
    "own-worker.js": `
      import "./node_modules/pinfold/dist/worker.js";
      addEventListener("message", ({ data }) => { if (data === "go wrong") setTimeout(() => { throw new Error("not pinfold's"); }); });
      throw new Error("as it starts");
    `,
    // One that brings pinfold in late hears no early greeting.
    "late-worker.js": `setTimeout(() => import("./node_modules/pinfold/dist/worker.js"), 1500);`,
  });
  const seen = await opened.evaluate(async (account) => {
    const credentials = { ...account, origin: location.origin };
    const worker = new Worker("/own-worker.js", { type: "module" });
    worker.addEventListener("error", (event) => event.preventDefault());
    const session = await pinfold.Session.open(credentials, { worker });
    worker.postMessage("go wrong");
    await later(300);
    const kind = (await session.loadDrive()).kind;
    const again = await pinfold.Session.open(credentials, { worker });
    await Promise.all([again.close(), session.close()]);
    const late = await pinfold.Session.open(credentials, { worker: new Worker("/late-worker.js", { type: "module" }) });
    await late.close();
    return kind;
  }, credentials);
  assert.equal(seen, "partial");
});

test("in a worker the keys rest while paused, others are derived meanwhile, and a signal is heard all the same", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const worker = new Worker("./node_modules/pinfold/dist/worker.js", { type: "module" });
    const open = (more) => pinfold.Session.open({ ...account, origin: location.origin }, { worker, ...more });
    const pause = new pinfold.Pause();
    pause.pause();
    const states = [];
    const opening = open({ pause }).finally(() => states.push("opened"));
    // It takes all the steps that the first one is to take.
    await (await open()).close();
    const impatient = new AbortController();
    const given = open({ pause, signal: impatient.signal }).catch((reason) => reason);
    impatient.abort("impatient");
    states.push(await given);
    pause.resume();
    const session = await opening;
    await session.close();
    return states;
  }, credentials);
  assert.deepEqual(seen, ["impatient", "opened"]);
});

test("calls that cross a close, from inside events too, have codes", async (t) => {
  const seen = await (await page(t)).evaluate(async (account) => {
    const credentials = { ...account, origin: location.origin };
    const codes = new Set();
    const note = (promise) => promise.then(() => codes.add("done"), (error) => codes.add(error.code ?? String(error)));
    for (const at of ["folder", "progress", "frame"]) {
      let session;
      const all = [];
      const strike = () => {
        if (!session) return;
        all.push(note(session.close()), note(session.close()), note(session.loadDrive()), note(session.guard()), note(session.followChanges()));
      };
      session = await pinfold.Session.open(credentials, { onEvent: (event) => event.type === at && strike(), onFrame: () => at === "frame" && strike() });
      all.push(note(session.loadDrive()), note(session.mailbox("notifications").next()));
      while (all.length < 4) await later(10);
      await Promise.all(all);
    }
    // A signal while it opens, at many moments.
    for (let ms = 0; ms < 60; ms += 6) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new Error("enough")), ms);
      await pinfold.Session.open(credentials, { signal: controller.signal }).then((session) => session.close(), (error) => codes.add(error.code ?? error.message));
    }
    return [...codes].sort();
  }, credentials);
  assert.deepEqual(seen.filter((code) => !["done", "enough", "misuse/busy", "misuse/closed"].includes(code)), []);
});

test("a server of another origin is said to be one", async (t) => {
  const origin = await serveAccount(t, await project(t, {}));
  // The page's own policy lets it connect to its own origin alone, and would hide what the servers answer.
  const here = await page(t, {}, { bypassCSP: true });
  // The main job over a server that allows this page to read, as an instance's permittedEmbedders does.
  const allowing = await serveAccount(t, await project(t, {}), { allowOrigin: new URL(here.url()).origin });
  const seen = await here.evaluate(async ({ origin, allowing, account }) => {
    const open = (origin) => pinfold.Session.open({ ...account, origin }).then(() => "opened", ({ code, detail, message }) => ({ code, detail, message }));
    const session = await pinfold.Session.open({ ...account, origin: allowing });
    const drive = await session.loadDrive();
    await session.addPins(drive);
    await session.close();
    return { other: await open(origin), none: await open("http://127.0.0.1:1"), folders: drive.folders.length };
  }, { origin, allowing, account: credentials });
  const url = `${origin}/api/config`;
  assert.deepEqual(seen.other, {
    code: "net/unreachable", detail: { url, crossOrigin: "true" },
    message: `the server could not be reached over HTTP, or does not let pages of this origin (CORS): ${url}`,
  });
  assert.equal(seen.none.code, "net/unreachable");
  assert.ok(seen.folders > 0);
});
