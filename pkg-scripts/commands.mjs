// Whether a command that a document names can be given: the script, package, test, subcommand and options exist. It is
// not run, but for the help of the programs of this repository.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, run } from "./shell.mjs";
import { targetDirectory } from "./tools.mjs";

/** Programs that are not of this repository, of which nothing is known here. */
const OTHERS = ["cd", "curl", "mkdir", "rustup", "sudo"];
/** Of cargo, what takes no package of this repository. */
const CARGO_OTHERS = ["install", "mutants", "tree", "fuzz"];

/** The commands of a block for a shell, each with its line: comments and what is before a prompt are no part of them. */
export function commandsIn(lines, first) {
  return lines.map((text, at) => ({ line: first + at, words: words(text) })).filter((command) => command.words.length > 0);
}

/** What stands between single backticks outside blocks and begins like a command. */
export function commandsOfProse(text) {
  let inside = false;
  return text.split("\n").flatMap((content, at) => {
    if (/^ *```/.test(content)) inside = !inside;
    if (inside) return [];
    const quoted = content.split("`").filter((_, part) => part % 2 === 1);
    return quoted.filter((code) => /^(npm|cargo|pinfold-[a-z]+) ./.test(code)).map((code) => ({ line: at + 1, words: words(code) }));
  });
}

function words(text) {
  const found = text.replace(/(^|\s)#.*$/, "").match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  while (/^[A-Z_]+=/.test(found[0] ?? "")) found.shift();
  return found;
}

/** What is wrong with it, in words. */
export async function checkCommand([program, ...args]) {
  if (program === "npm") return npm(args);
  if (program === "cargo") return cargo(args);
  if (program.startsWith("pinfold-")) return ours(program, args);
  return OTHERS.includes(program) ? [] : [`nothing is known of the program "${program}"`];
}

function npm([verb, ...rest]) {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const name = verb === "run" ? rest.shift() : verb;
  if (name === "ci" || name === "install") return [];
  if (!Object.hasOwn(scripts, name)) return [`package.json has no script "${name}"`];
  // What stands behind the `--` goes to the program.
  if (name === "drill") return ours("pinfold-drill", rest);
  const source = readFileSync(join(root, scripts[name].split(" ")[1]), "utf8") + readBeside(name);
  return optionsOf(rest).filter((option) => !new RegExp(`\\b${option}"?: \\{`).test(source)).map((option) => `the script "${name}" has no option --${option}`);
}

/** The script of the measurements hands its options on. */
const readBeside = (name) => (name === "bench" ? readFileSync(join(root, "tests/bench/bench.mjs"), "utf8") : "");

async function cargo([verb, ...args]) {
  if (CARGO_OTHERS.includes(verb) || verb.startsWith("+")) return [];
  const end = args.indexOf("--");
  const [own, handed] = end < 0 ? [args, []] : [args.slice(0, end), args.slice(end + 1)];
  const after = (option) => own.flatMap((word, at) => (own[at - 1] === option ? [word] : []));
  const packages = after("-p");
  const unknown = packages.filter((name) => !existsSync(folderOf(name))).map((name) => `there is no package "${name}"`);
  if (unknown.length > 0) return unknown;
  if (verb === "run") return ours(packages[0], handed);
  const folders = packages.map(folderOf);
  const tests = after("--test").filter((name) => !folders.some((folder) => hasTest(folder, name))).map((name) => `there is no test "${name}" in ${packages.join(", ")}`);
  const filters = own.filter((word, at) => !word.startsWith("-") && !["-p", "--test", "--features", "--target"].includes(own[at - 1]));
  const absent = filters.filter((word) => !folders.some((folder) => namesTest(folder, word.split("::").at(-1))));
  return [...tests, ...absent.map((word) => `no test of ${packages.join(", ")} has "${word}" in its name`)];
}

const folderOf = (name) => join(root, "crate", name.replace("pinfold-", ""));

const hasTest = (folder, name) => existsSync(join(folder, "tests", `${name}.rs`)) || existsSync(join(folder, "tests", name, "main.rs"));

function namesTest(folder, word) {
  const sources = readdirSync(folder, { recursive: true }).filter((name) => name.endsWith(".rs"));
  return sources.some((name) => new RegExp(`\\b(mod|fn) \\w*${word}`).test(readFileSync(join(folder, name), "utf8")));
}

/** A program of this repository: what its help says of the subcommand has the options. */
async function ours(program, args) {
  const [first] = args;
  const subcommand = first && /^[a-z][a-z-]*$/.test(first) ? [first] : [];
  const help = await helpOf(program, subcommand);
  if (help === undefined) return [`${[program, ...subcommand].join(" ")}: there is no such command`];
  return optionsOf(args).filter((option) => !new RegExp(`--${option}\\b`).test(help)).map((option) => `${[program, ...subcommand].join(" ")} has no option --${option}`);
}

const helps = new Map();

/** The testkit has one text for all its commands, and ends with 2 for it. */
async function helpOf(program, subcommand) {
  const key = [program, ...subcommand].join(" ");
  if (!helps.has(key)) {
    const path = join(await targetDirectory(), "debug", program);
    const asked = program === "pinfold-testkit" ? ["--help"] : [...subcommand, "--help"];
    const { code, output } = await run(path, asked, { show: "never" });
    const known = program === "pinfold-testkit" ? new RegExp(`pinfold-testkit ${subcommand.join("")}`).test(output) : code === 0;
    helps.set(key, known ? output : undefined);
  }
  return helps.get(key);
}

/** Long options, without what they are given. */
function optionsOf(args) {
  return args.filter((word) => /^--[a-z]/.test(word)).map((word) => word.slice(2).split("=")[0]);
}
