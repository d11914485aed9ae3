// The debug page in headless Chromium: the numbers it shows are the recorded ones, with a mouse, with a keyboard, on a
// phone. Pictures are kept in tests/artefacts/.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { accessible, accessibleInBoth, accounts, checkRecorded, closed, faintTexts, folders, foldersOf, manifest, openDemo, picture, pins, runJob, shown, step, tryAgain, press, reads, untilRunEnds } from "./support.mjs";

for (const { name, manifest: account } of accounts) {
  test(`one click shows the recorded account "${name}"`, async (t) => {
    const { page, problems } = await openDemo(t, { username: account.username });
    await runJob(page);
    const seen = await shown(page);
    checkRecorded(seen, { of: account });
    const declared = foldersOf(account);
    const read = declared.filter(({ restricted }) => !restricted);
    const complete = read.length === declared.length;
    const ids = account.pin.hashedList.length.toLocaleString("en");
    assert.equal(seen.computed, ids);
    assert.equal(seen.digest, account.pin.hash);
    assert.equal(seen.confirmed, "agrees");
    assert.equal(seen.tag, complete ? "complete" : "partial");
    assert.match(seen.verdict, complete ? /^Complete and confirmed$/ : /^Pins confirmed; .* could not be read$/);
    const documents = [account.drive.drive, ...read.map(({ json }) => json)].reduce((sum, { filesData }) => sum + Object.keys(filesData).length, 0);
    assert.deepEqual(
      [seen.figures["pins confirmed"], seen.figures["folders read"], seen.figures.documents],
      [ids, complete ? String(read.length) : `${read.length} of ${declared.length}`, documents.toLocaleString("en")],
    );
    if (account.mailbox) assert.equal(seen.figures["messages in order"], String(account.mailbox.messages.length));
    assert.ok(seen.frames > declared.length, `${seen.frames} frames`);
    for (const one of ["login", "block", "drive", "pins", "mailbox"]) assert.equal(await step(page, one).getAttribute("data-tone"), "ok", one);

    // The list behind the number is the number's list.
    await page.locator("#pins .open-list > summary").click();
    assert.deepEqual((await reads(page.locator("#pins .ids"), /./)).split("\n"), account.pin.hashedList);

    // A second run finds everything in place.
    await runJob(page);
    const again = await shown(page);
    checkRecorded(again, { of: account });
    assert.deepEqual([again.computed, again.sent, again.confirmed], [ids, "nothing", "agrees"]);
    assert.deepEqual(problems, []);
  });
}

test("what is shown can be opened, in light and dark", async (t) => {
  const { page, problems } = await openDemo(t, { viewport: { width: 1440, height: 1200 } });
  await picture(page, "demo-before");
  await accessibleInBoth(page, "before a run");
  await runJob(page);
  await picture(page, "demo-light");
  await page.emulateMedia({ colorScheme: "dark" });
  await picture(page, "demo-dark");
  await accessibleInBoth(page, "after a run");

  // A message opens to its content.
  // By the keyboard: what has the focus stays, where a click may fall on the row that a scrolling list puts there.
  await page.locator("#mailbox .letters > li").nth(1).locator("summary").first().press("Enter");
  await page.locator("#mailbox .letter-detail", { hasText: manifest.mailbox.messages[1].author }).first().waitFor();
  // It leads to the frame that it came in.
  await page.locator("#mailbox .letter-detail").first().getByRole("button", { name: "show its frame" }).click();
  await reads(page.locator("#frames .panel-status"), /^[12] of \d+ frames/);
  await page.locator("#frames input").fill("");
  // A closed folder opens to what its outcome means, a loaded one also to its document.
  const row = (id) => page.locator(`.folder-row[data-id="${id}"]`);
  await row(closed.id).locator("> summary").click();
  await reads(row(closed.id).locator(".folder-detail"), /allow list does not name this account.*folder\/restricted/s);
  assert.equal(await row(closed.id).getByRole("button", { name: "show what is in it" }).count(), 0);
  const open = folders.find(({ restricted, json }) => !restricted && Object.keys(json.filesData).length > 0);
  await row(open.id).locator("> summary").click();
  await row(open.id).getByRole("button", { name: "show what is in it" }).click();
  await row(open.id).locator(".json-key", { hasText: "filesData" }).click();
  const [[, entry]] = Object.entries(open.json.filesData);
  // It may be drawn after the click has returned.
  await row(open.id).locator(".json", { hasText: String(entry.atime ?? entry.ctime) }).first().waitFor();
  // Keys are not on the screen until somebody asks for them.
  const document = row(open.id).locator(".folder-document");
  const key = /#\/\d\/\w+\/(?:edit|view)\/[\w+-]{12}/;
  assert.doesNotMatch(await document.textContent(), key);
  const [link] = Object.values(open.json.filesData).map(({ href, roHref }) => roHref ?? href);
  assert.match(link, key);
  await document.getByRole("button", { name: /Show the key in/ }).first().click();
  assert.match(await document.textContent(), key);
  // A frame opens to what is in it. Only the rows in sight exist: go to the end of the list first.
  await page.getByRole("listbox", { name: "Frames" }).evaluate((list) => { list.scrollTop = list.scrollHeight; });
  await page.locator(".frame", { hasText: "end of history" }).last().click();
  await reads(page.locator(".frame-detail"), /JSON text.*state: 1/s);
  await picture(page, "demo-opened", { fullPage: true });
  await accessibleInBoth(page, "with everything opened");
  assert.deepEqual(problems, []);
});

