// Types of the host, taken from wherever the project that compiles this has them: the DOM library, Node's types, or
// neither. A declaration that names `AbortSignal` or `Symbol.dispose` itself is an error where that library is missing.

/** What a class of the host makes; `Otherwise` where nothing declares that class. */
type HostClass<Name extends string, Otherwise> =
  typeof globalThis extends { [key in Name]: { prototype: infer Instance } } ? Instance : Otherwise;

/** `AbortSignal`. */
export type Signal = HostClass<"AbortSignal", {
  readonly aborted: boolean;
  readonly reason: unknown;
  throwIfAborted(): void;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}>;

/** `URL`. */
export type Address = HostClass<"URL", { readonly href: string; readonly origin: string }>;

/** `HTMLElement`. */
export type HostElement = HostClass<"HTMLElement", object>;

/** `Request`, `Response`, `WebAssembly.Module`: nothing where the host's types do not have them. */
export type HostRequest = HostClass<"Request", never>;
export type HostResponse = HostClass<"Response", never>;
export type HostModule =
  typeof globalThis extends { WebAssembly: { Module: { prototype: infer Module } } } ? Module : never;

/** `fetch`. */
export type Fetch =
  typeof globalThis extends { fetch: infer Function } ? Function : (address: string, options?: object) => Promise<unknown>;

// The symbols of `using`, where the language's library has them.
type DisposeSymbol = SymbolConstructor extends { readonly dispose: infer Key extends symbol } ? Key : never;
type AsyncDisposeSymbol = SymbolConstructor extends { readonly asyncDispose: infer Key extends symbol } ? Key : never;

/** `Disposable` where there is such a thing; nothing otherwise. */
export type MaybeDisposable = { [key in DisposeSymbol]: () => void };
/** `AsyncDisposable` where there is such a thing; nothing otherwise. */
export type MaybeAsyncDisposable = { [key in AsyncDisposeSymbol]: () => Promise<void> };
