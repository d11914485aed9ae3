// `npm run graph`: draws who imports whom, from the sources as they are now, and names every circle. One picture for the
// crates, one for each crate's modules, one for the JavaScript library; `npm run graph -- core session` draws the files
// of one module. The arrows point from the importer to what it imports.
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { instance } from "@viz-js/viz";
import { Plain, root, say } from "./shell.mjs";
import { ensureNodeModules } from "./tools.mjs";

const OUT = join(root, "target/graph");

/** All files below a folder with this ending. */
async function filesBelow(folder, ending) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name.endsWith(ending)).map((entry) => join(entry.parentPath, entry.name)).sort();
}

/** The paths of a `use` tree: `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`. */
function paths(tree) {
  const brace = tree.indexOf("{");
  if (brace < 0) return [tree.replace(/ as .*/, "")];
  const [start, inner] = [tree.slice(0, brace), tree.slice(brace + 1, tree.lastIndexOf("}"))];
  const parts = [];
  let depth = 0;
  let part = "";
  for (const character of `${inner},`) {
    if (character === "{") depth += 1;
    if (character === "}") depth -= 1;
    if (character === "," && depth === 0) {
      if (part.trim()) parts.push(part.trim());
      part = "";
    } else part += character;
  }
  return parts.flatMap((each) => paths(start + each));
}

/** The module that a Rust file holds, as its parts: `net/mod.rs` is `["net"]`, `lib.rs` is `[]`. */
function moduleOf(source, file) {
  const parts = relative(source, file).replace(/\.rs$/, "").split("/");
  return ["mod", "lib", "main"].includes(parts.at(-1)) ? parts.slice(0, -1) : parts;
}

/** What a Rust file names: whole paths from a crate's root, `crate`, `self` and `super` replaced. */
function namedBy(text, crate, module) {
  const product = text.split("#[cfg(test)]")[0].replace(/^\s*\/\/.*$/gm, "");
  const uses = [...product.matchAll(/\buse\s+([^;]+);/g)].flatMap(([, tree]) => paths(tree.replace(/\s+/g, " ")));
  const direct = [...product.matchAll(/\b(?:crate|self|super|pinfold_\w+)(?:::\w+)+/g)].map(([path]) => path);
  return [...uses, ...direct].map((path) => {
    const parts = path.split("::").map((part) => part.trim());
    if (parts[0] === "crate") return [crate, ...parts.slice(1)];
    if (parts[0].startsWith("pinfold_")) return [parts[0].slice("pinfold_".length), ...parts.slice(1)];
    const here = [...module];
    if (parts[0] === "self") return [crate, ...here, ...parts.slice(1)];
    if (parts[0] !== "super") return undefined;
    while (parts[0] === "super") {
      parts.shift();
      here.pop();
    }
    return [crate, ...here, ...parts];
  }).filter(Boolean);
}

/** Reads every crate: `modules` are the names that exist, `imports` are pairs of them. */
async function readRust() {
  const modules = new Set();
  const files = [];
  for (const crate of await readdir(join(root, "crate"))) {
    const source = join(root, "crate", crate, "src");
    if (!existsSync(source)) continue;
    for (const file of await filesBelow(source, ".rs")) {
      if (/(^|\/)tests?(\/|\.rs$|_)/.test(relative(source, file))) continue;
      const module = moduleOf(source, file);
      modules.add([crate, ...module].join("::"));
      files.push({ crate, module, text: await readFile(file, "utf8") });
    }
  }
  const imports = [];
  for (const { crate, module, text } of files) {
    for (const named of namedBy(text, crate.replaceAll("-", "_"), module)) {
      // The longest part of the path that is a file's.
      let to = named;
      while (to.length > 1 && !modules.has(to.join("::"))) to = to.slice(0, -1);
      if (modules.has(to.join("::"))) imports.push([[crate, ...module], to]);
    }
  }
  return { modules: [...modules].map((name) => name.split("::")), imports };
}

async function readLibrary() {
  const source = join(root, "www/lib");
  const files = (await filesBelow(source, ".ts")).filter((file) => !file.endsWith(".d.ts"));
  const name = (file) => ["lib", relative(source, file).replace(/\.[jt]s$/, "")];
  const imports = [];
  for (const file of files) {
    for (const [, target] of (await readFile(file, "utf8")).matchAll(/from "(\.[^"]+)"/g)) {
      imports.push([name(file), name(join(file, "..", target))]);
    }
  }
  return { modules: files.map(name), imports };
}

