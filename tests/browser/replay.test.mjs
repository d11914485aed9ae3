// The page that replays a seed: the loss and its moment, the product beside it, by mouse, by keyboard, from a file.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { buildCompanion } from "../../pkg-scripts/companion.mjs";
import { root } from "../../pkg-scripts/shell.mjs";
import { openPage, PATIENCE, serveAccount, temporary } from "../packaging/support.mjs";
import { accessible, accessibleInBoth, picture, press, reads, site } from "./support.mjs";

const { replay } = await import(pathToFileURL(join(site, "dist/testing.node.js")));

/** The page; `address` is what stands behind its `#`. */
async function openReplay(t, address = "", options = {}) {
  const opened = await openPage(t, `${await serveAccount(t, site)}/replay.html#${address}`, options);
  if (address) await shows(opened.page, address);
  return opened;
}

const shows = (page, address) => page.locator(`body[data-shown="${address}"]`).waitFor();
const lane = (page, client) => page.locator(`.lane[data-client="${client}"]`);
const current = (page, client) => lane(page, client).locator("[aria-current=step]");
const place = async (page) => Number(await page.locator("#position").inputValue());

/** That the page comes to have so many workers: what is ended in the middle of a computation is gone a moment later. */
async function workers(page, count) {
  for (const until = Date.now() + PATIENCE; page.workers().length !== count && Date.now() < until;) await page.waitForTimeout(50);
  assert.equal(page.workers().length, count);
}

test("a seed of the 2019 race shows the moment of loss, beside pinfold, which loses nothing", async (t) => {
  const { page, problems } = await openReplay(t, "race-2019/0", { viewport: { width: 1440, height: 1000 } });
  await reads(lane(page, "race-2019").locator(".lane-verdict"), /^8 pins lost.*4 of 8 folders had arrived/);
  // At this moment nothing was replaced yet: what will be is said to be the end.
  await reads(lane(page, "in-place-of-mutant").locator(".lane-verdict"), /^Nothing lost so far.*In the end: nothing lost.*8 of 8 folders had arrived/);
  // It opens at the loss, which is in sight.
  await reads(current(page, "race-2019"), /hash of the server's list.*sends RESET.*8 pins lost: 2 of folder \d/);
  assert.equal(await current(page, "race-2019").evaluate((row) => {
    const [inner, outer] = [row.getBoundingClientRect(), row.closest("ol").getBoundingClientRect()];
    return inner.top >= outer.top && inner.bottom <= outer.bottom;
  }), true);
  assert.equal(await page.locator(".rail-mark[data-kind=loss]").count(), 1);
  await picture(page, "replay-light", { fullPage: true });
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "replay-dark", { fullPage: true });
  await accessibleInBoth(page, "a replay");
  await page.emulateMedia({ colorScheme: "dark" });

  await page.setViewportSize({ width: 390, height: 844 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 390);
  await picture(page, "replay-phone", { fullPage: true });
  await accessibleInBoth(page, "a replay on a phone");
  assert.deepEqual(problems, []);
});

test("the timeline is worked with the keyboard", async (t) => {
  const { page } = await openReplay(t, "race-2019/0");
  const loss = await place(page);
  await page.locator("#position").focus();
  await page.keyboard.press("End");
  const end = await place(page);
  assert.ok(end > loss);
  await reads(lane(page, "in-place-of-mutant").locator(".lane-figures"), /8 of 8/);
  await page.keyboard.press("Home");
  await reads(lane(page, "in-place-of-mutant").locator(".lane-figures"), /0 of 8/);
  // Anywhere else on the page the arrows move it as well; a row is a button.
  await page.locator("#run").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await place(page), 1);
  await lane(page, "race-2019").getByRole("button").nth(4).press("Enter");
  assert.equal(await place(page), 5);
  await press(page, "The moment of loss");
  assert.equal(await place(page), loss);
  // The address names the place, and leads back to it.
  await page.waitForURL(new RegExp(`#race-2019/0/${loss}$`));
  await page.goto(page.url().replace(/\d+$/, "3"));
  await page.locator("#place", { hasText: /^after 3 of / }).waitFor();
});

