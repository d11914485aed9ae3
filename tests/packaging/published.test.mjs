// What the registry's readers and the tools of other people make of the packed tarball, by two programs that ask exactly that.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { tarball } from "./project.mjs";

test("publint has nothing to say, not even a suggestion", async () => {
  const { messages, pkg } = await publint({ pack: { tarball: (await readFile(tarball)).buffer }, level: "suggestion", strict: true });
  assert.equal(pkg.name, "pinfold");
  assert.deepEqual(messages.map((message) => formatMessage(message, pkg, { color: false })), []);
});

test("attw: every entry has its types under every way of resolving", async () => {
  const { problems, entrypoints } = await checkPackage(createPackageFromTarballData(new Uint8Array(await readFile(tarball))));
  assert.deepEqual(Object.keys(entrypoints).sort(), [".", "./inline", "./inspect", "./package.json", "./pinfold-recovery.wasm", "./pinfold-testing.wasm", "./pinfold.wasm", "./recovery", "./testing", "./worker"]);
  // `require` of an ES module works in every Node that `engines` allows: programs.test.mjs.
  assert.deepEqual(problems.filter(({ kind }) => kind !== "CJSResolvesToESM"), []);
});
