// Every snippet of README and docs is compiled, run or compared with what there is. A fault is told with file and line.
//
// js, ts  compiled against the package's own types; what the text takes as given stands in a comment above the fence,
//         `<!-- given: session: pinfold.Session; id: string -->`, which no reader sees
// rust    compiled as a doctest of the crate that includes the document
// json    parsed
// sh      each command: its script, package, test, subcommand and options exist (commands.mjs); so do those in the prose
// text    drawings, and what a program prints: nothing to compile
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkCommand, commandsIn, commandsOfProse } from "./commands.mjs";
import { main, Plain, root, run, say } from "./shell.mjs";

/** Below the package, so that `pinfold` resolves to itself, through the exports map. */
const WRITTEN = join(root, "target/snippets");
const GIVEN = /^<!-- given: (.*) -->$/;
const FENCE = /^( *)```(.*)$/;

const LANGUAGES = {
  js: typed,
  ts: typed,
  rust: included,
  json: parsed,
  sh: (snippets) => each(snippets, (snippet) => commands(commandsIn(snippet.lines, snippet.line))),
  text: () => [],
};

/** README and its like, and everything in `docs`, as paths from the root. */
export function documents() {
  const inDocs = readdirSync(join(root, "docs"), { recursive: true }).map((name) => `docs/${name}`);
  return [...readdirSync(root), ...inDocs].filter((name) => name.endsWith(".md")).sort();
}

/** `{ file, language, given, line, lines }` for each block between fences; `line` is the number of its first line. */
export function snippetsOf(file, text) {
  const found = [];
  let open;
  text.split("\n").forEach((content, at, all) => {
    const fence = content.match(FENCE);
    if (open && fence?.[2] === "") {
      found.push(open);
      open = undefined;
    } else if (open) {
      open.lines.push(content);
    } else if (fence) {
      const given = all[at - 1]?.match(GIVEN)?.[1] ?? "";
      open = { file, language: fence[2], given, line: at + 2, lines: [] };
    }
  });
  if (open) throw new Plain(`${file}:${open.line - 1}: this block has no end`);
  return found;
}

/** Every fault of these documents, `{ file, text }`, as `{ file, line, what }`; and how much was looked at. */
export async function faultsOf(sources) {
  const snippets = sources.flatMap(({ file, text }) => snippetsOf(file, text));
  const faults = snippets
    .filter(({ language }) => !Object.hasOwn(LANGUAGES, language))
    .map((snippet) => fault(snippet, -1, `a block is one of ${Object.keys(LANGUAGES).join(", ")}; this says "${snippet.language}"`));
  const counts = {};
  for (const [language, check] of Object.entries(LANGUAGES)) {
    const chosen = snippets.filter((snippet) => snippet.language === language);
    counts[language] = chosen.length;
    if (chosen.length > 0) faults.push(...(await check(chosen)));
  }
  const said = sources.flatMap(({ file, text }) => commandsOfProse(text).map((command) => ({ file, ...command })));
  counts.commands = said.length;
  for (const { file, ...command } of said) faults.push(...(await commands([command])).map((found) => ({ file, ...found })));
  return { faults: faults.sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line), counts };
}

/** At a line of the snippet, counted from 0. */
const fault = ({ file, line }, at, what) => ({ file, line: line + at, what });

async function each(snippets, check) {
  const found = await Promise.all(snippets.map(async (snippet) => (await check(snippet)).map((one) => ({ file: snippet.file, ...one }))));
  return found.flat();
}

async function commands(list) {
  const found = [];
  for (const { line, words } of list) found.push(...(await checkCommand(words)).map((what) => ({ line, what })));
  return found;
}

/** Each snippet becomes a module whose lines have the numbers that they have in the document. */
async function typed(snippets) {
  await rm(WRITTEN, { recursive: true, force: true });
  const config = {
    extends: "../../tsconfig.base.json",
    // Some blocks are for Node.
    compilerOptions: { types: ["node"], noEmit: true, composite: false, incremental: false, declaration: false, noUnusedLocals: false, noUnusedParameters: false },
    include: ["**/*.ts"],
  };
  await write(join(WRITTEN, "tsconfig.json"), JSON.stringify(config));
  for (const { file, line, given, lines } of snippets) {
    const declared = given.split(";").filter((name) => name.trim()).map((name) => `declare const ${name.trim()};`);
    // In the line of the fence, which is no line of the code.
    const head = `${"\n".repeat(line - 2)}import type * as pinfold from "pinfold"; import type * as pinfoldRecovery from "pinfold/recovery"; ${declared.join(" ")}`;
    await write(join(WRITTEN, file, `${line}.ts`), [head, ...lines, ""].join("\n"));
  }
  const { code, output } = await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", WRITTEN, "--pretty", "false"], { show: "never" });
  const found = [...output.matchAll(/^target\/snippets\/(.+)\/\d+\.ts\((\d+),\d+\): error (.*)$/gm)];
  if (code !== 0 && found.length === 0) throw new Plain(`tsc: ${output.trim()}`);
  return found.map(([, file, line, what]) => ({ file, line: Number(line), what }));
}

async function write(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function parsed(snippets) {
  return snippets.flatMap((snippet) => {
    const text = snippet.lines.join("\n");
    try {
      JSON.parse(text);
      return [];
    } catch (error) {
      const position = Number(error.message.match(/position (\d+)/)?.[1] ?? text.length);
      return [fault(snippet, text.slice(0, position).split("\n").length - 1, error.message)];
    }
  });
}

/** `cargo test` compiles it, if a crate says `#[doc = include_str!("…")]`. */
function included(snippets) {
  const roots = readdirSync(join(root, "crate")).map((name) => join(root, "crate", name, "src/lib.rs")).filter((path) => existsSync(path));
  const crates = roots.map((path) => readFileSync(path, "utf8"));
  const missing = snippets.filter(({ file }) => !crates.some((text) => text.includes(`#[doc = include_str!("../../../${file}")]`)));
  return missing.map((snippet) => fault(snippet, -1, "no crate includes this document in its documentation, so nobody compiles this"));
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const sources = documents().map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }));
    const { faults, counts } = await faultsOf(sources);
    for (const { file, line, what } of faults) say(`${file}:${line}: ${what}`);
    const looked = Object.entries(counts).map(([what, count]) => `${count} ${what}`);
    say(`in ${sources.length} documents: ${looked.join(", ")}`);
    if (faults.length > 0) throw new Plain(`${faults.length} faults`);
    say(`# pass ${Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.text}`);
  });
}
