// Builds and runs the native companion: the embedded server of `npm start` and of the tests that cross languages.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mustRun, Plain, root } from "./shell.mjs";
import { ensureRust, targetDirectory } from "./tools.mjs";

const PROGRAM = "pinfold-companion";
const READY_MS = 30_000;

/**
 * Builds the companion; returns the path of the program. In the profile of the tests, whose dependencies are optimised:
 * so little is built twice. `--workspace`, because another selection of packages would unify the features of dependencies
 * differently.
 */
export async function buildCompanion() {
  await ensureRust();
  await mustRun("cargo", ["build", "--workspace", "--bin", PROGRAM], { label: "compiling the native companion" });
  return companionProgram();
}

/**
 * As {@link buildCompanion}, of the profile `start`, which optimises less and compiles nothing that the other packages need: for a person
 * who waits for a server. The page beside it takes longer, and goes first.
 */
export async function buildServer() {
  await ensureRust();
  await mustRun("cargo", ["build", "--profile", "start", "--package", PROGRAM, "--bin", PROGRAM], { label: "compiling the embedded server", modest: true });
  return companionProgram("start");
}

/** Where cargo puts it. */
export async function companionProgram(profile = "debug") {
  return join(await targetDirectory(), profile, process.platform === "win32" ? `${PROGRAM}.exe` : PROGRAM);
}

/**
 * Starts `pinfold-companion serve` and waits for its one line on standard output, `listening ORIGIN`. Returns
 * `{ origin, child, ended, stop }`. `onLine` hears what it logs.
 */
export async function serve(program, args, { onLine } = {}) {
  const child = spawn(program, ["serve", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { RUST_LOG: "warn", ...process.env },
  });
  const ended = new Promise((resolve) => child.on("close", resolve));
  const logged = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    logged.push(line);
    onLine?.(line);
  });
  const origin = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Plain([why, ...logged].join("\n")));
    const late = setTimeout(() => fail(`the companion did not say within ${READY_MS / 1000} s where it listens`), READY_MS);
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [, address] = line.match(/^listening (https?:\S+)$/) ?? [];
      if (address) resolve(address);
    });
    child.on("error", reject);
    void ended.then((code) => fail(`the companion ended (${code})`)).finally(() => clearTimeout(late));
    child.stdout.once("data", () => clearTimeout(late));
  });
  return {
    origin,
    child,
    ended,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