test("what the explorer wrote can be opened, anything else is refused in words", async (t) => {
  const program = process.env.PINFOLD_COMPANION ?? (await buildCompanion());
  const directory = await temporary(t);
  const [written, other] = [join(directory, "run.json"), join(directory, "other.json")];
  spawnSync(program, ["explore", "--client", "cache-race", "--json", written]);
  await writeFile(other, "{}");
  const { page, problems } = await openReplay(t);
  await page.locator("#file").setInputFiles(other);
  await reads(page.locator("#note"), /other.json cannot be shown: it holds no runs/);
  await accessibleInBoth(page, "a file that is refused");
  await page.locator("#file").setInputFiles(written);
  await page.locator('body[data-shown^="cache-race/"]').waitFor();
  await reads(lane(page, "cache-race").locator(".lane-verdict"), /^\d+ pins? lost/);
  await reads(lane(page, "in-place-of-mutant").locator(".lane-verdict"), /^Nothing lost/);
  assert.deepEqual(problems, []);
});

test("the page stays alive while seeds run, says so, and a later choice ends an earlier one", async (t) => {
  const { page, problems } = await openReplay(t, "race-2019/0");
  const working = page.locator("#working");
  // pinfold loses nothing: all hundred seeds are looked at, which takes seconds.
  await page.locator("#client").selectOption("guarded");
  await press(page, "Next seed that loses");
  await working.waitFor();
  await reads(page.locator("#note"), /^Running: pinfold, seeds from 1 on/);
  await workers(page, 1);
  await accessible(page, "while seeds run");
  // The run that is shown can be worked with meanwhile.
  await page.locator("#position").press("Home");
  assert.equal(await place(page), 0);
  await page.locator("#client").selectOption("second-fix");
  await page.locator("#seed").fill("2");
  await press(page, "Replay");
  await shows(page, "second-fix/2");
  await working.waitFor({ state: "hidden" });
  await reads(page.locator("#note"), /^The second fix, seed 2:/);
  // Nothing of the earlier choice comes later: its worker is gone, and one stands by for the next run.
  await workers(page, 1);

  await page.locator("#client").selectOption("guarded");
  await press(page, "Next seed that loses");
  await press(page, "Stop");
  assert.equal(await page.locator("#note").textContent(), "Stopped.");
  assert.equal(await page.evaluate(() => document.activeElement.id), "next");
  assert.equal(await working.isVisible(), false);
  await workers(page, 0);
  assert.equal(await page.locator("body").getAttribute("data-shown"), "second-fix/2");
  assert.deepEqual(problems, []);
});

test("a seed that is too large and a client that there is not are refused in words", async (t) => {
  const { page } = await openReplay(t);
  for (const [address, words] of [["race-2019/9007199254740992", /^No run: `seed` is a whole number/], ["nobody/1", /^No run: there is no client "nobody"; there are guarded,/]]) {
    await page.goto(page.url().replace(/#.*$/, `#${address}`));
    await reads(page.locator("#note"), words);
  }
});

test("without its module the page says what is missing, and still opens a file", async (t) => {
  const bare = await temporary(t);
  await cp(site, bare, { recursive: true, filter: (path) => !/pinfold-testing/.test(path) });
  const { page } = await openPage(t, `${await serveAccount(t, bare)}/replay.html#race-2019/0`);
  await reads(page.locator("#note"), /^No run: the module that runs seeds is not here/);
  await workers(page, 0);
  await page.locator("#file").setInputFiles({ name: "run.json", mimeType: "application/json", buffer: Buffer.from(JSON.stringify(await replay({ client: "race-2019", seed: 0 }))) });
  await shows(page, "race-2019/0");
});

test("the next seed that loses is looked for, and pinfold's own runs show their faults", async (t) => {
  const { page } = await openReplay(t, "second-fix/1");
  await press(page, "Next seed that loses");
  await page.locator('body[data-shown^="second-fix/"]:not([data-shown="second-fix/1"])').waitFor();
  await reads(lane(page, "second-fix").locator(".lane-verdict"), /^\d+ pins? lost/);
  await page.locator("#client").selectOption("guarded");
  await page.locator("#seed").fill("13");
  await press(page, "Replay");
  await shows(page, "guarded/13");
  await reads(lane(page, "guarded").locator(".lane-verdict"), /^Nothing lost/);
  assert.ok((await lane(page, "guarded").locator(".replay-fault").count()) > 0);
  assert.equal(await page.locator("#to-loss").isVisible(), false);
  await picture(page, "replay-faults", { fullPage: true });
  await accessibleInBoth(page, "faults of a run");
});
