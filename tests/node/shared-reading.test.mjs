// Several questions wait for one reading: each signal ends its own wait, and the last one the reading.
import assert from "node:assert/strict";
import { test } from "node:test";
import { SharedReading } from "../../dist/shared-reading.js";

/** A reading that the test ends, and that ends by itself when it is given up. */
function begin() {
  let ends;
  const reading = new SharedReading((hear, signal) => new Promise((resolve, reject) => {
    ends = { resolve, reject, hear, signal };
    // Not at once: a request is on its way.
    signal.addEventListener("abort", () => setTimeout(() => reject(new Error("given up"))));
  }));
  return { reading, ...ends };
}

test("the signal of each ends its own wait only", async () => {
  const { reading, resolve, hear, signal } = begin();
  const [first, second] = [new AbortController(), new AbortController()];
  const heard = { first: [], second: [] };
  const waits = [reading.wait(first.signal, (one) => heard.first.push(one)), reading.wait(second.signal, (one) => heard.second.push(one)), reading.wait()];
  hear(1);
  first.abort(new Error("the first"));
  await assert.rejects(waits[0], /the first/);
  hear(2);
  assert.deepEqual([heard, signal.aborted, reading.running], [{ first: [1], second: [1, 2] }, false, true]);
  resolve();
  await Promise.all(waits.slice(1));
  // Who comes later has it at once, and an abort after the end ends nothing.
  await reading.wait(second.signal);
  second.abort();
  assert.deepEqual([signal.aborted, reading.running, reading.failed, reading.givenUp], [false, false, false, false]);
});

test("once nobody waits, it is given up; who comes then can wait until it is over", async () => {
  const { reading, signal } = begin();
  const controllers = [new AbortController(), new AbortController()];
  const waits = controllers.map(({ signal: own }) => reading.wait(own));
  controllers[1].abort(new Error("second"));
  await assert.rejects(waits[1], /second/);
  assert.equal(signal.aborted, false);
  controllers[0].abort(new Error("first"));
  await assert.rejects(waits[0], /first/);
  assert.deepEqual([signal.aborted, signal.reason.message, reading.givenUp], [true, "first", true]);
  await reading.over();
  assert.deepEqual([reading.failed, reading.givenUp], [true, false]);
});

test("a signal that is aborted already waits for nothing and ends nothing", async () => {
  const { reading, resolve, signal } = begin();
  await assert.rejects(reading.wait(AbortSignal.abort(new Error("before"))), /before/);
  assert.equal(signal.aborted, false);
  resolve();
  await reading.wait();
});

test("its failure is told to all, and a listener that throws disturbs none", async () => {
  const { reading, reject, hear } = begin();
  const told = [];
  const reported = globalThis.reportError;
  globalThis.reportError = (error) => told.push(error.message);
  try {
    const waits = [reading.wait(undefined, () => { throw new Error("mine"); }), reading.wait()];
    hear(1);
    reject(new Error("no line opens"));
    for (const wait of waits) await assert.rejects(wait, /no line opens/);
  } finally {
    globalThis.reportError = reported;
  }
  assert.deepEqual([told, reading.failed], [["mine"], true]);
});
