import initRaw from "./pinfold.js";
import { ModuleFile, type InitOptions } from "./module-file.js";

export type { InitOptions, ModuleSource } from "./module-file.js";

// The only place that names the file, so that a bundler finds it once.
const file = new ModuleFile("pinfold.wasm", "init", initRaw, () => new URL("./pinfold.wasm", import.meta.url));

/** For entry points whose host cannot fetch the file. */
export function useDefaultSource(source: () => unknown): void {
  file.useDefaultSource(source);
}

/**
 * Loads the WebAssembly module. Call it once before anything else; further calls return the same promise, whatever
 * they are given. Nothing is loaded by the import itself.
 *
 * Rejects with `host/module` when the file is absent, is not WebAssembly or cannot be run here; the message says where
 * it was looked for and what to do, and `cause` is the platform's own error. A later call then tries again.
 */
export function init(options: InitOptions = {}): Promise<void> {
  return file.init(options);
}

/** Throws `misuse/closed`, naming the remedy, unless `init()` has ended. */
export function requireInit(): void {
  file.require();
}
