// A link to a run: what was chosen in the form, and the preset faults in force, behind the `#` of the address. No name that somebody typed, no
// password, no second factor and no salt is ever in it: the account is one of those that the server offers, by its name, or a new one.

const FLAGS = ["worker", "unknown", "whole"];
const NAME = /^[\w .@+-]{1,64}$/;
const CHANNEL = /^[0-9a-f]{32,48}$/;
const USUAL_PATIENCE = 30; // s, as the form has it

/**
 * The fragment, without its `#`. `account`: the name of an offered one, `"new"`, or null; `worker`, `unknown`, `whole`: the boxes;
 * `patience` in seconds; `faults`: `{ preset, channel }`, where `channel` may be null.
 */
export function toFragment({ account, worker, unknown, whole, patience, faults = [] }) {
  const given = new URLSearchParams();
  if (account !== null) given.set("account", account);
  for (const [at, on] of [worker, unknown, whole].entries()) if (on) given.set(FLAGS[at], "yes");
  if (Number.isFinite(patience) && patience !== USUAL_PATIENCE) given.set("patience", String(patience));
  for (const { preset, channel } of faults) given.append("fault", channel ? `${preset}@${channel}` : preset);
  // A link without any choice is still a link.
  if (given.size === 0) given.set("account", "any");
  return given.toString();
}

/** What a fragment says, or null where it is none of these. Whatever makes no sense in it is left out: a link is written by anybody. */
export function fromFragment(text) {
  const given = new URLSearchParams(text.replace(/^#/, ""));
  const known = ["account", "patience", "fault", ...FLAGS];
  if (![...given.keys()].some((name) => known.includes(name))) return null;
  const account = given.get("account");
  const patience = Number(given.get("patience") ?? USUAL_PATIENCE);
  const faults = given.getAll("fault").slice(0, 50).flatMap((one) => {
    const [preset, channel = null] = one.split("@");
    return NAME.test(preset) && (channel === null || CHANNEL.test(channel)) ? [{ preset, channel }] : [];
  });
  const [worker, unknown, whole] = FLAGS.map((name) => given.get(name) === "yes");
  return { account: account !== null && NAME.test(account) ? account : null, worker, unknown, whole, patience: patience >= 0 && Number.isFinite(patience) ? patience : USUAL_PATIENCE, faults };
}
