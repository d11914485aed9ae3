// `npm test`: every step with its time, then a summary that counts steps. Options: --only NAME (repeatable), --quick, --list.
import { parseArgs } from "node:util";
import { runSteps } from "./runner.mjs";
import { main } from "./shell.mjs";
import { STEPS } from "./steps.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true }, quick: { type: "boolean" }, list: { type: "boolean" } } });
  await runSteps(STEPS, values);
});
