// The debug page as a person uses it, and what it shows.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { buildPackage } from "../../pkg-scripts/build.mjs";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";
import { root } from "../../pkg-scripts/shell.mjs";
import { manifest, openPage, PATIENCE, serveAccount, temporary } from "../packaging/support.mjs";

export { accounts, manifest } from "../packaging/support.mjs";

const artefacts = join(root, "tests/artefacts");
export const site = process.env.PINFOLD_SITE ?? (await buildPackage()).site;
await mkdir(artefacts, { recursive: true });

export const foldersOf = (account) => Object.entries(account.folders).map(([id, folder]) => ({ id, ...folder }));
export const folders = foldersOf(manifest);
export const pins = manifest.pin.hashedList.length;
/** The one folder that is closed to the account. */
export const closed = folders.find(({ restricted }) => restricted);

/** The page with an account filled in. `surplus` is a pin that the server has besides; further options are the browser's. */
export async function openDemo(t, { username = manifest.username, surplus, ...options } = {}) {
  const opened = await openPage(t, `${await serveAccount(t, site, { surplus })}/`, options);
  const { page } = opened;
  await page.locator("body[data-ready=true]").waitFor();
  for (const option of await page.locator("#account option").all()) {
    if ((await page.locator("#username").inputValue()) === username) break;
    await page.locator("#account").selectOption(await option.getAttribute("value"));
  }
  assert.equal(await page.locator("#username").inputValue(), username);
  return opened;
}

/**
 * The page with an account filled in that was built from a seed with these options of `pinfold-testkit account`, and as
 * `built` the manifest of what is in it.
 */
export async function openBuilt(t, options, viewport = { width: 1440, height: 1000 }) {
  const directory = await temporary(t);
  const companion = process.env.PINFOLD_COMPANION ?? (await buildCompanion());
  const builder = process.env.PINFOLD_TESTKIT ?? join(companion, "../pinfold-testkit");
  await promisify(execFile)(builder, ["account", "--documents", "4", "--per-folder", "2", "--teams", "0", ...options, directory]);
  const server = await serve(companion, ["--data", join(directory, "data"), "--www", site, "--port", "0"]);
  t.after(() => server.stop());
  const opened = await openPage(t, `${server.origin}/`, { viewport });
  const built = JSON.parse(await readFile(join(directory, "manifest.json"), "utf8"));
  await opened.page.locator("body[data-ready=true]").waitFor();
  await opened.page.locator("#username").fill(built.username);
  await opened.page.locator("#password").fill(built.password);
  return { ...opened, built };
}

/**
 * A picture of the page or of a part of it for people, in tests/artefacts/. With PINFOLD_PICTURES=renew it replaces the
 * one of its name in docs/images/, if there is one: fonts differ between machines, so that not every run does.
 */
export async function picture(page, name, options) {
  const path = join(artefacts, `${name}.png`);
  await page.screenshot({ path, ...options });
  const shown = join(root, "docs/images", `${name}.png`);
  if (process.env.PINFOLD_PICTURES === "renew" && existsSync(shown)) await copyFile(path, shown);
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/**
 * Run in the page: of these elements the texts whose contrast is below 4.5 to 1 (WCAG AA). Controls that are switched off are exempt. What is
 * behind a text is the next background that is one colour.
 */
function faintOf(elements) {
  const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (color) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] === 255) return color;
    }
    return [255, 255, 255, 255];
  };
  const faint = new Set();
  for (const element of elements) {
    const own = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!own || !element.checkVisibility() || element.closest(":disabled")) continue;
    const { color, fill } = getComputedStyle(element);
    const text = element.namespaceURI.endsWith("svg") ? fill : color;
    const [one, other] = [luminance(rgba(text)), luminance(behind(element))].sort((a, b) => b - a);
    const contrast = (one + 0.05) / (other + 0.05);
    if (contrast < 4.5) faint.add(`${element.tagName}.${element.getAttribute("class")} ${contrast.toFixed(2)} ${element.textContent.slice(0, 30)}`);
  }
  return [...faint];
}

/** Every text of the page that is faint. */
export const faintTexts = (page) => page.evaluate(`(${faintOf})(document.querySelectorAll("body *"))`);

/**
 * That axe, which knows the rules of WCAG and habits beside them, finds nothing in the page as it is now, and leaves nothing open. It leaves
 * the contrast open where a gradient, a drawing or an element made by the style sheet is near: there it is measured here.
 */
export async function accessible(page, state) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(`${axe}; globalThis.faintOf = ${faintOf};`);
  const found = await page.evaluate(async () => {
    const { violations, incomplete } = await globalThis.axe.run({ preload: false, elementRef: true });
    const contrast = incomplete.find(({ id }) => id === "color-contrast")?.nodes ?? [];
    // The name of a button with a sign on it need not hold the sign.
    const isSign = ({ id }, { element }) => id === "label-content-name-mismatch" && !/[\p{L}\p{N}]/u.test(element.textContent);
    const told = [...violations, ...incomplete.filter(({ id }) => id !== "color-contrast")].flatMap((rule) => rule.nodes.filter((node) => !isSign(rule, node))
      .map(({ html, failureSummary }) => `${rule.id}: ${rule.help}: ${html.slice(0, 160)} ${failureSummary.split("\n").slice(1).join(" ").slice(0, 200)}`));
    return [...told, ...globalThis.faintOf(contrast.map(({ element }) => element)).map((text) => `color-contrast: ${text}`)];
  });
  assert.deepEqual(found, [], state);
}

