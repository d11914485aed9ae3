// The blocks of JavaScript in README and `docs` run as they stand, from the packed tarball, on accounts of `pinfold/testing`. What a block takes as given is
// made here by its name. Where `<!-- prints -->` stands above a block of text, that is what the block before it printed, to the letter.
import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { documents, snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { project } from "./project.mjs";

/** Blocks that no program in Node can run, by what they hold, how many, and why. */
const ELSEWHERE = [
  [/await import\("pinfold\/worker"\)/, 1, "the script of a worker in a page: bundlers.test.mjs runs it"],
  [/^\/\/ (page|own-page|own-worker|job-page|job-worker|shared-page|shared-worker|service-page|service-worker|threads?)\.js\n/, 11, "files of a page and its workers, and of a thread: workers.test.mjs runs them"],
  [/trustedTypes\.createPolicy\("my-page"/, 1, "a worker of a page under trusted types: pages.test.mjs runs it"],
  [/import\("pinfold\/inspect"\)/, 2, "they need a page: inspect.test.mjs runs them"],
];

/** Every block, with what it has to print; undefined where the document does not say. */
async function blocks() {
  const found = [];
  for (const file of documents()) {
    const text = await readFile(join(root, file), "utf8");
    const lines = text.split("\n");
    let last;
    for (const snippet of snippetsOf(file, text)) {
      if (snippet.language === "js" || snippet.language === "ts") found.push((last = { ...snippet, prints: undefined }));
      // The line above the fence.
      else if (snippet.language === "text" && lines[snippet.line - 3] === "<!-- prints -->") last.prints = snippet.lines;
    }
  }
  return found;
}

const all = await blocks();

test("every block runs, or stands here with the reason why it does not", async (t) => {
  for (const [pattern, count, why] of ELSEWHERE) assert.equal(all.filter(({ lines }) => pattern.test(lines.join("\n"))).length, count, why);
  const runs = all.filter(({ lines }) => !ELSEWHERE.some(([pattern]) => pattern.test(lines.join("\n"))));
  const directory = await project(t, {});
  await cp(join(root, "tests/packaging/given.mjs"), join(directory, "given.mjs"));
  await mkdir(join(directory, "blocks"));
  const list = [];
  for (const { file, line, given, lines } of runs) {
    const path = `blocks/${file.replaceAll("/", "-")}-${line}.mjs`;
    await writeFile(join(directory, path), lines.join("\n"));
    list.push({ path, file, line, given: [...given.matchAll(/(?:^|;)\s*(\w+):/g)].map(([, name]) => name) });
  }
  await writeFile(join(directory, "list.json"), JSON.stringify(list));
  const { output } = await mustRun(process.execPath, ["given.mjs"], { cwd: directory, show: "failure", env: { NODE_NO_WARNINGS: "1", NO_COLOR: "1" } });
  const told = JSON.parse(output.trim().split("\n").at(-1));
  assert.equal(told.length, runs.length);
  const faults = told.filter(({ error }) => error).map(({ file, line, error }) => `${file}:${line}: ${error}`);
  assert.deepEqual(faults, []);
  for (const [at, { file, line, prints }] of runs.entries()) {
    const { printed, asked } = told[at];
    if (prints) assert.deepEqual(printed, prints, `${file}:${line} prints something else`);
    // A block that shows something shows it here as well.
    for (const name of asked) assert.ok(told[at].called.includes(name), `${file}:${line} never calls ${name}`);
  }
});
