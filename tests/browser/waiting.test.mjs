// A message that names a shared folder which is not settled, as a person sees it: it waits in its place and those
// behind it wait with it, until the folder is there, or until its deadline.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, accessibleInBoth, makeItGoWrong, openBuilt, picture, press, reads, runJob, step, untilRunEnds } from "./support.mjs";

/** As CryptPad's client shares something: by its link. */
const sharing = (href) => ({ type: "SHARE_PAD", content: { href, isTemplate: false, password: "", title: "Plans" } });
const unrelated = { type: "UPDATE_DATA", content: {} };

/** Run in the page: sends messages to the account itself, from a session of their own. */
async function sendAll({ credentials, recipient, messages }) {
  const { Session } = await import("/dist/index.js");
  const session = await Session.open({ origin: location.origin, ...credentials }, { store: null });
  for (const message of messages) await session.send(recipient, message);
  await session.close();
}

/** Run in the page: what it shows at the moment at which so many rows have this state; they are opened. */
function inboxOnce({ state, count, folder }) {
  const rows = [...document.querySelectorAll(".letters > li")];
  const these = rows.filter((row) => row.dataset.state === state);
  if (these.length !== count) return false;
  for (const row of these) row.querySelector("details").open = true;
  const text = (selector) => document.querySelector(selector).textContent;
  return {
    rows: rows.map((row) => [row.dataset.hash, row.dataset.state]),
    row: these[0].textContent,
    status: text("#mailbox .panel-status"),
    step: text(".steps [data-step=mailbox]"),
    folder: document.querySelector(`.folder-row[data-id="${folder}"]`).dataset.state,
  };
}

/** The page after a run, with four messages of which the second and the last name a shared folder. */
async function openInbox(t) {
  const { page, built, problems } = await openBuilt(t, ["--folders", "2", "--letters", "1", "--plain"]);
  await runJob(page);
  const [[folder, { channel }]] = Object.entries(built.folders);
  const { href } = built.drive.drive.sharedFolders[folder];
  await page.evaluate(sendAll, {
    credentials: { username: built.username, password: built.password },
    recipient: { curvePublic: built.drive.curvePublic, notifications: built.mailbox.channel },
    // Two links of one folder: of two messages with the same link the first would be no news.
    messages: [sharing(href), unrelated, sharing(`${href}embed/`)],
  });
  // They come at once: the folder is there.
  const rows = page.locator(".letters > li");
  await rows.nth(3).waitFor();
  const hashes = await rows.evaluateAll((all) => all.map((row) => row.dataset.hash));
  const title = await page.locator(`.folder-row[data-id="${folder}"] .folder-title`).textContent();
  const once = async (state, count = 1) => (await page.waitForFunction(inboxOnce, { state, count, folder })).jsonValue();
  return { page, problems, folder, channel, title, rows, hashes, once };
}

const statesOf = (rows) => rows.evaluateAll((all) => all.map((row) => [row.dataset.hash, row.dataset.state]));

test("a message waits for the folder that it names, and those behind it wait with it", async (t) => {
  const { page, problems, channel, title, rows, hashes, once } = await openInbox(t);
  await makeItGoWrong(page, "held back", channel);
  await untilRunEnds(page, async () => {
    await press(page, "Run");
    // The first is there, the second waits in its place; of the others nothing is shown.
    const seen = await once("waiting");
    assert.deepEqual(seen.rows, [[hashes[0], "new"], [hashes[1], "waiting"]]);
    assert.equal(seen.folder, "loading");
    assert.match(seen.row, new RegExp(`waits for “${title}”2 more behind it\\d+ s left`));
    assert.match(seen.row, new RegExp(`names the shared folder “${title}”, still loading.*the 2 new messages behind it wait with it.*marked “unresolved”`));
    assert.equal(seen.status, "1 message · 4 not dismissed · 3 waiting");
    assert.match(seen.step, /one waits, in its place/);
    await picture(page.locator("#mailbox"), "inbox-waiting");
    await picture(page, "demo-inbox-waiting");
    await accessibleInBoth(page, "while the mailbox waits");
    await press(page, "clear all");
  });
  // The folder is there: all come, in their order, and nothing is marked.
  assert.deepEqual(await statesOf(rows), hashes.map((hash) => [hash, "new"]));
  await reads(page.locator("#mailbox .panel-status"), /^4 messages · 4 not dismissed · waiting for new ones$/);
  await reads(step(page, "mailbox"), /4, in order/);
  assert.deepEqual(problems, []);
});

test("after its deadline a message is shown unresolved, and can be dismissed or kept, also in a worker", async (t) => {
  const { page, problems, folder, channel, title, rows, hashes, once } = await openInbox(t);
  await makeItGoWrong(page, "held back", channel);
  await page.locator(".more > summary").click();
  await page.locator("#patience").fill("0.5");
  await page.locator("#in-worker").check();
  await untilRunEnds(page, async () => {
    await press(page, "Run");
    await once("waiting");
    // All of them are there while the folder is still loading. The last waits no more: it is one patience for all.
    const seen = await once("unresolved", 2);
    assert.deepEqual(seen.rows, hashes.map((hash, at) => [hash, ["new", "unresolved", "new", "unresolved"][at]]));
    assert.equal(seen.folder, "loading");
    await reads(rows.nth(1).locator(".letter-detail"), new RegExp(`folder${title}, load`));
    await reads(rows.nth(1).locator(".letter-detail"), /not there when the wait ended.*mailbox\/unresolved/);
    await picture(page.locator("#mailbox"), "inbox-unresolved");
    await accessible(page, "with unresolved messages");
    await rows.nth(1).getByRole("button", { name: "Dismiss" }).click();
    await page.locator('.letters > li[data-state="dismissed"]').waitFor();
    await press(page, "clear all");
  });
  assert.equal(await page.locator(`.folder-row[data-id="${folder}"]`).getAttribute("data-state"), "loaded");
  // What was dismissed stays so; what was kept comes again, and now the folder is there.
  await runJob(page);
  const [, second, third, fourth] = hashes;
  assert.deepEqual((await statesOf(rows)).slice(-3), [[second, "dismissed"], [third, "new"], [fourth, "new"]]);
  assert.deepEqual(problems, []);
});
