// A host of the table in README: its test, what of the table its passing fills, and a web server like a stranger's.
import assert from "node:assert/strict";
import { appendFile, readdir, readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { extname, join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { project } from "./project.mjs";
import { serveAccount } from "./support.mjs";

/** The file to which rows are added: set by `npm run hosts`, which takes the newest versions and makes the table anew. */
const COLLECTING = process.env.PINFOLD_HOSTS;
/** The table: `npm test` takes the versions that it names, and holds that it says what was run. */
const TABLE = new Map(JSON.parse(await readFile(new URL("../hosts/results.json", import.meta.url), "utf8")).map((row) => [row.name, row]));

/** Where a page of a project finds the package, without a bundler. */
export const PACKAGE = "./node_modules/pinfold/dist/index.js";

/**
 * The strict content security policy of docs/hosts.md, for a page that makes the trusted types of this name alone: everything from the page's
 * own origin, and nothing else.
 */
export const strictPolicy = (trusted = "'none'") =>
  `default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types ${trusted}`;

/** A script that runs the job where it is, and answers who sends an account to it. */
export const answering = (listen) => `
  import * as pinfold from "${PACKAGE}";
  import { run } from "./job.js";
  const answer = async (account, port) => {
    try {
      await pinfold.init();
      port.postMessage(await run(pinfold, account));
    } catch (error) {
      port.postMessage({ problem: String(error.stack ?? error) });
    }
  };
  ${listen}
`;

/**
 * A test of one host. `facts` and what `body` returns make its row: `group`, `name`, `version`, `ran` (what was run there), `add` (what the
 * stranger has to add; nothing if it is left out), `lacks` (what did not run there, each with its reason), `bytes` (what a browser is sent). A
 * failure is a row as well. `body` is given the context of the test and `install(files, packages)`, which makes a project with packages from the
 * registry and notes their versions. With `older`, `npm test` leaves it to `npm run hosts`, and asks only that the table has it.
 */
export function host({ older = false, ...facts }, body) {
  const title = [facts.name, facts.ran].filter(Boolean).join(", ");
  if (older && !COLLECTING) return void test(`${title}: as the table has it`, () => agrees(facts));
  test(title, async (t) => {
    let row = { ...facts, failed: true };
    try {
      const packages = {};
      const install = (files, named) => fromRegistry(t, facts.name, files, named, packages);
      const seen = await body(t, install);
      const [version] = Object.values(packages);
      row = { ...facts, ...(version && { version, packages }), ...seen };
    } finally {
      if (COLLECTING) await appendFile(COLLECTING, `${JSON.stringify(row)}\n`);
    }
    if (!COLLECTING) agrees(row);
  });
}

/** That the table says of this host what is declared and was run. Which things an engine can do depends on its version. */
function agrees({ version, bytes, packages, ...said }) {
  const { version: before, bytes: _, packages: __, commit, date, ...kept } = TABLE.get(said.name) ?? {};
  if (said.group === "engine" && version !== before) return;
  // As it would be written: without what is undefined.
  assert.deepEqual(JSON.parse(JSON.stringify(said)), kept, `the table in README has another row of "${said.name}": npm run hosts`);
}

/** A project with these packages, in the versions of the table; the newest where a table is made. */
async function fromRegistry(t, host, files, named, packages) {
  const nameOf = (spec) => spec.replace(/(?<=.)@.*$/, "");
  const kept = COLLECTING ? {} : (TABLE.get(host)?.packages ?? {});
  const directory = await project(t, files, named.map((spec) => (kept[nameOf(spec)] ? `${nameOf(spec)}@${kept[nameOf(spec)]}` : spec)));
  for (const name of named.map(nameOf)) packages[name] = JSON.parse(await readFile(join(directory, "node_modules", name, "package.json"), "utf8")).version;
  return directory;
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".wasm": "application/wasm", ".json": "application/json" };

/**
 * A plain web server for the files of a directory, with these headers, which passes on what is CryptPad's: the embedded server has a content
 * security policy of its own, and refuses the inline scripts that some tools make. Returns its origin.
 */
export async function front(t, directory, headers = {}) {
  const { hostname, port } = new URL(await serveAccount(t, directory));
  const server = createServer(async (request, answer) => {
    const { pathname } = new URL(request.url, "http://localhost");
    if (/^\/(api|block|blob)\//.test(pathname)) {
      const onward = ask({ hostname, port, path: request.url, method: request.method, headers: request.headers }, (reply) => {
        answer.writeHead(reply.statusCode, reply.headers);
        reply.pipe(answer);
      });
      onward.on("error", () => answer.destroy());
      request.pipe(onward);
      return;
    }
    const path = pathname.endsWith("/") ? `${pathname}index.html` : pathname;
    const body = await readFile(join(directory, decodeURIComponent(path))).catch(() => undefined);
    answer.writeHead(body ? 200 : 404, { "content-type": TYPES[extname(path)] ?? "text/plain", ...headers }).end(body);
  });
  server.on("upgrade", (request, socket, head) => {
    const onward = connect(Number(port), hostname, () => {
      const lines = [`${request.method} ${request.url} HTTP/1.1`];
      for (let at = 0; at < request.rawHeaders.length; at += 2) lines.push(`${request.rawHeaders[at]}: ${request.rawHeaders[at + 1]}`);
      onward.write(`${lines.join("\r\n")}\r\n\r\n`);
      onward.write(head);
      socket.pipe(onward).pipe(socket);
    });
    for (const one of [onward, socket]) one.on("error", () => (onward.destroy(), socket.destroy()));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${server.address().port}`;
}

/** What the scripts and the WebAssembly of a built page weigh in brotli, all files below `directory`. */
export async function weigh(directory) {
  let bytes = 0;
  for (const file of await readdir(directory, { recursive: true })) {
    if (!/\.(m?js|wasm)$/.test(file)) continue;
    bytes += brotliCompressSync(await readFile(join(directory, file))).length;
  }
  return bytes;
}
