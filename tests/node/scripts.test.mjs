// What the scripts say to somebody who mistypes, and what they do to the WebAssembly.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { shortImports } from "../../pkg-scripts/imports.mjs";
import { forgetPlaces, trapAtOnce } from "../../pkg-scripts/panics.mjs";
import { root } from "../../pkg-scripts/shell.mjs";

function says(script, ...args) {
  const path = fileURLToPath(new URL(`../../pkg-scripts/${script}.mjs`, import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [path, ...args], { encoding: "utf8" });
  assert.equal(status, 1, stderr);
  return stderr.trim();
}

test("an option that there is not is named in one line", () => {
  for (const script of ["test", "long", "interop", "api", "release"]) assert.match(says(script, "--nope"), /^✗ [^\n]*--nope[^\n]*$/);
});

test("an upstream is an address of the web, and nothing is built before that is clear", () => {
  for (const wrong of ["drive.example", "ftp://drive.example", ""]) {
    assert.match(says("start", "--upstream", wrong), /^✗ --upstream takes an origin such as/);
  }
});

test("the path of a site begins and ends with a slash, and nothing is built before that is clear", () => {
  for (const wrong of ["pinfold", "/pinfold", "https://drive.example/"]) assert.match(says("site", "--base", wrong), /^✗ --base begins and ends with "\/": /);
});

test("names of imports are short, in the module and in its glue", async () => {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.parseText(`(module
    (import "./glue.js" "__wbg_first_0123456789abcdef" (func $first (result i32)))
    (import "./glue.js" "__wbg_second$_fedcba9876543210" (func $second (result i32)))
    (func (export "run") (result i32) (i32.sub (call $first) (call $second))))`);
  const glue = "({\n        __wbg_first_0123456789abcdef: () => 50,\n        __wbg_second$_fedcba9876543210: () => 8,\n})";
  const short = shortImports(module.emitBinary(), glue);
  const { instance } = await WebAssembly.instantiate(short.wasm, { "./glue.js": (0, eval)(short.glue) });
  assert.equal(instance.exports.run(), 42);
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(short.wasm)).map(({ name }) => name), ["0", "1"]);
  assert.throws(() => shortImports(module.emitBinary(), "({})"), /the glue has no __wbg_first/);
});

test("panics trap at once, the lack of memory leaves a note, and a build in which nothing would leave one fails in plain words", async () => {
  const { default: binaryen } = await import("binaryen");
  const panic = (name) => `(func $"${name}" (drop (i32.const 7)))`;
  const panics = Array.from({ length: 10 }, (_, at) => panic(`core[0a]::panicking::panic_${at}`)).join("\n");
  const malloc = (end) => `(func $malloc (export "__wbindgen_malloc") (param i32) (result i32) (if (local.get 0) (then (return (i32.const 64)))) ${end})
    (func $realloc (export "__wbindgen_realloc") (result i32) (nop) (unreachable))`;
  const wasm = (text) => {
    const module = binaryen.parseText(`(module (memory (export "memory") 1) (func (export "full") (call $"alloc[0b]::alloc::handle_alloc_error")) ${text})`);
    binaryen.setDebugInfo(true);
    return module.emitBinary();
  };
  const full = panic("alloc[0b]::alloc::handle_alloc_error");
  const { instance: { exports } } = await WebAssembly.instantiate(await trapAtOnce(wasm(`${panics} ${full} ${malloc("(unreachable)")}`)));
  const note = () => new DataView(exports.memory.buffer).getUint32(16, true);
  for (const [run, left] of [[() => exports.__wbindgen_malloc(1), 0], [() => exports.__wbindgen_malloc(0), 0x6d656d30], [exports.__wbindgen_realloc, 0x6d656d30], [exports.full, 0x6d656d30]]) {
    new Uint8Array(exports.memory.buffer).fill(0);
    if (left) assert.throws(run, WebAssembly.RuntimeError);
    else run();
    assert.equal(note(), left);
  }
  const bare = binaryen.parseText(`(module ${panics} ${malloc("(unreachable)")})`);
  await assert.rejects(trapAtOnce(bare.emitBinary()), /^Error: no function that ends because there is no memory left was found/);
  await assert.rejects(trapAtOnce(wasm(`${panics} ${full} ${malloc("(i32.const 0)")}`)), /__wbindgen_malloc does not end as it did so far/);
  await assert.rejects(trapAtOnce(wasm(`${panics} ${full}`)), /exports no __wbindgen_malloc/);
  await assert.rejects(trapAtOnce(wasm(full)), /only 1 functions that panic were found/);
});

test("places in source files become zeros, and nothing else does", async () => {
  const { default: binaryen } = await import("binaryen");
  const name = "crate/core/src/a.rs";
  const place = (length) => [1064, length, 12, 5].map((number) => `\\${[number & 255, number >> 8, 0, 0].map((byte) => byte.toString(16).padStart(2, "0")).join("\\")}`).join("");
  const module = binaryen.parseText(`(module (memory (export "memory") 1)
    (data (i32.const 1032) "${place(name.length)}${place(name.length + 1)}${name}read it")
    (func (export "run")))`);
  const wasm = module.emitBinary();
  forgetPlaces(wasm);
  const { instance } = await WebAssembly.instantiate(wasm);
  const memory = Buffer.from(instance.exports.memory.buffer);
  assert.deepEqual(memory.subarray(1032, 1048), Buffer.alloc(16), "a place");
  assert.equal(memory.readUInt32LE(1052), name.length + 1, "no place: it goes on behind the name");
  assert.equal(memory.toString("latin1", 1064, 1064 + name.length + 7), `${"\0".repeat(name.length)}read it`);
});

test("a fresh clone can begin: no script that installs the packages needs one to be read", async () => {
  const read = new Set();
  const outside = [];
  const visit = async (file) => {
    if (read.has(file)) return;
    read.add(file);
    for (const [, name] of (await readFile(file, "utf8")).matchAll(/^(?:import|export)\b[^"';]*?["']([^"']+)["'];?$/gm)) {
      if (name.startsWith(".")) await visit(resolve(dirname(file), name));
      else if (!name.startsWith("node:")) outside.push(`${file}: ${name}`);
    }
  };
  for (const script of ["start", "test", "build", "bench"]) await visit(join(root, `pkg-scripts/${script}.mjs`));
  assert.ok(read.size > 8, [...read].join(" "));
  assert.deepEqual(outside, []);
});
