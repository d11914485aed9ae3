// The published JavaScript packages, doing what CryptPad's own client does with them.
import ChainPad from "chainpad";
import Crypto from "chainpad-crypto";
import scryptAsync from "scrypt-async";

const { Nacl } = Crypto;
const PREFIX = /^cp\|([A-Za-z0-9+/=]{0,20}\|)?/;

/** scrypt of a log-in, as 192 bytes. */
export function loginKeys(username, password) {
  return new Promise((resolve) => {
    // log2 N, r, length, and calculate in one go; p is 1.
    scryptAsync(password, username, 8, 1024, 192, 0, (bytes) => resolve(Uint8Array.from(bytes)));
  });
}

/** Where the log-in block of these keys lies. */
export function blockPath(bytes) {
  const { publicKey } = Nacl.sign.keyPair.fromSeed(bytes.subarray(98, 130));
  const id = base64(publicKey).replaceAll("/", "-");
  return `/block/${id.slice(0, 2)}/${id}`;
}

/** What opens the messages of a channel: `{ decrypt(message, checked), encrypt(text) }`. */
export function channelKeys(hash, password) {
  const [, , , mode, key] = hash.split("/");
  const keys = mode === "view" ? Crypto.createViewCryptor2(key, password) : Crypto.createEditCryptor2(key, undefined, password);
  const cryptor = Crypto.createEncryptor(keys);
  return {
    keys,
    encrypt: (text) => cryptor.encrypt(text),
    // What the history keeper sends is not checked again by the real client; we do.
    decrypt: (message, checked = false) => cryptor.decrypt(message, keys.validateKey, !checked),
  };
}

/** Opens the letters of a mailbox. */
export function mailboxKeys({ curvePublic, curvePrivate }) {
  return Crypto.Mailbox.createEncryptor({ curvePublic, curvePrivate });
}

/** The letters of a mailbox from the frames of its history, as `[hash, author, content]`. */
export function readLetters(frames, keys) {
  const letters = [];
  for (const frame of frames) {
    const text = JSON.parse(JSON.parse(frame)[4]);
    if (!Array.isArray(text)) continue;
    const { content, author } = keys.decrypt(text[4]);
    letters.push([text[4].slice(0, 64), author, JSON.parse(content).content]);
  }
  return letters;
}

/** One document from the frames of its channel's history. */
export function replayFrames(frames, keys) {
  const chain = ChainPad.create({
    initialState: "{}",
    validateContent: isJson,
    patchTransformer: ChainPad.NaiveJSONTransformer,
    logLevel: 0,
  });
  for (const frame of frames) {
    const text = JSON.parse(JSON.parse(frame)[4]);
    if (!Array.isArray(text)) continue;
    try {
      chain.message(keys.decrypt(text[4].replace(PREFIX, "")));
    } catch {
      // A message that does not open or does not fit is passed over, as the real client does.
    }
  }
  return JSON.parse(chain.getAuthDoc());
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The hash by which lists of pins are compared. */
export function pinHash(ids) {
  const list = [...new Set(ids)].sort();
  return base64(Nacl.hash(new TextEncoder().encode(JSON.stringify(list))));
}

function base64(bytes) {
  let units = "";
  for (let at = 0; at < bytes.length; at += 0x8000) units += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(units);
}
