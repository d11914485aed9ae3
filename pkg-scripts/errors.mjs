// `npm run errors`: whether `docs/errors` says of every code what it means, who acts and what a program does; `-- --write` makes the pages anew.
// The codes, their first sentence, who has to act and whether to try again come from the table in crate/core/src/error.rs; the meaning is that
// of the debug page, and what to do is in advice.mjs.
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BLAME, explainError, RETRY } from "../www/demo/words.js";
import { PERSON, PROGRAM } from "./advice.mjs";
import { main, Plain, root, say } from "./shell.mjs";

const PAGES = join(root, "docs/errors");
const BLAMES = { User: "user", Server: "server", Host: "host", Caller: "caller", Us: "pinfold" };
const RETRIES = { Now: "now", Later: "later", AfterUser: "after-user", Never: "never" };
const MADE = "<!-- made by `npm run errors -- --write` from crate/core/src/error.rs, www/demo/words.js and pkg-scripts/advice.mjs -->";

/** `{ code, meaning, blame, retry }` of each line of the table, in its order. */
export function codesOf(source) {
  const table = source.slice(source.indexOf("\ncodes! {"));
  const found = [...table.slice(0, table.indexOf("\n}\n")).matchAll(/((?: *\/\/\/ .*\n)+) *\w+ = "([^"]+)", (\w+), (\w+);/g)];
  return found.map(([, comment, code, blame, retry]) => ({
    code, blame: BLAMES[blame], retry: RETRIES[retry], meaning: comment.replaceAll(/^ *\/\/\/ /gm, "").trim().replaceAll("\n", " "),
  }));
}

export function page(one) {
  const { code, blame, retry, meaning } = one;
  const { title, text, safe } = explainError({ code, message: meaning });
  const [family] = code.split("/");
  return [
    `# \`${code}\``, "", MADE, "", meaning === `${title}.` ? meaning : `**${title}.** ${meaning}`, "",
    "| | |", "|---|---|",
    `| who has to act (\`blame\`) | \`${blame}\`: ${BLAME[blame]} |`,
    `| whether to try again (\`retry\`) | \`${retry}\`: ${RETRY[retry]} |`, "",
    "## What it means", "", text, "",
    "## What the person does", "", PERSON[code] ?? "", "",
    "## What the program does", "", PROGRAM[code] ?? "", "",
    "## What is safe", "", safe, "",
    `[All codes](README.md)${family === code ? "" : ` · [the family \`${family}\`](README.md#${family})`}`, "",
  ].join("\n");
}

/** The list of all pages, by family. */
function index(codes) {
  const names = [...new Set(codes.map(({ code }) => code.split("/")[0]))];
  const families = names.map((family) => [family, codes.filter(({ code }) => code.split("/")[0] === family)]);
  return [
    "# Error codes", "", MADE, "",
    "Everything that a call of pinfold rejects with is a `PinfoldError`, except that an aborted call rejects with its `signal.reason`. Match on",
    "`code`: codes are added and never changed. `blame` says who has to act, `retry` whether the same call can succeed, `detail` holds facts. No",
    "message and no fact holds a secret.", "",
    "<!-- given: error: unknown; tries: number; again: () => void; show: (text: string) => void -->", "```js", 'import { PinfoldError } from "pinfold";', "",
    "if (!PinfoldError.is(error)) throw error; // not one of pinfold's: an aborted call, for instance",
    'if (error.retry === "now" && tries === 0) again();',
    'else if (error.retry === "now" || error.retry === "later") setTimeout(again, Math.min(60_000, 1_000 * 2 ** tries)); // longer and longer',
    "else show(`${error.message} (${error.code})`);", "```", "",
    "A `send` or a `createFolder` that ended with `net/*`, `peer/*`, `edit/unconfirmed` or `misuse/closed` may have been carried out: `again` is not for",
    "these two, because they would be done twice. Codes that no call ends with come in events, or as the mark of a folder, an entry or a message.", "",
    ...families.flatMap(([family, members]) => [
      `## ${family}`, "", "| code | what it says | who acts | again? |", "|---|---|---|---|",
      ...members.map(({ code, blame, retry }) => `| [\`${code}\`](${fileOf(code)}) | ${explainError({ code, message: code }).title} | ${blame} | ${retry} |`), "",
    ]),
  ].join("\n");
}

const fileOf = (code) => `${code.replace("/", "-")}.md`;

/** File name and text of each page. */
export async function pages() {
  const codes = codesOf(await readFile(join(root, "crate/core/src/error.rs"), "utf8"));
  if (codes.length < 50) throw new Plain("the table of codes in crate/core/src/error.rs has another form than this script reads");
  return new Map([["README.md", index(codes)], ...codes.map((one) => [fileOf(one.code), page(one)])]);
}

/** The names of pages that are not as they would be made now. */
export async function stale() {
  const made = await pages();
  const there = new Set(await readdir(PAGES).catch(() => []));
  const faults = [...there].filter((name) => !made.has(name));
  for (const [name, text] of made) if (!there.has(name) || (await readFile(join(PAGES, name), "utf8")) !== text) faults.push(name);
  return faults.sort();
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const { values } = parseArgs({ options: { write: { type: "boolean" } } });
    if (values.write) {
      await rm(PAGES, { recursive: true, force: true });
      await mkdir(PAGES, { recursive: true });
      for (const [name, text] of await pages()) await writeFile(join(PAGES, name), text);
    }
    const faults = await stale();
    if (faults.length > 0) throw new Plain(`docs/errors is not what the table of codes says; npm run errors -- --write. ${faults.join(", ")}`);
    say(`${(await pages()).size} pages, as the table of codes says`);
  });
}
