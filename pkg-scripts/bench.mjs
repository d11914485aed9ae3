// `npm run bench`: the package against the published JavaScript peers, in one run.
import { join } from "node:path";
import { buildPackage } from "./build.mjs";
import { main, mustRun, root } from "./shell.mjs";

await main(async () => {
  await buildPackage();
  await mustRun(process.execPath, ["--expose-gc", join(root, "tests/bench/bench.mjs"), ...process.argv.slice(2)], { show: "live" });
});
