// docs/events.md has every event that a session can tell, with every field of it: a new one that nobody describes fails here.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), "utf8");
const [page, ...declarations] = await Promise.all(["docs/events.md", "dist/pinfold.d.ts", "dist/events.d.ts", "dist/state.d.ts"].map(read));
// Comments hold semicolons and braces.
const types = declarations.join("\n").replace(/\/\*\*[^]*?\*\//g, "").replace(/\/\/.*$/gm, "");

/** The names behind `type name = A | B | …;`. */
const union = (name) => types.match(new RegExp(`type ${name} =([^;]+);`))[1].split("|").map((part) => part.trim()).filter(Boolean);

/** The names of the fields of an interface, also of those that it extends; a text stands for what an intersection adds. */
function fieldsOf(name) {
  const alias = types.match(new RegExp(`type ${name} = (\\{[^}]*\\}) & (\\w+);`));
  if (alias) return [...named(alias[1]), ...fieldsOf(alias[2])];
  const [, parent, body] = types.match(new RegExp(`interface ${name} (?:extends (\\w+) )?(\\{(?:[^{}]|\\{[^{}]*\\})*\\})`));
  return [...named(body), ...(parent ? fieldsOf(parent) : [])];
}

/** The fields of one pair of braces, not those of braces inside or the names in a tuple. */
const named = (body) => [...body.slice(1, -1).replace(/\{[^{}]*\}|\[[^[\]]*\]/g, "").matchAll(/(?:^|[;\n\s])(?:readonly )?(\w+)\??:/g)].map(([, field]) => field);

const typeOf = (name) => types.match(new RegExp(`(?:interface|type) ${name} [^]*?type: "([\\w-]+)"`))[1];

const events = union("SessionEvent").flatMap((name) => (name === "RawEvent" ? union(name) : [name])).map((name) => ({ type: typeOf(name), fields: fieldsOf(name) }));

const sections = new Map(page.split(/^### /m).slice(1).map((text) => [text.match(/^`([\w-]+)`/)[1], text.split(/^## /m)[0]]));

test("every event has a section, and there is none of anything else", () => {
  assert.ok(events.length >= 14, String(events.length));
  assert.deepEqual([...sections.keys()].sort(), events.map(({ type }) => type).sort());
  assert.match(page, new RegExp(`There are ${events.length === 14 ? "fourteen" : events.length} types`));
});

test("every field of an event is named in its section, and its example has those fields", () => {
  for (const { type, fields } of events) {
    const text = sections.get(type);
    assert.ok(fields.includes("type") && fields.length > 1, `${type}: ${fields}`);
    const [prose, example] = text.split("```json\n");
    for (const field of fields.filter((name) => name !== "type")) assert.ok(prose.includes(`\`${field}\``), `${type}: ${field} is not described`);
    const heard = JSON.parse(example.split("```")[0]);
    assert.equal(heard.type, type);
    assert.deepEqual(Object.keys(heard).sort(), [...fields].sort(), type);
  }
});

test("every step, phase and notice is in its section", () => {
  const words = (text) => [...text.matchAll(/"([\w/-]+)"/g)].map(([, word]) => word);
  for (const [type, list] of [["pins", union("PinStep").join(" ")], ["progress", union("Phase").join(" ")], ["mailbox-notice", types.match(/code: ("mailbox\/anchor-lost"[^;]*);/)[1]]]) {
    const found = words(list);
    assert.ok(found.length > 3, type);
    for (const word of found) assert.ok(sections.get(type).includes(`\`${word}\``), `${type}: ${word}`);
  }
});
