// What a panic of the engine says. Nobody can read it: WebAssembly has no standard error, and pinfold sets no hook. So the
// engine formats a sentence, prints it nowhere and ends with a trap. Here it goes straight to the trap; what only those
// sentences used leaves the file, and with it the directories of the machine that built it.
import { Plain } from "./shell.mjs";

/** The functions of the standard library that end in a panic and do nothing else. */
const PANICS = /^wasm_bindgen(\[\w+\])?::__rt::malloc_failure|^(core|alloc)\[\w+\]::(panicking|option::(unwrap|expect)_failed|result::unwrap_failed|cell::panic_already|slice::index::slice_index_fail|str::slice_error_fail|alloc::handle_alloc_error|raw_vec::(handle_error|capacity_overflow))|^<alloc\[\w+\]::vec::Vec<_, _>>::\w+::assert_failed$/;

/** Those of them that end because there is no memory left. */
const NO_MEMORY = /^wasm_bindgen(\[\w+\])?::__rt::malloc_failure|^alloc\[\w+\]::(alloc::handle_alloc_error|raw_vec::handle_error)/;
/** What the glue calls to have room for a text or bytes that it hands in: without room they end in a trap of their own. */
const ROOM = ["__wbindgen_malloc", "__wbindgen_realloc"];
/** Where and what is written before the trap then. Nothing else lies there: it is the last of the stack. www/lib/trap.ts reads it. */
const NOTE_AT = 16;
const NOTE = 0x6d656d30;

/** A module with the names of its functions, whose panics trap at once. */
export async function trapAtOnce(wasm) {
  // Not at the top of the file: on a fresh clone the packages are installed after this file is read.
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(wasm);
  const noted = () => module.block(null, [module.i32.store(0, 4, module.i32.const(NOTE_AT), module.i32.const(NOTE)), module.unreachable()]);
  let [found, told] = [0, 0];
  for (let at = 0; at < module.getNumFunctions(); at += 1) {
    const handle = module.getFunctionByIndex(at);
    const { name } = binaryen.getFunctionInfo(handle);
    if (!PANICS.test(name)) continue;
    const isFull = NO_MEMORY.test(name);
    binaryen.Function.setBody(handle, isFull ? noted() : module.unreachable());
    found += 1;
    if (isFull) told += 1;
  }
  // Another compiler has other names; then the file is larger, and this says why.
  if (found < 10) throw new Plain(`only ${found} functions that panic were found: their names in pkg-scripts/panics.mjs are of another compiler`);
  if (told === 0) throw new Plain("no function that ends because there is no memory left was found: their names in pkg-scripts/panics.mjs are of another compiler");
  for (const name of ROOM) tellFull(binaryen, module, name, noted);
  binaryen.setDebugInfo(true);
  const bytes = module.emitBinary();
  module.dispose();
  return bytes;
}

/** Makes what the glue calls for room tell that there is none: where it ends its own function with a trap, or calls one that was found above. */
function tellFull(binaryen, module, name, noted) {
  const exported = Array.from({ length: module.getNumExports() }, (_, at) => binaryen.getExportInfo(module.getExportByIndex(at))).find((one) => one.name === name);
  if (!exported) throw new Plain(`the WebAssembly exports no ${name}: the glue gets room for a text by another name`);
  const { body } = binaryen.getFunctionInfo(module.getFunction(exported.value));
  const last = binaryen.getExpressionId(body) === binaryen.BlockId ? binaryen.Block.getNumChildren(body) - 1 : -1;
  const end = last < 0 ? body : binaryen.Block.getChildAt(body, last);
  if (binaryen.getExpressionId(end) === binaryen.UnreachableId && last >= 0) return binaryen.Block.setChildAt(body, last, noted());
  throw new Plain(`${name} does not end as it did so far where there is no room: pkg-scripts/panics.mjs cannot make it say so`);
}

/** Where a source file is named in the data: in the standard library, in a library, or in ours. */
const SOURCE = /(?:\/[\w.-]+)*\/(?:registry|rustc|deps)\/[\w/.-]+?\.rs|crate\/\w+\/src\/[\w/]+?\.rs/g;

/** Overwrites in place, with zeros, the names of source files and the places in them, which only a panic shows. */
export function forgetPlaces(wasm) {
  const bytes = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength);
  const segments = dataSegments(bytes);
  const names = segments.flatMap(({ address, start, end }) =>
    [...bytes.toString("latin1", start, end).matchAll(SOURCE)].map(({ index, 0: name }) => ({ address: address + index, start: start + index, length: name.length })));
  const named = (address, length) => names.some((name) => address >= name.address && address + length <= name.address + name.length);
  for (const { address, start, end } of segments) {
    // `core::panic::Location`: address and length of the name, line, column.
    for (let at = start + (-address & 3); at + 16 <= end; at += 4) {
      const [name, length, line, column] = [0, 4, 8, 12].map((field) => bytes.readUInt32LE(at + field));
      if (length > 8 && line > 0 && line < 50_000 && column > 0 && column < 1_000 && named(name, length)) bytes.fill(0, at, at + 16);
    }
  }
  for (const { start, length } of names) bytes.fill(0, start, start + length);
}

/** Where each piece of the data goes in memory, and where it is in the file. */
function dataSegments(bytes) {
  let at = 8;
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = number() + at;
    if (section !== 11) {
      at = end;
      continue;
    }
    return Array.from({ length: number() }, () => {
      // An active piece of memory 0, at a constant: what a linker writes.
      if (number() !== 0 || bytes[at++] !== 0x41) throw new Plain("the data of the WebAssembly has another form than a linker gave it so far");
      const address = number();
      at += 1;
      const length = number();
      const start = at;
      at += length;
      return { address, start, end: at };
    });
  }
  return [];
}