test("the same in a worker", async (t) => {
  const { page, problems } = await openDemo(t);
  await page.locator(".more > summary").click();
  await page.locator("#in-worker").check();
  await runJob(page);
  const seen = await shown(page);
  checkRecorded(seen);
  assert.deepEqual([seen.digest, seen.confirmed], [manifest.pin.hash, "agrees"]);
  await page.locator(".folder-row").first().locator("summary").first().click();
  await page.getByRole("button", { name: "show what is in it" }).first().click();
  await page.locator(".folder-document .json").waitFor();
  assert.deepEqual(problems, []);
});

test("the whole mailbox ends with what the short reading holds", async (t) => {
  const { page } = await openDemo(t);
  await page.locator(".more > summary").click();
  await page.locator("#whole-mailbox").check();
  await runJob(page);
  const { letters } = await shown(page);
  assert.deepEqual(letters.slice(-manifest.mailbox.messages.length), manifest.mailbox.messages.map(({ hash }) => hash));
});

test("at phone width nothing is cut off, and the verdict is in sight after a run", async (t) => {
  const { page } = await openDemo(t, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
  await runJob(page);
  await picture(page, "demo-phone-verdict");
  const { top, bottom } = await page.locator("#verdict h2").evaluate((title) => title.getBoundingClientRect().toJSON());
  assert.ok(top >= 0 && bottom <= 844, `from ${top} to ${bottom}`);
  assert.equal((await shown(page)).computed, String(pins));
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
  await accessibleInBoth(page, "on a phone");
  await picture(page, "demo-phone", { fullPage: true });
});

test("everything can be reached and done with the keyboard", async (t) => {
  const { page } = await openDemo(t);
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

  // A folder opens and closes, a fault is put in force and taken back.
  const row = page.locator(".folder-row").first();
  await row.locator("summary").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await row.getAttribute("open"), "");
  await page.keyboard.press("Space");
  assert.equal(await row.getAttribute("open"), null);
  const chip = page.getByRole("button", { name: "lost session", exact: true });
  await chip.focus();
  await page.keyboard.press("Space");
  await page.locator(".chip[aria-pressed=true]").waitFor();
  await page.keyboard.press("Space");
  await page.locator(".chip[aria-pressed=true]").waitFor({ state: "detached" });

  // The frames: "/" to the filter, arrows through the list, Escape closes what was opened.
  await page.locator("#run").focus();
  await page.keyboard.press("/");
  await page.keyboard.type("GET_HISTORY");
  for (let presses = 0; presses < 4; presses += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  const selected = page.locator(".frame[aria-selected=true]");
  assert.equal(await selected.count(), 1);
  await reads(page.locator(".frame-detail"), /JSON text.*GET_HISTORY/s);
  await page.keyboard.press("Escape");
  assert.equal(await selected.count(), 0);
});

test("every control has a name, no id is given twice, and text stands out in both themes", async (t) => {
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
  for (const colorScheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme });
    assert.deepEqual(await faintTexts(page), [], colorScheme);
  }
});

test("thousands of frames stay a few rows", async (t) => {
  const { page } = await openDemo(t);
  await runJob(page);
  const { frames } = await shown(page);
  const rows = await page.locator(".frame").count();
  assert.ok(rows < 80 && rows < frames, `${rows} rows for ${frames} frames`);
  await page.locator("#frames input").fill(folders[0].channel);
  const left = Number((await reads(page.locator("#frames .panel-status"), /^[\d,]+ of/)).match(/^([\d,]+) of/)[1].replace(",", ""));
  assert.ok(left > 0 && left < frames, `${left} of ${frames}`);
});

test("a wrong password is explained, and the next try works", async (t) => {
  const { page } = await openDemo(t);
  await page.locator("#password").fill("not the password");
  await runJob(page);
  assert.equal(await page.locator("#error-code").textContent(), "login/refused");
  await reads(page.locator("#verdict"), /Not lost:/);
  assert.equal(await step(page, "block").getAttribute("data-tone"), "bad");
  await picture(page, "demo-refused");
  await accessibleInBoth(page, "with an error");
  await page.locator("#password").fill(manifest.password);
  await tryAgain(page);
  assert.equal((await shown(page)).computed, String(pins));
});

