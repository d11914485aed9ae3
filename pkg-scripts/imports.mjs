// Names of what the WebAssembly asks of its glue. wasm-bindgen gives each a digest, which no compression makes smaller, in
// both files; here they are numbered.
import { Plain } from "./shell.mjs";

/** The module and its glue with short names for what the one imports from the other. */
export function shortImports(wasm, glue) {
  const bytes = Buffer.from(wasm.buffer, wasm.byteOffset, wasm.byteLength);
  const section = importSection(bytes);
  const entries = [];
  const names = new Map();
  let at = section.start;
  const text = () => {
    const length = number(bytes, at);
    at = length.next + length.value;
    return bytes.toString("utf8", length.next, at);
  };
  const count = number(bytes, at);
  at = count.next;
  for (let entry = 0; entry < count.value; entry += 1) {
    const [module, name] = [text(), text()];
    if (bytes[at] !== 0) throw new Plain(`the WebAssembly imports something else than functions: ${name}`);
    const kind = at;
    at = number(bytes, at + 1).next;
    if (!names.has(name)) names.set(name, names.size.toString(36));
    entries.push(counted(module), counted(names.get(name)), bytes.subarray(kind, at));
  }
  if (at !== section.end) throw new Plain("the imports of the WebAssembly have another form than wasm-bindgen gave them so far");
  const content = Buffer.concat([leb(count.value), ...entries]);
  const short = Buffer.concat([bytes.subarray(0, section.length), leb(content.length), content, bytes.subarray(section.end)]);
  for (const [name, number] of names) {
    // A property of the object of imports: `        __wbg_now_0123456789abcdef: function() {`, or the last one.
    const property = new RegExp(`^( +)${name.replaceAll("$", "\\$")}(?=:)`, "m");
    if (!property.test(glue)) throw new Plain(`the glue has no ${name}`);
    glue = glue.replace(property, `$1"${number}"`);
  }
  return { wasm: short, glue };
}

/** Where the length of the imports is written, and where they begin and end. */
function importSection(bytes) {
  for (let at = 8; at < bytes.length; ) {
    const length = number(bytes, at + 1);
    const end = length.next + length.value;
    if (bytes[at] === 2) return { length: at + 1, start: length.next, end };
    at = end;
  }
  throw new Plain("the WebAssembly imports nothing");
}

/** A number as WebAssembly writes it, and where the next thing begins. */
function number(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 127) * 2 ** shift;
    if (byte < 128) return { value, next: at };
  }
}

function leb(value) {
  const bytes = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>>= 7;
  } while (value > 0);
  return Buffer.from(bytes);
}

function counted(text) {
  const bytes = Buffer.from(text);
  return Buffer.concat([leb(bytes.length), bytes]);
}
