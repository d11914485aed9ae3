// The inbox of the debug page with a long mailbox: few rows in the page however many messages, in their order, counted.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessibleInBoth, lettersOf, openBuilt, picture, reads, runJob } from "./support.mjs";

/** Three quarters of them come: reading begins at the end of the dismissed quarter. */
const LETTERS = 1500;
const MOST_ROWS = 60;

/** The page on an account with a long mailbox, read to its end, and what its manifest says of the mailbox. */
async function openInbox(t) {
  const { built, ...opened } = await openBuilt(t, ["--folders", "1", "--letters", String(LETTERS)]);
  await runJob(opened.page);
  return { ...opened, mailbox: built.mailbox };
}

test("more than a thousand messages are a few rows, in order, counted, and can be dismissed", async (t) => {
  const { page, mailbox, problems } = await openInbox(t);
  const hashes = mailbox.messages.map(({ hash }) => hash);
  const gone = new Set([mailbox.lastKnownHash, ...mailbox.viewed]);
  const fresh = hashes.filter((hash) => !gone.has(hash));
  assert.ok(fresh.length > 800 && fresh.length < hashes.length);
  const inbox = page.locator("#mailbox");
  const rows = page.locator(".letters > li");
  const status = inbox.locator(".panel-status");
  const count = (n) => n.toLocaleString("en");
  const press = (name) => inbox.getByRole("button", { name, exact: true }).click();
  await reads(status, new RegExp(`^${count(hashes.length)} messages · ${count(fresh.length)} not dismissed`));

  // From the first to the last: every message once, in its place, and never many rows.
  const walk = await lettersOf(page);
  assert.deepEqual(walk.hashes, hashes);
  assert.ok(walk.most <= MOST_ROWS, `${walk.most} rows`);

  // The other way round, an opened row in the middle, by keyboard to the end and back.
  await press("Newest first");
  assert.equal(await rows.first().getAttribute("data-hash"), hashes.at(-1));
  await rows.nth(2).locator("summary").click();
  await rows.nth(2).locator(".letter-detail").waitFor();
  await picture(inbox, "inbox");
  await accessibleInBoth(page, "a long mailbox");
  await rows.first().locator("summary").focus();
  const focused = () => page.evaluate(() => document.activeElement.closest("li")?.dataset.hash);
  await page.keyboard.press("End");
  assert.equal(await focused(), hashes[0]);
  await page.keyboard.press("ArrowUp");
  assert.equal(await focused(), hashes[1]);
  assert.ok((await rows.count()) <= MOST_ROWS);
  await press("Newest first");

  // Only what is new: one that is dismissed leaves, and the next has the focus.
  await press("Only what is new");
  await rows.first().locator("summary").focus();
  assert.equal(await focused(), fresh[0]);
  await page.keyboard.press("d");
  await reads(status, new RegExp(`^${count(fresh.length - 1)} shown of .* · ${count(fresh.length - 1)} not dismissed`));

  assert.equal(await focused(), fresh[1]);

  // Many at once: those that were looked for, after a question.
  await inbox.getByRole("searchbox").fill("mentioned");
  const found = Number((await reads(status, /^\d+ shown/)).match(/^\d+/)[0]);
  assert.ok(found > 10 && found < 200, `${found} found`);
  await press(`Dismiss ${found}`);
  await press("Keep them");
  await press(`Dismiss ${found}`);
  await accessibleInBoth(page, "before many messages are dismissed");
  await press("Dismiss them");
  await reads(status, new RegExp(`^0 shown of .* · ${count(fresh.length - 1 - found)} not dismissed`));
  await reads(inbox.locator(".empty"), /No message is like that/);

  // Older ones, on demand, in front of the others.
  await inbox.getByRole("searchbox").fill("");
  await press("Only what is new");
  await press("Older messages");
  await page.locator(`.letters > li[aria-setsize="${hashes.length + 50}"]`).first().waitFor();
  assert.ok(!hashes.includes(await rows.first().getAttribute("data-hash")));
  assert.deepEqual(problems, []);
});
