// Pages without a bundler: every way in which a page can hold the package, each with the recorded answers of the main job.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../../pkg-scripts/shell.mjs";
import { snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { answersOf, answersOfPage, html, project } from "./project.mjs";
import { answering, front, host, PACKAGE, strictPolicy } from "./host.mjs";
import { browserVersion, checkAnswers, openPage } from "./support.mjs";

const group = "page";
/** The row of each names the browser. */
const seen = async () => ({ version: `Chromium ${(await browserVersion()).split(".")[0]}` });

/** A page that runs the job. */
const PAGE = `
  import * as pinfold from "${PACKAGE}";
  import { run } from "./job.js";
  await pinfold.init();
  globalThis.runJob = (account) => run(pinfold, account);
`;

/** A page that sends the account to whom \`make\` gives a port to, and returns what comes back. */
const asking = (make) => `
  globalThis.runJob = async (account) => {
    const { port1, port2 } = new MessageChannel();
    const answer = new Promise((resolve, reject) => { port1.onmessage = ({ data }) => (data.problem ? reject(new Error(data.problem)) : resolve(data)); });
    ${make}
    return answer;
  };
`;

host({ group, name: "a plain page", ran: "page" }, async (t) => {
  const directory = await project(t, { "index.html": html("page.js"), "page.js": PAGE });
  checkAnswers(await answersOfPage(t, directory));
  return seen();
});

host({ group, name: "pinfold's module worker", ran: "worker" }, async (t) => {
  const directory = await project(t, {
    "index.html": html("page.js"),
    "page.js": `
      import * as pinfold from "${PACKAGE}";
      import { run } from "./job.js";
      const worker = new Worker("./node_modules/pinfold/dist/worker.js", { type: "module" });
      globalThis.runJob = (account) => run(pinfold, account, { worker });
    `,
  });
  checkAnswers(await answersOfPage(t, directory));
  return seen();
});

host({ group, name: "a module worker of one's own", ran: "worker" }, async (t) => {
  const directory = await project(t, {
    "index.html": html("page.js"),
    "own.js": answering('addEventListener("message", ({ data, ports }) => answer(data, ports[0]));'),
    "page.js": asking('new Worker("./own.js", { type: "module" }).postMessage(account, [port2]);'),
  });
  checkAnswers(await answersOfPage(t, directory));
  return seen();
});

host({ group, name: "a page with an import map", ran: "page" }, async (t) => {
  const directory = await project(t, {
    "index.html": `<!doctype html><meta charset="utf-8"><title>stranger</title>
      <script type="importmap">{ "imports": { "pinfold": "${PACKAGE}" } }</script><script type="module" src="page.js"></script>`,
    "page.js": `
      import * as pinfold from "pinfold";
      import { run } from "./job.js";
      await pinfold.init();
      globalThis.runJob = (account) => run(pinfold, account);
    `,
  });
  checkAnswers(await answersOf(t, await front(t, directory)));
  return seen();
});

host({ group, name: "SharedWorker", ran: "worker" }, async (t) => {
  const directory = await project(t, {
    "index.html": html("page.js"),
    "shared.js": answering('addEventListener("connect", ({ ports: [port] }) => { port.onmessage = ({ data, ports }) => answer(data, ports[0]); });'),
    "page.js": asking('const { port } = new SharedWorker("./shared.js", { type: "module" }); port.postMessage(account, [port2]);'),
  });
  checkAnswers(await answersOf(t, await front(t, directory)));
  return seen();
});

host({ group, name: "module service worker", ran: "worker" }, async (t) => {
  const directory = await project(t, {
    "index.html": html("page.js"),
    "service.js": answering(`
      addEventListener("install", (event) => event.waitUntil(skipWaiting()));
      addEventListener("activate", (event) => event.waitUntil(clients.claim()));
      addEventListener("message", (event) => event.waitUntil(answer(event.data, event.ports[0])));
    `),
    "page.js": asking(`
      await navigator.serviceWorker.register("./service.js", { type: "module" });
      (await navigator.serviceWorker.ready).active.postMessage(account, [port2]);
    `),
  });
  checkAnswers(await answersOf(t, await front(t, directory)));
  return seen();
});

// The other form that is called strict: a script is allowed by its nonce, and whatever it loads with it.
const NONCE = "script-src 'nonce-0123456789' 'strict-dynamic' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

host({ group, name: "strict content security policy, trusted types", ran: "page, worker" }, async (t) => {
  const document = await readFile(join(root, "docs/hosts.md"), "utf8");
  const [worker] = snippetsOf("hosts.md", document).filter(({ lines }) => lines[0].startsWith('const policy = "trustedTypes" in globalThis'));
  const directory = await project(t, {
    "index.html": html("page.js"),
    "nonce.html": '<!doctype html><meta charset="utf-8"><title>stranger</title><script type="module" nonce="0123456789" src="page.js"></script>',
    "worker.html": html("page-worker.js"),
    "page.js": PAGE,
    // A worker's address is a thing that the page's own policy has to allow: with the lines of the document.
    "page-worker.js": `
      import * as pinfold from "${PACKAGE}";
      import { run } from "./job.js";
      ${worker.lines.join("\n")}
      globalThis.runJob = (account) => run(pinfold, account, { worker });
    `,
  });
  assert.ok(document.includes(`\n${strictPolicy()}\n`), "docs/hosts.md shows this policy");
  const origin = await front(t, directory, { "content-security-policy": strictPolicy() });
  checkAnswers(await answersOf(t, origin));
  // The policy is in force.
  const { page } = await openPage(t, origin);
  assert.match(await page.evaluate(() => { try { return (document.body.innerHTML = "x"); } catch (error) { return error.message; } }), /TrustedHTML/);
  checkAnswers(await answersOf(t, await front(t, directory, { "content-security-policy": NONCE }), "/nonce.html"));
  checkAnswers(await answersOf(t, await front(t, directory, { "content-security-policy": strictPolicy("my-page") }), "/worker.html"));
  return seen();
});
