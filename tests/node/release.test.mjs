// What a release does, on the files of this repository and without writing any; and that only what was tested goes out.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { isStatic } from "../../pkg-scripts/programs.mjs";
import { oneVersion, raised, readFiles, sectionOf, send, versionsIn } from "../../pkg-scripts/release.mjs";

const files = await readFiles();

test("there is one version, in every place", () => {
  const version = oneVersion(files);
  const places = versionsIn(files);
  // The lock file names each crate of the workspace.
  const crates = files["Cargo.toml"].match(/^members = \[(.*)\]$/m)[1].split(",").length;
  assert.equal(places.filter(({ file }) => file === "Cargo.lock").length, crates);
  assert.ok(places.length > crates + 4 && places.every((place) => place.version === version));
  for (const { file } of places) {
    assert.throws(() => oneVersion({ ...files, [file]: files[file].replaceAll(version, "9.9.9") }), undefined, file);
  }
});

test("a new version is written everywhere, and what was unreleased gets its number and day", () => {
  const changed = raised(files, "7.8.9", "2026-12-24");
  assert.equal(oneVersion(changed), "7.8.9");
  assert.equal(sectionOf(changed["CHANGELOG.md"], "7.8.9"), sectionOf(files["CHANGELOG.md"], "Unreleased"));
  assert.match(changed["CHANGELOG.md"], /^## Unreleased\n\n## 7\.8\.9 \(2026-12-24\)\n/m);
  // Nothing but the version differs, in as many lines as there are places.
  for (const name of Object.keys(files).filter((name) => name !== "CHANGELOG.md")) {
    const after = changed[name].split("\n");
    const lines = files[name].split("\n").filter((line, at) => line !== after[at]);
    assert.equal(lines.length, versionsIn(files).filter(({ file }) => file === name).length, name);
  }
  // The next one needs something to tell again.
  assert.throws(() => raised(changed, "7.9.0", "2026-12-25"), /nothing under Unreleased/);
  assert.throws(() => raised({ ...changed, "CHANGELOG.md": changed["CHANGELOG.md"].replace("## Unreleased\n", "## Unreleased\n\n- More.\n") }, "7.8.9", "2026-12-25"), /not newer/);
  for (const wrong of ["1", "v1.2.3", "01.x.3", ""]) assert.throws(() => raised(files, wrong, "2026-12-24"), /--version takes a number/);
  assert.throws(() => raised(files, "0.0.9", "2026-12-24"), /not newer/);
});

/** A release with steps that note what was done; `changes` replaces some of them. */
async function release(t, changes = {}, dry = false) {
  const directory = await mkdtemp(join(tmpdir(), "pinfold-test-"));
  t.after(() => rm(directory, { recursive: true, force: true }));
  const done = [];
  const steps = {
    state: async () => ({ clean: true, tags: ["v7.8.9"] }),
    pack: async (into) => (await writeFile(join(into, "it.tgz"), "packed"), join(into, "it.tgz")),
    programs: async (into) => (await writeFile(join(into, "program"), "built"), [join(into, "program")]),
    test: async (tarball, [program]) => done.push(`tested ${[tarball, program].map((path) => path.slice(directory.length + 1)).join(" ")}`),
    publish: async (tarball, dry) => done.push(dry ? "dry" : "published"),
    ...changes,
  };
  const outcome = await send(steps, { files: raised(files, "7.8.9", "2026-12-24"), directory, dry }).then(({ faults }) => faults, (error) => error.message);
  const sums = await readFile(join(directory, "SHA256SUMS"), "utf8").catch(() => undefined);
  return { outcome, done, sums };
}

test("what was tested goes out, once it was tested", async (t) => {
  const sums = [["packed", "it.tgz"], ["built", "program"]].map(([text, name]) => `${createHash("sha256").update(text).digest("hex")}  ${name}\n`).join("");
  assert.deepEqual(await release(t), { outcome: [], done: ["tested it.tgz program", "published"], sums });
  for (const step of ["pack", "programs", "test"]) {
    const fails = { [step]: async () => { throw new Error("red"); } };
    assert.deepEqual(await release(t, fails), { outcome: "red", done: [], sums: undefined });
  }
});

test("what changed after it was packed or built does not go out", async (t) => {
  for (const [at, name] of ["it.tgz", "program"].entries()) {
    const { outcome, done } = await release(t, { test: async (tarball, programs) => writeFile([tarball, ...programs][at], "another") });
    assert.equal(outcome, `${name} is not the one that was made any more; nothing was published`);
    assert.deepEqual(done, []);
  }
});

test("a program that names a loader is not static, and neither is what is no program", async () => {
  assert.equal(isStatic(await readFile(process.execPath)), false);
  assert.equal(isStatic(Buffer.from("#!/bin/sh\n".repeat(20))), false);
  const program = Buffer.alloc(64 + 2 * 56);
  program.write("\x7fELF\x02\x01", "latin1");
  program.writeBigUInt64LE(64n, 32);
  program.writeUInt16LE(56, 54);
  program.writeUInt16LE(2, 56);
  assert.equal(isStatic(program), true);
  program.writeUInt32LE(3, 64 + 56);
  assert.equal(isStatic(program), false);
});

test("neither does one of changed files, without its tag, or without a word in the changelog; a dry run tells all and sends nothing", async (t) => {
  const state = async () => ({ clean: false, tags: ["v7.8.8"] });
  const { outcome, done } = await release(t, { state });
  assert.equal(outcome, "there are changes that are not committed; this commit has no tag v7.8.9");
  assert.deepEqual(done, []);
  const { sums, ...dry } = await release(t, { state }, true);
  assert.deepEqual(dry, { outcome: outcome.split("; "), done: ["tested it.tgz program", "dry"] });
  assert.ok(sums);
});
