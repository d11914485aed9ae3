// A stranger's project: the packed tarball installed into a directory of its own, and the page that is made there.
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after } from "node:test";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { credentials, openPage, serveAccount, temporary } from "./support.mjs";

export const { tarball, contents } = await pack(await temporary({ after }));

/** Packed here; or the one that a release is about to send. */
async function pack(directory) {
  if (process.env.PINFOLD_TARBALL) {
    const { output } = await mustRun("tar", ["-tzf", process.env.PINFOLD_TARBALL], { show: "never" });
    return { tarball: process.env.PINFOLD_TARBALL, contents: output.trim().split("\n").map((path) => path.replace(/^package\//, "")) };
  }
  const { output } = await mustRun("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", directory], { show: "never" });
  const packed = JSON.parse(output.slice(output.search(/^[[{]/m)));
  const [{ filename, files }] = Array.isArray(packed) ? packed : Object.values(packed);
  return { tarball: join(directory, filename), contents: files.map(({ path }) => path) };
}

async function install(directory, packages) {
  await writeFile(join(directory, "package.json"), JSON.stringify({ name: "stranger", private: true, type: "module" }));
  const offline = packages.length > 0 ? [] : ["--offline"];
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...offline, tarball, ...packages], { cwd: directory, show: "failure" });
  return directory;
}

/** npm installs it once in a file of tests: the other projects are copies, which takes a hundredth of the time. */
const first = await temporary({ after });
let installed;

/** A project with the tarball installed, these packages from the registry, and these files in it. */
export async function project(t, files, packages = []) {
  const directory = await temporary(t);
  if (packages.length > 0) await install(directory, packages);
  else {
    installed ??= install(first, []);
    await cp(await installed, directory, { recursive: true });
  }
  await cp(join(root, "tests/packaging/job.js"), join(directory, "job.js"));
  for (const [name, text] of Object.entries(files)) await writeFile(join(directory, name), text);
  return directory;
}

/** Opens the page of `www` and returns what its `run` gave. */
export const answersOfPage = async (t, www, path = "/") => answersOf(t, await serveAccount(t, www), path);

/** The same of a page that is served at `origin` already. */
export async function answersOf(t, origin, path = "/") {
  const { page, problems } = await openPage(t, origin + path);
  await page.waitForFunction(() => typeof globalThis.runJob === "function").catch((error) => {
    throw new Error(`the page did not start: ${problems.join("\n") || error.message}`);
  });
  const answers = await page.evaluate((account) => globalThis.runJob({ ...account, origin: location.origin }), credentials);
  // The refused log-in shows as an HTTP 404 of a block; anything else is a fault of the package.
  assert.deepEqual(problems.filter((text) => !/404/.test(text)), []);
  return answers;
}

export const html = (script) => `<!doctype html><meta charset="utf-8"><title>stranger</title><script type="module" src="${script}"></script>`;

/** The files of a project with a page that runs the job, and one that runs it in a worker. */
export const PAGES = {
  "index.html": html("/page.js"),
  "page.js": `
    import * as pinfold from "pinfold";
    import { run } from "./job.js";
    globalThis.start = () => pinfold.init().then(() => "started", (error) => error.code + ": " + error.message);
    globalThis.runJob = async (account) => {
      await pinfold.init();
      return run(pinfold, account);
    };
  `,
  "worker.html": html("/page-worker.js"),
  "page-worker.js": `
    import * as pinfold from "pinfold";
    import { run } from "./job.js";
    const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
    const nobody = { origin: "http://127.0.0.1:1", username: "a", password: "b" };
    globalThis.start = () => pinfold.Session.open(nobody, { worker }).then(() => "opened", (error) => error.code);
    globalThis.runJob = (account) => run(pinfold, account, { worker });
  `,
  "worker.js": `import "pinfold/worker";`,
};

/** What `start` of the page at `address` gives. */
export async function startOfPage(t, address) {
  const { page, problems } = await openPage(t, address);
  for (let reloads = 0; ; reloads += 1) {
    await page.waitForFunction(() => typeof globalThis.start === "function").catch((error) => {
      throw new Error(`the page did not start: ${problems.join("\n") || error.message}`);
    });
    try {
      return await page.evaluate(() => globalThis.start());
    } catch (error) {
      // A development server that found another package to prepare loads the page again.
      if (reloads === 3 || !/context was destroyed/.test(String(error))) throw error;
    }
  }
}
