// `using` and `await using`, where the host has their symbols. No class names them in its body: on a host without them it
// would get a method called "undefined", and in the declarations they are an error for whoever has no such library.

type Made<T> = { readonly prototype: T };

/** `using` calls `end`. */
export function disposable<T>({ prototype }: Made<T>, end: (object: T) => void): void {
  give(prototype as object, "dispose", function (this: T) {
    end(this);
  });
}

/** `await using` waits for `end`. */
export function asyncDisposable<T>({ prototype }: Made<T>, end: (object: T) => Promise<void>): void {
  give(prototype as object, "asyncDispose", function (this: T) {
    return end(this);
  });
}

function give(prototype: object, name: "dispose" | "asyncDispose", value: unknown): void {
  const symbol: unknown = (Symbol as unknown as Record<string, unknown>)[name];
  if (typeof symbol === "symbol") Object.defineProperty(prototype, symbol, { value, configurable: true, writable: true });
}
