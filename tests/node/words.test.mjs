// The debug page has words for whatever the module can say: a new code without words fails here, not before a reader.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { BLAME, explainError, FOLDER_STATES, PIN_STEPS, RETRY } from "../../www/demo/words.js";

const types = await readFile(new URL("../../dist/pinfold.d.ts", import.meta.url), "utf8");

/** The members of a union of texts. */
function union(pattern) {
  const members = [...types.match(pattern)[1].matchAll(/"([^"]+)"/g)].map(([, text]) => text);
  assert.ok(members.length > 2, String(pattern));
  return members;
}

test("every error code is explained, and what was not lost is said", () => {
  for (const code of union(/type ErrorCode =([^;]+);/)) {
    const { title, text, safe } = explainError({ code, message: "its own words" });
    assert.ok(title && text && safe && !text.includes("its own words") && title !== text, code);
  }
});

test("the words for who has to act, for trying again and for folders are those of the module, no more", () => {
  assert.deepEqual(Object.keys(BLAME), union(/type Blame =([^;]+);/));
  assert.deepEqual(Object.keys(RETRY), union(/type Retry =([^;]+);/));
  assert.deepEqual(Object.keys(FOLDER_STATES).sort(), union(/type FolderState =([^;]+);/).sort());
});

test("every state of a folder and every step of pinning is explained", () => {
  for (const state of union(/type FolderState =([^;]+);/)) assert.ok(FOLDER_STATES[state]?.means, state);
  for (const step of union(/type PinStep =([^;]+);/)) assert.ok(PIN_STEPS[step], step);
});
