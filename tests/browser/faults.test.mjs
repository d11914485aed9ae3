// The debug page while the embedded server misbehaves: every case is explained, nothing is lost, and the next run
// settles it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, accessibleInBoth, actedOf, checkRecorded, closed, folders, makeItGoWrong, manifest, openDemo, picture, pins, press, reads, runJob, shown, tryAgain, untilRunEnds } from "./support.mjs";

const full = folders.find(({ restricted, json }) => !restricted && Object.keys(json.filesData).length > 0);
const SURPLUS = "5".repeat(32);

/** Nothing that is pinned was unpinned: a run without faults finds every pin in place. */
async function checkNothingLost(page) {
  await press(page, "clear all");
  await tryAgain(page);
  const seen = await shown(page);
  checkRecorded(seen);
  assert.deepEqual([seen.computed, seen.digest, seen.sent, seen.confirmed], [String(pins), manifest.pin.hash, "nothing", "agrees"]);
}

test("a folder that never answers holds nothing up and loses nothing", async (t) => {
  const { page } = await openDemo(t, { viewport: { width: 1440, height: 1000 } });
  await runJob(page);
  await makeItGoWrong(page, "never answers", full.channel);
  await press(page, "Run");
  // Everything else is there long before the silent folder's deadline.
  await page.locator('.folder-row[data-state="loaded"]').nth(folders.length - 3).waitFor();
  const waiting = page.locator(".folder-waiting");
  await waiting.waitFor();
  await reads(waiting, /^Waiting for .*no progress for 30 s/);
  await picture(page, "demo-waiting");
  await accessibleInBoth(page, "while a run waits");
  await page.locator('body[data-runs="2"]').waitFor();
  const seen = await shown(page);
  checkRecorded(seen, { except: full.channel });
  assert.equal(seen.folders[full.id].state, "timeout");
  assert.equal(seen.tag, "partial");
  assert.match(seen.words, /Nothing lost: only a complete drive may replace the server's list/);
  assert.match(seen.words, /the server did not answer in time/);
  assert.equal(seen.log.includes("reset"), false);
  await picture(page, "demo-fault");
  await accessibleInBoth(page, "after a run in which a folder never answered");
  await checkNothingLost(page);
});

for (const [preset, state] of [["restricted", "restricted"], ["called new", "missing"], ["tampered", "unreadable"]]) {
  test(`a folder that is ${preset} is not taken for empty`, async (t) => {
    const { page } = await openDemo(t);
    await runJob(page);
    // From the kept log the folder would be read without the message that is tampered with.
    await forgetLogs(page);
    await makeItGoWrong(page, preset, full.channel);
    await runJob(page);
    const seen = await shown(page);
    checkRecorded(seen, { except: full.channel });
    assert.equal(seen.folders[full.id].state, state);
    assert.ok(Number(seen.computed) < pins, seen.computed);
    // What it held when it was last read is in the list that the server's hash confirms.
    assert.equal(seen.confirmed, "agrees");
    assert.match(seen.words, /Nothing lost/);
    await accessible(page, `with a folder that is ${preset}`);
    await reads(page.locator("#guard"), /\d+ ids? kept:/);
    assert.equal(seen.log.includes("reset"), false);
    await checkNothingLost(page);
  });
}

test("a late folder is waited for", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  await makeItGoWrong(page, "3 s late", full.channel);
  await runJob(page);
  const seen = await shown(page);
  checkRecorded(seen);
  assert.deepEqual([seen.computed, seen.confirmed], [String(pins), "agrees"]);
  assert.ok((await actedOf(page, "3 s late")) >= 1);
});

test("five forgotten pins are pinned again and confirmed", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  await makeItGoWrong(page, "forget 5 pins");
  await runJob(page);
  const seen = await shown(page);
  assert.deepEqual(seen.log, ["compare", "pin", "agrees", "confirmed"]);
  assert.deepEqual([seen.computed, seen.sent, seen.confirmed], [String(pins), `PIN ${pins}`, "agrees"]);
  await checkNothingLost(page);
});

test("a session that the server dropped is renewed once", async (t) => {
  const { page } = await openDemo(t);
  await makeItGoWrong(page, "lost session");
  await runJob(page);
  const seen = await shown(page);
  assert.equal(await actedOf(page, "lost session"), 1);
  assert.deepEqual([seen.computed, seen.confirmed], [String(pins), "agrees"]);
  await page.locator("#frames input").fill("COOKIE");
  await page.locator(".frame", { hasText: "NO_COOKIE" }).first().waitFor();
});

test("a connection that dies while pinning is explained, and the next run settles it", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  await makeItGoWrong(page, "cut at PIN");
  await runJob(page);
  assert.equal(await page.locator("#error-code").textContent(), "pins/unconfirmed");
  await reads(page.locator("#verdict"), /Not lost: No document lost its pin/);
  await picture(page, "demo-unconfirmed");
  await accessibleInBoth(page, "with pins that are not confirmed");
  // By the keyboard: the button is gone while the next run goes on, and the focus stays where its verdict comes.
  await untilRunEnds(page, () => page.locator("#again").press("Enter"));
  assert.equal(await page.evaluate(() => document.activeElement.id), "verdict");
  const seen = await shown(page);
  assert.deepEqual([seen.computed, seen.sent, seen.confirmed], [String(pins), "nothing", "agrees"]);
});

