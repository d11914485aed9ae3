// "What happened to my drive?" in headless Chromium, on the recorded incidents over real sockets. Pictures are kept in
// tests/artefacts/.
import assert from "node:assert/strict";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { recordedIncidents } from "../../pkg-scripts/accounts.mjs";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";
import { openPage, temporary } from "../packaging/support.mjs";
import { checkReport } from "../../examples/check-report-js/check-report.mjs";
import { accessible, accessibleInBoth, picture, press, reads, runJob, site } from "./support.mjs";

const incidents = await recordedIncidents();

/** The page on a copy of an incident, with its user filled in. */
async function open(t, name, { user = "alice", path = "recovery.html", ...options } = {}) {
  const { directory, manifest } = incidents.find((incident) => incident.name === name);
  const data = join(await temporary(t), "data");
  await cp(join(directory, "data"), data, { recursive: true });
  const program = process.env.PINFOLD_COMPANION ?? (await buildCompanion());
  const server = await serve(program, ["--data", data, "--www", site, "--port", "0"]);
  t.after(() => server.stop());
  const opened = await openPage(t, `${server.origin}/${path}`, { viewport: { width: 1440, height: 1100 }, ...options });
  const { page } = opened;
  await page.locator("body[data-ready=true]").waitFor();
  await page.locator("#username").fill(manifest.users[user].username);
  await page.locator("#password").fill(manifest.users[user].password);
  return { ...opened, manifest };
}

async function look(page) {
  const runs = Number((await page.locator("body").getAttribute("data-runs")) ?? 0);
  await press(page, "Read the history");
  await page.locator(`body[data-runs="${runs + 1}"]`).waitFor();
}

/** The channel of each loss that is shown, with what the page says of it. */
const shownLosses = (page) => page.locator(".loss").evaluateAll((all) => all.map((one) => ({
  channels: JSON.parse(one.dataset.channels), title: one.querySelector("strong").textContent,
  intent: one.dataset.intent, ticked: one.querySelector("input").checked, can: !one.querySelector("input").disabled,
})));

test("each incident is told: what is lost, what was deliberate, what can come back", async (t) => {
  for (const { name, manifest } of incidents) {
    await t.test(name, async (t) => {
      const { page, problems } = await open(t, name);
      await look(page);
      const seen = await shownLosses(page);
      const channels = seen.flatMap((one) => one.channels);
      // What lies in the archive only an operator can read.
      const readable = (manifest.truth.lost ?? []).filter(({ keyAt }) => keyAt !== "archive");
      for (const lost of readable) {
        const shown = seen.find((one) => one.channels.includes(lost.channel));
        assert.ok(shown, `${lost.name} is not shown`);
        // Without the account's pin log nobody knows who removed something from a folder: then it is told as somebody else's.
        // Without that of the team nobody knows whether a client took a folder out on the server's word. It stays doubtful, with all that
        // was in it, and is offered.
        const isUnclear = (one) => one.keyAt === "history-team" && one.intent === "other";
        const ofTeam = isUnclear(lost) || (lost.cause === "folder-lost" && readable.some(isUnclear));
        const expected = ofTeam ? ["doubtful"] : { true: ["deliberate"], false: ["accident", "other"], doubtful: ["doubtful"], other: ["other"] }[String(lost.intent)];
        assert.ok(expected.includes(shown.intent), `${lost.name}: ${shown.intent}`);
        assert.equal(shown.ticked, shown.can && lost.intent !== true, lost.name);
      }
      for (const kept of manifest.truth.notLost ?? []) assert.ok(!channels.includes(kept.channel), `${kept.name} is not lost`);
      // Folders that were made anew are gone as far as a live server tells.
      const unwanted = readable.some(({ intent }) => intent !== true) || (manifest.truth.conflicts ?? []).length > 0;
      await reads(page.locator("#verdict h2"), unwanted ? /you probably did not want to lose/ : /Nothing is lost/);
      await picture(page, `recovery-${name}`, { fullPage: true });
      assert.deepEqual(problems, []);
    });
  }
});