/** The graph among rooms: modules below `place`, cut to one more part. */
function among({ modules, imports }, place) {
  const own = place.length > 1 ? "mod.rs" : "lib.rs";
  const room = (module) =>
    place.every((part, at) => module[at] === part) ? module.slice(0, place.length + 1).slice(place.length).join("") || own : undefined;
  const nodes = new Set(modules.map(room).filter(Boolean));
  const arrows = new Map();
  for (const [from, to] of imports) {
    const [a, b] = [room(from), room(to)];
    if (!nodes.has(a) || !nodes.has(b) || a === b) continue;
    const key = `${a} ${b}`;
    arrows.set(key, (arrows.get(key) ?? 0) + 1);
  }
  return { nodes: [...nodes].sort(), arrows: [...arrows].map(([key, count]) => [...key.split(" "), count]) };
}

/** Groups of nodes that reach each other: what stands in a circle (Tarjan). */
function circles({ nodes, arrows }) {
  const next = new Map(nodes.map((node) => [node, arrows.filter(([from]) => from === node).map(([, to]) => to)]));
  const [index, low, stack, found] = [new Map(), new Map(), [], []];
  const visit = (node) => {
    index.set(node, index.size);
    low.set(node, index.get(node));
    stack.push(node);
    for (const to of next.get(node)) {
      if (!index.has(to)) visit(to);
      if (stack.includes(to)) low.set(node, Math.min(low.get(node), low.get(to)));
    }
    if (low.get(node) === index.get(node)) {
      const circle = stack.splice(stack.indexOf(node));
      if (circle.length > 1) found.push(circle.sort());
    }
  };
  for (const node of nodes) if (!index.has(node)) visit(node);
  return found;
}

function dot(title, { nodes, arrows }, inCircles) {
  const circular = new Set(inCircles.flat());
  const quoted = (name) => JSON.stringify(name);
  const boxes = nodes.map((node) => `${quoted(node)}${circular.has(node) ? ' [color="#b3261e"]' : ""};`);
  const lines = arrows.map(([from, to, count]) => {
    const both = inCircles.some((circle) => circle.includes(from) && circle.includes(to));
    return `${quoted(from)} -> ${quoted(to)} [penwidth=${(0.6 + Math.log2(count) / 2).toFixed(1)}${both ? ' color="#b3261e"' : ""}];`;
  });
  return `digraph { label=${quoted(title)}; labelloc=t; fontname="sans-serif"; rankdir=TB; node [shape=box style=rounded fontname="sans-serif" fontsize=11];
    edge [color="#5f6b7a" arrowsize=0.6];\n${[...boxes, ...lines].join("\n")}\n}\n`;
}

async function draw(viz, name, title, graph) {
  const found = circles(graph);
  await writeFile(join(OUT, `${name}.svg`), viz.renderString(dot(title, graph, found), { format: "svg" }));
  const words = found.length === 0 ? "no circle" : `${found.length} circle${found.length > 1 ? "s" : ""}`;
  say(`${name.padEnd(18)} ${String(graph.nodes.length).padStart(3)} rooms, ${String(graph.arrows.length).padStart(3)} arrows, ${words}`);
  for (const circle of found) say(`  circle: ${circle.join(", ")}`);
}

async function main() {
  await ensureNodeModules();
  await mkdir(OUT, { recursive: true });
  const viz = await instance();
  const rust = await readRust();
  const place = process.argv.slice(2);
  if (place.length > 0) {
    const graph = among(rust, place);
    if (graph.nodes.length === 0) throw new Plain(`there is no module ${place.join("::")} with files of its own`);
    await draw(viz, place.join("-"), place.join("::"), graph);
  } else {
    await draw(viz, "crates", "crates", among(rust, []));
    for (const crate of [...new Set(rust.modules.map(([name]) => name))].sort()) {
      const graph = among(rust, [crate]);
      if (graph.nodes.length > 1) await draw(viz, crate, crate, graph);
    }
    await draw(viz, "lib", "www/lib", among(await readLibrary(), ["lib"]));
  }
  say(`pictures: ${relative(process.cwd(), OUT) || "."}`);
}

main().catch((error) => {
  say(error instanceof Plain ? error.message : String(error.stack ?? error));
  process.exitCode = 1;
});
