// What a caller hands to a session, checked before it goes on.
import { misuse } from "./errors.js";
import type { AnonymousDrive, SessionCredentials } from "./session.js";

/** `object`, or `misuse/bad-argument` for anything else. */
export function given<T>(object: T, argument: string): T {
  if (typeof object === "object" && object !== null) return object;
  throw misuse("misuse/bad-argument", `${argument} must be an object`, { argument });
}

/** JSON text of what may hold anything. */
export function json(value: unknown, argument: string): string {
  try {
    return JSON.stringify(value);
  } catch {
    throw misuse("misuse/bad-argument", `${argument} cannot be written as JSON`, { argument });
  }
}

/** What is sent to the module: plain texts, checked. */
export function plainCredentials(credentials: SessionCredentials | AnonymousDrive) {
  const { anonymous, username, password, otp, loginSalt }: Partial<SessionCredentials & AnonymousDrive> = given(credentials, "credentials");
  for (const [argument, value] of Object.entries(anonymous === undefined ? { username, password } : { anonymous })) {
    if (typeof value !== "string" || value === "") {
      throw misuse("misuse/bad-argument", `${argument} must be a text of at least one character`, { argument });
    }
  }
  if (!URL.canParse(String(credentials.origin))) {
    throw misuse("misuse/bad-argument", "origin must be an absolute address", { argument: "origin" });
  }
  const { origin } = new URL(String(credentials.origin));
  return anonymous === undefined ? { origin, username: username!, password: password!, ...defined({ otp, loginSalt }) } : { origin, anonymous };
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
