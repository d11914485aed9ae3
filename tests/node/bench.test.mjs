// The table and the picture of README are those of the results that are kept.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "../../pkg-scripts/shell.mjs";
import { merged, picture, placed, table } from "../bench/report.mjs";

const read = (path) => readFile(join(root, path), "utf8");

test("README has the table and the picture of the results", async () => {
  const [readme, svg, results] = [await read("README.md"), await read("docs/images/bench.svg"), JSON.parse(await read("tests/bench/results.json"))];
  assert.equal(readme, placed(readme, table(results)));
  assert.equal(svg, picture(results));
  assert.ok(results.some(({ host }) => host === "Node") && results.some(({ host }) => host === "Chromium"));
});

test("rows that were run replace those of before, and no others", () => {
  const row = (name, host, ratio) => ({ name, host, peers: 2, ours: 1, ratio });
  const after = merged([row("a <b>", "Node", 1), row("a <b>", "Chromium", 2)], [row("a <b>", "Node", 3), row("c", "Node", 4)]);
  assert.deepEqual(after.map(({ ratio }) => ratio), [3, 2, 4]);
  assert.match(table(after), /\| a <b> \| 2\.0 ms \/ 1\.0 ms \| \*\*3\.0\*\* times \| 2\.0 ms \/ 1\.0 ms \| \*\*2\.0\*\* times \|\n\| c \|.*\*\*4\.0\*\* times \|  \|  \|/);
  assert.match(picture(after), /a &lt;b&gt;/);
  assert.throws(() => placed("no marks", ""), /lost the marks/);
});
