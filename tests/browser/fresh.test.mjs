// From nothing: an account that nobody has is registered on the debug page, filled, pinned, and logged in to again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { accessible, accessibleInBoth, openDemo, picture, press, reads, runJob, shown, step, untilRunEnds } from "./support.mjs";

const choose = async (page, name, password) => {
  await page.locator("#account").selectOption({ label: "A new account" });
  await page.locator("#username").fill(name);
  await page.locator("#password").fill(password);
};
const register = (page) => untilRunEnds(page, () => press(page, "Register and run"));

test("a new account is registered, filled and pinned, and is there the next time", async (t) => {
  const { page, problems } = await openDemo(t, { viewport: { width: 1440, height: 1000 } });
  await page.locator("#account").selectOption({ label: "A new account" });
  await reads(page.locator("#account-note"), /^From nothing/);
  await picture(page, "fresh-before");
  await choose(page, "nobody yet", "long enough");
  await register(page);
  const seen = await shown(page);
  assert.equal(seen.verdict, "Complete and confirmed");
  assert.deepEqual([seen.figures["folders read"], seen.figures.documents, seen.confirmed], ["1", "2", "agrees"]);
  const [folder] = Object.values(seen.folders);
  assert.deepEqual([folder.title, folder.state, folder.documents], ["First folder", "loaded", "1"]);
  for (const one of ["login", "block", "drive", "folders", "pins", "mailbox"]) assert.equal(await step(page, one).getAttribute("data-tone"), "ok", one);
  await picture(page, "fresh-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "fresh-dark");
  await accessible(page, "a new account, in the dark");
  await page.emulateMedia({ colorScheme: "light" });

  // The form now holds an account like any other.
  assert.equal(await page.locator("#account option:checked").textContent(), "nobody yet, made here");
  await runJob(page);
  const again = await shown(page);
  assert.deepEqual([again.verdict, again.digest, again.sent, again.letters], ["Complete and confirmed", seen.digest, "nothing", []]);
  // That nobody has a block under the new name yet is an answer, which the browser complains about each time: at first,
  // and right before the block is written.
  assert.deepEqual(problems.filter((problem) => !/status of 404/.test(problem)), []);
  assert.equal(problems.length, 2);
});

test("a name and a password that somebody has are said to be taken", async (t) => {
  const { page } = await openDemo(t, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
  const name = await page.locator("#username").inputValue();
  const password = await page.locator("#password").inputValue();
  await choose(page, name, password);
  await picture(page, "fresh-phone", { fullPage: true });
  await register(page);
  assert.equal(await page.locator("#error-code").textContent(), "login/taken");
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
  await picture(page, "fresh-phone-taken", { fullPage: true });
  await accessibleInBoth(page, "a name that is taken, on a phone");
});
