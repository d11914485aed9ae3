// The report of the public API shows what a program would notice, and nothing else.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { difference, reportOf } from "../../pkg-scripts/api.mjs";

/** The report of a package with these declarations. */
async function report(t, declarations, others = {}) {
  const folder = await mkdtemp(join(tmpdir(), "pinfold-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await mkdir(join(folder, "dist"));
  const files = { "package.json": '{"name":"other","version":"1.0.0"}', "dist/index.d.ts": declarations, ...others };
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  return reportOf(join(folder, "dist/index.d.ts"), join(folder, "package.json"));
}

test("an added member is one line, a changed comment is none", async (t) => {
  const before = await report(t, "/** Old words. */\nexport interface Drive {\n  readonly pins: number;\n}");
  const after = await report(t, "/** New words. */\nexport interface Drive {\n  readonly pins: number;\n  /** More. */\n  readonly size: number;\n}");
  assert.equal(await difference(before, await report(t, "/** Others. */\nexport interface Drive {\n  readonly pins: number;\n}")), "");
  assert.deepEqual((await difference(before, after)).split("\n").filter((line) => /^[+-] /.test(line)), ["+    readonly size: number;"]);
});

test("a type that is not exported but referred to is part of it, through a second file too", async (t) => {
  const index = 'import type { Hidden } from "./other.js"; export declare function ask(): Hidden;';
  const text = await report(t, index, { "dist/other.d.ts": "export interface Hidden { secret: string }" });
  assert.match(text, /interface Hidden \{\n *secret: string/);
});

test("declarations that do not compile are refused", async (t) => {
  await assert.rejects(report(t, "export declare function ask(): Nowhere;"), /Nowhere/);
});
