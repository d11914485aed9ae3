// The order, the single open delivery and the ends of a mailbox, over a scripted module.
import assert from "node:assert/strict";
import { test } from "node:test";
import { countedSignal, openSession } from "./support.mjs";

async function openMailbox(t, letters, options) {
  const opened = await openSession(t);
  opened.library.script.letters = letters;
  return { ...opened, ...opened.library, mailbox: opened.session.mailbox("notifications", options) };
}

test("messages come in order, and the last of the backlog is not lost to its end", async (t) => {
  const { mailbox, log } = await openMailbox(t, ["a", "b", "c"], { backlogOnly: true });
  const seen = [];
  for await (const delivery of mailbox) seen.push([delivery.position, delivery.content.letter]);
  assert.deepEqual(seen, [[0, "a"], [1, "b"], [2, "c"]]);
  assert.equal(mailbox.backlogEnded, true);
  assert.equal(log.filter((line) => line === "free RawDelivery").length, 3);
  // The call that waited for a fourth message ends first.
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(log.at(-1), "free RawMailbox");
});

test("a mailbox is read from the last dismissed message on, or as a whole", async (t) => {
  const { session, log } = await openMailbox(t, []);
  for (const options of [{}, { whole: true }]) await session.mailbox("broadcast", { backlogOnly: true, ...options }).next();
  assert.deepEqual(log.filter((line) => line.startsWith("mailbox")), ["mailbox broadcast false", "mailbox broadcast true"]);
});

test("an empty mailbox ends at once when only the backlog was asked for", async (t) => {
  const { mailbox } = await openMailbox(t, [], { backlogOnly: true });
  assert.deepEqual(await mailbox.next(), { done: true, value: undefined });
});

test("after the backlog the mailbox waits for new messages", async (t) => {
  let ended = 0;
  const { mailbox, script } = await openMailbox(t, ["a"], { onBacklogEnded: () => { ended += 1; } });
  assert.equal((await mailbox.next()).value.content.letter, "a");
  const next = mailbox.next();
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(ended, 1);
  script.mailbox.push("new");
  assert.equal((await next).value.content.letter, "new");
});

test("asking for the next delivery settles the one before", async (t) => {
  const { mailbox } = await openMailbox(t, ["a", "b"]);
  const { value: first } = await mailbox.next();
  assert.equal(first.settled, false);
  const { value: second } = await mailbox.next();
  assert.deepEqual([first.settled, second.settled], [true, false]);
  assert.equal(first.content.letter, "a", "what was delivered stays readable");
  second.keep();
  second.keep();
  assert.equal(second.settled, true);
});

test("several next() at once are answered one after another", async (t) => {
  const { mailbox } = await openMailbox(t, ["a", "b", "c"]);
  const all = await Promise.all([mailbox.next(), mailbox.next(), mailbox.next()]);
  assert.deepEqual(all.map(({ value }) => value.content.letter), ["a", "b", "c"]);
});

test("leaving the loop closes the mailbox", async (t) => {
  const { mailbox, log } = await openMailbox(t, ["a", "b"]);
  for await (const delivery of mailbox) {
    assert.equal(delivery.position, 0);
    break;
  }
  assert.equal(log.at(-1), "free RawMailbox");
  assert.equal((await mailbox.next()).done, true);
});

test("close() answers a next() that waits", async (t) => {
  const { mailbox, script, log } = await openMailbox(t, []);
  script.silent = true;
  const waiting = mailbox.next();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await mailbox.close();
  assert.equal((await waiting).done, true);
  assert.equal(log.at(-1), "free RawMailbox");
});

test("closing the session ends its mailboxes", async (t) => {
  const { mailbox, script, session } = await openMailbox(t, []);
  script.silent = true;
  const waiting = mailbox.next();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await session.close();
  assert.equal((await waiting).done, true);
});

test("an abort rejects with its reason and leaves no listener behind", async (t) => {
  const signals = countedSignal();
  const { mailbox, script } = await openMailbox(t, ["a"], { signal: signals.signal });
  await mailbox.next();
  assert.equal(signals.listeners, 0);
  script.silent = true;
  const waiting = mailbox.next();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(signals.listeners, 1);
  signals.controller.abort(new Error("enough"));
  await assert.rejects(waiting, { message: "enough" });
  assert.equal(signals.listeners, 0);
  assert.equal((await mailbox.next().catch((error) => error)).message, "enough", "an aborted signal stays aborted");
});

test("an error of the mailbox ends it", async (t) => {
  const { mailbox, script, double, PinfoldError } = await openMailbox(t, ["a"]);
  script.mailboxError = double.coded("net/closed");
  await assert.rejects(mailbox.next(), (error) => error instanceof PinfoldError && error.code === "net/closed");
  assert.equal((await mailbox.next()).done, true);
});

test("an unknown name is a misuse", async (t) => {
  const { session } = await openSession(t);
  assert.throws(() => session.mailbox("inbox"), { code: "misuse/bad-argument" });
});
