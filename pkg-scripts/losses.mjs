// `npm run losses`: the loss scenarios of today's client on the embedded server, and the table of what became of each.
import { ensureRust } from "./tools.mjs";
import { main, mustRun } from "./shell.mjs";

await main(async () => {
  await ensureRust();
  await mustRun("cargo", ["test", "--package", "pinfold-companion", "--test", "losses"], { show: "live", label: "the loss scenarios" });
});
