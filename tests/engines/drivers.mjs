// Chromium, Firefox and WebKit behind four verbs: open a page, evaluate in it, take its picture, close. Nothing from npm but what the project
// has: Chromium through playwright-core, Firefox through WebDriver BiDi, which it speaks itself, WebKitGTK through its own driver.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium as playwright } from "playwright-core";
import { WebSocket } from "ws";

const START_MS = 60_000;
/** A log-in of Firefox with its own preferences takes a minute now and then: see docs/hosts.md. */
const SCRIPT_MS = 240_000;

const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** What `attempt` gives, as soon as it gives something; a program that starts answers nobody at first. */
async function once(what, attempt) {
  for (const until = Date.now() + START_MS; ; await later(50)) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > until) throw new Error(`${what} did not start: ${error.message}`);
    }
  }
}

/** Ends a program and waits until it has ended. */
async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await ended;
}

export async function chromium() {
  const browser = await playwright.launch({ executablePath: process.env.PINFOLD_CHROMIUM ?? "/usr/bin/chromium", args: process.getuid?.() === 0 ? ["--no-sandbox"] : [] });
  const page = await browser.newPage();
  return {
    version: browser.version().split(".")[0],
    open: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    picture: () => page.screenshot(),
    close: () => browser.close(),
  };
}

/**
 * `asUsersHaveIt` leaves its preferences alone. Otherwise wasm SIMD is compiled without AVX: Firefox mixes instructions with and without it,
 * and on some processors scrypt then takes a minute and not a third of a second, now and then.
 */
export async function firefox({ asUsersHaveIt = false } = {}) {
  const port = await freePort();
  const profile = await mkdtemp(join(tmpdir(), "pinfold-firefox-"));
  await writeFile(join(profile, "user.js"), asUsersHaveIt ? "" : 'user_pref("javascript.options.wasm_simd_avx", false);\n');
  const child = spawn(process.env.PINFOLD_FIREFOX ?? "firefox-esr", ["--headless", "--no-remote", "--profile", profile, "--remote-debugging-port", String(port)], { stdio: "ignore" });
  const socket = await once("Firefox", () => new Promise((resolve, reject) => {
    const one = new WebSocket(`ws://127.0.0.1:${port}/session`);
    one.on("open", () => resolve(one)).on("error", reject);
  }));
  const waiting = new Map();
  socket.on("message", (text) => {
    const { id, result, error, message } = JSON.parse(text);
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error) asked?.reject(new Error(`${error}: ${message}`));
    else asked?.resolve(result);
  });
  socket.on("close", () => { for (const asked of waiting.values()) asked.reject(new Error("Firefox has ended")); });
  let last = 0;
  const ask = (method, params = {}) => new Promise((resolve, reject) => {
    waiting.set(++last, { resolve, reject });
    socket.send(JSON.stringify({ id: last, method, params }));
  });
  const { capabilities } = await ask("session.new", { capabilities: {} });
  const { contexts: [{ context }] } = await ask("browsingContext.getTree");
  return {
    version: capabilities.browserVersion.split(".")[0],
    open: (url) => ask("browsingContext.navigate", { context, url, wait: "complete" }),
    async evaluate(expression) {
      const answer = await ask("script.evaluate", { expression: `(async () => JSON.stringify(await (${expression})))()`, target: { context }, awaitPromise: true });
      if (answer.type === "exception") throw new Error(answer.exceptionDetails.text);
      return answer.result.value === undefined ? undefined : JSON.parse(answer.result.value);
    },
    picture: async () => Buffer.from((await ask("browsingContext.captureScreenshot", { context })).data, "base64"),
    async close() {
      await Promise.race([ask("browser.close").catch(() => {}), later(2000)]);
      await end(child);
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** WebKitGTK's browser wants a display: it gets one of its own that nobody sees. */
export async function webkit() {
  const screen = spawn(process.env.PINFOLD_XVFB ?? "Xvfb", ["-displayfd", "3", "-nolisten", "tcp", "-screen", "0", "1280x1024x24"], { stdio: ["ignore", "ignore", "ignore", "pipe"] });
  const display = await new Promise((resolve, reject) => {
    screen.stdio[3].once("data", (number) => resolve(`:${String(number).trim()}`));
    screen.once("error", reject).once("close", () => reject(new Error("Xvfb did not start")));
  });
  const port = await freePort();
  const child = spawn(process.env.PINFOLD_WEBKIT_DRIVER ?? "WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: display, GDK_BACKEND: "x11" } });
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (value?.error) throw new Error(`${value.error}: ${value.message}`);
    return value;
  };
  await once("WebKitWebDriver", () => ask("GET", "/status"));
  const session = await ask("POST", "/session", { capabilities: { alwaysMatch: {
    browserName: "MiniBrowser", "webkitgtk:browserOptions": { binary: process.env.PINFOLD_MINIBROWSER, args: ["--automation"] },
  } } });
  const at = `/session/${session.sessionId}`;
  await ask("POST", `${at}/timeouts`, { script: SCRIPT_MS });
  return {
    version: `WebKitGTK ${session.capabilities.browserVersion.split(".").slice(0, 2).join(".")}`,
    open: (url) => ask("POST", `${at}/url`, { url }),
    async evaluate(expression) {
      const script = `const done = arguments[0];
        (async () => JSON.stringify({ value: await (${expression}) }))().then(done, (error) => done(JSON.stringify({ error: String(error?.stack ?? error) })));`;
      const { value, error } = JSON.parse(await ask("POST", `${at}/execute/async`, { script, args: [] }));
      if (error) throw new Error(error);
      return value;
    },
    picture: async () => Buffer.from(await ask("GET", `${at}/screenshot`), "base64"),
    async close() {
      await ask("DELETE", at).catch(() => {});
      await end(child);
      await end(screen);
    },
  };
}
