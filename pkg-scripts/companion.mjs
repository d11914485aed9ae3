// Builds and runs the native companion: the embedded server of `npm start` and of the tests that cross languages.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { mustRun, Plain, root } from "./shell.mjs";
import { ensureRust, targetDirectory } from "./tools.mjs";

const READY_MS = 30_000;

/**
 * Builds the companion; returns the path of the program. In the profile of the tests, whose dependencies are optimised:
 * so little is built twice, and the program is as fast as this use needs (a release is built with `--profile native`).
 * `--workspace`, because another selection of packages would unify the features of dependencies differently.
 */
export async function buildCompanion() {
  await ensureRust();
  await mustRun("cargo", ["build", "--workspace", "--bin", "pinfold-companion"], { label: "compiling the native companion" });
  return companionProgram();
}

/** Where cargo puts it. */
export async function companionProgram() {
  return join(await targetDirectory(), "debug", process.platform === "win32" ? "pinfold-companion.exe" : "pinfold-companion");
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
