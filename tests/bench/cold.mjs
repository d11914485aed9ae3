// A page that nobody has opened before, on a slow line and a slow processor: from the first byte of its script until one can sign
// in, beside a script that weighs what the real client's worker weighs. Both as the developer tools of Chromium imitate it.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { chromium } from "playwright-core";
import { build } from "vite";
import { ensureChromium } from "../../pkg-scripts/tools.mjs";
import { median } from "./measure.mjs";

/** What the real client's worker weighs, minified; in brotli it is 131.2 KB. */
const REAL_BYTES = 542_100;
/** "Slow 4G" of the developer tools: bytes a second each way, and milliseconds until an answer begins. */
const SLOW = { downloadThroughput: (1.6e6 / 8) * 0.9, uploadThroughput: (750e3 / 8) * 0.9, latency: 150 * 3.75 };
const SLOWER = 4;
const BAR = 2;

/** Calls `each` with the result; returns it as a list. */
export async function cold(each, { wasm, rounds = 5 }) {
  const files = await pages(wasm);
  const server = createServer(({ url }, response) => {
    const { type, packed } = files[url] ?? {};
    if (!packed) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": type, "content-encoding": "br", "cache-control": "no-store" }).end(packed);
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const browser = await chromium.launch({ executablePath: await ensureChromium(), args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  try {
    const times = { ours: [], synthetic: [] };
    for (let round = 0; round < rounds; round += 1) {
      for (const name of Object.keys(times)) times[name].push(await opened(browser, `http://127.0.0.1:${server.address().port}/${name}`));
    }
    const bytes = (...names) => names.reduce((sum, name) => sum + files[name].packed.length, 0);
    const result = {
      name: "cold start",
      agrees: true,
      ours: { ms: median(times.ours), bytes: bytes("/ours.js", "/pinfold.wasm") },
      synthetic: { ms: median(times.synthetic), bytes: bytes("/synthetic.js") },
      ratio: median(times.synthetic.map((ms, round) => ms / times.ours[round])),
      bar: BAR,
    };
    each(result);
    return [result];
  } finally {
    await browser.close();
    server.close();
  }
}

/** Milliseconds from the first byte of the script until the page says that it is ready. */
async function opened(browser, url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Network.enable");
    await devtools.send("Network.emulateNetworkConditions", { offline: false, ...SLOW });
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: SLOWER });
    await page.goto(url);
    await page.waitForFunction(() => globalThis.readyAt !== undefined, undefined, { timeout: 120_000 });
    return await page.evaluate(() => globalThis.readyAt - performance.getEntriesByType("resource").find(({ name }) => name.endsWith(".js")).responseStart);
  } finally {
    await context.close();
  }
}

/** Every file by its path, as it goes over the line. */
async function pages(wasm) {
  const { output } = await build({
    configFile: false,
    logLevel: "warn",
    // Not as a library, which would have the WebAssembly in the script.
    build: { write: false, target: "esnext", assetsInlineLimit: 0, modulePreload: false, rollupOptions: { input: join(import.meta.dirname, "cold-page.mjs") } },
  }).then((built) => [built].flat()[0]);
  const html = (script, hint = "") => `<!doctype html><meta charset="utf-8">${hint}<script type="module" src="${script}"></script>`;
  const plain = {
    "/ours": ["text/html", html("/ours.js", '<link rel="preload" as="fetch" crossorigin href="/pinfold.wasm">')],
    "/ours.js": ["text/javascript", output.find(({ type }) => type === "chunk").code],
    "/pinfold.wasm": ["application/wasm", wasm],
    "/synthetic": ["text/html", html("/synthetic.js")],
    "/synthetic.js": ["text/javascript", synthetic()],
  };
  const packed = (body) => brotliCompressSync(body, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } });
  return Object.fromEntries(Object.entries(plain).map(([path, [type, body]]) => [path, { type, packed: packed(body) }]));
}

/** A script of the size of the real one, which packs about as well: functions over invented names. */
function synthetic() {
  let state = 1;
  const draw = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const pick = (list) => list[draw(list.length)];
  const words = Array.from({ length: WORDS }, () => Array.from({ length: 2 + draw(8) }, () => pick("abcdefghijklmnopqrstuvwxyz")).join(""));
  // Words are as unlike in number as those of a program are.
  const word = () => words[Math.floor(words.length * (draw(1e6) / 1e6) ** 3)];
  const statements = [
    () => `if(a.${word()}&&!b.${word()}){return a.${word()}(b,${draw(100)})}`,
    () => `for(var c=0;c<a.${word()};c++){b.${word()}=a[c].${word()}||"${word()} ${word()}"}`,
    () => `a.${word()}=function(c,d){return c.${word()}(d.${word()})};`,
    () => `b=Object.assign({${word()}:a.${word()},${word()}:${draw(1000)}},b);`,
    () => `try{a.${word()}(b)}catch(e){throw new Error("${word()} ${word()} ${word()}")}`,
  ];
  const end = "globalThis.readyAt=performance.now();";
  let text = "";
  for (let number = 0; text.length < REAL_BYTES - end.length; number += 1) {
    text += `function f${number}(a,b){${Array.from({ length: 3 + draw(5) }, () => pick(statements)()).join("")}}\n`;
  }
  const last = text.lastIndexOf("\n", REAL_BYTES - end.length - 1) + 1;
  return text.slice(0, last) + `/*${"".padEnd(REAL_BYTES - end.length - last - 4, ".")}*/`.slice(0, REAL_BYTES - end.length - last) + end;
}

/** So many words make the script pack like the real one. */
const WORDS = 3740;
