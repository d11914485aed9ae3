// The debug page in headless Chromium: the numbers it shows are the recorded ones, with a mouse, a keyboard, and when
// things go wrong. Screenshots are kept in tests/artefacts/.
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { buildPackage } from "../../pkg-scripts/build.mjs";
import { root } from "../../pkg-scripts/shell.mjs";
import { manifest, openPage, serveAccount } from "../packaging/support.mjs";

const artefacts = join(root, "tests/artefacts");
const folders = Object.entries(manifest.folders).map(([id, folder]) => ({ id, ...folder }));
const pins = manifest.pin.hashedList.length;
let site;

before(async () => {
  site = process.env.PINFOLD_SITE ?? (await buildPackage()).site;
  await mkdir(artefacts, { recursive: true });
});

async function openDemo(t, options) {
  const opened = await openPage(t, `${await serveAccount(t, site)}/`, options);
  await opened.page.locator("body[data-ready=true]").waitFor();
  return opened;
}

const step = (page, name) => page.locator(`.steps [data-step=${name}]`);
/** Does `begin` and waits for the end of the run that it begins. */
async function untilRunEnds(page, begin) {
  const runs = Number((await page.locator("body").getAttribute("data-runs")) ?? 0);
  await begin();
  await page.locator(`body[data-runs="${runs + 1}"]`).waitFor({ timeout: 60_000 });
}

const press = (page, name) => page.getByRole("button", { name, exact: true }).click();
const runJob = (page) => untilRunEnds(page, () => press(page, "Run"));
const tryAgain = (page) => untilRunEnds(page, () => press(page, "Try again"));

/** Puts a preset in force and waits until the server has taken it. */
async function makeItGoWrong(page, preset, channel) {
  if (channel) await page.locator("#fault-folder").selectOption(channel);
  await press(page, preset);
  await page.locator(".fault-list li").first().waitFor();
}

/** What the page shows, read from what a person sees. */
async function shown(page) {
  const text = (selector) => page.locator(selector).first().textContent();
  return {
    folders: Object.fromEntries(await page.locator(".folder-row").evaluateAll((rows) => rows.map((row) => [
      row.dataset.id, { state: row.dataset.state, documents: row.querySelector(".folder-docs").textContent, title: row.querySelector(".folder-title").textContent },
    ]))),
    computed: await text("#pins .card:nth-of-type(1) .figure"),
    tag: await text("#pins .card:nth-of-type(1) .tag"),
    digest: await page.locator("#pins .card:nth-of-type(1) .hash code").getAttribute("data-full"),
    sent: await text("#pins .card:nth-of-type(2) .figure"),
    confirmed: await text("#pins .card:nth-of-type(3) .figure"),
    letters: await page.locator("#mailbox .letters > li").evaluateAll((items) => items.map((item) => item.dataset.hash)),
    verdict: await text("#verdict h2"),
    frames: Number((await text("#frames .panel-status")).match(/([\d,]+) frames/)?.[1].replace(",", "")),
  };
}

function checkRecorded(seen, { except } = {}) {
  for (const { id, restricted, json, channel } of folders) {
    if (channel === except) continue;
    const expected = restricted ? ["restricted", "?"] : ["loaded", String(Object.keys(json.filesData).length)];
    assert.deepEqual([seen.folders[id].state, seen.folders[id].documents], expected, seen.folders[id].title);
  }
  assert.equal(Object.keys(seen.folders).length, folders.length);
  assert.deepEqual(seen.letters, manifest.mailbox.messages.map(({ hash }) => hash));
}

