// A fault in a snippet of a document is found, and told with the file and the line of the document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { faultsOf, snippetsOf } from "../../pkg-scripts/snippets.mjs";

const document = (...lines) => ({ file: "docs/made.md", text: lines.join("\n") });

async function found(...lines) {
  const { faults } = await faultsOf([document(...lines)]);
  return faults.map(({ file, line, what }) => `${file}:${line}: ${what}`);
}

test("a block has a line, a language and what it takes as given", () => {
  const text = ["Words.", "<!-- given: id: string -->", "```js", "use(id);", "```", "  ```text", "drawn", "  ```"].join("\n");
  assert.deepEqual(snippetsOf("a.md", text), [
    { file: "a.md", language: "js", given: "id: string", line: 4, lines: ["use(id);"] },
    { file: "a.md", language: "text", given: "", line: 7, lines: ["drawn"] },
  ]);
  assert.throws(() => snippetsOf("a.md", "```js\nno end"), /a\.md:1: this block has no end/);
});

test("JavaScript is checked against the types of the package", async () => {
  const [fault, ...others] = await found(
    "Words.", "<!-- given: session: pinfold.Session -->", "```js", "await session.loadDrive();", "await session.loadNothing();", "```",
    "<!-- given: session: pinfold.Session -->", "```ts", "const trash: string[] = await session.trash();", "```",
  );
  assert.match(fault, /^docs\/made\.md:5: TS\d+: .*loadNothing/);
  assert.deepEqual(others, []);
});

test("JSON is parsed", async () => {
  assert.match((await found("```json", "{ \"a\": 1,", "  b }", "```"))[0], /^docs\/made\.md:3: /);
});

test("a command names a script, a package and options that there are, in a block and in the prose", async () => {
  const faults = await found(
    "Say `npm run nothing` or `npm test -- --only NAME`.", "```sh", "npm start -- --fresh  # a comment with --nothing", "npm start -- --stale",
    "cargo test -p pinfold-core --test suite architecture", "cargo test -p pinfold-core --test nothing", "cargo run -p pinfold-nothing", "nothing --help", "```",
  );
  assert.deepEqual(faults, [
    'docs/made.md:1: package.json has no script "nothing"',
    'docs/made.md:4: the script "start" has no option --stale',
    'docs/made.md:6: there is no test "nothing" in pinfold-core',
    'docs/made.md:7: there is no package "pinfold-nothing"',
    'docs/made.md:8: nothing is known of the program "nothing"',
  ]);
});

test("a block says its language, and Rust is in a document that a crate includes", async () => {
  assert.match((await found("```", "what is it?", "```"))[0], /^docs\/made\.md:1: a block is one of js, .*this says ""$/);
  assert.match((await found("```rust", "fn main() {}", "```"))[0], /^docs\/made\.md:1: no crate includes this document/);
});
