// `pinfold/inspect` out of the packed tarball, where it is opened late, and where one inspector shows several sessions.
import assert from "node:assert/strict";
import { test } from "node:test";
import { picture, reads } from "../browser/support.mjs";
import { front } from "./host.mjs";
import { files, frames, OWN, tab } from "./inspect-page.mjs";
import { project } from "./project.mjs";
import { credentials, manifest, openPage } from "./support.mjs";

test("an inspector that is opened late shows what the session kept, and what comes after", async (t) => {
  const origin = await front(t, await project(t, files), { "content-security-policy": OWN });
  const look = async (how) => {
    const { page } = await openPage(t, origin, { viewport: { width: 1280, height: 900 } });
    await page.waitForFunction(() => typeof globalThis.look === "function");
    await page.evaluate(([account, options]) => globalThis.look({ ...account, origin: location.origin }, { late: true, ...options }), [credentials, how]);
    return page;
  };
  const status = (page) => page.waitForFunction(() => {
    const text = document.querySelector("[data-pinfold]").shadowRoot.querySelector("#frames .panel-status").textContent;
    return text.startsWith(`${globalThis.heard.frames.toLocaleString("en")} frames`) && text;
  }).then((found) => found.jsonValue());
  for (const worker of [false, true]) {
    const page = await look({ keepRecent: 5000, worker });
    // All of them from the first on, which was sent before the session was open; what comes now as well.
    assert.doesNotMatch(await status(page), /dropped/);
    const before = await page.evaluate(async () => {
      const { frames } = globalThis.heard;
      await (await globalThis.session.loadDrive()).close();
      return frames;
    });
    await status(page);
    assert.ok((await page.evaluate(() => globalThis.heard.frames)) > before);
    // At the time at which they came, from the opening of the session on.
    await page.getByRole("button", { name: "Calls", exact: true }).click();
    await page.locator("#frames input").fill("GET_HISTORY");
    const [, asked, answered] = (await page.locator(".frame.call").first().getAttribute("title")).match(/asked at ([\d.]+) m?s, first answer after (\d+) ms/);
    assert.ok(Number(asked) > 0 && Number(answered) >= 0);
    if (!worker) await picture(page, "inspect-late");
    await tab(page, "Drive and pins");
    await page.locator("#pins .log li[data-step=confirmed]").first().waitFor();
    await page.locator("#folders .folder-row").nth(Object.keys(manifest.folders).length - 1).waitFor();
    await tab(page, "Session");
    await reads(page.locator("#session .panel-status"), /^\d\d+ events$/);
  }
  // The newest, when more came than were asked for; and its numbers say so.
  const few = await look({ keepRecent: 20 });
  const [, dropped] = (await status(few)).match(/oldest (\d+) dropped$/);
  assert.ok(Number(dropped) > 100, dropped);
  await few.locator("#frames .frame-list").first().evaluate((list) => { list.scrollTop = 0; });
  await few.locator(`#frame-${Number(dropped) + 1}`).waitFor();
  assert.equal(await few.locator(`#frame-${dropped}`).count(), 0);
  await few.evaluate(() => globalThis.seen.close());
  // Values that are not allowed are refused.
  const refused = await few.evaluate(async (account) => {
    const { Session } = await import("./node_modules/pinfold/dist/index.js");
    return Promise.all([-1, 1.5, "all", 100_001].map((keepRecent) => Session.open({ ...account, origin: location.origin }, { keepRecent }).catch(({ code, detail }) => [code, detail.argument])));
  }, credentials);
  assert.deepEqual(refused, Array(4).fill(["misuse/bad-argument", "keepRecent"]));
});

/** A page with what these tests need: `open(name, options)` opens a session and counts what it tells in `told[name]`. */
async function openSessions(t) {
  const origin = await front(t, await project(t, files), { "content-security-policy": OWN });
  const { page } = await openPage(t, origin, { viewport: { width: 1280, height: 900 } });
  await page.waitForFunction(() => typeof globalThis.look === "function");
  await page.evaluate(async (given) => {
    const account = { ...given, origin: location.origin };
    const { Session } = await import("./node_modules/pinfold/dist/index.js");
    const { inspector } = await import("./node_modules/pinfold/dist/inspect.js");
    const [told, sessions] = [{}, {}];
    const open = async (name, options, changed = {}) => {
      const counts = (told[name] = { frames: 0, events: 0, first: null });
      const began = performance.now();
      const onFrame = () => (counts.first ??= performance.now() - began, counts.frames += 1);
      return (sessions[name] = await Session.open({ ...account, ...changed }, options({ onFrame, onEvent: () => (counts.events += 1) })));
    };
    Object.assign(globalThis, { inspector, open, told, sessions });
  }, credentials);
  return page;
}

