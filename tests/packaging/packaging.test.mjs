// The packed tarball, as strangers install it: in Node, under Vite. (Pages without a bundler: pages.test.mjs.) Each run must give the
// recorded answers; a page that merely does not crash proves nothing.
import assert from "node:assert/strict";
import { cp, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { build } from "vite";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { answersOfPage, contents, html, project } from "./project.mjs";
import { checkAnswers, credentials, serveAccount } from "./support.mjs";
import { LIBRARIES, TYPES } from "./types.mjs";

test("the tarball holds the package and nothing else", () => {
  const strange = contents.filter((path) => !/^(dist\/(?:inspect\/)?[\w.-]+\.(js|d\.ts|wasm)|package\.json|README\.md|LICENSE-(MIT|APACHE))$/.test(path));
  assert.deepEqual(strange, []);
  for (const needed of ["dist/index.js", "dist/index.node.js", "dist/index.d.ts", "dist/worker.js", "dist/pinfold.wasm", "dist/recovery.js", "dist/recovery.node.js", "dist/recovery.d.ts", "dist/pinfold-recovery.wasm", "dist/inspect.js", "dist/inspect.d.ts", "dist/inspect/inspector.js", "dist/inspect/style.js", "dist/testing.js", "dist/testing.node.js", "dist/testing.d.ts", "dist/pinfold-testing.wasm"]) assert.ok(contents.includes(needed), needed);
  assert.equal(contents.filter((path) => path.endsWith(".wasm")).length, 3);
});

test("the WebAssembly names no file of the machine that built it", async () => {
  const wasm = await readFile(join(root, "dist/pinfold.wasm"), "latin1");
  assert.deepEqual(wasm.match(/[\w/.-]*\.rs\b/g) ?? [], []);
  assert.ok(!wasm.includes(root) && !wasm.includes(".cargo"));
});

test("Node", async (t) => {
  const directory = await project(t, {
    "main.js": `
      import assert from "node:assert/strict";
      import * as pinfold from "pinfold";
      import { run } from "./job.js";
      const { default: WebSocket } = await import(process.env.WS);
      const account = JSON.parse(process.env.ACCOUNT);
      await pinfold.init();
      // Node 20 has no WebSocket of its own, and who forgets it is told so.
      const own = globalThis.WebSocket;
      Object.defineProperty(globalThis, "WebSocket", { value: undefined, configurable: true });
      await assert.rejects(pinfold.Session.open(account), { code: "misuse/bad-argument", retry: "never", message: /give one as the option webSocket/ });
      console.log(JSON.stringify(await run(pinfold, account, { webSocket: own ?? WebSocket })));
      // The process must end by itself: nothing may be left open.
    `,
  });
  const origin = await serveAccount(t, directory);
  const { output } = await mustRun(process.execPath, ["main.js"], {
    cwd: directory,
    show: "failure",
    env: { ACCOUNT: JSON.stringify({ ...credentials, origin }), WS: pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href, NODE_NO_WARNINGS: "1" },
  });
  checkAnswers(JSON.parse(output));
});

test("Vite, in the page and in a worker", async (t) => {
  const directory = await project(t, {
    "index.html": html("/page.js"),
    "page.js": `
      import * as pinfold from "pinfold";
      import { run } from "./job.js";
      await pinfold.init();
      globalThis.runJob = (account) => run(pinfold, account);
    `,
    "worker.html": html("/page-worker.js"),
    "page-worker.js": `
      import * as pinfold from "pinfold";
      import { run } from "./job.js";
      const worker = new Worker(new URL("./worker.js", import.meta.url), { type: "module" });
      globalThis.runJob = (account) => run(pinfold, account, { worker });
    `,
    "worker.js": `import "pinfold/worker";`,
  });
  await build({
    root: directory,
    configFile: false,
    logLevel: "error",
    worker: { format: "es" },
    build: { target: "es2022", rollupOptions: { input: [join(directory, "index.html"), join(directory, "worker.html")] } },
  });
  const built = join(directory, "dist");
  const assets = await readdir(join(built, "assets"));
  assert.equal(new Set(assets.filter((name) => name.endsWith(".wasm"))).size, 1, assets.join(" "));
  checkAnswers(await answersOfPage(t, built));
  await t.test("worker", async (t) => checkAnswers(await answersOfPage(t, built, "/worker.html")));
});

test("TypeScript, with a bundler's and with Node's resolution, whatever libraries the project names", async (t) => {
  const directory = await project(t, TYPES);
  await mkdir(join(directory, "src"));
  for (const name of ["valid.ts", "invalid.ts"]) await cp(join(root, "www/types-test", name), join(directory, "src", name));
  await mkdir(join(directory, "node_modules/@types"), { recursive: true });
  for (const name of ["@types/node", "undici-types"]) await cp(join(root, "node_modules", name), join(directory, "node_modules", name), { recursive: true });
  const compile = async (options, include) => {
    const compilerOptions = { target: "ES2022", module: "ESNext", moduleResolution: "Bundler", types: [], strict: true, noEmit: true, skipLibCheck: false, ...options };
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include }));
    await mustRun(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", "."], { cwd: directory, show: "failure" });
  };
  for (const [module, moduleResolution] of [["ESNext", "Bundler"], ["NodeNext", "NodeNext"]]) {
    await compile({ module, moduleResolution, lib: ["ES2022", "ESNext.Disposable", "DOM", "DOM.AsyncIterable"] }, ["src"]);
  }
  for (const [name, lib, types, file] of LIBRARIES) await t.test(name, () => compile({ lib, types }, [file]));
});
