// `pinfold/testing` under wasm-bindgen-test: the example in Rust, as it stands, on the packed tarball. The other runners are in
// tests/packaging/testing.test.mjs; this one compiles a crate from the registry.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { ensureTestRunner, targetDirectory } from "../../pkg-scripts/tools.mjs";
import { project } from "../packaging/project.mjs";

test("wasm-bindgen-test: a front end in Rust", async (t) => {
  const directory = await project(t, {});
  await cp(join(root, "examples/testing/wasm-bindgen"), join(directory, "crate"), { recursive: true });
  await cp(join(root, "rust-toolchain.toml"), join(directory, "crate/rust-toolchain.toml"));
  const { output } = await mustRun("cargo", ["test", "--target", "wasm32-unknown-unknown", "--target-dir", join(await targetDirectory(), "front-end-in-rust")], {
    cwd: join(directory, "crate"),
    show: "failure",
    env: { NODE_PATH: join(directory, "node_modules"), CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER: await ensureTestRunner(), RUSTFLAGS: undefined },
  });
  assert.match(output, /3 passed/);
});
