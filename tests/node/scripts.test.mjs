// What the scripts say to somebody who mistypes.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

function says(script, ...args) {
  const path = fileURLToPath(new URL(`../../pkg-scripts/${script}.mjs`, import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: "utf8" });
  assert.equal(status, 1, stderr);
  return stderr.trim();
}

test("an option that there is not is named in one line", () => {
  for (const script of ["test", "interop"]) assert.match(says(script, "--nope"), /^✗ [^\n]*--nope[^\n]*$/);
});

test("an upstream is an address of the web, and nothing is built before that is clear", () => {
  for (const wrong of ["drive.example", "ftp://drive.example", ""]) {
    assert.match(says("start", "--upstream", wrong), /^✗ --upstream takes an origin such as/);
  }
});
