// A front end is tested without a server: `node --test`. Each test takes its world and its sessions from stage.js, which ends both with the test.
import assert from "node:assert/strict";
import { test } from "node:test";
import { init, PinfoldError } from "pinfold";
import { testWorld } from "pinfold/testing";
import { stage } from "./stage.js";

await init();

test("everything is pinned, and the server agrees", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 1, folders: 4 });
  const { complete } = await start();
  assert.equal(complete, true);
  assert.deepEqual(world.unpinned(), []);
});

test("a server that says a folder is empty takes nothing from the list", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 2, folders: 3, faults: [{ command: "GET_HISTORY", folder: 1, fault: "empty" }] });
  const { complete, missing } = await start();
  assert.equal(complete, false);
  assert.equal(missing.length, 1);
  assert.deepEqual(world.struck(), [0]);
  // What is known is pinned, and the list was not replaced.
  const commands = world.holds().commands.map(([command]) => command);
  assert.ok(commands.includes("PIN") && !commands.includes("RESET"), String(commands));
});

test("answers come in the order that the test chooses", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 3, folders: 3, delivery: "by hand" });
  const opening = start();
  const turned = [];
  let done = false;
  void opening.finally(() => (done = true));
  while (!done) {
    await new Promise((resolve) => setImmediate(resolve));
    // The newest first.
    const pending = world.pending();
    if (pending.length > 1) turned.push(pending.at(-1));
    if (pending.length > 0) world.step(pending.length - 1);
  }
  assert.ok(turned.length > 0);
  assert.equal((await opening).complete, true);
  assert.deepEqual(world.unpinned(), []);
});

test("an answer that never comes ends with a code, in the time of the test", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 4, folders: 1, time: "by hand", faults: [{ command: "GET_HASH", fault: "dropped" }] });
  const began = world.clock.now();
  let error = null;
  void start().catch((reason) => (error = reason));
  while (error === null) await world.advance(1_000);
  assert.ok(PinfoldError.is(error), String(error));
  assert.match(error.code, /^net\//);
  assert.ok(world.clock.now() - began >= 10_000, "it was waited for");
});

test("a connection that is lost is made again, later and later", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 7, folders: 1, time: "by hand" });
  const tries = [];
  const { session } = await start({ onEvent: (event) => event.type === "net" && event.state === "closed" && tries.push(event.retryAt - world.clock.now()) });
  world.online = false;
  world.cut();
  await world.advance(60_000);
  assert.ok(tries.length > 2 && tries.every((wait, at) => at === 0 || wait >= tries[at - 1] || wait > 10_000), String(tries));
  assert.equal(session.online, false);
  world.online = true;
  await world.advance(120_000);
  assert.equal(session.online, true);
});

test("a second session hears what the first one writes", async (t) => {
  const { start } = await stage((end) => t.after(end), { seed: 5 });
  const events = [];
  const [one] = await Promise.all([start(), start({ onEvent: (event) => events.push(event.type) })]);
  await one.session.edit({ type: "addDocument", href: "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/", title: "Minutes" });
  for (let turn = 0; !events.includes("changed") && turn < 500; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(events.includes("changed"));
});

test("what another device adds to a folder is pinned by this one", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 6, folders: 2 });
  await start();
  const channel = world.addDocument(1);
  const pinned = () => world.holds().pins[world.expected.edPublic].includes(channel);
  for (let turn = 0; !pinned() && turn < 500; turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(pinned());
});

test("a server that is not there, and comes back", async (t) => {
  const { world, start } = await stage((end) => t.after(end), { seed: 7 });
  world.online = false;
  await assert.rejects(start(), ({ code }) => code === "net/unreachable");
  world.online = true;
  const { complete } = await start();
  assert.ok(complete);
});

test("options that nobody can mean are refused in words", async () => {
  for (const options of [{ folders: 1e9 }, { folders: -1 }, { faults: [{ command: "PIN", fault: "bored" }] }, { faults: [{ command: "PIN", fault: "gap" }] }, { delivery: "never" }]) {
    await assert.rejects(testWorld(options), ({ code, message }) => code === "misuse/bad-argument" && message.length > 10, JSON.stringify(options));
  }
});
