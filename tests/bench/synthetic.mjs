// Accounts of any size, shaped like the recorded `medium`: for a size of 1, 2,000 documents in the drive, and 40
// shared folders with 50 each. The drive's history is two checkpoints and 73 small edits, a folder's five batches of
// documents and 30 edits. Everything is made with the keys and the log-in of another recording.
import { createHash, createPrivateKey, sign } from "node:crypto";
import { channelKeys, sealBox } from "./peers.mjs";
import { makeRecording } from "./recording.mjs";

/** The message before the first one of a channel. */
const ROOT = "a4b411975be1d48a91f0ebfcd967add000f69564b2dc5ee644b87bf2bbfd786f";

/** `login`: a recording whose account and block are borrowed. */
export function synthetic(login, size) {
  const random = seeded(1);
  const hash = [...login.channels.values()].find(({ role }) => role === "drive").hash;
  const folders = Array.from({ length: Math.round(40 * size) }, (_, n) => folder(random, n));
  const drive = { filesData: {}, root: {}, sharedFolders: {}, static: {}, template: [], trash: {}, version: 2 };
  for (let n = 0; n < Math.round(2000 * size); n += 1) addDocument(drive, random, n);
  for (const { id, channel, hash } of folders) drive.sharedFolders[id] = { channel, href: `/drive/#${hash}`, title: `Folder ${id}` };

  const { write, messages, keys } = history(hash);
  // Any pair of keys will do.
  const account = { edPublic: keys.validateKey, edPrivate: keys.signKey, drive, mailboxes: {}, version: 11 };
  let text = write.checkpoint(JSON.stringify(account));
  for (let n = 0; n < 50; n += 1) text = write.edit(text, random);
  write.checkpoint(text);
  for (let n = 0; n < 23; n += 1) text = write.edit(text, random);
  const { http } = login;
  return {
    ...makeRecording([{ account: login.account, http: {}, expect: {} }, { channel: channelOf(hash), role: "drive", hash, messages }, ...folders]),
    http,
    documents: Math.round(2000 * size) + 50 * folders.length,
  };
}

function folder(random, n) {
  const hash = `/2/drive/edit/${base64(random.bytes(18)).replaceAll("/", "-")}/`;
  const { write, messages } = history(hash);
  let text = write.patch("{}", 0, 0, "");
  const content = { filesData: {}, metadata: { title: `Folder ${n}` }, root: {}, static: {}, version: 2 };
  for (let batch = 0; batch < 5; batch += 1) {
    for (let at = 0; at < 10; at += 1) addDocument(content, random, batch * 10 + at);
    text = write.replace(text, JSON.stringify(content));
  }
  for (let edit = 0; edit < 30; edit += 1) text = write.edit(text, random);
  return { channel: channelOf(hash), role: "folder", id: String(1e15 + n), hash, messages };
}

function addDocument(drive, random, n) {
  const id = String(1e12 + Math.floor(random() * 9e14));
  const key = base64(random.bytes(18)).replaceAll("/", "-");
  const view = base64(random.bytes(32)).slice(0, 43).replaceAll("/", "-");
  drive.filesData[id] = {
    atime: 1700000000000 + n,
    channel: random.bytes(16).toString("hex"),
    ctime: 1700000000000,
    href: `/code/#/2/code/edit/${key}/`,
    owners: [base64(random.bytes(32))],
    roHref: `/code/#/2/code/view/${view}/`,
    title: `invoice ${n}, née naïve`,
  };
  drive.root[random.bytes(16).toString("hex")] = Number(id);
}

/** Writes the history of a channel as real clients do. */
function history(hash) {
  const { keys } = channelKeys(hash);
  const seed = Buffer.from(keys.signKey, "base64").subarray(0, 32);
  const signing = createPrivateKey({ key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]), format: "der", type: "pkcs8" });
  const messages = [];
  let last = ROOT;
  const send = (type, operations, parent) => {
    const text = JSON.stringify([type, [...operations, lowByteHash(parent)], last]);
    last = lowByteHash(text);
    const boxed = Buffer.from(sealBox(text, keys.cryptKey));
    const message = base64(Buffer.concat([sign(null, boxed, signing), boxed]));
    messages.push([type === 4 ? `cp|${last.slice(0, 11)}=|${message}` : message, 1700000000000 + messages.length]);
  };
  const write = {
    checkpoint: (text) => {
      // A history that begins with one follows on messages that nobody sends any more.
      if (messages.length === 0) last = lowByteHash(hash);
      send(4, [[0, text.length, text]], text);
      return text;
    },
    patch: (text, offset, removed, inserted) => {
      if (text === "{}" && messages.length === 0) send(2, [[0, 0, "{}"]], "");
      if (removed || inserted) send(2, [[offset, removed, inserted]], text);
      return text.slice(0, offset) + inserted + text.slice(offset + removed);
    },
    /** One operation from one text to another: what lies between their common ends. */
    replace: (text, next) => {
      let start = 0;
      while (text[start] === next[start]) start += 1;
      let end = 0;
      while (end < Math.min(text.length, next.length) - start && text.at(-1 - end) === next.at(-1 - end)) end += 1;
      return write.patch(text, start, text.length - start - end, next.slice(start, next.length - end));
    },
    /** A title gets longer. */
    edit: (text, random) => {
      const title = text.indexOf('"title":"invoice', Math.floor(random() * text.length * 0.6));
      return write.patch(text, text.indexOf('"', title + 9), 0, " v2");
    },
  };
  return { write, messages, keys };
}

/** ChainPad hashes the low byte of every UTF-16 unit. */
function lowByteHash(text) {
  return createHash("sha256").update(text, "latin1").digest("hex");
}

function channelOf(hash) {
  return Buffer.from(channelKeys(hash).keys.chanId.replaceAll("-", "/"), "base64").toString("hex");
}

function base64(bytes) {
  return Buffer.from(bytes).toString("base64");
}

/** The same numbers at every run (mulberry32). */
function seeded(seed) {
  const random = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  random.bytes = (length) => Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));
  return random;
}
