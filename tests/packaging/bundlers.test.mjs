// What bundlers make of the package. Each finds the WebAssembly file, or the error says where it was looked for and names
// `init({ module })`; what it names works. Bundlers that find it by themselves: tests/hosts.
import assert from "node:assert/strict";
import { cp, mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import { root } from "../../pkg-scripts/shell.mjs";
import { snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { answersOfPage, html, PAGES, project, startOfPage } from "./project.mjs";
import { checkAnswers, serveAccount } from "./support.mjs";

/** A page that says where the file is. */
const saying = (module, imports = "") => `
  import * as pinfold from "pinfold";
  import { run } from "./job.js";
  ${imports}
  globalThis.runJob = async (account) => {
    await pinfold.init({ module: ${module} });
    return run(pinfold, account);
  };
`;

const NAMES_THE_REMEDY = /^host\/module: .*http:\/\/127\.0\.0\.1:\d+\/\S*pinfold\.wasm.*init\(\{ module: /;

test("esbuild leaves the file behind, says so, and takes it along when it is named", async (t) => {
  const inline = PAGES["page.js"].replace('"pinfold"', '"pinfold/inline"');
  const directory = await project(t, { ...PAGES, "saying.js": saying("file", `import file from "pinfold/pinfold.wasm";`), "inline.js": inline });
  const www = join(directory, "www");
  await mkdir(www);
  await cp(join(directory, "index.html"), join(www, "index.html"));
  const build = (entry, options) => esbuild.build({ absWorkingDir: directory, entryPoints: [entry], bundle: true, format: "esm", outfile: "www/page.js", logLevel: "silent", ...options });
  await build("page.js");
  assert.match(await startOfPage(t, await serveAccount(t, www)), NAMES_THE_REMEDY);
  await build("saying.js", { loader: { ".wasm": "file" }, assetNames: "[name]" });
  checkAnswers(await answersOfPage(t, www));
  // With the module in the script there is nothing to leave behind.
  await rm(join(www, "pinfold.wasm"));
  await build("inline.js");
  checkAnswers(await answersOfPage(t, www));
});

test("esbuild for Node, as a script of the older form", async (t) => {
  const directory = await project(t, { "main.js": `import { init } from "pinfold"; init().catch((error) => console.log(error.code, error.message));` });
  await esbuild.build({ absWorkingDir: directory, entryPoints: ["main.js"], bundle: true, platform: "node", format: "cjs", outfile: "out.cjs", logLevel: "silent" });
  const { mustRun } = await import("../../pkg-scripts/shell.mjs");
  const { output } = await mustRun(process.execPath, ["out.cjs"], { cwd: directory, show: "failure" });
  assert.match(output, /^host\/module .*init\(\{ module: /);
});

test("Rollup leaves the file behind, says so, and finds a copy that is named, also in a worker with the lines of docs/hosts.md", async (t) => {
  const [worker] = snippetsOf("hosts.md", await readFile(join(root, "docs/hosts.md"), "utf8")).filter(({ lines }) => lines[0] === "// your-worker.js");
  const pageOfWorker = PAGES["page-worker.js"].replace('new URL("./worker.js", import.meta.url)', '"/worker.js"');
  const directory = await project(t, { ...PAGES, "saying.js": saying('"/pinfold.wasm"'), "worker.js": worker.lines.join("\n"), "page-worker.js": pageOfWorker });
  const www = join(directory, "www");
  // What @rollup/plugin-node-resolve does with this package.
  const files = { pinfold: "index.js", "pinfold/worker": "worker.js" };
  const resolve = { name: "resolve", resolveId: (id) => (files[id] ? join(directory, "node_modules/pinfold/dist", files[id]) : null) };
  const build = async (input) => {
    const bundle = await rollup({ input: Object.fromEntries(Object.entries(input).map(([name, file]) => [name, join(directory, file)])), plugins: [resolve], onwarn: () => {} });
    await bundle.write({ dir: www, format: "es" });
  };
  await build({ page: "page.js" });
  for (const name of ["index.html", "worker.html"]) await cp(join(directory, name), join(www, name));
  assert.match(await startOfPage(t, await serveAccount(t, www)), NAMES_THE_REMEDY);
  await build({ page: "saying.js", "page-worker": "page-worker.js", worker: "worker.js" });
  await cp(join(directory, "node_modules/pinfold/dist/pinfold.wasm"), join(www, "pinfold.wasm"));
  checkAnswers(await answersOfPage(t, www));
  await t.test("worker", async (t) => checkAnswers(await answersOfPage(t, www, "/worker.html")));
});

test("a server that has nothing, or something else, at the file's address", async (t) => {
  const directory = await project(t, {
    "index.html": html("page.js"),
    "page.js": `
      import * as pinfold from "./node_modules/pinfold/dist/index.js";
      globalThis.start = async () => {
        const seen = [];
        for (const module of ["/absent.wasm", "/index.html", new TextEncoder().encode("nothing"), new Uint8Array([0, 97, 115, 109, 9]), fetch("/index.html"), "http://127.0.0.1:1/x"]) {
          seen.push(await pinfold.init({ module }).then(() => "started", ({ code, detail }) => [code, detail.seen].join(" ")));
        }
        return [...seen, await pinfold.init().then(() => "started")];
      };
    `,
  });
  assert.deepEqual(await startOfPage(t, await serveAccount(t, directory)), [
    "host/module an answer with status 404", "host/module a page", "host/module something that is no WebAssembly", "host/module wasm", "host/module a page", "host/module no answer", "started",
  ]);
});
