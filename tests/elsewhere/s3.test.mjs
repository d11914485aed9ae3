// Older copies in an S3-compatible server that runs as a process of its own (moto, from PyPI), by the operator's program.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ADDRESS, SECRET, arguments_, emptyStore, needed, operator, s3Server } from "./support.mjs";

const id = (n) => n.toString(16).padStart(32, "0").replace(/^00/, "ab");
const folder = (id, n) => `data/archive/generations/${id.slice(0, 2)}/${id}/${n}`;
const object = (id, n, part) => `generations/${id.slice(0, 2)}/${id}/${n}/${part}`;
const DAY = 86_400_000;

function copies(store, count) {
  for (let n = 0; n < count; n++) {
    store.write(`${folder(id(n), 1)}/log.ndjson`, `[0,"s","MSG","c","copy ${n}",1]\n`.repeat(1 + (n % 5) * 400));
    store.write(`${folder(id(n), 1)}/metadata.ndjson`, `{"channel":"${id(n)}"}\n`);
  }
}

const read = (store, id, n, part) => readFileSync(join(store.base, folder(id, n), part), "utf8");
const isHere = (store, id, part = "log.ndjson") => existsSync(join(store.base, folder(id, 1), part));

test("sent, looked at, fetched, restored and removed", async (t) => {
  const [server, store] = [await s3Server(t), emptyStore(t)];
  const run = (...words) => operator(store.base, server.env, ...words);
  const [a, b] = [id(0), id(1)];
  copies(store, 40);
  const before = read(store, b, 1, "log.ndjson");

  await t.test("a hold stops it", async () => {
    assert.equal(run("hold", "--by", "anna", "--why", "wait", "--no-decrees").code, 0);
    assert.equal(run("send", "--object-store", ADDRESS).code, 3);
    assert.deepEqual(await server.names(), []);
    assert.equal(run("release").code, 0);
  });

  await t.test("an object that is there already is not written over", async () => {
    await server.put(object(a, 1, "log.ndjson"), "somebody else's\n");
    const { code, said } = run("send", "--object-store", ADDRESS);
    assert.equal(code, 1, said);
    assert.match(said, /39 copies went to s3:\/\/cold-storage\/drive\.example, .*1 stay here/);
    assert.equal(await server.get(object(a, 1, "log.ndjson")), "somebody else's\n");
    assert.ok(isHere(store, a) && !isHere(store, b));
    assert.equal(await server.get(object(b, 1, "log.ndjson")), before);
    const names = await server.names();
    // 39 copies of two parts, the strange object, two manifests of 32 copies at most.
    assert.deepEqual([names.filter((name) => name.startsWith("generations/")).length, names.filter((name) => name.startsWith("manifests/")).length], [79, 2]);
    assert.deepEqual(names.filter((name) => name.startsWith("probes/")), []);
  });

  await t.test("check names what is gone or spoiled there", async () => {
    const check = () => run("check", "--object-store", ADDRESS);
    assert.match(run("check").said, /39 copies lie in object stores and were not looked at/);
    assert.deepEqual([check().code, check().said.includes("39 copies at s3:")], [0, true]);
    await server.put(object(b, 1, "log.ndjson"), "short\n");
    assert.match(check().said, new RegExp(`older/${b}/1: .* is not what was sent`));
    assert.equal(run("fetch", b, "--object-store", ADDRESS).code, 1);
    assert.ok(!isHere(store, b), "what is not what was sent is not put here");
    await server.remove(object(b, 1, "log.ndjson"));
    const { code, said } = check();
    assert.deepEqual([code, /is not in the object store/.test(said)], [1, true]);
    await server.put(object(b, 1, "log.ndjson"), before);
    assert.equal(check().code, 0);
  });

  await t.test("fetch brings a copy back, and the store keeps its own", async () => {
    const { code, said } = run("fetch", b, "--object-store", ADDRESS);
    assert.equal(code, 0, said);
    assert.equal(read(store, b, 1, "log.ndjson"), before);
    assert.equal(await server.get(object(b, 1, "log.ndjson")), before);
  });

  await t.test("restore takes from there what is nowhere here, and never overwrites", async () => {
    const c = id(2);
    const live = join(store.base, "datastore", c.slice(0, 2), `${c}.ndjson`);
    assert.equal(run("restore", c).code, 1, "without the store there is nothing");
    const { code, said } = run("restore", c, "--object-store", ADDRESS);
    assert.equal(code, 0, said);
    assert.equal(readFileSync(live, "utf8"), await server.get(object(c, 1, "log.ndjson")));
    writeFileSync(live, "written on\n");
    assert.equal(run("restore", c, "--object-store", ADDRESS).code, 1);
    assert.equal(readFileSync(live, "utf8"), "written on\n");
  });

  await t.test("purge removes there by the rules of cold storage", async () => {
    const plan = (name) => {
      const { code, said } = run("plan", "--purge", "--accept-fewer", "--out", join(store.base, name));
      assert.equal(code, 0, said);
      return { digest: said.match(/digest (\w+)/)[1], removed: Number(said.match(/^(\d+) copies would be removed/m)?.[1] ?? 0) };
    };
    assert.equal(plan("young").removed, 0, "their time is not over");
    // Half a year passes: the journal and two walks say so.
    const journal = join(store.base, "data/pinfold/acts.ndjson");
    const text = readFileSync(journal, "utf8");
    assert.ok(!text.includes(SECRET) && !text.includes("AWS"));
    writeFileSync(journal, text.replace(/"at":(\d+)/g, (_, at) => `"at":${Number(at) - 200 * DAY}`));
    const walks = [30, 20].map((days) => JSON.stringify({ began: Date.now() - days * DAY, ended: Date.now() - days * DAY + 1, logs: 0, pins: 0, bytes: 0 }));
    writeFileSync(join(store.base, "data/pinfold/walks.ndjson"), `${walks.join("\n")}\n`);
    const { digest, removed } = plan("old");
    // All that were sent, but for the one that is live, and the one that was fetched: its copy here was written a moment ago.
    assert.equal(removed, 37);
    const purge = (...words) => run("purge", join(store.base, "old"), "--hours", "0-24", "--consent", digest, ...words);
    const { code, said } = purge("--object-store", ADDRESS);
    assert.equal(code, 0, said);
    const left = (await server.names()).filter((name) => name.startsWith("generations/"));
    const both = (id) => [object(id, 1, "log.ndjson"), object(id, 1, "metadata.ndjson")];
    assert.deepEqual(left.sort(), [object(a, 1, "log.ndjson"), ...both(b), ...both(id(2))].sort());
    assert.equal(run("check", "--object-store", ADDRESS).code, 0);
  });
});

