// `npm run hosts`: the packed tarball in every host of the table in README, newest versions from the registry, and then that table anew.
// Minutes, and a network. `--only NAME` runs tests/hosts/NAME.test.mjs alone; rows that were not run stay as they were. Each row keeps of which
// commit and day it is.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { placedBetween } from "./marked.mjs";
import { main, mustRun, Plain, root, run, say } from "./shell.mjs";
import { withEngines } from "./steps.mjs";

const RESULTS = join(root, "tests/hosts/results.json");
const README = join(root, "README.md");
const MARKS = ["<!-- hosts: made by `npm run hosts` -->\n", "<!-- end of hosts -->\n"];
/** In the order of the table; those of a page are part of `npm test` as well. */
const GROUPS = ["engine", "page", "bundler", "framework", "program", "types"];

/** Rows by name: those that were run replace those of before. */
export function merged(before, rows) {
  const all = new Map(before.map((row) => [row.name, row]));
  for (const row of rows) all.set(row.name, row);
  const sorting = new Intl.Collator("en", { numeric: true });
  return [...all.values()].sort((a, b) => GROUPS.indexOf(a.group) - GROUPS.indexOf(b.group) || sorting.compare(a.name, b.name));
}

/** The table of these rows, as README has it. */
export function table(rows) {
  const line = ({ name, version, ran = "the job", lacks, add = "nothing", bytes, failed }) =>
    `| ${[name, failed ? "**failed**" : version, lacks ? `${ran}; not: ${lacks}` : ran, add, bytes ? `${(bytes / 1000).toFixed(0)} KB` : ""].join(" | ")} |`.replaceAll("|  |", "| |");
  return ["| host | version | what ran | what to add | scripts and WebAssembly, in brotli |", "|---|---|---|---|---|", ...rows.map(line), ""].join("\n");
}

/** The README with this table between its two marks. */
export const placed = (text, made) => placedBetween(text, MARKS, made, "the table of hosts");

async function runHosts(only) {
  const own = (await readdir(join(root, "tests/hosts"))).filter((name) => name.endsWith(".test.mjs"));
  const all = [...own.map((name) => `tests/hosts/${name}`), "tests/engines/engines.test.mjs", "tests/packaging/pages.test.mjs"];
  const files = all.filter((path) => !only || path.endsWith(`/${only}.test.mjs`)).sort();
  if (files.length === 0) throw new Plain(`--only takes one of ${all.map((path) => path.split("/").at(-1).replace(".test.mjs", "")).join(", ")}`);
  const env = process.env.PINFOLD_COMPANION ? {} : await withEngines();
  const folder = await mkdtemp(join(tmpdir(), "pinfold-hosts-"));
  try {
    const heard = join(folder, "rows");
    await writeFile(heard, "");
    const { code } = await run(process.execPath, ["--test", "--test-reporter=tap", "--test-concurrency=1", ...files], { show: "failure", env: { ...env, PINFOLD_HOSTS: heard }, label: files.join(", ") });
    const rows = (await readFile(heard, "utf8")).split("\n").filter(Boolean).map((line) => JSON.parse(line));
    return { code, rows };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const { values } = parseArgs({ options: { only: { type: "string" } } });
    const { code, rows } = await runHosts(values.only);
    const stamp = { commit: (await mustRun("git", ["rev-parse", "--short=8", "HEAD"], { show: "never" })).output.trim(), date: new Date().toISOString().slice(0, 10) };
    // A whole run leaves no row that no test made.
    const before = values.only ? JSON.parse(await readFile(RESULTS, "utf8").catch(() => "[]")) : [];
    const results = merged(before, rows.map((row) => ({ ...row, ...stamp })));
    await writeFile(RESULTS, `[\n${results.map((row) => `  ${JSON.stringify(row)}`).join(",\n")}\n]\n`);
    await writeFile(README, placed(await readFile(README, "utf8"), table(results)));
    say(table(merged([], rows)));
    say(`# pass ${rows.filter(({ failed }) => !failed).length}`);
    if (code !== 0) throw new Plain(`failed: ${rows.filter(({ failed }) => failed).map(({ name }) => name).join(", ") || "see above"}`);
  });
}
