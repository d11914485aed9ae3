// Versions that are no packages of this project: each is installed from the registry into a project of its own. A slow
// command (`npm run bundlers`), not part of `npm test`.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cp, readFile, writeFile } from "node:fs/promises";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { extname, join } from "node:path";
import { test } from "node:test";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { answersOfPage, PAGES, project, startOfPage } from "../packaging/project.mjs";
import { checkAnswers } from "../packaging/support.mjs";
import { LIBRARIES, TYPES } from "../packaging/types.mjs";

const bin = (directory, name) => join(directory, "node_modules/.bin", name);

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Starts a development server and waits until it answers. */
async function development(t, directory, command, args) {
  const port = await freePort();
  const child = spawn(command, args(port), { cwd: directory, stdio: "ignore" });
  t.after(() => child.kill("SIGKILL"));
  const origin = `http://127.0.0.1:${port}`;
  for (let n = 0; n < 150; n += 1) {
    if (await fetch(origin).then(({ ok }) => ok, () => false)) return origin;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`nothing answers at ${origin}`);
}

for (const version of [5, 6, 7]) {
  test(`Vite ${version}, development and build, in the page and in a worker`, async (t) => {
    const directory = await project(t, {
      ...PAGES,
      "vite.config.js": `export default { worker: { format: "es" }, build: { target: "es2022", rollupOptions: { input: ["index.html", "worker.html"] } } };`,
    }, [`vite@${version}`]);
    const origin = await development(t, directory, bin(directory, "vite"), (port) => ["--port", String(port), "--strictPort", "--host", "127.0.0.1"]);
    assert.equal(await startOfPage(t, `${origin}/`), "started");
    assert.equal(await startOfPage(t, `${origin}/worker.html`), "net/unreachable");
    await mustRun(bin(directory, "vite"), ["build"], { cwd: directory, show: "failure" });
    checkAnswers(await answersOfPage(t, join(directory, "dist")));
    await t.test("build, worker", async (t) => checkAnswers(await answersOfPage(t, join(directory, "dist"), "/worker.html")));
  });
}

/** The files of a directory over HTTP, as a plain server has them: Parcel's import map is an inline script, which the content
 *  security policy of the embedded server refuses. */
async function plainServer(t, directory) {
  const types = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
  const server = createHttpServer(async ({ url }, answer) => {
    const { pathname } = new URL(url, "http://localhost");
    const body = await readFile(join(directory, pathname)).catch(() => undefined);
    answer.writeHead(body ? 200 : 404, { "content-type": types[extname(pathname)] ?? "text/plain" }).end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => server.close());
  return `http://127.0.0.1:${server.address().port}`;
}

test("Parcel, in the page and in a worker", async (t) => {
  const directory = await project(t, PAGES, ["parcel@2"]);
  // It reads the map of exports only when it is told to.
  const description = JSON.parse(await readFile(join(directory, "package.json"), "utf8"));
  await writeFile(join(directory, "package.json"), JSON.stringify({ ...description, "@parcel/resolver-default": { packageExports: true } }));
  await mustRun(bin(directory, "parcel"), ["build", "index.html", "worker.html", "--no-cache", "--no-source-maps"], { cwd: directory, show: "failure" });
  const origin = await plainServer(t, join(directory, "dist"));
  assert.equal(await startOfPage(t, `${origin}/index.html`), "started");
  // The module was made there, and then nobody was at that address.
  assert.equal(await startOfPage(t, `${origin}/worker.html`), "net/unreachable");
});

for (const version of ["5.2", "5.4", "5.6", "5.9", "6", "latest"]) {
  test(`TypeScript ${version}, whatever libraries the project names`, async (t) => {
    const directory = await project(t, TYPES, [`typescript@${version}`]);
    for (const name of ["@types/node", "undici-types"]) await cp(join(root, "node_modules", name), join(directory, "node_modules", name), { recursive: true });
    for (const [name, lib, types, file] of LIBRARIES) {
      // The oldest way of resolving, which knows no map of exports, is gone in version 7.
      for (const moduleResolution of version.startsWith("5") && file === "file.ts" ? ["Bundler", "Node10"] : ["Bundler"]) {
        await t.test(`${name}, ${moduleResolution}`, async () => {
          const compilerOptions = { target: "ES2022", module: "ESNext", moduleResolution, lib, types, strict: true, noEmit: true, skipLibCheck: false };
          await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [file] }));
          await mustRun(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], { cwd: directory, show: "failure" });
        });
      }
    }
  });
}
