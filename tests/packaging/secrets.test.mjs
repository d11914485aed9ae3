// What of an account is left in the module's memory when a session has ended: nothing. The memory is searched for each
// secret in every spelling that it has on its way; while the session is open, the same search finds it.
import assert from "node:assert/strict";
import { createHash, scryptSync } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import WebSocket from "ws";
import { root } from "../../pkg-scripts/shell.mjs";
import { credentials, manifest, PATIENCE, serveAccount, temporary } from "./support.mjs";

let memory;
const instantiate = WebAssembly.instantiate.bind(WebAssembly);
WebAssembly.instantiate = async (...args) => {
  const made = await instantiate(...args);
  memory = (made.instance ?? made).exports.memory;
  return made;
};
const { init, MessageKeys, Session } = await import(pathToFileURL(join(root, "dist/index.node.js")).href);
await init();
// Node's own HTTP client is WebAssembly as well, and comes later.
WebAssembly.instantiate = instantiate;

const sha512 = (...parts) => createHash("sha512").update(Buffer.concat(parts)).digest();
const utf8 = (text) => Buffer.from(text, "utf8");

/** A text as it may lie in memory. */
const text = (value) => ({ "UTF-8": utf8(value), "UTF-16": Buffer.from(value, "utf16le") });

/** The key of a link, and the keys that come of it (version 2, to edit). */
function link(hash, password = "") {
  const key = hash.split("/").find((part) => part.length === 24);
  const seed = Buffer.from(key.replaceAll("-", "/"), "base64");
  const editing = sha512(utf8(password), seed);
  const viewing = sha512(utf8(password), editing.subarray(32));
  return { ...text(key), seed, "signing seed": editing.subarray(0, 32), "view seed": editing.subarray(32), "key of the messages": viewing.subarray(16, 48) };
}

/** An Ed25519 secret key: as a text, its seed, and the two halves of what the seed gives. The first half is clamped at its ends. */
function signing(value) {
  const seed = Buffer.from(value, "base64").subarray(0, 32);
  const expanded = sha512(seed);
  return { ...text(value), seed, scalar: expanded.subarray(1, 31), prefix: expanded.subarray(32) };
}

const exchange = (value) => ({ ...text(value), scalar: Buffer.from(value, "base64").subarray(1, 31) });

/** What name and password give. */
function login(username, password) {
  const stretched = scryptSync(password, username, 192, { N: 256, r: 1024, p: 1, maxmem: 1 << 28 });
  const part = (from, length) => stretched.subarray(from, from + length);
  return { "block, signing": part(98, 32), "block, symmetric": part(130, 32), "old account, seed": part(0, 18), "old account, signing": part(66, 32), "old account, Curve25519": part(35, 30) };
}

/** The names of the secrets that stand in memory now. */
function found(secrets) {
  const bytes = Buffer.from(memory.buffer);
  return Object.entries(secrets).flatMap(([what, forms]) => Object.entries(forms).filter(([, form]) => bytes.includes(form)).map(([form]) => `${what} (${form})`));
}

async function leavesNothing(secrets) {
  // What was closed while a call was under way goes when that call has ended.
  for (const until = Date.now() + PATIENCE; found(secrets).length > 0 && Date.now() < until; ) await pause(50);
  assert.deepEqual(found(secrets), []);
}

async function server(t) {
  return serveAccount(t, await temporary(t));
}

const options = { webSocket: WebSocket, store: null };

