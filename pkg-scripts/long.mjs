// `npm run test:long`: every slow suite, with a summary. Options: --only NAME (repeatable), --list. Hours on two cores, and a network.
// `npm test` holds the short form of each.
import { parseArgs } from "node:util";
import { buildPackage } from "./build.mjs";
import { runSteps } from "./runner.mjs";
import { main } from "./shell.mjs";
import { withEngines } from "./steps.mjs";
import { ensureChromium, ensureRust } from "./tools.mjs";

/** Tests of one crate by name, with the variables that make them long. */
const cargo = (name, about, env, crate, ...filter) => ({ name, about, prepare: ensureRust, run: ["cargo", ["test", "-p", `pinfold-${crate}`, "--test", "suite", ...filter]], env, tests: true });

const script = (name, about, file, ...args) => ({ name, about, prepare: ensureRust, run: [process.execPath, [`pkg-scripts/${file}.mjs`, ...args]] });

/** The test makes the site itself, of the package that is built. */
async function withSite() {
  await buildPackage();
  return { PINFOLD_CHROMIUM: await ensureChromium() };
}

export const LONG = [
  { ...script("hosts", "the packed tarball in every host of the table in README, from the registry; the table anew", "hosts"), tests: true },
  { name: "engines", about: "Firefox with the preferences that users have, beside the three engines", prepare: withEngines, run: [process.execPath, ["--test", "--test-reporter=tap", "tests/engines/engines.test.mjs"]], env: { PINFOLD_LONG: "1" }, tests: true },
  { name: "docs", about: "the site of the documents: a dead link fails it; its live examples in Chromium", prepare: withSite, run: [process.execPath, ["--test", "--test-reporter=tap", "tests/site/live.test.mjs"]], tests: true },
  script("reproduce", "two builds of this commit, in two folders: the same bytes", "reproduce"),
  script("release", "what a release does but for sending it: packed, static programs, this tarball tested", "release", "--send", "--dry-run"),
  script("interop", "10,000 random histories, both ways, with the published JavaScript packages", "interop", "--histories", "10000"),
  cargo("made", "100,000 incidents that are made: what recovery finds, against what happened", { PINFOLD_MADE: "100000" }, "testkit", "made"),
  cargo("histories", "100,000 random histories of whole accounts, against a plain replay", { PINFOLD_HISTORIES: "100000" }, "testkit", "histories"),
  cargo("mutated", "a million mutated inputs for each decoder", { PINFOLD_MUTATIONS: "1000000" }, "core", "mutated"),
  cargo("faults", "every fault of one of four folders, in every order", { PINFOLD_LONG: "1" }, "testkit", "reductions::every_fault"),
  cargo("reductions", "the reductions of the explorer leave nothing out", {}, "testkit", "reductions", "--", "--ignored"),
  cargo("operator", "every history of three steps of a document with an operator", { PINFOLD_OPERATOR_STEPS: "3" }, "operator", "explored"),
  cargo("killed", "the operator's program, killed a thousand times", { PINFOLD_KILLS: "1000" }, "operator", "killed"),
  script("drill", "June 2019 without each of five safeguards: every one must fail", "drill", "--mutants", "--accounts", "20"),
];

if (process.argv[1] === import.meta.filename) {
  await main(async () => runSteps(LONG, parseArgs({ options: { only: { type: "string", multiple: true }, list: { type: "boolean" } } }).values));
}