/** Lets the next runs give up what nobody recorded. */
async function giveUpUnknown(page) {
  await page.locator("details.more summary").click();
  await page.locator("#give-up-unknown").check();
}

test("what nobody recorded stays until the user agrees to give up exactly that", async (t) => {
  const { page } = await openDemo(t, { surplus: SURPLUS, viewport: { width: 1440, height: 1000 } });
  await runJob(page);
  await makeItGoWrong(page, "open to me", closed.channel);
  await runJob(page);
  const kept = await shown(page);
  assert.deepEqual([kept.tag, kept.confirmed, kept.verdict], ["complete", "holds more", "Pinned; the server's list holds more"]);
  assert.equal(kept.log.includes("reset"), false);
  await reads(page.locator("#guard"), /ids that nobody here recorded/);
  await picture(page.locator("#guard"), "guard-asks");
  await accessibleInBoth(page, "while the guard asks");
  await reads(page.locator("#guard-question"), /beside this drive would leave it now/);
  // What gives something up does not look like what one presses by habit, and no key presses it by itself.
  const looks = await page.evaluate(() => ({ ...Object.fromEntries(["agree", "run"].map((id) => [id, getComputedStyle(document.getElementById(id)).backgroundColor])), focused: document.activeElement.id }));
  assert.notEqual(looks.agree, looks.run);
  assert.notEqual(looks.focused, "agree");
  // By the keyboard: the button goes with the question, and the focus stays in the panel.
  await page.locator("#agree", { hasText: "Give up the unknown rest of the list" }).press("Enter");
  await page.locator("#verdict", { hasText: "Complete and confirmed" }).waitFor();
  assert.equal(await page.evaluate(() => document.activeElement.id), "guard");
  assert.equal((await shown(page)).confirmed, "agrees");
  await reads(page.locator("#guard"), /Nothing that was pinned before is missing/);
});

test("a folder that cannot be read keeps what this browser knows it held", async (t) => {
  const { page } = await openDemo(t, { viewport: { width: 1440, height: 1000 } });
  await runJob(page);
  await makeItGoWrong(page, "said to be deleted", full.channel);
  await runJob(page);
  await reads(page.locator("#guard"), /kept/);
  await reads(page.locator("#guard"), /Tombstones and kept keys.*The server says/s);
  await picture(page.locator("#guard"), "guard-keeps");
  await accessible(page, "while the guard keeps pins");
});

test("once the closed folder is open the drive is complete, and a surplus is replaced", async (t) => {
  const { page } = await openDemo(t, { surplus: SURPLUS, viewport: { width: 1440, height: 1000 } });
  await giveUpUnknown(page);
  await runJob(page);
  const before = await shown(page);
  assert.deepEqual([before.tag, before.confirmed], ["partial", "holds more"], "a partial drive replaces nothing");
  await makeItGoWrong(page, "open to me", closed.channel);
  await runJob(page);
  const seen = await shown(page);
  assert.equal(seen.folders[closed.id].state, "loaded");
  assert.deepEqual([seen.tag, seen.confirmed, seen.verdict], ["complete", "agrees", "Complete and confirmed"]);
  // After each change the server is asked what it holds, and then what it has read from its disk.
  assert.deepEqual(seen.log, ["compare", "pin", "compare", "compare", "compare", "reset", "agrees", "confirmed"]);
  await picture(page, "demo-complete");
  await runJob(page);
  assert.equal((await shown(page)).sent, "nothing");
});

test("a connection that dies at the RESET is explained, and the next run settles it", async (t) => {
  const { page } = await openDemo(t, { surplus: SURPLUS });
  await giveUpUnknown(page);
  await runJob(page);
  await makeItGoWrong(page, "open to me", closed.channel);
  await makeItGoWrong(page, "cut at RESET");
  await runJob(page);
  assert.equal(await page.locator("#error-code").textContent(), "pins/unconfirmed");
  await tryAgain(page);
  const seen = await shown(page);
  assert.deepEqual([seen.tag, seen.sent, seen.confirmed, seen.verdict], ["complete", "nothing", "agrees", "Complete and confirmed"]);
});

/** Takes the logs of channels out of the browser's store, and leaves what the guard remembers. */
function forgetLogs(page) {
  return page.evaluate(() => new Promise((resolve, reject) => {
    const opening = indexedDB.open("pinfold");
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const transaction = opening.result.transaction("records", "readwrite");
      transaction.objectStore("records").delete(IDBKeyRange.bound("log-", "log-\uffff"));
      transaction.oncomplete = () => (opening.result.close(), resolve());
      transaction.onabort = () => reject(transaction.error);
    };
  }));
}