/** The same of both themes. The page is light afterwards. */
export async function accessibleInBoth(page, state) {
  for (const colorScheme of ["dark", "light"]) {
    await page.emulateMedia({ colorScheme });
    await accessible(page, `${state}, ${colorScheme}`);
  }
}

/** The text of what a person sees, once it matches: the page may draw after the click has returned. */
export async function reads(locator, pattern) {
  for (const until = Date.now() + PATIENCE; ; await locator.page().waitForTimeout(50)) {
    const text = await locator.textContent();
    if (pattern.test(text) || Date.now() > until) {
      assert.match(text, pattern);
      return text;
    }
  }
}

export const step = (page, name) => page.locator(`.steps [data-step=${name}]`);
export const press = (page, name) => page.getByRole("button", { name, exact: true }).click();

/** Does `begin` and waits for the end of the run that it begins. */
export async function untilRunEnds(page, begin) {
  const runs = Number((await page.locator("body").getAttribute("data-runs")) ?? 0);
  await begin();
  await page.locator(`body[data-runs="${runs + 1}"]`).waitFor();
}

export const runJob = (page) => untilRunEnds(page, () => press(page, "Run"));
export const tryAgain = (page) => untilRunEnds(page, () => press(page, "Try again"));

/** Puts a preset in force and waits until the server has taken it. */
export async function makeItGoWrong(page, preset, channel) {
  if (channel) await page.locator("#fault-folder").selectOption(channel);
  await press(page, preset);
  await page.locator(".fault-list li", { hasText: preset }).waitFor();
}

/** How often a preset's rules have acted, as the page says. */
export async function actedOf(page, preset) {
  const text = await page.locator(".fault-list li", { hasText: preset }).first().textContent();
  return Number(text.match(/acted (\d+)/)?.[1] ?? 0);
}

/**
 * The mailbox from its first row to its last, a screen at a time: the hash of each message in its place, and how many
 * rows there were at most at once.
 */
export function lettersOf(page) {
  return page.locator("#mailbox .letters").evaluate(async (list) => {
    const hashes = [];
    let most = 0;
    for (list.scrollTop = 0; ; list.scrollTop += list.clientHeight) {
      await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      most = Math.max(most, list.children.length);
      for (const row of list.children) hashes[Number(row.getAttribute("aria-posinset")) - 1] = row.dataset.hash;
      if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) break;
    }
    list.scrollTop = 0;
    return { hashes, most };
  });
}

/** What the page shows, read from what a person sees. */
export async function shown(page) {
  const text = (selector) => page.locator(selector).first().textContent();
  const figures = await page.locator(".figures > div").evaluateAll((all) => all.map((one) => [one.querySelector("dt").textContent, one.querySelector("dd").textContent]));
  return {
    folders: Object.fromEntries(await page.locator(".folder-row").evaluateAll((rows) => rows.map((row) => [
      row.dataset.id, { state: row.dataset.state, documents: row.querySelector(".folder-docs").textContent, title: row.querySelector(".folder-title").textContent },
    ]))),
    computed: await text("#pins .card:nth-of-type(1) .figure"),
    tag: await text("#pins .card:nth-of-type(1) .tag"),
    digest: await page.locator("#pins .card:nth-of-type(1) .hash code").getAttribute("data-full"),
    sent: await text("#pins .card:nth-of-type(2) .figure"),
    confirmed: await text("#pins .card:nth-of-type(3) .figure"),
    log: await page.locator("#pins .log li").evaluateAll((items) => items.map((item) => item.dataset.step)),
    letters: (await lettersOf(page)).hashes,
    verdict: await text("#verdict h2"),
    words: await text("#verdict"),
    figures: Object.fromEntries(figures),
    frames: Number((await text("#frames .panel-status")).match(/([\d,]+) frames/)?.[1].replace(",", "")),
  };
}

/** The folders and the messages are the recorded ones; the folder `except` may be anything. */
export function checkRecorded(seen, { except, of = manifest } = {}) {
  const declared = foldersOf(of);
  for (const { id, restricted, json, channel } of declared) {
    if (channel === except) continue;
    const expected = restricted ? ["restricted", "?"] : ["loaded", String(Object.keys(json.filesData).length)];
    assert.deepEqual([seen.folders[id].state, seen.folders[id].documents], expected, seen.folders[id].title);
  }
  assert.equal(Object.keys(seen.folders).length, declared.length);
  if (of.mailbox) assert.deepEqual(seen.letters, of.mailbox.messages.map(({ hash }) => hash));
}
