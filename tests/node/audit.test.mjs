// What the audit refuses; what is so here is the step "audit" of `npm test`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parse } from "smol-toml";
import { faultsOf } from "../../pkg-scripts/audit.mjs";

const rules = parse(await readFile(new URL("../../deny.toml", import.meta.url), "utf8"));
const CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index";

/** The faults of these crates, `[name, licence, names of those that it uses, source]`. */
function faults(crates) {
  const packages = crates.map(([name, license, , source = CRATES_IO]) => ({ id: name, name, version: "1.0.0", license, source }));
  const nodes = crates.map(([name, , uses = []]) => ({ id: name, deps: uses.map((pkg) => ({ pkg })) }));
  return faultsOf({ packages, resolve: { nodes } }, rules);
}

test("licences: one of the allowed is enough where there is a choice, each is needed where they add up", () => {
  assert.deepEqual(faults([["a", "GPL-3.0-only OR MIT"], ["b", "MIT/Apache-2.0"], ["c", "Apache-2.0 WITH LLVM-exception OR MIT"], ["d", "Apache-2.0 AND ISC"]]), []);
  assert.equal(faults([["a", "AGPL-3.0-only"], ["b", "MIT AND GPL-3.0-only"], ["c", null], ["d", "MIT"]]).length, 3);
});

test("a crate comes from the registry or from here", () => {
  assert.deepEqual(faults([["a", "MIT", [], null], ["b", "MIT"], ["c", "MIT", [], "git+https://example.org/c"]]), ["c 1.0.0 comes from git+https://example.org/c"]);
});

test("randomness below the core is refused, and above it is not", () => {
  const random = ["getrandom", "MIT"];
  assert.deepEqual(faults([random, ["pinfold-wasm", "MIT", ["getrandom"], null]]), []);
  for (const name of ["pinfold-core", "pinfold-recovery", "pinfold-primitives", "crypto_secretbox"]) {
    assert.match(faults([random, [name, "MIT", ["getrandom"]]])[0], new RegExp(`^${name} 1.0.0 uses getrandom`));
  }
});
