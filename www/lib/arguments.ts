// What a caller hands to a session, checked before it goes on.
import { misuse } from "./errors.js";

/** `object`, or `misuse/bad-argument` for anything else. */
export function given<T>(object: T, argument: string): T {
  if (typeof object === "object" && object !== null) return object;
  throw misuse("misuse/bad-argument", `${argument} must be an object`, { argument });
}

/** `value`, or `misuse/bad-argument` for what is no text. */
export function text(value: string, argument: string): string {
  if (typeof value === "string") return value;
  throw misuse("misuse/bad-argument", `${argument} must be a text`, { argument });
}

/** JSON text of what may hold anything. */
export function json(value: unknown, argument: string): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw misuse("misuse/bad-argument", `${argument} cannot be written as JSON`, { argument });
  }
}

/** Bytes, also of a text. */
export function bytes(value: Uint8Array | string, argument: string): Uint8Array {
  if (typeof value === "string") return new TextEncoder().encode(value);
  // Also of another realm, as a test's page is one.
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  throw misuse("misuse/bad-argument", `${argument} must be bytes or a text`, { argument });
}

/** Without the keys whose value is undefined: the module tells absent from present. */
export function defined<T extends object>(value: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** The name of a kept key for the core: no channel has a space in it. */
export function keyOf(channel: string, id: string | undefined): string {
  return id === undefined ? String(channel) : `${channel} ${id}`;
}
