// The guard around the exports of an instance: whatever leaves it in the middle of something ends its life, once nothing runs in there any more.
import assert from "node:assert/strict";
import { once } from "node:events";
import test from "node:test";
import { Life } from "../../dist/trap.js";

const memory = () => new WebAssembly.Memory({ initial: 1 });

test("a trap that a listener in between catches ends the life all the same", async () => {
  const life = new Life();
  const ends = [];
  life.onEnd((end) => ends.push(end.code));
  const seen = memory();
  new Uint8Array(seen.buffer)[100] = 7;
  const exports = life.guard({
    memory: seen,
    inner() { throw new WebAssembly.RuntimeError("unreachable"); },
    outer() {
      try { exports.inner(); } catch { /* as a listener's promise does */ }
      return 1;
    },
  });
  assert.throws(() => exports.outer(), { code: "internal" });
  assert.deepEqual(ends, ["internal"]);
  assert.equal(new Uint8Array(seen.buffer)[100], 0);
  await assert.rejects(life.during(new Promise(() => {})), { code: "internal" });
  assert.throws(() => exports.inner(), { code: "internal" });
});

test("a stack without room ends it, and an error of the caller's does not", () => {
  for (const [error, ends] of [[new RangeError("Maximum call stack size exceeded"), true], [new TypeError("an argument"), false]]) {
    const life = new Life();
    const exports = life.guard({ memory: memory(), run() { throw error; } });
    assert.throws(() => exports.run(), ends ? { code: "internal" } : error);
    assert.equal(life.end !== undefined, ends);
  }
});

test("an answer that is rejected already is nobody's unheard rejection after the end", async () => {
  const life = new Life();
  const exports = life.guard({ memory: memory(), run() { throw new WebAssembly.RuntimeError("unreachable"); } });
  assert.throws(() => exports.run());
  const unheard = once(process, "unhandledRejection").then(() => "unheard");
  await assert.rejects(life.during(Promise.reject(new Error("too late"))), { code: "internal" });
  assert.equal(await Promise.race([unheard, new Promise((resolve) => setImmediate(resolve, "heard"))]), "heard");
});