test("a question stands beside its answer, and the frames can be saved", async (t) => {
  const { page } = await openDemo(t, { viewport: { width: 1024, height: 900 } });
  await runJob(page);
  await picture(page, "demo-1024", { fullPage: true });
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 1024);
  await page.locator("#frames input").fill("GET_HASH");
  await page.locator(".frame[data-direction=out]", { hasText: "GET_HASH" }).first().click();
  await reads(page.locator(".frame-detail"), /The answer: GET_HASH, .* after the question/s);
  await page.locator(".frame[data-related=true]").first().waitFor();
  await picture(page.locator("#frames"), "demo-call");
  await page.locator(".frame-detail h3 button").first().click();
  await reads(page.locator(".frame-detail"), /The question: GET_HASH, .* before/s);

  await page.locator("#frames input").fill("");
  const [download] = await Promise.all([page.waitForEvent("download"), press(page, "Save")]);
  const lines = (await readFile(await download.path(), "utf8")).trim().split("\n").map((line) => JSON.parse(line));
  assert.equal(lines.length, (await shown(page)).frames);
  assert.deepEqual(Object.keys(lines[0]), ["at", "direction", "text"]);
});

test("the calls stand on one clock, and a frame leads to its call", async (t) => {
  const { page, problems } = await openDemo(t, { viewport: { width: 1440, height: 1000 } });
  await runJob(page);
  await press(page, "Calls");
  const calls = page.getByRole("listbox", { name: "Calls" });
  await reads(page.locator("#frames .panel-status"), /^\d+ calls · waited .* at the median, .* at most/);
  await page.locator("#frames input").fill(closed.channel);
  // What the server refused is told apart.
  assert.match(await calls.locator("[data-state=bad]").first().getAttribute("title"), /^(JOIN|GET_HISTORY) of .*, refused$/);
  await page.locator("#frames input").fill("");
  // By the keyboard, from call to call.
  await calls.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  assert.equal(await calls.locator("[aria-selected=true]").count(), 1);
  await reads(page.locator(".frame-detail"), /The answer: /);
  await picture(page, "demo-calls");
  await accessibleInBoth(page, "with the calls");
  // Dragging over the clock shows a part of the time; a click shows all of it.
  const axis = await page.locator(".calls-axis").boundingBox();
  const drag = async (...places) => {
    await page.mouse.move(axis.x + axis.width * places[0], axis.y + 10);
    await page.mouse.down();
    for (const place of places) await page.mouse.move(axis.x + axis.width * place, axis.y + 10);
    await page.mouse.up();
  };
  await drag(0.2, 0.4);
  await page.locator(".calls[data-zoomed=true]").waitFor();
  await drag(0.5);
  await page.locator(".calls[data-zoomed=false]").waitFor();
  await page.locator(".frame-detail h3 button").first().click();
  await page.getByRole("listbox", { name: "Frames" }).locator("[aria-selected=true]").waitFor();
  assert.deepEqual(problems, []);
});

test("the address of the page repeats a run: it holds the choices and the faults, and no password", async (t) => {
  const { page } = await openDemo(t);
  await page.locator(".more > summary").click();
  await page.locator("#in-worker").check();
  await page.locator("#patience").fill("5");
  await runJob(page);
  await page.locator("#fault-folder").selectOption(closed.channel);
  await press(page, "3 s late");
  await page.locator(".fault-list li", { hasText: "3 s late" }).waitFor();
  await page.context().grantPermissions(["clipboard-write", "clipboard-read"]);
  await press(page, "Link");
  await reads(page.locator("#link-text"), /Copied/);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.equal(link, page.url());
  assert.doesNotMatch(decodeURIComponent(link), new RegExp(`${manifest.password}|assword`));
  // On a fresh page the form and the faults are as they were.
  await press(page, "clear all");
  await page.locator(".fault-list li").first().waitFor({ state: "detached" });
  await page.goto("about:blank");
  await page.goto(link);
  await page.locator("body[data-ready=true]").waitFor();
  assert.equal(await page.locator("#username").inputValue(), manifest.username);
  assert.deepEqual([await page.locator("#in-worker").isChecked(), await page.locator("#whole-mailbox").isChecked(), await page.locator("#patience").inputValue()], [true, false, "5"]);
  await page.locator(".fault-list li", { hasText: "3 s late" }).waitFor();
  // A name that somebody typed is in no link.
  await page.locator("#username").fill("somebody");
  await press(page, "Link");
  await reads(page.locator("#link-text"), /Copied/);
  assert.doesNotMatch(page.url(), /somebody|account=/);
  // Nor is a fault of a folder, which only that account has. Who opens it has no fault in force.
  assert.doesNotMatch(page.url(), /fault=/);
  const typed = page.url();
  await page.goto("about:blank");
  await page.goto(typed);
  await page.locator("body[data-ready=true]").waitFor();
  await page.locator("#faults").waitFor();
  assert.equal(await page.locator(".fault-list li").count(), 0);
  // A clipboard that is refused is said, and the link is in the address.
  await page.evaluate(() => { navigator.clipboard.writeText = () => Promise.reject(new Error("refused")); });
  await press(page, "Link");
  await reads(page.locator("#link-text"), /In the address/);
  await accessible(page, "with a link that the clipboard refused");
});

test("stopping leaves a page that can run again", async (t) => {
  const { page } = await openDemo(t);
  await untilRunEnds(page, async () => {
    await press(page, "Run");
    await press(page, "Stop");
  });
  assert.equal(await page.locator("#verdict h2").textContent(), "Stopped");
  await accessibleInBoth(page, "stopped");
  await runJob(page);
  checkRecorded(await shown(page));
});
