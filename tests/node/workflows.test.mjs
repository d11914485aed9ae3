// What the workflows run exists; that they have the form of workflows is asked by the step "audit".
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { checkCommand, commandsIn } from "../../pkg-scripts/commands.mjs";
import { executions, fuzzTargets, keepFound, shares, told } from "../../pkg-scripts/fuzz.mjs";
import { LONG } from "../../pkg-scripts/long.mjs";
import { differences } from "../../pkg-scripts/reproduce.mjs";

const folder = new URL("../../.github/workflows/", import.meta.url);
const texts = Object.fromEntries(await Promise.all((await readdir(folder)).map(async (name) => [name, await readFile(new URL(name, folder), "utf8")])));

test("every script that a workflow runs exists, with its options", async () => {
  const commands = Object.values(texts).flatMap((text) => [...text.matchAll(/run: (npm (?:test|run) .*|npm test)$/gm)].map(([, line]) => line));
  assert.ok(commands.length >= 5, commands.join("\n"));
  for (const command of commands) {
    const [{ words }] = commandsIn([command], 1);
    assert.deepEqual(await checkCommand(words), [], command);
  }
});

test("a change is tested by `npm test` and by nothing else", () => {
  assert.deepEqual([...texts["ci.yml"].matchAll(/^ *- run: (.*)$/gm)].map(([, line]) => line), ["npm test"]);
});

test("every slow suite runs at night", () => {
  const [, suites] = texts["nightly.yml"].match(/^ *suite: \[(.*)\]$/m);
  assert.deepEqual(suites.split(", "), LONG.map(({ name }) => name));
});

test("the slow suites are as long as they say", () => {
  const of = (name) => LONG.find((step) => step.name === name);
  assert.deepEqual(of("interop").run[1].slice(-2), ["--histories", "10000"]);
  const variables = { made: { PINFOLD_MADE: "100000" }, histories: { PINFOLD_HISTORIES: "100000" }, mutated: { PINFOLD_MUTATIONS: "1000000" }, killed: { PINFOLD_KILLS: "1000" }, operator: { PINFOLD_OPERATOR_STEPS: "3" }, engines: { PINFOLD_LONG: "1" }, faults: { PINFOLD_LONG: "1" } };
  for (const [name, env] of Object.entries(variables)) assert.deepEqual(of(name).env, env, name);
  assert.ok(of("drill").run[1].includes("--mutants") && of("release").run[1].includes("--dry-run"));
});

test("at night the tests are tried on what changed, and advisories are asked for", () => {
  assert.match(texts["nightly.yml"], /cargo mutants --in-diff changes\.diff --test-package pinfold-core/);
  assert.match(texts["nightly.yml"], /run: cargo deny check$/m);
  assert.match(texts["nightly.yml"], /run: npm audit --audit-level=high$/m);
});

test("two builds differ where a file has other bytes, is missing or is more", () => {
  const one = { same: "1", other: "2", missing: "3" };
  assert.deepEqual(differences(one, { same: "1", other: "9", more: "4" }), ["missing", "more", "other"]);
  assert.deepEqual(differences(one, { ...one }), []);
});

test("the fuzzer runs a hundred million times on every target that there is, and ends before its job does", async () => {
  const { url } = import.meta;
  const asked = JSON.parse(execFileSync(process.execPath, [new URL("../../pkg-scripts/fuzz.mjs", url).pathname, "--list"], { encoding: "utf8" }));
  const source = await readFile(new URL("../../crate/core/fuzz/targets.rs", url), "utf8");
  assert.deepEqual(asked.toSorted(), [...source.matchAll(/^ {4}\("(\w+)", \1\),$/gm)].map(([, name]) => name).sort());
  assert.deepEqual(asked, await fuzzTargets());
  const [, job] = texts["nightly.yml"].match(/^ {2}fuzz:\n((?: {4}.*\n)+)/m);
  const [, limit] = job.match(/timeout-minutes: (\d+)/);
  const [, runs, minutes] = job.match(/npm run fuzz -- \$\{\{ matrix\.target \}\} --runs (\d+) --minutes (\d+)$/m);
  assert.equal(Number(runs), 1e8);
  assert.ok(Number(limit) - Number(minutes) >= 20, "the compiler needs its time as well");
});

test("how many executions were done is what the fuzzer says", () => {
  assert.deepEqual(shares(10, 4), [3, 3, 2, 2]);
  assert.deepEqual(shares(2, 4), [1, 1]);
  assert.equal(executions("#2\tINITED cov: 9\n#512\tNEW    cov: 10\nDone 700 runs in 3 second(s)\n"), 700);
  assert.equal(executions("#2\tINITED cov: 9\n#512\tNEW    cov: 10\n==7== ERROR: libFuzzer: deadly signal\n"), 512);
  assert.equal(executions("error: could not compile\n"), 0);
  assert.equal(told("json", { runs: 1e8, done: 1e8, ms: 2000, jobs: 4 }), "json: 100,000,000 executions (2.0 s, 4 processes)");
  assert.equal(told("json", { runs: 1e8, done: 5e7, ms: 2000, jobs: 1 }), "json: 50,000,000 executions of 100,000,000; the time was over (2.0 s, 1 process)");
});

test("what the fuzzer or the mutated seeds broke becomes a seed, and lies there no longer", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "pinfold-fuzz-"));
  t.after(() => rm(folder, { recursive: true }));
  const at = (name) => join(folder, name);
  for (const name of ["artifacts/json", "seeds/json", "seeds/href", "broken"]) await mkdir(at(name), { recursive: true });
  const found = ["artifacts/json/crash-1", "artifacts/json/timeout-2", "broken/broke-json", "broken/broke-href"];
  for (const [place, text] of [[found[0], "[1"], [found[1], "[2"], [found[2], "[1"], [found[3], "/3"]]) await writeFile(at(place), text);
  const where = { artifacts: at("artifacts"), broken: at("broken"), seeds: at("seeds") };
  const kept = await keepFound(["href", "json", "letter"], where);
  assert.deepEqual(await Promise.all(kept.map((path) => readFile(path, "utf8"))), ["/3", "[1", "[2"]);
  assert.equal((await readdir(at("seeds/json"))).length, 2);
  for (const path of found) await assert.rejects(access(at(path)));
  assert.deepEqual(await keepFound(["href", "json", "letter"], where), []);
});

test("the tests that the slow suites name exist", async () => {
  for (const { name, run } of LONG.filter(({ run }) => run[0] === "cargo")) assert.deepEqual(await checkCommand(run.flat()), [], name);
});
