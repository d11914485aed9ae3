// `npm run fuzz -- TARGET`: a decoder under libFuzzer, so many executions, and how many were done. Options: --runs N, --minutes N (whichever is
// over first), --jobs N (processes beside each other; one for each core without), --list (the targets, as JSON). It needs `cargo install
// cargo-fuzz` and a nightly compiler. What breaks lies in crate/core/fuzz/artifacts, and --keep makes seeds of it, of all that the mutated seeds
// of `cargo test` broke as well.
import { createHash } from "node:crypto";
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { ask, main, mustRun, Plain, root, run, say, seconds } from "./shell.mjs";
import { targetDirectory } from "./tools.mjs";

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

/**
 * Makes seeds of what broke the targets, and takes it away where it lay: `artifacts/TARGET/*` of libFuzzer, `broke-TARGET` of the mutated seeds.
 * The same bytes are one seed. Gives the paths of the seeds.
 */
export async function keepFound(names, { artifacts, broken, seeds }) {
  const kept = [];
  for (const name of names) {
    const ofFuzzer = (await readdir(join(artifacts, name)).catch(() => [])).map((file) => join(artifacts, name, file));
    for (const path of [...ofFuzzer, join(broken, `broke-${name}`)]) {
      const bytes = await readFile(path).catch(() => undefined);
      if (!bytes) continue;
      const seed = join(seeds, name, `found-${createHash("sha256").update(bytes).digest("hex").slice(0, 8)}`);
      await writeFile(seed, bytes);
      await rm(path);
      if (!kept.includes(seed)) kept.push(seed);
    }
  }
  return kept;
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
  if (results.some(({ code }) => code !== 0)) throw new Plain(`${name} broke after ${done} executions: crate/core/fuzz/artifacts/${name} has the bytes, npm run fuzz -- --keep makes them a seed`);
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
        keep: { type: "boolean" },
      },
    });
    const known = await fuzzTargets();
    if (values.keep) {
      const kept = await keepFound(known, { artifacts: join(crate, "fuzz/artifacts"), broken: join(await targetDirectory(), "tmp"), seeds: join(crate, "fuzz/seeds") });
      return say(kept.length > 0 ? kept.map((path) => relative(root, path)).join("\n") : "nothing was found that is no seed yet");
    }
    if (values.list) return void process.stdout.write(`${JSON.stringify(known)}\n`);
    const unknown = positionals.filter((name) => !known.includes(name));
    if (unknown.length > 0) throw new Plain(`there is no target ${unknown.join(", ")}; there are ${known.join(", ")}`);
    const [runs, minutes, jobs] = ["runs", "minutes", "jobs"].map((option) => counted(values[option], option));
    if (!(await ask("cargo", ["+nightly", "fuzz", "--version"]))) throw new Plain("this needs a nightly compiler and cargo-fuzz: rustup toolchain install nightly; cargo install cargo-fuzz");
    for (const name of positionals.length > 0 ? positionals : known) await fuzz(name, { runs, minutes, jobs });
  });
}
