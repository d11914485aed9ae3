// What the workflows run exists; that they have the form of workflows is asked by the step "audit".
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { checkCommand, commandsIn } from "../../pkg-scripts/commands.mjs";
import { LONG } from "../../pkg-scripts/long.mjs";

const folder = new URL("../../.github/workflows/", import.meta.url);
const texts = Object.fromEntries(await Promise.all((await readdir(folder)).map(async (name) => [name, await readFile(new URL(name, folder), "utf8")])));

test("every script that a workflow runs exists, with its options", async () => {
  const commands = Object.values(texts).flatMap((text) => [...text.matchAll(/run: (npm (?:test|run) .*|npm test)$/gm)].map(([, line]) => line));
  assert.ok(commands.length >= 5, commands.join("\n"));
  for (const command of commands) {
    const [{ words }] = commandsIn([command], 1);
    assert.deepEqual(await checkCommand(words), [], command);
  }
});

test("a change is tested by `npm test` and by nothing else", () => {
  assert.deepEqual([...texts["ci.yml"].matchAll(/^ *- run: (.*)$/gm)].map(([, line]) => line), ["npm test"]);
});

test("every slow suite runs at night", () => {
  const [, suites] = texts["nightly.yml"].match(/^ *suite: \[(.*)\]$/m);
  assert.deepEqual(suites.split(", "), LONG.map(({ name }) => name));
});

test("the tests that the slow suites name exist", async () => {
  for (const { name, run } of LONG.filter(({ run }) => run[0] === "cargo")) assert.deepEqual(await checkCommand(run.flat()), [], name);
});