test("each session is shown by itself: after an opening that failed, after another one, and again", async (t) => {
  const page = await openSessions(t);
  const refused = await page.evaluate(async () => {
    const { inspector, open, sessions } = globalThis;
    const seen = (globalThis.seen = inspector());
    const { code } = await open("refused", (own) => seen.options(own), { password: "another one" }).catch((error) => error);
    await open("kept", (own) => ({ ...own, keepRecent: 5000 }));
    await (await sessions.kept.loadDrive()).close();
    return code;
  });
  assert.equal(refused, "login/refused");
  /** Shows one, and waits until all that it told is there, once. */
  const shows = async (name) => {
    await page.evaluate((shown) => globalThis.seen.show(globalThis.sessions[shown]), name);
    await page.waitForFunction((shown) => {
      const { shadowRoot } = document.querySelector("[data-pinfold]");
      const status = (id) => shadowRoot.querySelector(`#${id} .panel-status`).textContent;
      const { frames, events } = globalThis.told[shown];
      return status("frames").startsWith(`${frames.toLocaleString("en")} frames ·`) && !status("frames").includes("dropped") && status("session") === `${events.toLocaleString("en")} events`;
    }, name);
    await frames(page).locator(".frame-list").first().evaluate((list) => { list.scrollTop = 0; });
    const first = await page.locator("#frame-1 .frame-time").textContent();
    const [, time, unit] = first.match(/^([\d.]+) (m?s)$/);
    // On its own clock, not on that of another one.
    const latest = await page.evaluate((shown) => globalThis.told[shown].first, name);
    assert.ok(Number(time) * (unit === "s" ? 1000 : 1) <= latest + 10, `${first}, ${latest}`);
  };
  await shows("kept");
  await page.evaluate(async () => {
    const { open, seen, sessions } = globalThis;
    for await (const letter of sessions.kept.mailbox("notifications", { backlogOnly: true })) seen.letter(letter);
    await open("given", (own) => seen.options(own));
    await (await sessions.given.loadDrive()).close();
  });
  await reads(page.locator("#letters .panel-status"), /^\d+ of them$/);
  await shows("given");
  await reads(page.locator("#letters .panel-status"), /^$/);
  await shows("kept");
  await shows("given");
  await page.evaluate(async () => globalThis.seen.show(await globalThis.open("neither", ({ onEvent }) => ({ onEvent }))));
  await reads(frames(page), /This one was opened without/);
  await reads(frames(page).locator(".panel-status"), /^$/);
  assert.equal(await page.locator("#folders .folder-row, #frames .frame:not(.call-head), #letters .letters > li").count(), 0);
});

test("an inspector that is opened late shows the same as one that was there all the time", async (t) => {
  const page = await openSessions(t);
  const [live, late, newest] = await page.evaluate(async () => {
    const { inspector, open, sessions } = globalThis;
    const drawn = () => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))); });
    const within = ({ shadowRoot }) => {
      const all = (selector, of) => [...shadowRoot.querySelectorAll(selector)].map(of);
      return {
        cards: all("#pins .card", (card) => card.textContent),
        steps: all("#pins .log strong", (step) => step.textContent),
        folders: all("#folders .folder-row", (row) => [row.dataset.state, row.querySelectorAll(".segment").length, row.querySelector(".folder-links button:last-child").hidden]),
        ended: shadowRoot.querySelector("#folders").dataset.ended,
        connection: shadowRoot.querySelector(".connection").textContent,
        drive: shadowRoot.querySelector("#drive").textContent,
      };
    };
    const [live, late, newest] = [inspector(), inspector(), inspector()];
    live.show(await open("whole", (own) => live.options({ ...own, keepRecent: 5000 })));
    await open("newest", (own) => ({ ...own, keepRecent: 4 }));
    for (const session of [sessions.whole, sessions.newest]) {
      const first = await session.loadDrive();
      await session.addPins(first);
      await first.close();
      await session.addPins(await session.loadDrive());
    }
    late.show(sessions.whole);
    newest.show(sessions.newest);
    await drawn();
    return [...document.querySelectorAll("[data-pinfold]")].map(within);
  });
  assert.equal(live.ended, "true");
  assert.equal(live.folders.length, Object.keys(manifest.folders).length);
  assert.deepEqual(late, live);
  // Also where the loading of the drive is among what was not kept.
  assert.ok(newest.steps.length > 0 && newest.steps.length < live.steps.length, String(newest.steps));
  assert.deepEqual(newest.cards, live.cards);
});

test("what a session keeps stays in its order, however coarse the browser's clock is", async (t) => {
  const page = await openSessions(t);
  const [kept, came] = await page.evaluate(async () => {
    const fine = performance.now.bind(performance);
    performance.now = () => Math.floor(fine() / 5000) * 5000;
    const { recentOf } = await import("./node_modules/pinfold/dist/recent.js");
    const came = [];
    const session = await globalThis.open("coarse", () => ({ keepRecent: 5000, onFrame: (frame) => came.push(frame), onEvent: (event) => came.push(event) }));
    await (await session.loadDrive()).close();
    const words = (all) => all.filter(({ type }) => type !== "state").map((one) => one.type ?? `${one.direction} ${one.text.slice(0, 20)}`);
    return [recentOf(session).all.map(({ frame, event }) => frame ?? event), came].map(words);
  });
  assert.ok(came.length > 50, String(came.length));
  assert.deepEqual(kept, came);
});