test("one session emptied two folders: one column joins both lanes, and everything comes back with a tag", async (t) => {
  const { page, problems } = await open(t, "bulk-delete");
  // Stored lines of histories, as they come over the wire.
  let lines = 0;
  page.on("websocket", (socket) => socket.on("framereceived", ({ payload }) => (lines += String(payload).includes('HISTORY_RANGE\\",') ? 1 : 0)));
  await look(page);
  const whole = lines;
  const column = page.locator(".lane-moment[data-worst=lost]").last();
  assert.equal(await column.locator(".lane-cell .sign").count(), 2);
  await column.click();
  const opened = page.locator(".moment[data-worst=lost] details[open]");
  await reads(opened, /5 documents were removed.*Weber Invoice 2.*Roth Sketches/s);
  await picture(page, "recovery-timeline");
  await accessibleInBoth(page, "a timeline");

  await page.locator("#tag").fill("#RESTORED-20241002");
  lines = 0;
  await press(page, "Restore 5");
  await reads(page.locator("#lost .outcome-note"), /5 entries returned\. Search for #RESTORED-20241002/);
  // The page reads again after the restore. It gets only the new lines, and the last known line of each document.
  const documents = await page.locator(".lane-name").count();
  assert.ok(lines > 0 && lines < whole / 2, `${whole} lines at first, then ${lines} of ${documents} documents`);
  await reads(page.locator("#verdict h2"), /Nothing is lost that you did not remove yourself/);
  assert.equal(await page.locator(".tagged li").count(), 5);
  assert.equal(await page.locator(".lane-moment[data-worst=restored]").count(), 1);
  assert.equal(await page.locator(".lane-moment[data-worst=lost]").count(), 0);
  await picture(page, "recovery-restored", { fullPage: true });
  await accessible(page, "what was restored");

  await press(page, "Undo 5 entries");
  await reads(page.locator("#tags .tags-body .outcome-note"), /5 entries left again, 0 only lost the tag/);
  await reads(page.locator("#verdict h2"), /5 entries are gone/);
  assert.deepEqual(problems, []);
});

test("folders whose keys a client erased return with what is in them", async (t) => {
  const { page, manifest, problems } = await open(t, "inactive-notice");
  await look(page);
  const holidays = page.locator(".loss", { hasText: "Holidays" });
  assert.equal(await holidays.locator("input").isDisabled(), true);
  await reads(holidays, /Its password was changed/);
  await press(page, "Restore 9");
  await reads(page.locator("#lost .outcome-note"), /9 entries returned/);
  const names = manifest.truth.lost.filter(({ cause }) => cause === "client-on-server-word").map(({ name }) => name).sort();
  assert.deepEqual((await page.locator(".tagged li").allTextContents()).sort(), names);
  // The folders can be read again, and what is in them stands in the tree.
  await reads(page.locator("#remove .tree"), /Taxes 2022/);
  assert.deepEqual(problems, []);
});

test("a deletion is planned before it is done, and a stale consent is refused", async (t) => {
  const { page, problems } = await open(t, "bulk-delete");
  await look(page);
  const box = (name) => page.locator("#remove .tree label", { hasText: name }).locator("input");
  await page.locator("#action").selectOption("remove");
  await box("Client Weber").first().check();
  await press(page, "See what it comes to");
  const dialog = page.locator("dialog[open]");
  await reads(dialog.locator(".plan-lead"), /^1 shared folder leaves its place\. The key of that folder leaves your drive\./);
  await reads(dialog, /your key goes/);
  const go = dialog.getByRole("button", { name: "Delete exactly this" });
  assert.equal(await go.isDisabled(), true);
  await picture(page, "recovery-plan");
  await accessibleInBoth(page, "a plan that asks");
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });

  // Nothing was written: the same plan again, and then something else changes beneath it.
  await press(page, "See what it comes to");
  await dialog.getByRole("checkbox").check();
  await go.click();
  await reads(page.locator("#remove .outcome-note"), /exactly as planned/);
  await reads(page.locator("#lost"), /Client Weber/);
  assert.deepEqual(problems, []);
});

