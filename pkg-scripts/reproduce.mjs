// `npm run reproduce`: two builds of one commit, in two folders and with two cargo homes, must be the same bytes: every file of dist/, the packed
// tarball, the static programs. What is built is the commit, not what lies around it. Half an hour and more, and some gigabytes.
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { main, mustRun, Plain, root, say } from "./shell.mjs";
import { sumsOf } from "./release.mjs";
import { ensureBindings, ensureNodeModules, ensureRust, targetDirectory } from "./tools.mjs";

/** What differs between two tables of sums, by name. */
export function differences(one, other) {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((name) => one[name] !== other[name]).sort();
}

/** `{ path: sum }` of every file below these folders. */
async function sumsBelow(directory, folders) {
  const sums = {};
  for (const folder of folders) {
    const entries = await readdir(join(directory, folder), { recursive: true, withFileTypes: true });
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name);
      sums[relative(directory, path)] = Object.values(await sumsOf([path]))[0];
    }
  }
  return sums;
}

/** One build in `directory`. What makes the package (compilers, npm's packages) is that of this checkout. */
async function build(directory, env) {
  await mkdir(directory, { recursive: true });
  const archive = join(directory, "..", "commit.tar");
  await mustRun("git", ["archive", "--output", archive, "HEAD"], { show: "failure" });
  await mustRun("tar", ["-xf", archive], { cwd: directory, show: "failure" });
  await rm(archive);
  await symlink(join(root, "node_modules"), join(directory, "node_modules"));
  // What makes the glue, if it was built here.
  const tools = join(await targetDirectory(), "tools");
  const made = (await readdir(tools).catch(() => [])).filter((name) => /bindings|bindgen/.test(name));
  for (const name of made) await cp(join(tools, name), join(directory, "target/tools", name), { recursive: true });
  const step = (label, command, ...args) => mustRun(command, args, { cwd: directory, label: `${label} in ${directory}`, show: "failure", env: { ...env, CARGO_TARGET_DIR: undefined } });
  await step("the package", process.execPath, "pkg-scripts/build.mjs");
  await mkdir(join(directory, "outgoing"));
  await step("the tarball", "npm", "pack", "--ignore-scripts", "--pack-destination", "outgoing");
  await step("the programs", process.execPath, "pkg-scripts/programs.mjs", "outgoing");
  const sums = await sumsBelow(directory, ["dist", "outgoing"]);
  // The second build needs the room.
  await rm(join(directory, "target"), { recursive: true });
  return sums;
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    await ensureRust();
    await ensureNodeModules();
    await ensureBindings();
    const { output: commit } = await mustRun("git", ["rev-parse", "--short", "HEAD"], { show: "never" });
    // Not below this checkout: cargo would read its settings as well, and use some of them twice.
    const at = await mkdtemp(join(tmpdir(), "pinfold-reproduce-"));
    // Another name for the same crates, as another machine has it.
    const home = join(at, "another-home-of-cargo");
    await symlink(process.env.CARGO_HOME ?? join(homedir(), ".cargo"), home);
    const one = await build(join(at, "a"), { TZ: "UTC" });
    const other = await build(join(at, "another-folder/with-a-longer-name"), { TZ: "Pacific/Kiritimati", LC_ALL: "C", CARGO_HOME: home });
    const different = differences(one, other);
    for (const name of different) say(`✗ ${name}: ${one[name] ?? "absent"}, ${other[name] ?? "absent"}`);
    if (different.length > 0) throw new Plain(`${different.length} of ${Object.keys(one).length} files differ; they lie in ${at}`);
    for (const [name, sum] of Object.entries(one).filter(([name]) => /^outgoing|\.wasm$/.test(name))) say(`  ${sum}  ${name}`);
    say(`${Object.keys(one).length} files of commit ${commit.trim()}: the same bytes twice`);
    await rm(at, { recursive: true });
  });
}
