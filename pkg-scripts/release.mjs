// `npm run release -- --version X.Y.Z`: one version everywhere and a section in the changelog, for a person to read and commit.
// `npm run release -- --send`: packs, builds the programs that go out beside the tarball, tests all of that, and publishes the same bytes; the
// workflow for a tag then puts the programs beside it. With `--dry-run` nothing is written or sent.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { main, mustRun, Plain, root, say } from "./shell.mjs";

const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** Each place that holds the version: the file, and what stands around it. A crate in Cargo.lock without a source is of this workspace. */
const PLACES = [
  { file: "package.json", around: /("version": ")([^"]+)(")/ },
  { file: "package-lock.json", around: /("name": "pinfold",\n *"version": ")([^"]+)(")/g },
  { file: "Cargo.toml", around: /(\[workspace\.package\]\nversion = ")([^"]+)(")/ },
  { file: "examples/check-report/Cargo.toml", around: /(\[package\]\nname = "check-report"\n(?:[a-z].*\n)*?version = ")([^"]+)(")/ },
  ...["react", "svelte", "testing"].map((name) => ({ file: `examples/${name}/package.json`, around: /("pinfold": "\^)([^"]+)(")/ })),
  { file: "Cargo.lock", around: /(\[\[package\]\]\nname = "[^"]+"\nversion = ")([^"]+)("\n(?!source))/g },
];

/** `{ file: text }` of what a release concerns. */
export async function readFiles(from = root) {
  const names = [...PLACES.map(({ file }) => file), "CHANGELOG.md"];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(from, name), "utf8")])));
}

/** `{ file, version }` of every place. Throws where a file has none. */
export function versionsIn(files) {
  return PLACES.flatMap(({ file, around }) => {
    const found = [...files[file].matchAll(new RegExp(around, "g"))].map(([, , version]) => ({ file, version }));
    if (found.length === 0) throw new Plain(`${file} holds no version where one was`);
    return found;
  });
}

/** The one version of all places; throws and names them where they differ. */
export function oneVersion(files) {
  const all = versionsIn(files);
  const different = new Set(all.map(({ version }) => version));
  if (different.size > 1) throw new Plain(`more than one version: ${[...new Set(all.map(({ file, version }) => `${file} ${version}`))].join(", ")}`);
  return all[0].version;
}

const numbers = (version) => version.split("-")[0].split(".").map(Number);

function isNewer(version, than) {
  const [a, b] = [numbers(version), numbers(than)];
  const at = a.findIndex((number, index) => number !== b[index]);
  // Equal numbers: only what was a preview can become the release of the same numbers.
  return at < 0 ? than.includes("-") && version !== than : a[at] > b[at];
}

/** The changelog's section of this heading, without it. */
export function sectionOf(changelog, heading) {
  const [, rest] = changelog.split(new RegExp(`^## ${heading.replaceAll(".", "\\.")}(?: .*)?\n`, "m"));
  return rest?.split(/^## /m)[0].trim();
}

/** The files of this version: the version at each place, and what was unreleased under its number and day (`YYYY-MM-DD`). */
export function raised(files, version, day) {
  if (!SEMVER.test(version)) throw new Plain(`--version takes a number such as 1.2.3; this is "${version}"`);
  const before = oneVersion(files);
  // The first release has the number that the tree was begun with.
  const first = !/^## \d/m.test(files["CHANGELOG.md"]);
  if (!isNewer(version, before) && !(first && version === before)) throw new Plain(`${version} is not newer than ${before}`);
  if (!sectionOf(files["CHANGELOG.md"], "Unreleased")) throw new Plain("CHANGELOG.md has nothing under Unreleased: say what changed for whom");
  const changed = { ...files };
  for (const { file, around } of PLACES) changed[file] = files[file].replace(around, (_, start, __, end) => `${start}${version}${end}`);
  changed["CHANGELOG.md"] = files["CHANGELOG.md"].replace(/^## Unreleased\n/m, `## Unreleased\n\n## ${version} (${day})\n`);
  return changed;
}

/** `{ name: sum }` of these files. */
export async function sumsOf(paths) {
  return Object.fromEntries(await Promise.all(paths.map(async (path) => [basename(path), createHash("sha256").update(await readFile(path)).digest("hex")])));
}

/**
 * Packs, tests, publishes: the files that were tested are those that go out, and nothing goes where a step failed. `steps`: `state()`
 * gives `{ clean, tags }` of the checkout, `pack(directory)` the tarball's path, `programs(directory)` those of the programs beside it,
 * `test(tarball, programs)` throws where it fails, `publish(tarball, dry)`. `sums`: the SHA-256 of each file by its name, also in the file
 * `SHA256SUMS` beside them.
 */
export async function send(steps, { files, directory, dry }) {
  const version = oneVersion(files);
  const { clean, tags } = await steps.state();
  const faults = [
    !clean && "there are changes that are not committed",
    !tags.includes(`v${version}`) && `this commit has no tag v${version}`,
    !sectionOf(files["CHANGELOG.md"], version) && `CHANGELOG.md has no section ${version}`,
  ].filter(Boolean);
  // A dry run goes on and tells all of it; what it tries is the rest.
  if (faults.length > 0 && !dry) throw new Plain(faults.join("; "));
  const tarball = await steps.pack(directory);
  const programs = await steps.programs(directory);
  const outgoing = [tarball, ...programs];
  const packed = await sumsOf(outgoing);
  await steps.test(tarball, programs);
  const now = await sumsOf(outgoing);
  const changed = Object.keys(packed).find((name) => now[name] !== packed[name]);
  if (changed) throw new Plain(`${changed} is not the one that was made any more; nothing was published`);
  await writeFile(join(directory, "SHA256SUMS"), Object.entries(packed).map(([name, sum]) => `${sum}  ${name}\n`).join(""));
  await steps.publish(tarball, dry);
  return { version, directory, sums: packed, faults };
}

const git = async (...args) => (await mustRun("git", args, { show: "never" })).output.trim();

const STEPS = {
  async state() {
    return { clean: (await git("status", "--porcelain")) === "", tags: (await git("tag", "--points-at", "HEAD")).split("\n") };
  },
  async pack(directory) {
    const { buildWithinBudget } = await import("./build.mjs");
    await buildWithinBudget();
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true });
    await mustRun("npm", ["pack", "--ignore-scripts", "--pack-destination", directory], { label: "packing", show: "failure" });
    const [name] = (await readdir(directory)).filter((file) => file.endsWith(".tgz"));
    return join(directory, name);
  },
  async programs(directory) {
    const { buildPrograms } = await import("./programs.mjs");
    return buildPrograms(directory);
  },
  async test(tarball, programs) {
    const { tryPrograms } = await import("./programs.mjs");
    await tryPrograms(programs);
    const { withBrowser, packagingTests } = await import("./steps.mjs");
    const [command, args] = packagingTests();
    await mustRun(command, args, { label: "testing this tarball", show: "failure", env: { ...(await withBrowser()), PINFOLD_TARBALL: tarball } });
  },
  async publish(tarball, dry) {
    // Provenance: the registry shows which commit and which run of which workflow made it. Only a workflow can vouch for that.
    const provenance = process.env.GITHUB_ACTIONS ? ["--provenance"] : [];
    await mustRun("npm", ["publish", tarball, "--access", "public", "--ignore-scripts", ...provenance, ...(dry ? ["--dry-run"] : [])], { label: dry ? "what would be published" : "publishing" });
  },
};

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const { values } = parseArgs({ options: { version: { type: "string" }, send: { type: "boolean" }, "dry-run": { type: "boolean" } } });
    const files = await readFiles();
    if (values.send) {
      const { targetDirectory } = await import("./tools.mjs");
      // Not "release": cargo has its own things there.
      const result = await send(STEPS, { files, directory: join(await targetDirectory(), "outgoing"), dry: values["dry-run"] });
      for (const fault of result.faults) say(`✗ would stop a release: ${fault}`);
      say(`${result.version}, in ${result.directory}`);
      for (const [name, sum] of Object.entries(result.sums)) say(`  sha256 ${sum}  ${name}`);
    } else if (values.version !== undefined) {
      const changed = raised(files, values.version, new Date().toISOString().slice(0, 10));
      for (const [name, text] of Object.entries(changed)) {
        if (text === files[name]) continue;
        say(`${values["dry-run"] ? "would change" : "changed"} ${name}`);
        if (!values["dry-run"]) await writeFile(join(root, name), text);
      }
      say(`then: commit, git tag v${values.version}, push both; the workflow "release" does the rest`);
    } else throw new Plain("say --version X.Y.Z or --send, and --dry-run to see only what would happen");
  });
}
