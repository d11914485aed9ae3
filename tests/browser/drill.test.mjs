// The page that tells June 2019 and November 2012 from a recorded run: from a file, without a server; by mouse, by keyboard, on a telephone.
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../../pkg-scripts/shell.mjs";
import { openPage, serveAccount } from "../packaging/support.mjs";
import { accessible, accessibleInBoth, picture, press, reads } from "./support.mjs";

const pages = join(root, "www/demo");
const address = pathToFileURL(join(pages, "drill.html")).href;
const choose = (page, playing) => page.locator(`#playings input[value=${playing}]`).check();
const figure = (page, name) => page.locator("#numbers div", { hasText: name }).locator("dd");
const shown = async (page) => Number((await figure(page, "documents unreadable").textContent()).replaceAll(",", ""));

test("without a server it opens where most is lost, and tells three endings of one story", async (t) => {
  const { page, problems } = await openPage(t, address, { viewport: { width: 1280, height: 1000 } });
  assert.ok((await shown(page)) > 0);
  await reads(page.locator("#believed-words"), /on nobody's list/);
  await picture(page, "drill-light", { fullPage: true });
  await accessibleInBoth(page, "a run that is told");

  await page.locator("#calendar").press("End");
  await reads(page.locator("#happening"), /moved back, but over nothing/);
  await reads(figure(page, "conflicts"), /^237$/);
  assert.equal(await page.locator("#conflicts [data-open]").count(), 237);

  await choose(page, "repaired");
  await page.locator("#calendar").press("End");
  assert.equal(await shown(page), 0);
  await accessible(page, "a run that ends well");
  await reads(page.locator("#conflicts-words"), /All 237 are settled/);
  assert.equal(await page.locator("#conflicts [data-settled]").count(), 237);

  await choose(page, "from-the-first-day");
  const last = Number(await page.locator("#calendar").getAttribute("max"));
  for (let at = 0; at <= last; at++) {
    await page.locator("#calendar").fill(String(at));
    assert.equal(await shown(page), 0);
  }
  await reads(page.locator("#day"), /^31 December 2019$/);
  assert.deepEqual(problems, []);
});

test("the other story is told beside it: who misses something, and three endings", async (t) => {
  const { page, problems } = await openPage(t, address, { viewport: { width: 1280, height: 1000 } });
  // With the keyboard alone: from one story to the other, and on to its playings.
  await page.locator("#stories input[value=june-2019]").focus();
  await page.keyboard.press("ArrowDown");
  await reads(page.locator("#conflicts-head"), /^People/);
  assert.ok((await shown(page)) > 0);
  assert.ok((await page.locator("#conflicts [data-open]").count()) > 0);
  await reads(page.locator("#conflicts-words"), /miss a document/);
  await picture(page, "drill-november", { fullPage: true });
  await accessibleInBoth(page, "the other story");
  for (const playing of ["repaired", "from-the-first-day"]) {
    await choose(page, playing);
    await page.locator("#calendar").press("End");
    assert.equal(await shown(page), 0);
    await reads(page.locator("#conflicts-words"), /have everything again/);
    await reads(page.locator("#replay"), /--story november-2012 .*--playing [bc]/);
  }
  assert.deepEqual(problems, []);
});

test("the calendar is worked with the keyboard, a step is a button, and it plays by itself", async (t) => {
  const { page } = await openPage(t, address);
  await choose(page, "repaired");
  await page.locator("#steps button").first().press("Enter");
  await reads(page.locator("#day"), /^21 May 2019$/);
  // Anywhere else on the page the arrows move it as well.
  await page.locator("#play").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#calendar").inputValue(), "1");
  assert.match(await page.locator("#calendar").getAttribute("aria-valuetext"), /2019: /);
  await press(page, "Play");
  await reads(page.locator("#play-text"), /^Pause$/);
  await page.waitForFunction(() => Number(document.getElementById("calendar").value) > 2);
  await press(page, "Pause");
  await reads(page.locator("#play-text"), /^Play$/);
});

test("it fits a telephone, in the dark, and is served like the other pages", async (t) => {
  const options = { viewport: { width: 390, height: 844 }, colorScheme: "dark" };
  const { page, problems } = await openPage(t, `${await serveAccount(t, pages)}/drill.html`, options);
  await choose(page, "repaired");
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await picture(page, "drill-phone", { fullPage: true });
  await accessibleInBoth(page, "on a phone");
  assert.deepEqual(problems, []);
});
