// A host of the table in README: its test, what of the table its passing fills, and a web server like a stranger's.
import { appendFile, readdir, readFile } from "node:fs/promises";
import { createServer, request as ask } from "node:http";
import { connect } from "node:net";
import { extname, join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { serveAccount } from "./support.mjs";

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
 * stranger has to add; nothing if it is left out), `lacks` (what did not run there, each with its reason), `bytes` (what a browser is sent). With PINFOLD_HOSTS, the file to which
 * rows are added, also a failure is one.
 */
export function host(facts, body) {
  test([facts.name, facts.ran].filter(Boolean).join(", "), async (t) => {
    let row = { ...facts, failed: true };
    try {
      row = { ...facts, ...(await body(t)) };
    } finally {
      if (process.env.PINFOLD_HOSTS) await appendFile(process.env.PINFOLD_HOSTS, `${JSON.stringify(row)}\n`);
    }
  });
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
