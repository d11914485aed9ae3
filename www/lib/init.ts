import initRaw from "./pinfold.js";
import { misuse } from "./errors.js";
import type { Address, HostModule, HostRequest, HostResponse } from "./host-types.js";
import { explained, found } from "./module.js";

/** What the WebAssembly module can be made from. */
export type ModuleSource = Address | string | HostRequest | HostResponse | ArrayBuffer | ArrayBufferView | HostModule;

export interface InitOptions {
  /** Where the module is, or the module itself; for bundlers and hosts that move the file. */
  module?: ModuleSource | Promise<ModuleSource>;
}

// The only place that names the file, so that a bundler finds it once.
let defaultSource = (): unknown => new URL("./pinfold.wasm", import.meta.url);
let starting: Promise<void> | undefined;
let started = false;

/** For entry points whose host cannot fetch the file. */
export function useDefaultSource(source: () => unknown): void {
  defaultSource = source;
}

/**
 * Loads the WebAssembly module. Call it once before anything else; further calls return the same promise, whatever
 * they are given. Nothing is loaded by the import itself.
 *
 * Rejects with `host/module` when the file is absent, is not WebAssembly or cannot be run here; the message says where
 * it was looked for and what to do, and `cause` is the platform's own error. A later call then tries again.
 */
export function init(options: InitOptions = {}): Promise<void> {
  starting ??= start(options).catch((error: unknown) => {
    starting = undefined;
    throw error;
  });
  return starting;
}

async function start({ module }: InitOptions): Promise<void> {
  let source: unknown;
  try {
    source = await (module ?? found(defaultSource()));
    await initRaw({ module_or_path: source });
  } catch (error) {
    throw await explained(source, error);
  }
  started = true;
}

/** Throws `misuse/closed`, naming the remedy, unless `init()` has ended. */
export function requireInit(): void {
  if (!started) throw misuse("misuse/closed", "pinfold is not initialised: `await init()` first", { call: "init" });
}
