// The WebAssembly file of `pinfold/testing`, and what it says when it refuses something: for the modules of that entry.
import { fromRaw, PinfoldError, type ErrorFacts } from "./errors.js";
import { ModuleFile } from "./module-file.js";
import initRaw from "./pinfold-testing.js";

/** The only place that names the file, so that a bundler finds it once. */
export const file = new ModuleFile("pinfold-testing.wasm", "initTesting", initRaw, () => new URL("./pinfold-testing.wasm", import.meta.url));

/** What the module says is JSON text with a code. `argument` is the caller's, whose mistake it may be. */
export function unfit(error: unknown, argument: string): unknown {
  if (typeof error !== "string") return fromRaw(error);
  const { message, ...facts } = JSON.parse(error) as ErrorFacts & { message: string };
  return new PinfoldError(message, { ...facts, detail: facts.blame === "caller" ? { argument } : {} });
}