test("was I affected? for a time, and for folders only", async (t) => {
  const { page, problems } = await open(t, "june-2019");
  await look(page);
  const panel = page.locator("#affected");
  const harms = () => panel.locator(".affected-group").evaluateAll((all) => all.map((one) => [one.dataset.harm, one.querySelectorAll("li").length]));
  await page.locator("#affected-from").fill("2019-06-01T00:00");
  await page.locator("#affected-to").fill("2019-06-30T23:59");
  await page.locator("#affected-folders").check();
  await press(page, "Was I affected?");
  await reads(panel.locator(".outcome-note"), /^Yes: \d+ things? of \d+\.$/);
  const [first] = await harms();
  assert.equal(first[0], "made-anew");
  await reads(panel.locator("[data-harm=made-anew]"), /made anew, empty/);
  await picture(page, "recovery-affected", { fullPage: true });
  // Before it happened, nothing had happened.
  await page.locator("#affected-to").fill("2019-06-02T00:00");
  await press(page, "Was I affected?");
  await reads(panel.locator(".outcome-note"), /^No: everything is as it was\.$/);
  assert.deepEqual((await harms()).map(([harm]) => harm), ["untouched"]);
  await page.locator("#affected-to").fill("2018-06-02T00:00");
  await press(page, "Was I affected?");
  await reads(panel.locator(".outcome-note"), /It cannot end before it begins/);
  // One thing, by its title.
  await page.locator("#affected-one").fill("Nothing of the kind");
  await press(page, "What became of it?");
  await reads(panel.locator(".outcome-note"), /^Nothing is known by this title, and not everything could be read\.$/);
  // The next account is told nothing of this one.
  await press(page, "Close");
  assert.equal(await page.locator("#affected-one").inputValue(), "");
  assert.equal(await panel.locator(".affected-body").textContent(), "");
  assert.deepEqual(problems, []);
});

test("the tree of the debug page tells of a folder that was made anew, and of no other", async (t) => {
  const { page, manifest, problems } = await open(t, "june-2019", { path: "" });
  await runJob(page);
  const garden = manifest.folders.Garden.channel;
  const rows = await page.locator(".folder-row").evaluateAll((all) => all.map((one) => [one.querySelector(".outcome").textContent, one.dataset.tone]));
  assert.deepEqual(rows.map((one) => one.join(" ")).sort(), ["loaded ok", "loaded ok", "made anew? warn"]);
  await reads(page.locator("#folders .panel-status"), /3 loaded · 1 made anew\?/);
  const row = page.locator(".folder-row[data-tone=warn]");
  await row.locator("> summary").click();
  await reads(row.locator(".folder-detail"), new RegExp(`younger than its entry.*stays pinned unless you agree.*${garden}.*folder/made-anew`, "s"));
  // What was read there proves nothing: the verdict is no green one.
  assert.equal(await page.locator("#verdict .verdict").getAttribute("data-tone"), "warn");
  await reads(page.locator("#verdict h2"), /^Confirmed; one folder looks made anew, empty$/);
  await picture(page, "demo-made-anew", { fullPage: true });
  await accessible(page, "a folder that was made anew");
  assert.deepEqual(problems, []);
});

test("an operator's notice: what was put back gets the tag, and what left meanwhile returns", async (t) => {
  const { page, manifest, problems } = await open(t, "bulk-delete");
  await look(page);
  const lost = manifest.truth.lost.find(({ intent }) => intent === false).channel;
  const stays = Object.values(manifest.folders)[0].channel;
  const file = (text) => ({ name: "notice.json", mimeType: "application/json", buffer: Buffer.from(text) });
  await page.locator("#notice").setInputFiles(file("{}"));
  await page.locator("#take-notice").click();
  await reads(page.locator("#tags > .outcome-note"), /no notice of an operator's/);
  await accessible(page, "a notice that is refused");
  const items = [lost, stays].map((id) => ({ id, event: "restored", at: 1_727_900_000_000 }));
  await page.locator("#notice").setInputFiles(file(JSON.stringify({ version: 1, items })));
  await page.locator("#take-notice").click();
  await reads(page.locator("#tags > .outcome-note"), /has the tag #RESTORED-20241002 now\. 1 entry returned/);
  assert.equal(await page.locator(".tagged li").count(), 2);
  await picture(page, "recovery-notice", { fullPage: true });
  await press(page, "Undo 2 entries");
  await reads(page.locator("#tags .tags-body .outcome-note"), /1 entry left again, 1 only lost the tag/);
  assert.deepEqual(problems, []);
});

test("a drive is checked: progress, findings by kind, a report to save, and an earlier one to compare", async (t) => {
  for (const [look_, options, name] of [["wide", {}, "recovery-check"], ["phone", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }, "recovery-check-phone"], ["dark", { colorScheme: "dark" }, "recovery-check-dark"]]) {
    await t.test(look_, async (t) => {
      const { page, manifest, problems } = await open(t, "june-2019", options);
      await look(page);
      await page.evaluate(() => {
        const far = document.querySelector(".check-far");
        globalThis.heard = [];
        new MutationObserver(() => heard.push(far.textContent)).observe(far, { childList: true, characterData: true, subtree: true });
      });
      await press(page, "Check my drive");
      await reads(page.locator("#check .outcome-note"), /not as (it|they) should be/);
      const garden = manifest.folders.Garden.channel;
      assert.equal(await page.locator(`#check [data-problem="folder-made-anew"] li[data-id="${garden}"]`).count(), 1);
      assert.ok((await page.evaluate(() => globalThis.heard)).some((text) => /\d+ of \d+ questions? answered/.test(text)));
      assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= page.viewportSize().width);
      await picture(page.locator("#check"), name);
      await accessible(page, `a check, ${look_}`);
      const [download] = await Promise.all([page.waitForEvent("download"), page.locator("#save-report").click()]);
      const report = await readFile(await download.path(), "utf8");
      checkReport(report, manifest.users.alice.edPublic);
      await page.locator("#earlier").setInputFiles({ name: "earlier.json", mimeType: "application/json", buffer: Buffer.from(report.replace(/"made":(\d)/, '"made":9')) });
      await reads(page.locator(".check-difference .outcome-note"), /changed after it was signed/);
      await page.locator("#earlier").setInputFiles({ name: "earlier.json", mimeType: "application/json", buffer: Buffer.from(report) });
      await reads(page.locator(".check-difference .outcome-note"), /nothing lost, \d+ as before/);
      assert.deepEqual(problems, []);
    });
  }
});

