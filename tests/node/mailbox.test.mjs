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
  for (const options of [{}, { whole: true, patience: 5 }]) await session.mailbox("broadcast", { backlogOnly: true, ...options }).next();
  assert.deepEqual(log.filter((line) => line.startsWith("mailbox")), ["mailbox broadcast false undefined", "mailbox broadcast true 5"]);
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
  second.leave();
  second.leave();
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

test("the mailbox knows its state from the events of its own name", async (t) => {
  const { mailbox, script } = await openMailbox(t, ["a"]);
  assert.deepEqual([mailbox.unread, mailbox.news, mailbox.held], [null, null, null]);
  await mailbox.next();
  const held = { hash: "hash 1", until: 9, channels: ["c"], teams: [] };
  script.mailbox.options.onEvent({ type: "mailbox", mailbox: "broadcast", unread: 9, news: 9, quarantined: 9, held: null });
  script.mailbox.options.onEvent({ type: "mailbox", mailbox: "notifications", unread: 3, news: 2, quarantined: 0, held });
  assert.deepEqual([mailbox.unread, mailbox.news, mailbox.held], [3, 2, held]);
});

test("older messages come page by page, outside the iteration", async (t) => {
  const { mailbox, script, log } = await openMailbox(t, ["c"]);
  await assert.rejects(mailbox.older(), { code: "misuse/closed" });
  await mailbox.next();
  script.olderLetters = ["a", "b"];
  const first = await mailbox.older(1);
  assert.deepEqual([first.messages.map(({ content }) => content.letter), first.more], [["b"], true]);
  const last = await mailbox.older();
  assert.deepEqual([last.messages.map(({ content }) => content.letter), last.more], [["a"], false]);
  assert.deepEqual(log.filter((line) => line.startsWith("older")), ["older 1", "older 50"]);
  for (const count of [0, 1.5, NaN, "7"]) await assert.rejects(mailbox.older(count), { code: "misuse/bad-argument" });
});

test("what cannot be read is listed", async (t) => {
  const { mailbox, script } = await openMailbox(t, ["a"]);
  await mailbox.next();
  script.quarantine = [{ hash: "hash 0", time: 5, code: "mailbox/malformed" }];
  assert.deepEqual(await mailbox.quarantine(), script.quarantine);
});

test("a message is sent as JSON to whom it is for", async (t) => {
  const { session, library: { log } } = await openSession(t);
  const recipient = { curvePublic: "key", notifications: "channel" };
  assert.equal(await session.send(recipient, { type: "FRIEND_REQUEST" }), 7);
  assert.equal(await session.send(recipient, { type: "SHARE_PAD", content: { title: "x" } }), 7);
  assert.deepEqual(log.filter((line) => line.startsWith("send")), ["send key channel FRIEND_REQUEST {}", 'send key channel SHARE_PAD {"title":"x"}']);
  await assert.rejects(session.send(recipient, { type: "" }), { code: "misuse/bad-argument" });
});

test("a dismissal is one, settles the delivery, and can be tried again when it failed", async (t) => {
  const { mailbox, script, log, double } = await openMailbox(t, ["a", "b"]);
  const { value: first } = await mailbox.next();
  script.dismiss = async () => { throw double.coded("net/closed"); };
  await assert.rejects(first.dismiss(), { code: "net/closed" });
  assert.equal(first.settled, true);
  script.dismiss = async () => {};
  await mailbox.next();
  await Promise.all([first.dismiss(), first.dismiss()]);
  await first.dismiss();
  assert.deepEqual(log.filter((line) => line.startsWith("dismiss")), ["dismiss hash 0", "dismiss hash 0"]);
  await mailbox.close();
  const late = first.dismiss();
  assert.equal(await late, undefined, "it is dismissed already");
});

test("nothing is dismissed through a closed mailbox", async (t) => {
  const { mailbox } = await openMailbox(t, ["a"]);
  const { value: first } = await mailbox.next();
  await mailbox.close();
  await assert.rejects(first.dismiss(), { code: "misuse/closed" });
});
