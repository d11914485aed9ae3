// The three engines, from the packed tarball: the main job in the page, in a worker, in a shared worker and, where there are any, in a module
// service worker; in page and worker also under a strict content security policy; what is kept from one visit to the next; and one run of the
// debug page. With PINFOLD_LONG also Firefox with the preferences that users have.
import assert from "node:assert/strict";
import { html, project } from "../packaging/project.mjs";
import { answering, front, host, PACKAGE, strictPolicy } from "../packaging/host.mjs";
import { checkAnswers, credentials, serveAccount } from "../packaging/support.mjs";
import { accounts, site } from "../browser/support.mjs";
import { chromium, firefox, webkit } from "./drivers.mjs";

const group = "engine";
const account = JSON.stringify(credentials);

/** In the page: what `what` gives, once it gives something. */
const UNTIL = "const until = async (what) => { for (;;) { const seen = what(); if (seen) return seen; await new Promise((done) => setTimeout(done, 20)); } };";

const FILES = {
  // A strict policy refuses the script that stands in the page.
  "index.html": `${html("page.js")}<script>globalThis.inlineRan = true;</script>`,
  "page.js": `
    import * as pinfold from "${PACKAGE}";
    import { run } from "./job.js";
    const here = { origin: location.origin };
    // Where there are trusted types, a strict policy wants the address of a worker from a policy of the page's own.
    const trusted = globalThis.trustedTypes?.createPolicy("stranger", { createScriptURL: (address) => address });
    const addressOf = (address) => trusted?.createScriptURL(address) ?? address;
    const does = (what) => { try { what(); return true; } catch { return false; } };
    // What this page may do. A strict policy allows none of the first two, and not the third where trusted types are enforced. It is asked
    // while the page loads: what a driver evaluates may do more.
    globalThis.allowed = {
      inline: globalThis.inlineRan === true,
      eval: does(() => (0, eval)("1")),
      html: does(() => { document.createElement("div").innerHTML = "<b></b>"; }),
    };
    globalThis.inPage = async (account) => {
      await pinfold.init();
      return run(pinfold, { ...account, ...here });
    };
    globalThis.inWorker = (account) => run(pinfold, { ...account, ...here }, { worker: new Worker(addressOf("./node_modules/pinfold/dist/worker.js"), { type: "module" }) });
    globalThis.inShared = (account) => new Promise((resolve, reject) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = ({ data }) => (data.problem ? reject(new Error(data.problem)) : resolve(data));
      new SharedWorker("./shared.js", { type: "module" }).port.postMessage({ ...account, ...here }, [port2]);
    });
    // Where an engine has module service workers, "done" or what failed; else null.
    globalThis.inService = async (account) => {
      const ready = navigator.serviceWorker?.register("./service.js", { type: "module" }).then(() => navigator.serviceWorker.ready);
      const registration = await Promise.resolve(ready).catch(() => undefined);
      if (!registration) return null;
      const { port1, port2 } = new MessageChannel();
      const answer = new Promise((resolve) => { port1.onmessage = ({ data }) => resolve(data); });
      registration.active.postMessage({ ...account, ...here }, [port2]);
      return answer;
    };
    // A visit: how many frames the server sent, and how much the guard has on record that the drive no longer names. The store is all that
    // lasts from one to the next: the drive is told nothing. The visit may erase a document.
    globalThis.visit = async (account, options = {}, erase = false) => {
      await pinfold.init();
      let received = 0;
      const session = await pinfold.Session.open({ ...account, ...here }, {
        ...options, policy: { inDrive: false }, onFrame: ({ direction }) => { if (direction === "in") received += 1; },
      });
      const drive = await session.loadDrive();
      await session.addPins(drive);
      const { removed, retained } = await session.plan(drive);
      if (erase) await session.edit({ type: "erase", id: Object.keys((await drive.document()).drive.filesData)[0] });
      await session.close();
      return { received, known: removed.length + retained.length };
    };
    globalThis.ready = true;
  `,
  "shared.js": answering('addEventListener("connect", ({ ports: [port] }) => { port.onmessage = ({ data, ports }) => answer(data, ports[0]); });'),
  "service.js": answering(`
    addEventListener("install", (event) => event.waitUntil(skipWaiting()));
    addEventListener("activate", (event) => event.waitUntil(clients.claim()));
    addEventListener("message", (event) => event.waitUntil(answer(event.data, event.ports[0])));
  `),
};

