// Live examples: in the site of the documents the reader can run them, in his own browser. `<!-- live -->` stands above such a block; right below
// the block stands what it prints. Anywhere else it is a block like others, and tests/packaging/documents.test.mjs runs it like others.
import { createHash } from "node:crypto";
import { cp, mkdir, readdir, readFile, rename } from "node:fs/promises";
import { basename, join } from "node:path";
import { Plain, root } from "./shell.mjs";

const MARK = "<!-- live -->";
const BLOCK = /^<!-- live -->\n(```js\n[\s\S]*?\n```)\n\n<!-- prints -->\n(```text\n[\s\S]*?\n```)$/gm;
/** What an example can import: `www/live/text.js` names the same files. */
const ENTRIES = ["index.js", "testing.js"];
const NAMED = /(?:\bfrom |\bimport |\bimport\(|new URL\()"\.\/([^"]+)"/g;

/** The text of a document with an element around each live example. */
export function withLive(file, text) {
  const made = text.replaceAll(BLOCK, (_, code, prints) => `<live-example>\n\n${code}\n\n<div slot="prints">\n\n${prints}\n\n</div>\n</live-example>`);
  const left = made.split("\n").indexOf(MARK);
  if (left >= 0) throw new Plain(`${file}: below each "${MARK}" stands a block of js, and below that "<!-- prints -->" and a block of text`);
  return made;
}

/** What these files of `dist` load, and what that loads, as names in `dist`. */
export async function loadedBy(entries) {
  const found = new Set(entries);
  for (const name of found) {
    if (!name.endsWith(".js")) continue;
    for (const [, next] of (await readFile(join(root, "dist", name), "utf8")).matchAll(NAMED)) found.add(next);
  }
  return [...found].sort();
}

/**
 * The element and the package as files of the site, in a folder of `directory` whose name changes with any of them: a browser that keeps some of them
 * never puts them together with newer ones. Returns the name of the folder.
 */
export async function copyLive(directory) {
  const begun = join(directory, "live");
  await mkdir(join(begun, "package"), { recursive: true });
  await cp(join(root, "www/live"), begun, { recursive: true });
  for (const name of await loadedBy(ENTRIES)) await cp(join(root, "dist", name), join(begun, "package", name));
  const digest = createHash("sha256");
  for (const name of (await readdir(begun, { recursive: true })).sort()) {
    if (/\.(js|wasm)$/.test(basename(name))) digest.update(name).update(await readFile(join(begun, name)));
  }
  const named = `live-${digest.digest("hex").slice(0, 12)}`;
  await rename(begun, join(directory, named));
  return named;
}