test("reading: password, keys, links, titles and letters are gone after close()", async (t) => {
  const origin = await server(t);
  const { drive, filesData } = { drive: manifest.drive, filesData: manifest.drive.drive.filesData };
  const document = Object.values(filesData).find(({ href, title }) => /\/2\/\w+\/edit\//.test(href ?? "") && title);
  const folder = Object.values(drive.drive.sharedFolders).find(({ href }) => /\/2\/\w+\/edit\//.test(href ?? ""));
  const secrets = {
    password: text(manifest.password),
    "keys of the log-in": login(manifest.username, manifest.password),
    "user hash": link(manifest.userHash),
    edPrivate: signing(manifest.edPrivate),
    curvePrivate: exchange(manifest.curvePrivate),
    "link of a document": text(document.href.split("/").find((part) => part.length === 24)),
    "title of a document": text(document.title),
    "link of a folder": link(folder.href),
    "key of a team": signing(Object.values(drive.teams)[0].keys.drive.edPrivate),
  };
  const session = await Session.open({ ...credentials, origin }, options);
  const loaded = await session.loadDrive();
  const receipt = loaded.kind === "complete" ? await session.syncPins(loaded.pinSet()) : await session.addPins(loaded);
  assert.ok(receipt.confirmed);
  let letters = 0;
  for await (const letter of session.mailbox("notifications", { backlogOnly: true })) letters += letter.hash ? 1 : 0;
  assert.equal(letters, manifest.mailbox.messages.length);
  // The search sees what is there. The password has served its purpose by now, and so have the keys of the block.
  for (const what of ["edPrivate (UTF-8)", "curvePrivate (UTF-8)", "link of a document (UTF-8)", "link of a folder (UTF-8)", "title of a document (UTF-8)"]) {
    assert.ok(found(secrets).includes(what), what);
  }
  const { password, "keys of the log-in": keys } = secrets;
  assert.deepEqual(found({ password, keys }), [], "after the log-in");
  loaded.close();
  await session.close();
  await leavesNothing(secrets);
});

test("what nobody closed is closed with its session", async (t) => {
  const origin = await server(t);
  const session = await Session.open({ ...credentials, origin }, options);
  const drive = await session.loadDrive();
  const other = await session.loadDrive();
  const secrets = { edPrivate: signing(manifest.edPrivate), curvePrivate: exchange(manifest.curvePrivate) };
  assert.ok(found(secrets).includes("edPrivate (UTF-8)"));
  await session.close();
  await leavesNothing(secrets);
  // Both are still in the application's hands.
  for (const each of [drive, other]) {
    await assert.rejects(each.document(), { code: "misuse/closed" });
    assert.ok(each.documents > 0);
  }
});

test("a refused log-in leaves no password", async (t) => {
  const origin = await server(t);
  const password = "not the password, but nearly";
  await assert.rejects(Session.open({ ...credentials, origin, password }, options), { code: "login/refused" });
  await leavesNothing({ password: text(password), keys: login(credentials.username, password) });
});

test("a log-in that is given up leaves no password", async (t) => {
  const origin = await server(t);
  const password = "a password that is given up";
  const abort = new AbortController();
  const opening = Session.open({ ...credentials, origin, password }, { ...options, signal: abort.signal });
  abort.abort();
  await assert.rejects(opening, { name: "AbortError" });
  await leavesNothing({ password: text(password), keys: login(credentials.username, password) });
});

test("registering and writing: what was made is gone after close()", async (t) => {
  const origin = await server(t);
  const [username, password, folderPassword, title] = ["eve-of-the-scan", "a password of Eve's own", "what opens the folder", "A title nobody should see"];
  const session = await Session.register({ origin, username, password }, options);
  (await session.loadDrive()).close();
  await session.edit({ type: "addDocument", href: "/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/", title });
  await session.createFolder("A folder", { password: folderPassword });
  const drive = await session.loadDrive();
  const { edPrivate, curvePrivate, drive: { sharedFolders } } = await drive.document();
  const [folder] = Object.values(sharedFolders);
  const secrets = {
    password: text(password),
    "keys of the log-in": login(username, password),
    edPrivate: signing(edPrivate),
    curvePrivate: exchange(curvePrivate),
    "link of a document": text("dwp81vGRSpB96Oh-2xXCwfsl"),
    "title of a document": text(title),
    "password of a folder": text(folderPassword),
    "link of a folder": link(folder.href, folderPassword),
  };
  assert.ok(found(secrets).includes("password of a folder (UTF-8)"));
  drive.close();
  await session.close();
  await leavesNothing(secrets);
});

test("the keys of a link alone are gone after close()", async () => {
  const [hash, password] = ["/2/pad/edit/+Vrgsv4UQEsSHFMW-QknebCf/p/", "the password of one document"];
  const keys = MessageKeys.fromHash(hash, { password });
  const secrets = { password: text(password), link: link(hash, password) };
  assert.ok(found(secrets).includes("link (key of the messages)"));
  keys.close();
  await leavesNothing(secrets);
});

test("a drive without an account: its link is gone after close()", async (t) => {
  const origin = await server(t);
  const session = await Session.open({ origin, anonymous: `/drive/#${manifest.userHash}` }, options);
  const secrets = { "link of the drive": link(manifest.userHash) };
  assert.notDeepEqual(found(secrets), []);
  await session.close();
  await leavesNothing(secrets);
});
