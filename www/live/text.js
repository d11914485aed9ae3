// What the worker of a live example does with text. No browser is needed for it: tests/node/site.test.mjs calls it.

/** What an example can import, and the file that holds it, beside the worker. */
const ENTRIES = { pinfold: "package/index.js", "pinfold/testing": "package/testing.js" };
const IMPORT = /(\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\2/g;

/**
 * The code with an address in place of each name of an entry: a worker knows no import map. Lines keep their numbers. Throws where it
 * imports anything else.
 */
export function withAddresses(code, base) {
  return code.replaceAll(IMPORT, (whole, before, quote, name) => {
    if (!Object.hasOwn(ENTRIES, name)) throw new Error(`here is no "${name}" to import: an example has ${Object.keys(ENTRIES).map((entry) => `"${entry}"`).join(" and ")}`);
    return before + quote + new URL(ENTRIES[name], base).href + quote;
  });
}

/** What `console.log` prints of these values: strings as they are, everything else much as Node writes it. */
export function shown(values) {
  return values.map((value) => (typeof value === "string" ? value : inspected(value))).join(" ");
}

function inspected(value) {
  if (value instanceof Error) return explained(value);
  if (typeof value === "function") return `[Function: ${value.name || "(anonymous)"}]`;
  if (value === null || typeof value !== "object") return String(value);
  try {
    return JSON.stringify(value, plain, 2);
  } catch {
    return String(value); // it holds itself
  }
}

/** What JSON has no form for. */
function plain(_key, value) {
  if (typeof value === "bigint") return `${value}n`;
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return explained(value);
  return value;
}

/** An error of pinfold has a code, which says more than its name. */
export function explained(error) {
  return error instanceof Error ? `${error.code ?? error.name}: ${error.message}` : `${error}`;
}