test("one click shows the recorded account", async (t) => {
  const { page, problems } = await openDemo(t, { viewport: { width: 1440, height: 1200 } });
  assert.equal(await page.locator("#username").inputValue(), manifest.username);
  await runJob(page);
  const seen = await shown(page);
  checkRecorded(seen);
  assert.equal(seen.computed, String(pins));
  assert.equal(seen.digest, manifest.pin.hash);
  assert.equal(seen.tag, folders.some(({ restricted }) => restricted) ? "partial" : "complete");
  assert.equal(seen.confirmed, "agrees");
  assert.ok(seen.frames > manifest.mailbox.messages.length, `${seen.frames} frames`);
  for (const name of ["login", "block", "drive", "pins", "mailbox"]) assert.equal(await step(page, name).getAttribute("data-tone"), "ok", name);
  await page.screenshot({ path: join(artefacts, "demo-light.png") });

  // The list behind the number is the number's list.
  await page.locator("#pins .open-list > summary").click();
  assert.deepEqual((await page.locator("#pins .ids").textContent()).split("\n"), manifest.pin.hashedList);
  // A message opens to its content, a folder to what its outcome means.
  await page.locator("#mailbox .letters > li").nth(1).locator("summary").first().click();
  const { author } = manifest.mailbox.messages[1];
  assert.ok((await page.locator("#mailbox .letter-detail").first().textContent()).includes(author));
  const closed = folders.find(({ restricted }) => restricted);
  if (closed) {
    await page.locator(`.folder-row[data-id="${closed.id}"] > summary`).click();
    assert.match(await page.locator(`.folder-row[data-id="${closed.id}"] .folder-detail`).textContent(), /folder\/restricted/);
  }
  assert.deepEqual(problems, []);

  await page.emulateMedia({ colorScheme: "dark" });
  await page.screenshot({ path: join(artefacts, "demo-dark.png") });

  // A second run finds everything in place.
  await runJob(page);
  const again = await shown(page);
  checkRecorded(again);
  assert.deepEqual([again.computed, again.sent, again.confirmed], [String(pins), "nothing", "agrees"]);
});

test("the same in a worker", async (t) => {
  const { page, problems } = await openDemo(t);
  await page.locator(".more > summary").click();
  await page.locator("#in-worker").check();
  await runJob(page);
  const seen = await shown(page);
  checkRecorded(seen);
  assert.equal(seen.digest, manifest.pin.hash);
  assert.deepEqual(problems, []);
});

test("at phone width nothing is cut off", async (t) => {
  const { page } = await openDemo(t, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
  await runJob(page);
  assert.equal((await shown(page)).computed, String(pins));
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
  await page.screenshot({ path: join(artefacts, "demo-phone.png"), fullPage: true });
});

test("everything can be reached with the keyboard", async (t) => {
  const { page } = await openDemo(t);
  const focused = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  await page.locator("#password").focus();
  await untilRunEnds(page, () => page.keyboard.press("Enter"));

  // From the address bar to the end of the page by Tab alone, never twice at one place, and always with a visible focus.
  await page.evaluate(() => document.activeElement.blur());
  const visited = new Set();
  for (let presses = 0; presses < 400; presses += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      element.dataset.visited ??= String(Math.random());
      return { id: element.dataset.visited, outlined: getComputedStyle(element).outlineStyle !== "none", name: element.outerHTML.slice(0, 120) };
    });
    if (here === null || visited.has(here.id)) break;
    assert.ok(here.outlined, `no visible focus: ${here.name}`);
    visited.add(here.id);
  }
  const expected = folders.length + manifest.mailbox.messages.length + 10;
  assert.ok(visited.size >= expected, `${visited.size} places, expected at least ${expected}`);

  await page.locator("#run").focus();
  await page.keyboard.press("/");
  await page.keyboard.type("GET_HISTORY");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const selected = page.locator(".frame[aria-selected=true]");
  assert.equal(await selected.count(), 1, await focused());
  assert.match(await page.locator(".frame-detail").textContent(), /JSON text.*GET_HISTORY/s);
  await page.keyboard.press("Escape");
  assert.equal(await selected.count(), 0);
});

test("every control has a name, and no id is given twice", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  const faults = await page.evaluate(() => {
    const found = [];
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of new Set(ids)) if (ids.indexOf(id) !== ids.lastIndexOf(id)) found.push(`twice: ${id}`);
    for (const element of document.querySelectorAll("button, input, select, textarea, summary, [role=listbox]")) {
      const name = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
      if (!name.trim()) found.push(`no name: ${element.outerHTML.slice(0, 100)}`);
    }
    return found;
  });
  assert.deepEqual(faults, []);
});

