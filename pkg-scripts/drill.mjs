// `npm run drill`: the incidents, played on the embedded server with the real programs. What stands behind `--` goes to the program.
import { join } from "node:path";
import { main, mustRun, run } from "./shell.mjs";
import { ensureRust, targetDirectory } from "./tools.mjs";

await main(async () => {
  await ensureRust();
  // `--workspace`: as for the companion, so that little is built twice.
  await mustRun("cargo", ["build", "--workspace", "--bin", "pinfold-drill"], { label: "compiling the drill" });
  const program = join(await targetDirectory(), "debug", process.platform === "win32" ? "pinfold-drill.exe" : "pinfold-drill");
  const { code } = await run(program, process.argv.slice(2), { show: "live" });
  process.exitCode = code === 0 ? 0 : 1;
});
