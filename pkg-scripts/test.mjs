// `npm test`: every step, each with its time, then a summary. Options: --only NAME (repeatable), --quick, --list.
import { parseArgs } from "node:util";
import { main, Plain, run, say, seconds } from "./shell.mjs";
import { STEPS } from "./steps.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true }, quick: { type: "boolean" }, list: { type: "boolean" } } });
  if (values.list) return STEPS.forEach(({ name, about }) => say(`${name.padEnd(13)} ${about}`));
  const unknown = values.only?.find((name) => !STEPS.some((step) => step.name === name));
  if (unknown) throw new Plain(`there is no step "${unknown}"; there are ${STEPS.map(({ name }) => name).join(", ")}`);
  const chosen = STEPS.filter((step) => (values.only ? values.only.includes(step.name) : !values.quick || step.quick));

  const results = [];
  for (const step of chosen) {
    say(`\n── ${step.name}: ${step.about}`);
    results.push({ name: step.name, ...(await perform(step)) });
    say(resultLine(results.at(-1)));
  }
  say(`\n── summary`);
  for (const result of results) say(`${result.name.padEnd(13)} ${resultLine(result)}`);
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  say(`${sum("passed")} passed, ${sum("failed")} failed`);
  if (sum("failed")) process.exitCode = 1;
});

async function perform(step) {
  const began = performance.now();
  try {
    const env = { ...(await step.prepare()), ...step.env };
    const [command, args] = typeof step.run === "function" ? step.run() : step.run;
    // Colours would have to be counted around.
    const { code, output } = await run(command, args, { show: "failure", env: { ...env, CARGO_TERM_COLOR: "never", NO_COLOR: "1" }, label: [command.split("/").at(-1), ...args].join(" ") });
    const counted = step.count?.(output) ?? countTests(output);
    // A step without tests of its own is one test; a step that failed is at least one failure.
    const passed = counted.passed + (counted.passed + counted.failed === 0 && code === 0 ? 1 : 0);
    const failed = code === 0 ? 0 : Math.max(1, counted.failed);
    return { passed, failed, took: performance.now() - began };
  } catch (error) {
    say(error instanceof Plain ? `✗ ${error.message}` : error.stack);
    return { passed: 0, failed: 1, took: performance.now() - began };
  }
}

/** Sums what cargo's, wasm-bindgen's and Node's runners print. */
function countTests(output) {
  const counted = { passed: 0, failed: 0 };
  for (const [, passed, failed] of output.matchAll(/test result: [^.]*\. (\d+) passed; (\d+) failed/g)) {
    counted.passed += Number(passed);
    counted.failed += Number(failed);
  }
  counted.passed += Number(output.match(/^# pass (\d+)/m)?.[1] ?? 0);
  counted.failed += Number(output.match(/^# fail (\d+)/m)?.[1] ?? 0);
  return counted;
}

function resultLine({ passed, failed, took }) {
  return `${failed ? "✗" : "✓"} ${passed} passed, ${failed} failed, ${seconds(took)}`;
}
