// The recorded accounts that come with the repository: every directory of tests/accounts with a manifest.json.
import { existsSync } from "node:fs";
import { cp, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { root } from "./shell.mjs";

/** `{ name, directory, manifest }` of each, sorted by name. A manifest may leave out `mailbox`. */
export const recordedAccounts = () => recorded("tests/accounts");

/** The same of each recorded incident; a manifest has `users`. */
export const recordedIncidents = () => recorded("tests/incidents");

async function recorded(path) {
  const all = join(root, path);
  const names = (await readdir(all)).filter((name) => existsSync(join(all, name, "manifest.json"))).sort();
  return Promise.all(names.map(async (name) => {
    const directory = join(all, name);
    return { name, directory, manifest: JSON.parse(await readFile(join(directory, "manifest.json"), "utf8")) };
  }));
}

/** One data directory with the data of all accounts, made anew in `target`; what `serve --seed-account` takes. */
export async function seedDirectory(target) {
  const seed = join(target, "seed");
  await rm(seed, { recursive: true, force: true });
  for (const { directory } of [...(await recordedAccounts()), ...(await recordedIncidents())]) {
    // What two recordings share (the server's announcements) is taken from the first.
    await cp(join(directory, "data"), seed, { recursive: true, force: false });
  }
  return seed;
}

/** The accounts whose log-in block is not in this data directory. */
export async function accountsMissingFrom(data) {
  const all = await recordedAccounts();
  return all.filter(({ manifest: { blockId } }) => !existsSync(join(data, "block", fileId(blockId).slice(0, 2), fileId(blockId))));
}

/** How a public key is spelled in file names. */
function fileId(key) {
  return key.replaceAll("/", "-");
}

/** What the demo page offers: the accounts, the complete ones first, and a log-in that is refused. */
export function offerOf(recorded) {
  const accounts = recorded.map(({ manifest }) => describe(manifest)).sort((a, b) => a.closed - b.closed);
  const offered = accounts.map(({ username, password, label, note }) => ({ label, username, password, note }));
  const [first] = offered;
  return first ? [...offered, { ...first, label: `${first.label}, wrong password`, password: "not the password", note: "What a refused log-in looks like." }] : [];
}

/** What the page about losses offers: whose incidents, and what happened in each. */
export function incidentsOf(recorded) {
  const words = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("-", " ");
  return recorded.flatMap(({ name, manifest: { about, users } }) => Object.entries(users).map(([user, { username, password }]) => ({
    label: `${words(name)}: ${words(user)}`, username, password, note: `A recorded incident. ${about}.`,
  })));
}

function describe({ username, password, drive, folders, mailbox, pin }) {
  const shared = Object.values(folders);
  const closed = shared.filter(({ restricted }) => restricted).length;
  const inside = shared.filter(({ restricted }) => !restricted).map(({ json }) => json);
  const documents = [drive.drive, ...inside].reduce((sum, { filesData }) => sum + Object.keys(filesData ?? {}).length, 0);
  const name = username.split("-")[0];
  const facts = [count(documents, "document"), count(shared.length, "shared folder"), count(pin.hashedList.length, "pin"), ...(mailbox ? [count(mailbox.messages.length, "message")] : [])];
  return {
    username,
    password,
    closed,
    label: `${name[0].toUpperCase()}${name.slice(1)}`,
    note: `Recorded from a real server: ${facts.join(", ")}. ${closed ? `${closed === 1 ? "One folder is" : `${closed} folders are`} closed to this account, so its drive stays partial by design.` : "Every folder opens, so its drive is complete."}`,
  };
}

function count(n, one) {
  return `${n.toLocaleString("en")} ${one}${n === 1 ? "" : "s"}`;
}
