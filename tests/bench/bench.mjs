// `npm run bench`: the package beside the published JavaScript packages, in one run.
//
//   --only <text>    the rows whose name contains it
//   --rounds <n>     instead of each row's own number
//   --wasm <file>    another build of the library
//   --browser        in headless Chromium instead of Node, without a made account beside the peers (`--only large`), the accounts of growing size (`--only growth`),
//                    which are opened in both, the long mailbox (`--only inbox`) and a cold start on a slow line (`--only cold`),
//                    which are measured in Chromium, and the whole history of a drive (`--only history`) and an operator's work (`--only operator`), which
//                    native programs do
//   --channels <n>   of the store on which an operator's work is measured
//   --record         writes the rows with peers into README: a table and a picture (report.mjs)
//
// Times are told, never judged: the exit code says only whether the answers agree.
import { readFile } from "node:fs/promises";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import * as pinfold from "../../dist/pinfold.js";
import { cold } from "./cold.mjs";
import { growth } from "./growth.mjs";
import { history } from "./history.mjs";
import { inbox } from "./inbox.mjs";
import { large, NAME as LARGE } from "./large.mjs";
import { compare } from "./measure.mjs";
import { record } from "./report.mjs";
import { rows } from "./rows.mjs";
import { operator } from "./operator.mjs";
import { agreement, coldLine, growthLine, historyLine, inboxLine, operatorLine, table } from "./table.mjs";

const { values } = parseArgs({
  options: { only: { type: "string", default: "" }, rounds: { type: "string" }, wasm: { type: "string" }, browser: { type: "boolean" }, channels: { type: "string" }, record: { type: "boolean" } },
});
const { only, browser } = values;
const rounds = values.rounds === undefined ? undefined : Number(values.rounds);
const wasm = await readFile(values.wasm ?? join(import.meta.dirname, "../../dist/pinfold.wasm"));

let heading = true;
const show = (result) => {
  console.log(table([result], { heading }));
  heading = false;
};
const results = browser
  ? await (await import("./browser.mjs")).inBrowser({ wasm, only, rounds }, show)
  : await inNode(show);
console.log(agreement(results));
if (values.record) await record(browser ? "Chromium" : "Node", results);
process.exitCode = results.every(({ agrees }) => agrees) ? 0 : 1;

async function inNode(each) {
  const host = {
    // Time of the processor and not of the clock on the wall: what waits for others does not count.
    clock: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    collect: globalThis.gc ?? (() => {}),
  };
  const read = (name) => readFile(join(import.meta.dirname, "data", name));
  console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? "unknown processor"}; milliseconds of processor time, medians`);
  await pinfold.default({ module_or_path: wasm });
  const results = [];
  for (const row of await rows(pinfold, read)) {
    if (!row.name.includes(only)) continue;
    const sides = await row.prepare();
    results.push({ ...row, ...await compare({ ...sides, rounds: rounds ?? row.rounds }, host) });
    sides.done?.();
    each(results.at(-1));
  }
  if (LARGE.includes(only) || only === "large") results.push(...await large(pinfold, host, each, rounds));
  if ("growth".includes(only)) {
    let first = true;
    results.push(...await growth((account) => {
      console.log(growthLine(account, { heading: first }));
      first = false;
    }));
  }
  if ("cold".includes(only)) results.push(...await cold((start) => console.log(coldLine(start)), { wasm, rounds }));
  if ("history".includes(only)) results.push(...await history((log) => console.log(historyLine(log))));
  if ("inbox".includes(only)) results.push(...await inbox((place) => console.log(inboxLine(place))));
  if ("operator".includes(only)) {
    const channels = values.channels === undefined ? undefined : Number(values.channels);
    results.push(...await operator((work) => console.log(operatorLine(work)), { rounds, channels }));
  }
  return results;
}
