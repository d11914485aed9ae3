// Every code has its page, made from the table, and the page says what the type says.
import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { PERSON, PROGRAM } from "../../pkg-scripts/advice.mjs";
import { codesOf, page, pages, stale } from "../../pkg-scripts/errors.mjs";

test("the pages in docs/errors are those that the table of codes makes", async () => {
  assert.deepEqual(await stale(), [], "npm run errors -- --write");
});

test("the table is read whole: every code of the package, once", async () => {
  const types = await readFile(new URL("../../dist/pinfold.d.ts", import.meta.url), "utf8");
  const [, union] = types.match(/type ErrorCode =([^;]+);/);
  const read = codesOf(await readFile(new URL("../../crate/core/src/error.rs", import.meta.url), "utf8"));
  assert.deepEqual(read.map(({ code }) => code), [...union.matchAll(/"([^"]+)"/g)].map(([, code]) => code));
  for (const { code, blame, retry, meaning } of read) assert.ok(blame && retry && meaning.endsWith("."), code);
});

test("a page says who acts, whether again, what is safe and what a program does", () => {
  const text = page({ code: "net/closed", blame: "host", retry: "now", meaning: "The connection ended." });
  for (const part of ["# `net/closed`", "`host`: this machine or its network", "## What the person does", "## What the program does", "## What is safe", "README.md#net"]) assert.ok(text.includes(part), part);
});

const all = codesOf(await readFile(new URL("../../crate/core/src/error.rs", import.meta.url), "utf8"));
const codes = all.map(({ code }) => code);

test("each code says what the person and what the program does, and nothing is left over", () => {
  for (const advice of [PERSON, PROGRAM]) {
    assert.deepEqual(codes.filter((code) => !/^[A-Z`].{6,}\.$/s.test(advice[code] ?? "")), []);
    assert.deepEqual(Object.keys(advice).filter((code) => !codes.includes(code)), []);
  }
});

test("codes share their words for the person only where the same one has to act", () => {
  for (const text of new Set(Object.values(PERSON))) {
    const sharing = all.filter(({ code }) => PERSON[code] === text);
    assert.equal(new Set(sharing.map(({ blame }) => blame)).size, 1, sharing.map(({ code }) => code).join(", "));
  }
});

/** The text of all files below a folder of the repository whose names end so. */
async function textBelow(folder, end) {
  const top = new URL(`../../${folder}/`, import.meta.url);
  const names = (await readdir(top, { recursive: true })).filter((name) => name.endsWith(end) && !/(^|\/)tests?(\.rs|\/)/.test(name));
  assert.ok(names.length > 0, folder);
  return (await Promise.all(names.map((name) => readFile(new URL(name, top), "utf8")))).join("\n");
}

/** What runs of a Rust file: neither comments nor the tests at its end. */
const running = (rust) => rust.replace(/^ *\/\/.*$/gm, "").replace(/\n#\[cfg\(test\)\]\n(pub\S* )?mod tests \{.*?\n\}/gs, "");
const rust = running((await Promise.all(["core", "client", "recovery", "wasm"].map((crate) => textBelow(`crate/${crate}/src`, ".rs")))).join("\n"));
const library = await textBelow("www/lib", ".ts");

test("whatever the advice names in backticks is there: a code, or a name in the types of the package", async () => {
  const bare = (source) => source.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, "");
  const types = bare(await textBelow("dist", ".d.ts"));
  const members = Object.fromEntries(await Promise.all([["session", "session"], ["Session", "session"], ["drive", "drive"], ["error", "errors"], ["MessageKeys", "message-keys"]]
    .map(async ([owner, file]) => [owner, bare(await readFile(new URL(`../../dist/${file}.d.ts`, import.meta.url), "utf8"))])));
  const told = library.split("\n").filter((line) => /misuse\(|detail/.test(line)).join("\n");
  const isFact = (name) => new RegExp(`\\.with\\(\\s*"${name}"`).test(rust) || new RegExp(`\\{[^{}]*\\b${name}(:|,| \\})`).test(told);
  let names = 0;
  for (const code of codes) {
    const advice = PROGRAM[code];
    for (const [, quoted] of advice.matchAll(/`([^`]+)`/g)) {
      if (quoted === "#" || quoted === "open_verified" || codes.includes(quoted) || /^(net|peer)\/\*$/.test(quoted)) continue;
      for (const [name] of quoted.matchAll(/\w+/g)) {
        names += 1;
        assert.ok(new RegExp(`\\b${name}\\b`).test(types) || (quoted.startsWith("error.detail.") && isFact(name)), `${code}: ${quoted}`);
      }
      const [, owner, member] = quoted.match(/^(\w+)\.(\w+)/) ?? [];
      if (/^\w+-\w+$/.test(quoted)) assert.ok(types.includes(`"${quoted}"`), `${code}: ${quoted}`);
      // A message is what every error of JavaScript has.
      if (owner in members && member !== "message") assert.match(members[owner], new RegExp(`^ +(static |readonly |get |abstract )*${member}\\b`, "m"), `${code}: ${quoted}`);
      for (const [, fact] of quoted.matchAll(/^error\.detail\.(\w+)$/g)) assert.ok(isFact(fact), `${code}: no error has the fact ${fact}`);
    }
  }
  assert.ok(names > 150, `${names} names were looked for`);
});

/** What the table calls a code, to look for it in the sources. */
const variants = new Map([...(await readFile(new URL("../../crate/core/src/error.rs", import.meta.url), "utf8")).matchAll(/^ {4}(\w+) = "([^"]+)", \w+, \w+;$/gm)].map(([, name, code]) => [code, name]));
const inLibrary = (code) => new RegExp(`(code: |misuse\\()"${code}"`).test(library);

test("a code that nothing raises says so, and no other does, but for the one that Rust alone can meet", () => {
  assert.equal(variants.size, codes.length);
  // An alternative of a pattern raises nothing.
  const raised = (code) => inLibrary(code) || new RegExp(`(?<!\\| )\\bCode::${variants.get(code)}\\b(?! \\|)`).test(rust);
  const saysSo = codes.filter((code) => PROGRAM[code].startsWith("Nothing: this version of pinfold ends no call with it") || PROGRAM[code].startsWith("No call ends with it and no event says it"));
  assert.deepEqual(saysSo, codes.filter((code) => !raised(code) || code === "crypto/no-validate-key"));
});

test("a code that is never an error is not spoken of as the end of a call", () => {
  // These become errors where a folder's state, a reason or a code of the server's is turned into one.
  const made = ["login/removed", "folder/password-changed", "folder/deleted", "folder/archived", "folder/unreadable", "folder/timeout"];
  const isError = (code) => made.includes(code) || inLibrary(code) || new RegExp(`Error::new\\(\\s*Code::${variants.get(code)}\\b`).test(rust);
  const never = codes.filter((code) => !isError(code));
  assert.ok(never.includes("pins/not-an-id") && never.includes("folder/emptied"), never.join(", "));
  for (const code of never) assert.match(PROGRAM[code], /ends no call with it|No call ends with it|It comes (once, )?as the event|it comes as the event|It is the code of a message/, code);
});

test("no page points at what is not on it, and every title is a sentence", async () => {
  for (const [name, text] of await pages()) {
    assert.ok(!/facts below|“More”|frame list|frames of this run/.test(text), name);
    assert.ok(!/A folder is (no keys|new password|no answer)/.test(text), name);
    assert.ok(!/^## .*\n\n\n/m.test(text), `${name} has an empty section`);
  }
});
