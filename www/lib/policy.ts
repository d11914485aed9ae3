import { misuse } from "./errors.js";
import type { GuardPolicy } from "./objects.js";

type Check = (value: unknown) => boolean;
const flag: Check = (value) => typeof value === "boolean";
const within = (least: number, most: number): Check => (value) => typeof value === "number" && value >= least && value <= most;
/** As the engine checks them: an hour to a hundred years, and a whole number. */
const CHECKS: Record<keyof GuardPolicy, Check> = {
  waitDays: within(1 / 24, 36_525),
  limit: (value) => Number.isInteger(value) && within(0, 10_000_000)(value),
  hold: flag,
  giveUpUnknown: flag,
  inDrive: flag,
};

/** A policy of which every part makes sense, before anything is done under it: no account is registered under another. */
export function checkedPolicy(policy: GuardPolicy | undefined): GuardPolicy | undefined {
  if (policy === undefined) return undefined;
  if (typeof policy !== "object" || policy === null) throw refused("policy");
  for (const [field, value] of Object.entries(policy) as [string, unknown][]) {
    if (value === undefined) continue;
    // A field that is misspelt would leave the guard as careful as nobody asked for.
    if (!Object.hasOwn(CHECKS, field) || !CHECKS[field as keyof GuardPolicy](value)) throw refused(field);
  }
  return policy;
}

function refused(field: string): Error {
  return misuse("misuse/bad-argument", "the policy makes no sense", { field });
}
