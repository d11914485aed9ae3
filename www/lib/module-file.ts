import { misuse } from "./errors.js";
import type { Address, HostModule, HostRequest, HostResponse } from "./host-types.js";
import { explained, found } from "./module.js";

/** What a WebAssembly module can be made from. */
export type ModuleSource = Address | string | HostRequest | HostResponse | ArrayBuffer | ArrayBufferView | HostModule;

export interface InitOptions {
  /** Where the module is, or the module itself; for bundlers and hosts that move the file. */
  module?: ModuleSource | Promise<ModuleSource>;
}

/** One WebAssembly file of the package: loaded once, when it is first asked for. */
export class ModuleFile {
  readonly #name: string;
  readonly #call: string;
  readonly #initRaw: (options: { module_or_path: unknown }) => Promise<unknown>;
  #defaultSource: () => unknown;
  #starting: Promise<void> | undefined;
  #started = false;

  /** `call` is what a caller writes to have it loaded. */
  constructor(name: string, call: string, initRaw: (options: { module_or_path: unknown }) => Promise<unknown>, defaultSource: () => unknown) {
    this.#name = name;
    this.#call = call;
    this.#initRaw = initRaw;
    this.#defaultSource = defaultSource;
  }

  /** For entry points whose host cannot fetch the file. */
  useDefaultSource(source: () => unknown): void {
    this.#defaultSource = source;
  }

  init(options: InitOptions = {}): Promise<void> {
    this.#starting ??= this.#start(options).catch((error: unknown) => {
      this.#starting = undefined;
      throw error;
    });
    return this.#starting;
  }

  async #start({ module }: InitOptions): Promise<void> {
    let source: unknown;
    try {
      source = await (module ?? found(this.#defaultSource(), this.#name));
      await this.#initRaw({ module_or_path: source });
    } catch (error) {
      throw await explained(source, error, this.#name, this.#call);
    }
    this.#started = true;
  }

  /** Throws `misuse/closed`, naming the remedy, unless `init()` has ended. */
  require(): void {
    if (!this.#started) throw misuse("misuse/closed", "pinfold is not initialised: `await init()` first", { call: "init" });
  }
}
