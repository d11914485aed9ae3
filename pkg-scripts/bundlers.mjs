// `npm run bundlers`: the packed tarball under versions of bundlers and of TypeScript that are no packages of this project.
// They come from the registry, so this needs a network and some minutes.
import { main, mustRun } from "./shell.mjs";
import { versionTests, withBrowser } from "./steps.mjs";

await main(async () => {
  const [command, args] = versionTests();
  await mustRun(command, args, { show: "live", env: await withBrowser(), label: "bundlers" });
});
