// The rows in a page: what browser.mjs bundles, serves and calls.
import * as pinfold from "../../dist/pinfold.js";
import { compare } from "./measure.mjs";
import { rows } from "./rows.mjs";

const bytes = async (path) => new Uint8Array(await (await fetch(path)).arrayBuffer());
const host = {
  // Nothing in the page waits for anything, so the clock on the wall is as good.
  clock: () => performance.now(),
  collect: globalThis.gc ?? (() => {}),
};

let all;

globalThis.benchNames = async () => {
  await pinfold.default({ module_or_path: await bytes("/pinfold.wasm") });
  all = await rows(pinfold, (name) => bytes(`/data/${name}`));
  return all.map(({ name }) => name);
};

globalThis.benchRow = async (name, rounds) => {
  const row = all.find((row) => row.name === name);
  const sides = await row.prepare();
  const result = await compare({ ...sides, rounds: rounds ?? row.rounds }, host);
  sides.done?.();
  const { bar, later, itself } = row;
  return { name, bar, later, itself, ...result };
};
