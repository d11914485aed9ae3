// What a stranger's program is without a page: it runs the job, prints the answers as JSON, and ends by itself.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { checkAnswers, credentials, serveAccount } from "./support.mjs";

const WS = pathToFileURL(join(root, "node_modules/ws/wrapper.mjs")).href;

/** Node 20 has no WebSocket: there it comes from `ws`, as the README says. */
const OPTIONS = `globalThis.WebSocket ? {} : { webSocket: (await import(process.env.WS)).default }`;

export const PROGRAMS = {
  "main.js": `
    import * as pinfold from "pinfold";
    import { run } from "./job.js";
    await pinfold.init();
    console.log(JSON.stringify(await run(pinfold, JSON.parse(process.env.ACCOUNT), ${OPTIONS})));
  `,
  "main.cjs": `
    const pinfold = require("pinfold");
    const recovery = require("pinfold/recovery");
    if (typeof recovery.openRecovery !== "function") throw new Error("pinfold/recovery was not loaded");
    (async () => {
      const { run } = await import("./job.js");
      await pinfold.init();
      console.log(JSON.stringify(await run(pinfold, JSON.parse(process.env.ACCOUNT), ${OPTIONS})));
    })();
  `,
  "threads.js": `
    import { Worker } from "node:worker_threads";
    const thread = new Worker(new URL("./main.js", import.meta.url));
    thread.on("error", (error) => { throw error; });
    thread.on("exit", (code) => { process.exitCode = code; });
  `,
};

/** Runs it in `directory` on a fresh server, and checks what it prints. It has three minutes, on a machine that may be busy; then it did not end. */
export async function checkProgram(t, directory, command, args) {
  const origin = await serveAccount(t, directory);
  const { output } = await mustRun("timeout", ["180", command, ...args], {
    cwd: directory,
    show: "failure",
    env: { ACCOUNT: JSON.stringify({ ...credentials, origin }), WS, NODE_NO_WARNINGS: "1", NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
  });
  checkAnswers(JSON.parse(output.split("\n").find((line) => line.startsWith("{"))));
}
