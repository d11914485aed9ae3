// Where the WebAssembly file is, and what to say when it is not there. Bundlers and development servers move the script
// and leave the file; most of them then answer with a page, or with nothing.
import { PinfoldError } from "./errors.js";

/** Vite before version 8 keeps a copy of the script here in development, and the file stays in the package. */
const VITE_COPY = /\/node_modules\/\.vite\/(?:.*\/)?deps[^/]*\/[^/]*$/;
/** How every WebAssembly file begins. */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
/** Cloudflare's host compiles no bytes that were fetched: there the file is imported. */
const inWorkerd = (): boolean => (globalThis as { navigator?: { userAgent?: string } }).navigator?.userAgent === "Cloudflare-Workers";
const remedy = (name: string, call: string): string => inWorkerd()
  ? `Import it, because this host compiles no bytes: import module from "pinfold/${name}"; await ${call}({ module })`
  : `Copy node_modules/pinfold/dist/${name} to where it can be fetched and say so: ${call}({ module: "/${name}" })`;

/** The default source, or where a development server is known to have left it. */
export async function found(source: unknown, name: string): Promise<unknown> {
  const awaited = await source;
  if (!(awaited instanceof URL) || !VITE_COPY.test(awaited.pathname)) return awaited;
  const inPackage = new URL(awaited.pathname.replace(/\/\.vite\/.*$/, `/pinfold/dist/${name}`), awaited);
  const answer = await fetch(inPackage).catch(() => undefined);
  return answer?.ok && answer.headers.get("content-type")?.startsWith("application/wasm") ? answer : awaited;
}

/** The error for a module that could not be made of `source`; undefined where not even the source could be named. */
export async function explained(source: unknown, cause: unknown, name: string, call: string): Promise<PinfoldError> {
  const address = addressOf(source);
  const seen = source === undefined ? "absent" : await look(source, address);
  const at = address === undefined ? "" : ` at ${address}`;
  const message = seen === "wasm" && !inWorkerd()
    ? "this host cannot run pinfold's WebAssembly: it needs SIMD and, where the page has a content security policy, 'wasm-unsafe-eval'"
    : `pinfold's WebAssembly is not${at || " where the script looks for it"}${seen === "absent" ? "" : ` (there is ${seen})`}. ${remedy(name, call)}`;
  const detail = { seen, ...(address !== undefined && { url: address }) };
  return new PinfoldError(message, { code: "host/module", blame: "caller", retry: "later", detail }, { cause });
}

function addressOf(source: unknown): string | undefined {
  const text = typeof source === "string" ? source : ((source as { href?: string; url?: string } | undefined)?.href ?? (source as { url?: string } | undefined)?.url);
  if (typeof text !== "string" || text.startsWith("data:")) return undefined;
  return typeof document !== "undefined" && URL.canParse(text, document.baseURI) ? new URL(text, document.baseURI).href : text;
}

/** "wasm", or what is there instead in a few words. */
async function look(source: unknown, address: string | undefined): Promise<string> {
  if (source instanceof ArrayBuffer) return kind(new Uint8Array(source));
  if (ArrayBuffer.isView(source)) return kind(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  if (address === undefined) return "wasm";
  try {
    const answer = await fetch(address);
    if (!answer.ok) return `an answer with status ${answer.status}`;
    return kind(new Uint8Array(await answer.arrayBuffer()));
  } catch {
    return "no answer";
  }
}

function kind(bytes: Uint8Array): string {
  if (MAGIC.every((byte, at) => bytes[at] === byte)) return "wasm";
  const start = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart().toLowerCase();
  return start.startsWith("<") ? "a page" : bytes.length === 0 ? "an empty file" : "something that is no WebAssembly";
}
