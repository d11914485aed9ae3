// The table of hosts in README is what the tests printed.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { merged, placed, table } from "../../pkg-scripts/hosts.mjs";

const results = JSON.parse(await readFile(new URL("../hosts/results.json", import.meta.url), "utf8"));
const readme = await readFile(new URL("../../README.md", import.meta.url), "utf8");

test("README holds the last results, and each passed", () => {
  assert.equal(readme, placed(readme, table(results)));
  assert.deepEqual(results.filter(({ failed }) => failed), []);
  for (const group of ["engine", "page", "bundler", "framework", "program", "types"]) assert.ok(results.some((row) => row.group === group), group);
});

test("what did not run in a host stands in its row, with the reason", () => {
  const row = { group: "engine", name: "Engine", version: "1", ran: "page, worker", lacks: "SharedWorker (version 1 has none)" };
  assert.equal(table([row]).split("\n")[2], "| Engine | 1 | page, worker; not: SharedWorker (version 1 has none) | nothing | |");
});

test("a row that is run again replaces the one of before, a failure shows, and versions are in order", () => {
  const before = [{ group: "bundler", name: "Tool 9", version: "9.1" }, { group: "bundler", name: "Tool 10", version: "10.0" }, { group: "page", name: "a page", version: "1" }];
  const after = merged(before, [{ group: "bundler", name: "Tool 10", failed: true, ran: "build", add: "a line", bytes: 1 }]);
  assert.deepEqual(after.map(({ name }) => name), ["a page", "Tool 9", "Tool 10"]);
  assert.deepEqual(table(after).split("\n").slice(2), ["| a page | 1 | the job | nothing | |", "| Tool 9 | 9.1 | the job | nothing | |", "| Tool 10 | **failed** | build | a line | 0 KB |", ""]);
  assert.throws(() => placed("no marks", ""), /lost the marks/);
});
