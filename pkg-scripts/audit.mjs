// `npm run audit`: licences and sources of every crate, who reaches randomness, spelling, and the form of the workflows; what `deny.toml` and
// `typos.toml` say.
// `cargo deny check` reads the same file and knows advisories as well. It is part of the nightly workflow and not of `npm test`: it is
// compiled from its sources for many minutes, and its list of advisories comes from the network.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import satisfies from "spdx-satisfies";
import { parse } from "smol-toml";
import { ask, main, mustRun, Plain, root, say } from "./shell.mjs";
import { ensureReaders } from "./tools.mjs";

/** What we build for; other systems bring crates that nobody here compiles. */
const PLATFORMS = ["x86_64-unknown-linux-gnu", "wasm32-unknown-unknown"];
const REGISTRY = "registry+https://github.com/rust-lang/crates.io-index";

/** Crates spell alternatives as `MIT/Apache-2.0`, which SPDX no longer allows. */
const spdx = (licence) => licence.replaceAll(/\s*\/\s*/g, " OR ");

/**
 * What is against the rules, as texts. `packages` and `resolve` are those of `cargo metadata`. The crates of the workspace
 * have no source.
 */
export function faultsOf({ packages, resolve }, { licenses, bans }) {
  const byId = new Map(packages.map((one) => [one.id, one]));
  const names = (id) => `${byId.get(id).name} ${byId.get(id).version}`;
  const faults = packages.flatMap(({ id, license, source }) => [
    ...(license && satisfies(spdx(license), licenses.allow) ? [] : [`${names(id)}: the licence "${license}" is not among those of deny.toml`]),
    ...(source === null || source === REGISTRY ? [] : [`${names(id)} comes from ${source}`]),
  ]);
  for (const { id, deps } of resolve.nodes) {
    for (const { pkg } of deps) {
      const ban = bans.deny.find(({ name }) => name === byId.get(pkg).name);
      if (ban && !ban.wrappers.includes(byId.get(id).name)) faults.push(`${names(id)} uses ${ban.name}, which deny.toml allows only ${ban.wrappers.join(", ")}`);
    }
  }
  return [...new Set(faults)].sort();
}

/** The forms of `.github`: of which schema each is. */
async function checkForms(program) {
  const workflows = (await readdir(join(root, ".github/workflows"))).map((name) => `workflows/${name}`);
  const schemas = { "github-workflows": workflows, "github-issue-forms": ["ISSUE_TEMPLATE/fault.yml"], "github-issue-config": ["ISSUE_TEMPLATE/config.yml"] };
  for (const [schema, files] of Object.entries(schemas)) {
    await mustRun(program, ["--builtin-schema", `vendor.${schema}`, ...files.map((name) => `.github/${name}`)], { label: `the form of ${files.join(", ")}`, show: "failure" });
  }
}

async function metadata() {
  const args = ["metadata", "--format-version", "1", "--all-features", "--locked", ...PLATFORMS.flatMap((name) => ["--filter-platform", name])];
  // Without a network, if all of it is here; else cargo fetches what is missing.
  const output = (await ask("cargo", [...args, "--offline"])) ?? (await mustRun("cargo", args, { show: "never", label: "cargo metadata" })).output;
  return JSON.parse(output.split("\n").find((line) => line.startsWith("{")));
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const seen = await metadata();
    const faults = faultsOf(seen, parse(await readFile(join(root, "deny.toml"), "utf8")));
    const { dependencies = {} } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
    faults.push(...Object.keys(dependencies).map((name) => `the package depends on ${name}: it has no dependencies so far, and each is one more to trust`));
    for (const fault of faults) say(`✗ ${fault}`);
    say(`${seen.packages.length} crates: licences, sources, and who reaches randomness`);
    const { typos, checkJsonschema } = await ensureReaders();
    await mustRun(typos, ["--format", "brief", "."], { label: "spelling", show: "failure" });
    await checkForms(checkJsonschema);
    if (faults.length > 0) throw new Plain(`${faults.length} faults`);
  });
}
