// `npm run interop`: pinfold and the published JavaScript packages against each other, and a table of the cases. Options:
// --histories N (how many random ones), --seed N (of the first), --only NAME (of a tests/interop/NAME.test.mjs).
import { parseArgs } from "node:util";
import { main, mustRun, Plain } from "./shell.mjs";
import { interopTests, withCompanion } from "./steps.mjs";

await main(async () => {
  const { values } = parseArgs({ options: { histories: { type: "string" }, seed: { type: "string" }, only: { type: "string" } } });
  for (const name of ["histories", "seed"]) {
    if (values[name] !== undefined && !/^\d{1,9}$/.test(values[name])) throw new Plain(`--${name} wants a number`);
  }
  const env = {
    ...(await withCompanion()),
    ...(values.histories && { PINFOLD_HISTORIES: values.histories }),
    ...(values.seed && { PINFOLD_SEED: values.seed }),
  };
  const [command, args] = interopTests(values.only);
  await mustRun(command, args, { show: "live", env, label: "interop" });
});