test("a drive in which nothing is amiss is green, and an account that is closed leaves nothing of its check", async (t) => {
  const { page } = await open(t, "false-alarm");
  await look(page);
  await page.locator("#check-quick").check();
  // By the keyboard alone: the focus goes to the button that comes, and back from the one that goes.
  await page.evaluate(() => {
    globalThis.focused = [];
    document.addEventListener("focusin", ({ target }) => focused.push(target.id));
  });
  await page.locator("#check-go").press("Enter");
  await page.locator("#check .outcome-note").waitFor();
  await page.waitForFunction(() => document.activeElement.id === "check-go");
  assert.deepEqual(await page.evaluate(() => globalThis.focused), ["check-go", "check-stop", "check-go"]);
  await page.locator("#stop").press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "look");
  assert.equal(await page.locator("#check").isVisible(), false);
  assert.equal(await page.locator(".check-body").textContent(), "");
});

test("a warning that the person switches off stays off on this device, until it is switched on again", async (t) => {
  const { page, problems } = await open(t, "bulk-delete");
  await look(page);
  const plain = page.locator("#remove .tree label.check:has(.icon-file) input");
  assert.ok((await plain.count()) >= 2);
  const see = async (...which) => {
    for (const at of which) await plain.nth(at).check();
    await page.locator("#see-plan").click();
    await page.locator("dialog[open]").waitFor();
  };
  await see(0, 1);
  assert.equal(await page.locator("#carry-out").isDisabled(), true);
  await page.locator("#no-more").check();
  await picture(page, "recovery-warning-off");
  await page.locator("#agreed").check();
  await page.locator("#carry-out").click();
  await reads(page.locator("#remove .outcome-note"), /Done/);
  await reads(page.locator(".silenced"), /You switched off the warning before several documents go to the trash/);
  // Another sign-in on this device: it is kept.
  await look(page);
  await reads(page.locator(".silenced"), /switched off/);
  if ((await plain.count()) >= 2) {
    await see(0, 1);
    assert.equal(await page.locator("#carry-out").isDisabled(), false);
    await page.locator("#cancel-plan").click();
  }
  await press(page, "Warn me again");
  await reads(page.locator(".silenced"), /^$/);
  await look(page);
  assert.equal(await page.locator(".silenced li").count(), 0);
  assert.deepEqual(problems, []);
});

test("a wrong password is said, and nothing is shown", async (t) => {
  const { page } = await open(t, "false-alarm");
  await page.locator("#password").fill("not the password");
  await look(page);
  assert.equal(await page.locator("#error-code").textContent(), "login/refused");
  assert.equal(await page.locator("#columns").isVisible(), false);
  await accessibleInBoth(page, "a log-in that is refused");
});

