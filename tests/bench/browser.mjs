// The rows in headless Chromium.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { chromium } from "playwright-core";
import { build } from "vite";
import { ensureChromium } from "../../pkg-scripts/tools.mjs";

/** Calls `each` with the result of every row whose name contains `only`. Returns all results. */
export async function inBrowser({ wasm, only, rounds }, each) {
  const server = createServer(await answers(wasm)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const browser = await chromium.launch({ executablePath: await ensureChromium(), args: ["--js-flags=--expose-gc", ...(process.getuid?.() === 0 ? ["--no-sandbox"] : [])] });
  try {
    console.log(`Chromium ${browser.version()}; milliseconds in the page, medians`);
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    const results = [];
    for (const name of await page.evaluate(() => globalThis.benchNames())) {
      if (!name.includes(only)) continue;
      results.push(await page.evaluate(([name, rounds]) => globalThis.benchRow(name, rounds), [name, rounds]));
      each(results.at(-1));
    }
    return results;
  } finally {
    await browser.close();
    server.close();
  }
}

/** A page, its script, the library and the recordings. */
async function answers(wasm) {
  const { output } = await build({
    configFile: false,
    logLevel: "warn",
    build: { write: false, target: "esnext", lib: { entry: join(import.meta.dirname, "page.mjs"), formats: ["es"], fileName: "page" } },
  }).then((built) => [built].flat()[0]);
  const files = {
    "/": ["text/html", '<!doctype html><meta charset="utf-8"><script type="module" src="/page.js"></script>'],
    "/page.js": ["text/javascript", output.find(({ type }) => type === "chunk").code],
    "/pinfold.wasm": ["application/wasm", wasm],
  };
  for (const name of ["medium", "mail1000"]) {
    files[`/data/${name}.ndjson.gz`] = ["application/octet-stream", await readFile(join(import.meta.dirname, `data/${name}.ndjson.gz`))];
  }
  return ({ url }, response) => {
    const [type, body] = files[url] ?? [];
    response.writeHead(body === undefined ? 404 : 200, { "content-type": type ?? "text/plain" }).end(body ?? "");
  };
}
