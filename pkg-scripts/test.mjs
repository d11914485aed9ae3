// `npm test`: every step with its time, then a summary that counts steps. Options: --only NAME (repeatable), --quick, --list.
import { parseArgs } from "node:util";
import { runSteps } from "./runner.mjs";
import { main } from "./shell.mjs";
import { STEPS } from "./steps.mjs";
import { ensureTestRunner } from "./tools.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true }, quick: { type: "boolean" }, list: { type: "boolean" } } });
  // The steps for WebAssembly need the test runner that comes with the command-line tool. With it there, that makes the bindings too, and
  // the small program of `npm start` is not compiled.
  const runsWasm = values.only ? values.only.some((name) => name.startsWith("wasm-")) : !values.quick;
  // Whether that failed is told by the steps that need it.
  if (runsWasm && !values.list) void ensureTestRunner().catch(() => {});
  await runSteps(STEPS, values);
});
