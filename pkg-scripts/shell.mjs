// Running other programs, and saying so: one line for each, its output only when it fails or when somebody watches.
import { AsyncLocalStorage } from "node:async_hooks";
import { spawn } from "node:child_process";
import { constants, setPriority } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const watched = process.stdout.isTTY === true;
const HEARTBEAT_MS = 20_000;

/** A failure that is already in words for the person at the keyboard; no stack is shown for it. */
export class Plain extends Error {}

/** Who speaks, while several do. */
const speaker = new AsyncLocalStorage();

/** Runs `body`; every line that it says begins with `name`, so that those of its neighbours can be told apart. */
export const named = (name, body) => speaker.run(name, body);

export function say(text) {
  const name = speaker.getStore();
  const shown = name === undefined ? text : text.replace(/^(?=.)/gm, `${name.padEnd(13)}│ `);
  process.stdout.write(`${shown}\n`);
}

export function seconds(ms) {
  return ms < 950 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/**
 * Runs a program to its end and returns `{ code, output }`. `label` is said first, with the time after it.
 *
 * `show`: "live" hands the terminal to the program, "failure" shows its output only if it failed, "never" leaves it to
 * the caller. Default: live on a terminal that nobody else writes to, otherwise failure with a sign of life now and then.
 * `modest`: what runs beside it goes first. `signal`: an `AbortSignal` that ends it.
 */
export async function run(command, args, { label, show = watched && !speaker.getStore() ? "live" : "failure", env, cwd = root, input, modest = false, signal } = {}) {
  const began = performance.now();
  if (label) say(`· ${label}`);
  const child = spawn(command, args, {
    cwd,
    signal,
    env: { ...process.env, ...env },
    stdio: [input === undefined ? "ignore" : "pipe", ...(show === "live" ? ["inherit", "inherit"] : ["pipe", "pipe"])],
  });
  if (modest) yieldToOthers(child);
  if (input !== undefined) child.stdin.end(input);
  let output = "";
  const collect = (chunk) => (output += chunk);
  child.stdout?.setEncoding("utf8").on("data", collect);
  child.stderr?.setEncoding("utf8").on("data", collect);
  const alive = label && show === "failure"
    ? setInterval(() => say(`  … ${lastLine(output) || "working"} (${seconds(performance.now() - began)})`), HEARTBEAT_MS)
    : undefined;
  try {
    const code = await new Promise((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (status, signal) => resolve(status ?? `signal ${signal}`));
    });
    const took = performance.now() - began;
    if (label && took > 1500) say(`  ${code === 0 ? "done" : "failed"} in ${seconds(took)}`);
    if (code !== 0 && show === "failure") say(output.trimEnd());
    return { code, output, took };
  } finally {
    clearInterval(alive);
  }
}

/** Before it starts others, which are as modest as it is. Where the system refuses, it stays as it was. */
function yieldToOthers({ pid }) {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // It is no worse than before.
  }
}

/** Like `run`, and a failure ends the script in plain words. */
export async function mustRun(command, args, options = {}) {
  const result = await run(command, args, options).catch((error) => {
    throw error.code === "ENOENT" ? new Plain(`${command} was not found. ${options.hint ?? ""}`.trimEnd()) : error;
  });
  if (result.code !== 0) throw new Plain(`${options.label ?? [command, ...args].join(" ")}: failed (${result.code})`);
  return result;
}

/** The output of a short program, or undefined when it is absent or fails. */
export async function ask(command, args, options = {}) {
  try {
    const { code, output } = await run(command, args, { show: "never", ...options });
    return code === 0 ? output.trim() : undefined;
  } catch {
    return undefined;
  }
}

/** Runs a script's main function: plain failures and mistyped options become one line and exit code 1. */
export async function main(body) {
  try {
    await body();
  } catch (error) {
    const plain = error instanceof Plain || String(error?.code).startsWith("ERR_PARSE_ARGS");
    console.error(plain ? `\n✗ ${error.message}` : error);
    process.exitCode = 1;
  }
}

function lastLine(output) {
  return output.trimEnd().split("\n").at(-1)?.trim().slice(0, 90);
}
