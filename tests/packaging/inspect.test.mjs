// `pinfold/inspect` out of the packed tarball: a page of a stranger's, under a strict content security policy, that looks into its own session.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../pkg-scripts/shell.mjs";
import { snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { accessible, accessibleInBoth, picture, reads } from "../browser/support.mjs";
import { front, PACKAGE } from "./host.mjs";
import { files, frames, OWN, tab } from "./inspect-page.mjs";
import { project } from "./project.mjs";
import { credentials, manifest, openPage } from "./support.mjs";

/** Whatever in `value` opens something: by the name that it stands under, or as the end of a link. */
function secretsIn(value, name = "") {
  if (typeof value === "object" && value !== null) return Object.entries(value).flatMap(([key, one]) => secretsIn(one, key));
  if (typeof value !== "string") return [];
  const ends = value.split("/").filter((part) => /^[\w+-]{22,}=?$/.test(part) && !/^[0-9a-f]{48}$/.test(part));
  if (/\/\d\/\w+\//.test(value)) return ends;
  return /^(password|edPrivate|curvePrivate|edit|view)$/.test(name) && value.length > 0 ? [value] : [];
}

/**
 * Runs in the page: goes through the letters from the first to the last, opens whatever can be opened, and says which of these texts
 * were in the panel at any time. Of a long list only the rows in sight are there.
 */
async function readAll(texts) {
  const { shadowRoot } = document.querySelector("[data-pinfold]");
  const list = shadowRoot.querySelector("#letters .letters");
  const drawn = () => new Promise((done) => { requestAnimationFrame(() => setTimeout(done)); });
  const found = new Set();
  list.scrollTop = 0;
  for (let [opened, rounds] = [0, 0]; ; rounds += 1) {
    await drawn();
    opened = 0;
    for (const details of shadowRoot.querySelectorAll("#letters details:not([open]), .json details:not([open])")) opened += (details.open = true);
    for (const more of shadowRoot.querySelectorAll(".json button.link")) if (/^(show \d+ of|all [\d,]+ char)/.test(more.textContent)) opened += (more.click(), 1);
    const inside = shadowRoot.innerHTML;
    for (const text of texts) if (inside.includes(text)) found.add(text);
    if (opened > 0 && rounds < 50) continue;
    if (list.scrollTop + list.clientHeight >= list.scrollHeight - 1) return texts.filter((text) => found.has(text));
    list.scrollTop += list.clientHeight / 2;
    rounds = 0;
  }
}

/** Where the panel is in sight, nothing of it is cut off. */
const fits = async (page) => assert.deepEqual(await page.evaluate(() => [document.scrollingElement.scrollWidth <= innerWidth, [...document.querySelectorAll("[data-pinfold]")].map((one) => one.shadowRoot.firstElementChild.scrollWidth <= innerWidth)]), [true, [true]]);

test("frames, calls, drive, pins, letters and events of a session, with keys that are hidden", async (t) => {
  const origin = await front(t, await project(t, files), { "content-security-policy": OWN });
  const { page, problems } = await openPage(t, origin, { viewport: { width: 1280, height: 900 } });
  await page.waitForFunction(() => typeof globalThis.look === "function");
  const { shown, pins } = await page.evaluate((account) => globalThis.look({ ...account, origin: location.origin }), credentials);
  assert.equal(shown, true);
  assert.equal(pins, manifest.pin.hashedList.length);
  // The program's own listeners hear all of it, too.
  await page.waitForFunction(() => {
    const status = document.querySelector("[data-pinfold]").shadowRoot.querySelector("#frames .panel-status").textContent;
    return globalThis.heard.events > 10 && status.startsWith(`${globalThis.heard.frames.toLocaleString("en")} frames`);
  });
  await reads(page.locator(".connection"), /^connected$/);
  await accessibleInBoth(page, "frames");

  await page.getByRole("button", { name: "Calls", exact: true }).click();
  await reads(frames(page).locator(".panel-status"), /^[\d,]+ calls · waited .* at the median, .* at most$/);
  await page.locator("#frames input").fill("GET_HISTORY");
  const history = page.locator(".frame.call", { hasText: "GET_HISTORY" }).first();
  assert.match(await history.getAttribute("title"), /GET_HISTORY of the drive, asked at .*, first answer after .*, all of it after .*, \d+ answers, .*KB/);
  await history.click();
  await reads(frames(page).locator(".frame-detail"), /GET_HISTORY.*The answer: .* after the question/s);
  await picture(page.locator(".inspector"), "inspect-calls");
  // A shorter time, and all of it again; by the keyboard as well.
  const width = () => history.locator(".call-answers").evaluate((bar) => bar.getBoundingClientRect().width);
  const before = await width();
  await page.locator(".calls .frame-list").press("+");
  assert.ok((await width()) > before * 1.5);
  await page.locator(".calls .frame-list").press("0");
  assert.ok(Math.abs((await width()) - before) < 2);
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "inspect-calls-dark");
  await accessibleInBoth(page, "calls");

  await tab(page, "Drive and pins");
  await page.locator("#folders .folder-row").nth(Object.keys(manifest.folders).length - 1).waitFor();
  await reads(page.locator("#pins .card").first(), new RegExp(`${pins}`));
  await page.getByRole("button", { name: "show the account document" }).click();
  const document = page.locator("#drive .json");
  await document.locator("summary", { hasText: /^filesData: / }).first().click();
  await document.getByRole("button", { name: /Show the key in/ }).first().waitFor();
  // An edit or view link with its key, or a text that is one by its name.
  assert.doesNotMatch(await document.textContent(), /#\/\d\/\w+\/(?:edit|view)\/[\w+-]{12}|(?:edPrivate|curvePrivate): "[^•]/);
  await picture(page, "inspect-drive");
  await accessibleInBoth(page, "drive and pins");

  await tab(page, "Letters");
  await page.locator("#letters .letters > li").first().waitFor();
  await reads(page.locator("#letters .panel-status"), new RegExp(`^${manifest.mailbox.messages.length} of them$`));
  await page.locator("#letters .letters > li summary").first().press("Enter");
  assert.equal(await page.getByRole("button", { name: "Dismiss" }).count(), 0);
  await picture(page, "inspect-letters");
  await accessibleInBoth(page, "letters");
  await page.getByRole("button", { name: "show its frame" }).first().click();
  await reads(frames(page).locator(".panel-status"), /^[12] calls? /);

  await tab(page, "Session");
  await page.locator(".frame.event", { has: page.locator(".frame-name", { hasText: /^folder$/ }) }).first().click();
  await reads(page.locator("#session .frame-detail"), /type: "folder"/);
  await picture(page, "inspect-session");
  await accessibleInBoth(page, "the session");

  // On a telephone.
  await page.setViewportSize({ width: 390, height: 844 });
  for (const name of ["Session", "Letters", "Drive and pins", "Frames and calls"]) {
    await tab(page, name);
    await fits(page);
    await accessible(page, `${name}, on a telephone`);
    await picture(page, `inspect-phone-${name.split(" ")[0].toLowerCase()}`);
  }

  // Everything unfolded, in every view: none of the account's secrets is in it.
  await tab(page, "Letters");
  const secrets = new Set([...secretsIn(manifest.drive), ...secretsIn(manifest.mailbox.messages), ...[manifest.password, manifest.edPrivate, manifest.curvePrivate]]);
  assert.ok(secrets.size > 60, String(secrets.size));
  const words = ["FRIEND_REQUEST", "INVITE_TO_TEAM", "profile", "roster"];
  const seen = await page.evaluate(readAll, [...words, ...secrets]);
  assert.deepEqual(seen, words);

  await page.evaluate(() => globalThis.session.close());
  await reads(page.locator(".connection"), /^closed$/);
  await page.getByRole("button", { name: "Close the inspector" }).click();
  assert.equal(await page.evaluate(() => globalThis.seen.shown), false);
  // The page was a stranger's, and has no icon.
  assert.deepEqual(problems.filter((text) => !/404|favicon/.test(text)), []);
});

test("a session in a worker, and one that was opened without the inspector", async (t) => {
  const origin = await front(t, await project(t, files), { "content-security-policy": OWN });
  const look = async (how) => {
    const { page } = await openPage(t, origin);
    await page.waitForFunction(() => typeof globalThis.look === "function");
    await page.evaluate(([account, options]) => globalThis.look({ ...account, origin: location.origin }, options), [credentials, how]);
    return page;
  };
  const inWorker = await look({ worker: true });
  await reads(frames(inWorker).locator(".panel-status"), /^[\d,]+ frames/);
  const late = await look({ late: true });
  await reads(frames(late), /This one was opened without/);
  await tab(late, "Drive and pins");
  await late.locator("#folders .folder-row").nth(Object.keys(manifest.folders).length - 1).waitFor();
  await late.evaluate(() => {
    const into = document.createElement("div");
    into.style.height = "400px";
    document.querySelector("main").append(into);
    globalThis.seen.show(globalThis.session, { into });
  });
  assert.equal(await late.locator("main .inspector").evaluate((panel) => panel.getBoundingClientRect().height), 400);
  // Taken back and shown again.
  await inWorker.evaluate(() => globalThis.seen.hide());
  assert.equal(await inWorker.locator(".inspector").count(), 0);
  await inWorker.evaluate(() => globalThis.seen.show(globalThis.session));
  await reads(frames(inWorker).locator(".panel-status"), /^[\d,]+ frames/);
  // Closed, it hears nothing more of a session that goes on, and has forgotten what it heard.
  for (const page of [inWorker, late]) {
    const events = await page.evaluate(async () => {
      const { seen, session, heard } = globalThis;
      seen.close();
      const before = heard.events;
      await (await session.loadDrive()).close();
      return heard.events - before;
    });
    assert.ok(events > 0, "the program's own listeners still hear");
    assert.equal(await page.locator(".inspector").count(), 0);
    await page.evaluate(() => globalThis.seen.show(globalThis.session));
    await reads(frames(page), /This one was opened without/);
    await reads(frames(page).locator(".panel-status"), /^$/);
    assert.equal(await page.locator("#letters .letters > li, #session .frame.event, #frames .frame").count(), 0);
  }
});

test("the lines of docs/inspecting.md run as they stand", async (t) => {
  const blocks = snippetsOf("inspecting.md", await readFile(join(root, "docs/inspecting.md"), "utf8")).filter(({ language }) => language === "js");
  const imports = { pinfold: PACKAGE, "pinfold/inspect": PACKAGE.replace("index", "inspect") };
  const directory = await project(t, {
    "index.html": `<!doctype html><html lang="en"><meta charset="utf-8"><title>stranger</title><link rel="icon" href="data:,"><script type="importmap">${JSON.stringify({ imports })}</script>`,
    ...Object.fromEntries(blocks.map(({ lines }, at) => [`lines-${at}.js`, [...lines, "globalThis.ended = true;"].join("\n")])),
  });
  const origin = await front(t, directory);
  const shows = [["#letters", new RegExp(`^${manifest.mailbox.messages.length} of them$`)], ["#frames", /^[\d,]+ frames/]];
  assert.equal(blocks.length, shows.length);
  for (const [at, [view, pattern]] of shows.entries()) {
    const { page, problems } = await openPage(t, origin);
    await page.evaluate(([given, script]) => {
      Object.assign(globalThis, given);
      return import(script);
    }, [credentials, `./lines-${at}.js`]);
    assert.equal(await page.evaluate(() => globalThis.ended), true);
    await reads(page.locator(`${view} .panel-status`), pattern);
    assert.deepEqual(problems, []);
  }
});

test("its files are loaded by nobody who does not ask, and it says so where there is no page", async (t) => {
  const directory = await project(t, {});
  const main = await readFile(`${directory}/node_modules/pinfold/dist/index.js`, "utf8");
  assert.doesNotMatch(main, /inspect/);
  const { inspector } = await import(`${directory}/node_modules/pinfold/dist/inspect.js`);
  assert.throws(() => inspector(), { code: "misuse/bad-argument" });
});
