import initRaw from "./pinfold.js";
import { misuse } from "./errors.js";

/** What the WebAssembly module can be made from. */
export type ModuleSource = URL | string | Request | BufferSource | WebAssembly.Module;

export interface InitOptions {
  /** Where the module is, or the module itself; for bundlers and hosts that move the file. */
  module?: ModuleSource;
}

// The only place that names the file, so that a bundler finds it once.
let defaultSource = (): ModuleSource | Promise<ModuleSource> => new URL("./pinfold.wasm", import.meta.url);
let starting: Promise<void> | undefined;
let started = false;

/** For entry points whose host cannot fetch the file. */
export function useDefaultSource(source: () => ModuleSource | Promise<ModuleSource>): void {
  defaultSource = source;
}

/**
 * Loads the WebAssembly module. Call it once before anything else; further calls return the same promise, whatever
 * they are given. Nothing is loaded by the import itself.
 *
 * Rejects with the platform's own error when the file is absent or is not WebAssembly; a later call then tries again.
 */
export function init(options: InitOptions = {}): Promise<void> {
  starting ??= start(options).catch((error: unknown) => {
    starting = undefined;
    throw error;
  });
  return starting;
}

async function start({ module }: InitOptions): Promise<void> {
  await initRaw({ module_or_path: module ?? (await defaultSource()) });
  started = true;
}

/** Throws `misuse/closed`, naming the remedy, unless `init()` has ended. */
export function requireInit(): void {
  if (!started) throw misuse("misuse/closed", "pinfold is not initialised: `await init()` first", { call: "init" });
}