/** The debug page, run once; what it says at the end. */
const DEBUG_PAGE = `(async () => {
  ${UNTIL}
  await until(() => document.body.dataset.ready);
  document.querySelector("#run").click();
  await until(() => document.body.dataset.runs === "1");
  const text = (selector) => document.querySelector(selector)?.textContent ?? null;
  return { name: document.querySelector("#username").value, verdict: text("#verdict h2"), error: text("#error-code"), digest: document.querySelector("#pins .card .hash code")?.dataset.full ?? null };
})()`;

/** `lacking(version)`: what the engine of this version is known not to have, each with the reason. What it has, it does not lose. */
function engine(name, start, lacking = () => ({})) {
  host({ group, name }, async (t) => {
    const browser = await start();
    t.after(() => browser.close());
    const directory = await project(t, FILES);
    const open = async (origin) => {
      await browser.open(origin);
      await browser.evaluate(`(async () => { ${UNTIL} return until(() => globalThis.ready); })()`);
    };
    await open(await front(t, directory));
    assert.deepEqual(await browser.evaluate("allowed"), { inline: true, eval: true, html: true });
    checkAnswers(await browser.evaluate(`inPage(${account})`));
    checkAnswers(await browser.evaluate(`inWorker(${account})`));
    checkAnswers(await browser.evaluate(`inShared(${account})`));

    const service = await browser.evaluate(`inService(${account})`);
    if (service) checkAnswers(service);

    await open(await front(t, directory, { "content-security-policy": strictPolicy("stranger") }));
    const trustedTypes = await browser.evaluate('"trustedTypes" in globalThis');
    // The policy is in force.
    assert.deepEqual(await browser.evaluate("allowed"), { inline: false, eval: false, html: !trustedTypes });
    checkAnswers(await browser.evaluate(`inPage(${account})`));
    checkAnswers(await browser.evaluate(`inWorker(${account})`));

    // Another server with nothing in the drive but what was recorded. A page that is opened again goes on from what IndexedDB holds; the
    // guard knows there what somebody else erased meanwhile, and nobody knows it without.
    const again = await front(t, directory);
    const visit = async (...args) => {
      await open(again);
      return browser.evaluate(`visit(${[account, ...args.map((arg) => JSON.stringify(arg))].join(", ")})`);
    };
    const first = await visit();
    const second = await visit();
    assert.ok(second.received < first.received, JSON.stringify({ first, second }));
    await visit({ store: null }, true);
    assert.equal((await visit({ store: null })).known, 0);
    assert.ok((await visit()).known > 0);

    await browser.open(`${await serveAccount(t, site)}/`);
    const seen = await browser.evaluate(DEBUG_PAGE);
    const shown = accounts.find(({ manifest: { username } }) => username === seen.name).manifest;
    assert.deepEqual(seen, { name: shown.username, verdict: "Complete and confirmed", error: null, digest: shown.pin.hash });
    const ran = { page: true, worker: true, SharedWorker: true, "module service worker": service !== null, "strict CSP in page and worker": true, "trusted types": trustedTypes, IndexedDB: true, "the debug page": true };
    const names = (has) => Object.keys(ran).filter((one) => ran[one] === has);
    const lacks = lacking(browser.version);
    assert.deepEqual(names(false), Object.keys(lacks));
    return { version: browser.version, ran: names(true).join(", "), lacks: Object.entries(lacks).map(([what, why]) => `${what} (${why})`).join(", ") || undefined };
  });
}

engine("Chromium", chromium);
const firefoxLacks = (version) => ({
  ...(parseInt(version, 10) <= 140 && { "module service worker": "Firefox 140 refuses to register one, 153 does not" }),
  ...(parseInt(version, 10) < 148 && { "trusted types": "Firefox has them from 148 on" }),
});
engine("Firefox", firefox, firefoxLacks);
engine("WebKit", webkit);
if (process.env.PINFOLD_LONG) engine("Firefox, its own preferences", () => firefox({ asUsersHaveIt: true }), firefoxLacks);