test("at phone width nothing is cut off", async (t) => {
  const { page } = await open(t, "inactive-notice", { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
  await look(page);
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
  await press(page, "Was I affected?");
  await page.locator(".affected-group").first().waitFor();
  assert.ok((await page.evaluate(() => document.scrollingElement.scrollWidth)) <= 390);
  await picture(page, "recovery-phone", { fullPage: true });
  await accessible(page, "on a phone");
});

test("in the dark, and every sign has a shape of its own", async (t) => {
  const { page } = await open(t, "inactive-notice", { colorScheme: "dark" });
  await look(page);
  const shapes = await page.locator(".signs .sign").evaluateAll((all) => all.map((sign) => sign.querySelector("path").getAttribute("d")));
  assert.ok(shapes.length > 3 && new Set(shapes).size === shapes.length);
  await press(page, "Was I affected?");
  await page.locator(".affected-group").first().waitFor();
  await picture(page, "recovery-dark", { fullPage: true });
  await accessible(page, "in the dark");
});

test("everything can be reached and done with the keyboard", async (t) => {
  const { page } = await open(t, "bulk-delete");
  await page.locator("#password").focus();
  const runs = page.locator('body[data-runs="1"]');
  await page.keyboard.press("Enter");
  await runs.waitFor();

  await page.evaluate(() => document.activeElement.blur());
  const visited = new Set();
  let last;
  for (let presses = 0; presses < 300; presses += 1) {
    await page.keyboard.press("Tab");
    const here = await page.evaluate(() => {
      const element = document.activeElement;
      if (element === document.body) return null;
      element.dataset.visited ??= String(Math.random());
      return { id: element.dataset.visited, outlined: getComputedStyle(element).outlineStyle !== "none", name: element.outerHTML.slice(0, 120) };
    });
    // A field for a time has several places to stop at.
    if (here === null || (visited.has(here.id) && here.id !== last)) break;
    last = here.id;
    assert.ok(here.outlined, `no visible focus: ${here.name}`);
    visited.add(here.id);
  }
  const places = await page.locator(".lane-moment, .moment summary, .loss input:not(:disabled), .tree input, .affected-form input, #make-folders, #notice").count();
  assert.ok(visited.size >= places, `${visited.size} places, expected at least ${places}`);

  // A column leads to its moment; the plan opens and closes.
  await page.locator(".lane-moment").first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.closest("details")?.open), true);
  await page.locator(".tree input").first().focus();
  await page.keyboard.press("Space");
  await page.locator("#see-plan").focus();
  await page.keyboard.press("Enter");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
});

test("a diagnosis in a browser: what is found, a report that anybody can check, and two compared", async (t) => {
  const { page, manifest } = await open(t, "june-2019");
  const { username, password, edPublic } = manifest.users.alice;
  const seen = await page.evaluate(async ({ username, password }) => {
    const { compareReports, openRecovery } = await import("/dist/recovery.js");
    const recovery = await openRecovery({ origin: location.origin, username, password });
    const heard = [];
    const whole = await recovery.diagnose({ onAnswer: (progress) => heard.push(progress) });
    const titled = await recovery.diagnose({ quick: true, titles: true, tellOperator: true });
    const difference = await compareReports(titled.report, whole.report);
    const refused = await compareReports(whole.report, whole.report.replace(/"made":(\d)/, '"made":9')).catch(({ code }) => code);
    const given = await recovery.diagnose({ signal: AbortSignal.abort(new Error("enough")) }).catch(({ message }) => message);
    await recovery.close();
    return { whole, titled, difference, refused, given, heard };
  }, { username, password });
  const anew = seen.whole.findings.filter(({ problem }) => problem === "folder-made-anew");
  assert.ok(anew.length > 0 && anew.every(({ id, title }) => JSON.stringify(manifest).includes(id) && title === null));
  assert.ok(seen.heard.length > 1 && seen.heard.at(-1).answered === seen.heard.at(-1).asked);
  assert.equal(seen.refused, "crypto/signature");
  assert.equal(seen.given, "enough");
  assert.equal(seen.difference.changes.length, 0, "nothing happened in between");
  assert.equal(checkReport(seen.whole.report, edPublic).rows.length, seen.whole.rows);
  assert.ok(!/"title"|\/edit\//.test(seen.whole.report));
});
