// `npm run fuzz -- TARGET`: a decoder under libFuzzer, so many executions, and how many were done. Options: --runs N, --minutes N (whichever is
// over first), --jobs N (processes beside each other; one for each core without), --list (the targets, as JSON). It needs `cargo install
// cargo-fuzz` and a nightly compiler. What breaks lies in crate/core/fuzz/artifacts.
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ask, main, mustRun, Plain, root, run, say, seconds } from "./shell.mjs";

const crate = join(root, "crate/core");

/** The targets by name, as cargo-fuzz knows them. */
export async function fuzzTargets() {
  const manifest = await readFile(join(crate, "fuzz/Cargo.toml"), "utf8");
  return [...manifest.matchAll(/^\[\[bin\]\]\nname = "([^"]+)"$/gm)].map(([, name]) => name);
}

/** How many executions libFuzzer says were done; 0 where it did not come so far. */
export function executions(output) {
  const [, done] = output.match(/^Done (\d+) runs? in \d+ second/m) ?? [];
  // Without that line it broke off: the last number of its progress.
  return Number(done ?? [...output.matchAll(/^#(\d+)\t/gm)].at(-1)?.[1] ?? 0);
}

/** `runs` in as many equal parts, none of them 0: libFuzzer takes that for "without an end". */
export function shares(runs, jobs) {
  const parts = Math.min(runs, jobs);
  return Array.from({ length: parts }, (_, at) => Math.floor(runs / parts) + (at < runs % parts ? 1 : 0));
}

/** The sentence about one target. */
export function told(name, { runs, done, ms, jobs }) {
  const number = (count) => count.toLocaleString("en-US");
  const short = done < runs ? ` of ${number(runs)}; the time was over` : "";
  return `${name}: ${number(done)} executions${short} (${seconds(ms)}, ${jobs} ${jobs === 1 ? "process" : "processes"})`;
}

async function fuzz(name, { runs, minutes, jobs }) {
  const fuzzer = (...args) => ["cargo", ["+nightly", "fuzz", ...args]];
  await mkdir(join(crate, "fuzz/corpus", name), { recursive: true });
  await mustRun(...fuzzer("build", name), { cwd: crate, label: `compiling ${name} for the fuzzer`, show: "failure" });
  const began = performance.now();
  // They share the corpus: each reads what the others find.
  const results = await Promise.all(shares(runs, jobs).map((share, at) =>
    run(...fuzzer("run", name, `fuzz/corpus/${name}`, `fuzz/seeds/${name}`, "--", `-runs=${share}`, `-max_total_time=${minutes * 60}`), {
      cwd: crate, show: "failure", label: `${name}, process ${at + 1}: ${share} executions`,
    })));
  const done = results.reduce((sum, { output }) => sum + executions(output), 0);
  const sentence = told(name, { runs, done, ms: performance.now() - began, jobs: results.length });
  say(sentence);
  if (process.env.GITHUB_STEP_SUMMARY) await appendFile(process.env.GITHUB_STEP_SUMMARY, `${sentence}\n`);
  if (results.some(({ code }) => code !== 0)) throw new Plain(`${name} broke after ${done} executions: crate/core/fuzz/artifacts/${name} has the bytes`);
}

/** A number from 1 on. */
function counted(text, option) {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Plain(`--${option} takes a whole number from 1 on; this is "${text}"`);
  return number;
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        runs: { type: "string", default: "1000000" },
        minutes: { type: "string", default: "60" },
        jobs: { type: "string", default: String(availableParallelism()) },
        list: { type: "boolean" },
      },
    });
    const known = await fuzzTargets();
    if (values.list) return void process.stdout.write(`${JSON.stringify(known)}\n`);
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Plain(`there is no target ${unknown.join(", ")}; there are ${known.join(", ")}`);
    const [runs, minutes, jobs] = ["runs", "minutes", "jobs"].map((option) => counted(values[option], option));
    if (!(await ask("cargo", ["+nightly", "fuzz", "--version"]))) throw new Plain("this needs a nightly compiler and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz");
    for (const name of positionals.length > 0 ? positionals : known) await fuzz(name, { runs, minutes, jobs });
  });
}