test("killed at any moment, and going on", async (t) => {
  const [server, store] = [await s3Server(t), emptyStore(t)];
  copies(store, 24);
  const before = new Map(Array.from({ length: 24 }, (_, n) => [id(n), read(store, id(n), 1, "log.ndjson")]));
  let killed = 0;
  for (let n = 0; n < 8; n++) {
    const child = spawn(needed("PINFOLD_OPERATOR"), arguments_(store.base, ["send", "--object-store", ADDRESS]), { stdio: "ignore", env: { ...process.env, ...server.env } });
    const ended = new Promise((resolve) => child.on("exit", (code) => resolve(code)));
    await new Promise((resolve) => setTimeout(resolve, 60 + n * 45));
    killed += child.exitCode === null && child.kill("SIGKILL") ? 1 : 0;
    await ended;
    for (const [id, log] of before) {
      const whole = isHere(store, id) ? read(store, id, 1, "log.ndjson") : await server.get(object(id, 1, "log.ndjson"));
      assert.equal(whole, log, `no whole copy of ${id} after kill ${n}`);
    }
  }
  const { code, said } = operator(store.base, server.env, "send", "--object-store", ADDRESS);
  assert.ok(code === 0, said);
  assert.ok(killed > 0, "it was never killed");
  for (const [id, log] of before) {
    assert.ok(!isHere(store, id) && isHere(store, id, "elsewhere.json"));
    assert.equal(await server.get(object(id, 1, "log.ndjson")), log);
  }
  assert.equal(operator(store.base, server.env, "check", "--object-store", ADDRESS).code, 0);
});

test("a server that does not answer takes nothing away", async (t) => {
  const store = emptyStore(t);
  copies(store, 2);
  const env = { AWS_ENDPOINT_URL: "http://127.0.0.1:9", AWS_ALLOW_HTTP: "true", AWS_REGION: "x", AWS_ACCESS_KEY_ID: "x", AWS_SECRET_ACCESS_KEY: SECRET };
  const { code, said } = operator(store.base, env, "send", "--object-store", ADDRESS);
  assert.equal(code, 3, said);
  assert.ok(isHere(store, id(0)) && isHere(store, id(1)));
  assert.equal(operator(store.base, env, "send", "--object-store", `s3://me:${"x"}@bucket`).code, 2);
});
