// Who opens a session, checked before it goes on.
import { defined, given } from "./arguments.js";
import { misuse } from "./errors.js";
import type { Address } from "./host-types.js";

export interface SessionCredentials {
  /** The instance's main origin, for instance "https://drive.example". */
  origin: Address | string;
  /** As the person types it; it is lower-cased as the instance does. */
  username: string;
  password: string;
  /** Second factor: the six digits, when the account has one. */
  otp?: string | undefined;
  /** `AppConfig.loginSalt` of the instance, where it was customised. */
  loginSalt?: string | undefined;
}

/** A drive that belongs to no account, as a browser keeps it for a visitor: it is read and edited, and never pinned. */
export interface AnonymousDrive {
  /** The instance's main origin. */
  origin: Address | string;
  /** The drive's link, or the hash in it: `/2/drive/edit/KEY/`. Whoever has it has the drive. */
  anonymous: string;
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
