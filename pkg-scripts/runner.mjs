// Runs steps, each with its time, and counts them at the end. Most run two at a time.
import { named, Plain, run, say, seconds } from "./shell.mjs";

/** All of `steps`, or those that `only` names, or those that are `quick`; with `list` their names alone. A step is what steps.mjs says. */
export async function runSteps(steps, { only, quick, list }) {
  if (list) return steps.forEach(({ name, about }) => say(`${name.padEnd(13)} ${about}`));
  const unknown = only?.find((name) => !steps.some((step) => step.name === name));
  if (unknown) throw new Plain(`there is no step "${unknown}"; there are ${steps.map(({ name }) => name).join(", ")}`);
  const chosen = steps.filter((step) => (only ? only.includes(step.name) : !quick || step.quick));

  const began = performance.now();
  const results = [];
  // Whether it failed is told when the step has its turn.
  for (const step of chosen) void step.early?.().catch(() => {});
  for (const group of groups(chosen)) {
    const isAlone = group.length === 1;
    await pool(group, async (step) => results.push(await (isAlone ? perform(step) : named(step.name, () => perform(step)))));
  }
  results.sort((a, b) => chosen.indexOf(a.step) - chosen.indexOf(b.step));
  say(`\n── summary, after ${seconds(performance.now() - began)}`);
  for (const result of results) say(resultLine(result));
  const failed = results.filter((result) => result.problem !== undefined);
  // Once more: of a long log people often see the end alone.
  for (const { name, words } of failed) if (words) say(`\n── ${name}: why it failed\n${words}`);
  say(`${results.length - failed.length} passed, ${failed.length} failed`);
  if (failed.length) process.exitCode = 1;
}

/** Neighbours that have a kind are a group; a step without one is a group of its own, and runs while nothing else does. */
function groups(steps) {
  const all = [];
  for (const step of steps) {
    const last = all.at(-1);
    if (step.kind && last?.at(-1).kind) last.push(step);
    else all.push([step]);
  }
  return all;
}

/** Two at a time, in order; but one of cargo's, because a second would only wait for the lock of the first. */
async function pool(steps, body) {
  const waiting = [...steps];
  let cargoRuns = false;
  const worker = async () => {
    for (;;) {
      const at = waiting.findIndex(({ kind }) => kind !== "cargo" || !cargoRuns);
      if (at < 0) return;
      const [step] = waiting.splice(at, 1);
      const isCargo = step.kind === "cargo";
      if (isCargo) cargoRuns = true;
      await body(step);
      if (isCargo) cargoRuns = false;
    }
  };
  await Promise.all([worker(), worker()]);
}

async function perform(step) {
  say(`\n── ${step.name}: ${step.about}`);
  const result = { step, name: step.name, ...(await outcome(step)) };
  say(resultLine(result));
  return result;
}

/**
 * `{ took, tests, problem, words }`: milliseconds; how many tests passed, for a step that runs tests; that the step failed, in a few
 * words; what its program said about that.
 */
async function outcome(step) {
  const began = performance.now();
  const result = (rest) => ({ took: performance.now() - began, ...rest });
  try {
    const env = { ...(await step.prepare()), ...step.env };
    if (!step.run) return result({});
    const [command, args] = typeof step.run === "function" ? await step.run() : step.run;
    // Colours would have to be counted around.
    const { code, output } = await run(command, args, { show: "failure", env: { ...env, CARGO_TERM_COLOR: "never", NO_COLOR: "1" }, label: [command.split("/").at(-1), ...args].join(" ") });
    if (code !== 0) return result({ problem: `ended with ${code}`, words: reasons(output) });
    if (step.shows) for (const [line] of output.matchAll(step.shows)) say(line);
    if (!step.tests) return result({});
    const tests = (step.count ?? countTests)(output);
    return result({ tests, ...(tests === 0 && { problem: "no test was run" }) });
  } catch (error) {
    const words = error instanceof Plain ? `✗ ${error.message}` : error.stack;
    say(words);
    return result({ problem: "could not be run", words });
  }
}

/** What a failed program said about its failure: each test that failed under Node's runner, else the last lines. */
function reasons(output) {
  const most = (lines, count) => (lines.length > count ? [...lines.slice(0, count), "…"] : lines);
  const tests = [...output.matchAll(/^ *not ok .*\n(?: +---\n[^]*?^ +\.\.\.$)?/gm)].map(([text]) => most(text.trimEnd().split("\n"), 25).join("\n"));
  return tests.length > 0 ? most(tests, 4).join("\n") : output.trimEnd().split("\n").slice(-40).join("\n");
}

/** The tests that cargo's, wasm-bindgen's and Node's runners say have passed. */
function countTests(output) {
  const counts = [...output.matchAll(/test result: ok\. (\d+) passed|^# pass (\d+)/gm)];
  return counts.reduce((sum, [, cargo, node]) => sum + Number(cargo ?? node), 0);
}

function resultLine({ name, took, tests, problem }) {
  const what = problem ?? (tests === undefined ? "" : `${tests.toLocaleString("en")} tests`);
  return `${problem ? "✗" : "✓"} ${name.padEnd(13)} ${seconds(took).padStart(8)}  ${what}`.trimEnd();
}