test("thousands of frames stay a few rows", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  const { frames } = await shown(page);
  const rows = await page.locator(".frame").count();
  assert.ok(rows < 80 && rows < frames, `${rows} rows for ${frames} frames`);
  await page.locator("#frames input").fill(folders[0].channel);
  await page.locator("#frames .panel-status", { hasText: " of " }).waitFor();
  const left = Number((await page.locator("#frames .panel-status").textContent()).match(/^([\d,]+) of/)[1].replace(",", ""));
  assert.ok(left > 0 && left < frames, `${left} of ${frames}`);
});

test("a wrong password is explained, and the next try works", async (t) => {
  const { page } = await openDemo(t);
  await page.locator("#password").fill("not the password");
  await runJob(page);
  assert.equal(await page.locator("#error-code").textContent(), "login/refused");
  assert.match(await page.locator("#verdict").textContent(), /Not lost:/);
  await page.locator("#password").fill(manifest.password);
  await tryAgain(page);
  assert.equal((await shown(page)).computed, String(pins));
});

test("a folder that never answers holds nothing up and loses nothing", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  const silent = folders.find(({ restricted, json }) => !restricted && Object.keys(json.filesData).length > 0);
  await makeItGoWrong(page, "never answers", silent.channel);
  await runJob(page);
  const seen = await shown(page);
  checkRecorded(seen, { except: silent.channel });
  assert.equal(seen.folders[silent.id].state, "timeout");
  assert.equal(seen.tag, "partial");
  assert.match(seen.verdict, /nothing lost/);
  assert.equal(await page.locator("#pins .log [data-step=reset]").count(), 0);
  await page.screenshot({ path: join(artefacts, "demo-fault.png") });
  await press(page, "clear all");
  await tryAgain(page);
  const after = await shown(page);
  checkRecorded(after);
  assert.deepEqual([after.computed, after.digest], [String(pins), manifest.pin.hash]);
});

test("five forgotten pins are added again", async (t) => {
  const { page } = await openDemo(t);
  await makeItGoWrong(page, "forget 5 pins");
  await runJob(page);
  const seen = await shown(page);
  assert.deepEqual([seen.computed, seen.sent, seen.confirmed], [String(pins), "PIN 5", "agrees"]);
});

test("a connection that dies while pinning is explained, and the next run settles it", async (t) => {
  const { page } = await openDemo(t);
  await makeItGoWrong(page, "cut while pinning");
  await runJob(page);
  assert.equal(await page.locator("#error-code").textContent(), "pins/unconfirmed");
  assert.match(await page.locator("#verdict").textContent(), /Not lost: No document lost its pin/);
  await tryAgain(page);
  const seen = await shown(page);
  assert.deepEqual([seen.computed, seen.sent, seen.confirmed], [String(pins), "nothing", "agrees"]);
});

test("once the closed folder is open the drive is complete", async (t) => {
  const closed = folders.filter(({ restricted }) => restricted);
  if (closed.length !== 1) return t.skip("the recording has not exactly one closed folder");
  const { page } = await openDemo(t);
  await runJob(page);
  await makeItGoWrong(page, "open to me", closed[0].channel);
  await runJob(page);
  const seen = await shown(page);
  assert.equal(seen.folders[closed[0].id].state, "loaded");
  assert.deepEqual([seen.tag, seen.confirmed, seen.verdict], ["complete", "agrees", "Complete and confirmed"]);
});

test("stopping leaves a page that can run again", async (t) => {
  const { page } = await openDemo(t);
  await untilRunEnds(page, async () => {
    await press(page, "Run");
    await press(page, "Stop");
  });
  assert.equal(await page.locator("#verdict h2").textContent(), "Stopped");
  await runJob(page);
  checkRecorded(await shown(page));
});
