// Builds and runs the native companion: the embedded server of `npm start` and of the tests that cross languages.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { mustRun, Plain, root } from "./shell.mjs";
import { ensureRust, targetDirectory } from "./tools.mjs";

const READY_MS = 30_000;

/** Builds the companion; returns the path of the program. */
export async function buildCompanion() {
  await ensureRust();
  await mustRun("cargo", ["build", "--package", "pinfold-companion", "--profile", "native"], { label: "compiling the native companion" });
  const name = process.platform === "win32" ? "pinfold-companion.exe" : "pinfold-companion";
  return join(await targetDirectory(), "native", name);
}

/** The recorded account that comes with the repository. */
export const recordedAccount = join(root, "tests/accounts/fixture");

/**
 * Starts `pinfold-companion serve` and waits until it says where it listens. Returns `{ origin, child, stop }`.
 * `onLine` hears every line of its output.
 */
export async function serve(program, args, { onLine } = {}) {
  const child = spawn(program, ["serve", ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
  const ended = new Promise((resolve) => child.on("close", resolve));
  let output = "";
  const origin = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Plain(`the companion did not say where it listens:\n${output}`)), READY_MS);
    const hear = (chunk) => {
      output += chunk;
      for (const line of String(chunk).split("\n")) if (line) onLine?.(line);
      const found = output.match(/http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+/);
      if (!found) return;
      clearTimeout(late);
      resolve(found[0]);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    void ended.then((code) => {
      clearTimeout(late);
      reject(new Plain(`the companion ended (${code}):\n${output.trim()}`));
    });
  });
  return {
    origin,
    child,
    ended,
    output: () => output,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
