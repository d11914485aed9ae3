// The packed tarball under versions of bundlers that are no packages of this project: each is installed from the registry into a project of
// its own, and the page that it builds must give the recorded answers.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { front, host, weigh } from "../packaging/host.mjs";
import { answersOf, html, PAGES, startOfPage } from "../packaging/project.mjs";
import { checkAnswers, serveAccount } from "../packaging/support.mjs";
import { bin, freePort } from "./support.mjs";

const group = "bundler";

/** Starts a development server and waits until it answers. */
async function development(t, directory, command, args) {
  const port = await freePort();
  const child = spawn(command, args(port), { cwd: directory, stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  const origin = `http://127.0.0.1:${port}`;
  for (let n = 0; n < 300; n += 1) {
    if (await fetch(origin).then(({ ok }) => ok, () => false)) return origin;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${origin}`);
}

/** The job in the page and in the worker of what was built; `{ bytes }` that a browser is sent for both. */
async function pages(t, directory, suffix = "") {
  const origin = await front(t, directory);
  checkAnswers(await answersOf(t, origin, `/index.html${suffix}`));
  checkAnswers(await answersOf(t, origin, `/worker.html${suffix}`));
  return { bytes: await weigh(directory) };
}

/** The lines of docs/hosts.md for Vite's proxy, to this server; and the two pages, which are this test's own. */
async function viteConfig(origin) {
  const [snippet] = snippetsOf("hosts.md", await readFile(join(root, "docs/hosts.md"), "utf8")).filter(({ lines }) => lines[0] === "// vite.config.js");
  const text = snippet.lines.join("\n").replace("https://drive.example", origin).replace("export default {", 'export default { build: { rollupOptions: { input: ["index.html", "worker.html"] } },');
  assert.ok(text.includes(origin) && text.includes("rollupOptions"));
  return text;
}

for (const major of [5, 6, 7, 8]) {
  host({ group, name: `Vite ${major}`, ran: "development: page, worker; build: page, worker", older: major < 8 }, async (t, install) => {
    const directory = await install(PAGES, [`vite@${major}`]);
    await writeFile(join(directory, "vite.config.js"), await viteConfig(await serveAccount(t, directory)));
    const origin = await development(t, directory, bin(directory, "vite"), (port) => ["--port", String(port), "--strictPort", "--host", "127.0.0.1"]);
    for (const path of ["/index.html", "/worker.html"]) {
      // A development server that finds a package for the first time loads the page again: this visit is for that.
      await startOfPage(t, origin + path);
      checkAnswers(await answersOf(t, origin, path));
    }
    await mustRun(bin(directory, "vite"), ["build"], { cwd: directory, show: "failure" });
    return pages(t, join(directory, "dist"));
  });
}

host({ group, name: "webpack 5", ran: "build: page, worker" }, async (t, install) => {
  const directory = await install({
    ...PAGES,
    "webpack.config.js": `export default { mode: "production", entry: { page: "./page.js", "page-worker": "./page-worker.js" }, output: { publicPath: "auto" }, performance: false };`,
  }, ["webpack@5", "webpack-cli"]);
  await mustRun(bin(directory, "webpack"), [], { cwd: directory, show: "failure" });
  for (const name of ["index.html", "worker.html"]) await cp(join(directory, name), join(directory, "dist", name));
  return pages(t, join(directory, "dist"));
});

/** A page that says where the file is, and a worker that does. */
const saying = (module, imports) => ({
  "page.js": `
    import * as pinfold from "pinfold";
    import { run } from "./job.js";
    ${imports}
    globalThis.runJob = async (account) => {
      await pinfold.init({ module: ${module} });
      return run(pinfold, account);
    };
  `,
  "page-worker.js": `
    import * as pinfold from "pinfold";
    import { run } from "./job.js";
    const worker = new Worker("/worker.js", { type: "module" });
    globalThis.runJob = (account) => run(pinfold, account, { worker });
  `,
  "worker.js": `
    import { init } from "pinfold";
    ${imports}
    await init({ module: ${module} });
    await import("pinfold/worker");
  `,
});

host({ group, name: "esbuild", ran: "build: page, worker", add: '`import file from "pinfold/pinfold.wasm"`, `init({ module: file })`, `loader: { ".wasm": "file" }`' }, async (t, install) => {
  const directory = await install({ ...PAGES, ...saying("file", 'import file from "pinfold/pinfold.wasm";') }, ["esbuild"]);
  const www = join(directory, "www");
  await mkdir(www);
  await mustRun(bin(directory, "esbuild"), ["page.js", "page-worker.js", "worker.js", "--bundle", "--splitting", "--minify", "--format=esm", "--target=es2022", "--outdir=www", "--loader:.wasm=file", "--public-path=/"], { cwd: directory, show: "failure" });
  for (const name of ["index.html", "worker.html"]) await cp(join(directory, name), join(www, name));
  return pages(t, www);
});

host({ group, name: "Rollup 4", ran: "build: page, worker", add: 'a copy of the file, `init({ module: "/pinfold.wasm" })`' }, async (t, install) => {
  const directory = await install({
    ...PAGES,
    ...saying('"/pinfold.wasm"', ""),
    "rollup.config.js": `
      import resolve from "@rollup/plugin-node-resolve";
      export default { input: ["page.js", "page-worker.js", "worker.js"], output: { dir: "www" }, plugins: [resolve({ browser: true })] };
    `,
  }, ["rollup@4", "@rollup/plugin-node-resolve"]);
  await mustRun(bin(directory, "rollup"), ["--config", "--silent"], { cwd: directory, show: "failure" });
  const www = join(directory, "www");
  for (const name of ["index.html", "worker.html"]) await cp(join(directory, name), join(www, name));
  await cp(join(directory, "node_modules/pinfold/dist/pinfold.wasm"), join(www, "pinfold.wasm"));
  return pages(t, www);
});

/** The same page and worker with the module in the script: nothing to copy, nothing to say. */
const INLINE = {
  ...PAGES,
  "page.js": PAGES["page.js"].replace('"pinfold"', '"pinfold/inline"'),
  "page-worker.js": PAGES["page-worker.js"].replace('new URL("./worker.js", import.meta.url)', '"/worker.js"'),
  "worker.js": 'import "pinfold/inline"; import "pinfold/worker";',
};

host({ group, name: "esbuild, `pinfold/inline`", ran: "build: page, worker" }, async (t, install) => {
  const directory = await install(INLINE, ["esbuild"]);
  const www = join(directory, "www");
  await mkdir(www);
  await mustRun(bin(directory, "esbuild"), ["page.js", "page-worker.js", "worker.js", "--bundle", "--splitting", "--minify", "--format=esm", "--target=es2022", "--outdir=www"], { cwd: directory, show: "failure" });
  for (const name of ["index.html", "worker.html"]) await cp(join(directory, name), join(www, name));
  return pages(t, www);
});

host({ group, name: "Rollup 4, `pinfold/inline`", ran: "build: page, worker" }, async (t, install) => {
  const directory = await install({
    ...INLINE,
    "rollup.config.js": `
      import resolve from "@rollup/plugin-node-resolve";
      export default { input: ["page.js", "page-worker.js", "worker.js"], output: { dir: "www" }, plugins: [resolve({ browser: true })] };
    `,
  }, ["rollup@4", "@rollup/plugin-node-resolve"]);
  await mustRun(bin(directory, "rollup"), ["--config", "--silent"], { cwd: directory, show: "failure" });
  for (const name of ["index.html", "worker.html"]) await cp(join(directory, name), join(directory, "www", name));
  return pages(t, join(directory, "www"));
});

host({ group, name: "Parcel 2", ran: "build: page, worker", add: '`"@parcel/resolver-default": { "packageExports": true }` in `package.json`' }, async (t, install) => {
  const directory = await install({ ...PAGES, "index.html": html("page.js"), "worker.html": html("page-worker.js") }, ["parcel@2"]);
  // It reads the map of exports only when it is told to.
  const description = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  await writeFile(join(directory, "package.json"), JSON.stringify({ ...description, "@parcel/resolver-default": { packageExports: true } }));
  await mustRun(bin(directory, "parcel"), ["build", "index.html", "worker.html", "--no-cache", "--no-source-maps"], { cwd: directory, show: "failure" });
  return pages(t, join(directory, "dist"));
});
