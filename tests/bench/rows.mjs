// What is compared, and the bars: how many times faster than the published JavaScript packages we mean to be.
import { HOST_CLOCK } from "../../dist/clock.js";
import { turn } from "../../dist/pace.js";
import { blockPath, channelKeys, loginKeys, mailboxKeys, pinHash, readLetters, replayFrames } from "./peers.mjs";
import { readRecording } from "./recording.mjs";
import { replay } from "./replay.mjs";

/**
 * The rows, over `pinfold` (the generated module, initialised) and `read(name)`, which gives a file of data/. A row is
 * `{ name, note, bar?, later?, itself?, rounds, prepare }`; `prepare()` gives what compare() in measure.mjs takes, and `done`.
 * `itself`: both sides are pinfold, so the row is not about the peers.
 */
export async function rows(pinfold, read) {
  const medium = await readRecording(await read("medium.ndjson.gz"));
  const mail = await readRecording(await read("mail1000.ndjson.gz"));
  return [
    login(pinfold, medium),
    ...messages(pinfold),
    letters(pinfold, mail),
    startUp(pinfold, medium),
    secondStart(pinfold, medium),
  ];
}

function login(pinfold, recording) {
  const { account, http } = recording;
  const config = [...http].filter(([path]) => path === "/api/config");
  return {
    name: "log-in, scrypt (N=256, r=1024, 192 bytes)",
    note: "scrypt-async and the block's address / a session up to its request for the block",
    bar: 5,
    rounds: 5,
    prepare: () => ({
      peers: async () => blockPath(await loginKeys(account.username, account.password)),
      ours: async () => {
        let asked;
        const { fetch } = replay({ ...recording, http: new Map(config) }, { onHttp: (path) => (asked = path) });
        // There is no block, and no connection in which to look for the account of a time before blocks.
        await pinfold.RawSession.open(account, { fetch, webSocket: Nothing, turn, clock: HOST_CLOCK }).catch(() => {});
        return asked;
      },
    }),
  };
}

class Nothing {
  constructor() {
    throw new Error("no connections here");
  }
}

function messages(pinfold) {
  const edit = "/2/pad/edit/AljPv6EQ3EJpp7vQZG9oVA+k/";
  const row = (size, checked, bar) => ({
    name: `one message, ${size < 1024 ? `${size} B` : `${size / 1024} KB`}${checked ? ", signature checked" : ""}`,
    note: "chainpad-crypto decrypt / RawMessageKeys.open, string to string",
    bar,
    rounds: 9,
    prepare: () => {
      const { keys, encrypt, decrypt } = channelKeys(edit);
      const reader = pinfold.RawMessageKeys.fromHash(checked ? edit : `/2/pad/view/${keys.viewKeyStr}/`);
      // Different ones, so that no cache holds them all.
      const many = Array.from({ length: Math.max(2, Math.ceil(2 ** 18 / size)) }, (_, n) => encrypt(text(size, n)));
      let theirs = 0;
      let ours = 0;
      return {
        peers: () => decrypt(many[theirs++ % many.length], checked),
        ours: () => reader.open(many[ours++ % many.length]),
        // Each side is at its own place in the list.
        same: () => many.slice(0, 64).every((message) => decrypt(message, checked) === reader.open(message)),
        done: () => reader.free(),
      };
    },
  });
  return [
    row(200, false, 12), row(2048, false, 30), row(65536, false, 20),
    row(200, true), row(2048, true), row(65536, true),
  ];
}

/** Text like that of a patch. */
function text(size, seed) {
  const head = `[2,[[${seed * 7919 % 800000},0,"`;
  const filler = Array.from({ length: 64 }, (_, n) => ((n + 1) * (seed + 3) * 2654435761 % 2 ** 32).toString(36)).join("-");
  return head + filler.repeat(Math.ceil(size / filler.length)).slice(0, size - head.length - 4) + "\"]]]";
}

function letters(pinfold, recording) {
  const { account } = recording;
  const mailbox = [...recording.channels.values()].find(({ role }) => role === "mailbox");
  return {
    name: `${mailbox.messages.length} letters of a mailbox`,
    note: "the same frames parsed, chainpad-crypto Mailbox decrypt and JSON.parse / a session reading the mailbox from its frames on",
    bar: 6,
    later: 15,
    rounds: 5,
    prepare: async () => {
      const keys = mailboxKeys(account);
      // Every reading has a number of its own, so its frames are made while it is asked for: nobody is timed before that.
      let frames;
      let start = () => {};
      const session = await pinfold.RawSession.open(account, replay(recording, { onHistory: (made) => (frames = made, start()) }));
      // Letters wait for the folders they name.
      (await session.loadDrive()).free();
      const ours = async (timer) => {
        start = timer.start;
        const box = await session.openMailbox("notifications", undefined, true);
        const read = [];
        while (!box.backlogEnded) {
          const letter = await box.next();
          read.push([letter.hash, letter.author, letter.content]);
          letter.free();
        }
        box.close();
        box.free();
        return read;
      };
      await ours({ start: () => {} });
      return { peers: () => readLetters(frames, keys), ours, done: () => session.free() };
    },
  };
}

/** `row` says what is other than for `medium`. */
export function startUp(pinfold, recording, row = {}) {
  const { account, expect } = recording;
  const read = [...recording.channels.values()].filter(({ role, messages }) => role !== "mailbox" && messages.length > 0);
  return {
    name: "start-up of `medium`: frames in, pin set out",
    note: "the same frames parsed, decrypted, replayed with chainpad and parsed, and the hash of the known list / a session after its log-in; " +
      "the real client took 5.5 s",
    bar: 25,
    rounds: 5,
    ...row,
    prepare: async () => {
      // Every frame is made before anything is timed, and both sides get the same ones.
      await open(pinfold, account, replay(recording)).then(close);
      const histories = read.map(({ channel, hash, password }) => {
        const reading = [...recording.frames.keys()].find((name) => name.startsWith(channel));
        return { channel, hash, password, frames: recording.frames.get(reading) };
      });
      let last;
      return {
        peers: () => {
          const documents = histories.map(({ channel, hash, password, frames }) => [channel, replayFrames(frames, channelKeys(hash, password))]);
          return { pins: expect.pins, digest: pinHash(expect.ids), documents: new Map(documents) };
        },
        ours: async (timer) => {
          if (last) close(last);
          last = await open(pinfold, account, replay(recording, { onHttp: (path) => path.startsWith("/block/") && timer.start() }));
          const { drive } = last;
          return { pins: drive.pinCount(), digest: drive.pinDigest(), document: (id) => JSON.parse(drive.json(id)) };
        },
        same: (theirs, ours) =>
          theirs.pins === ours.pins && theirs.digest === ours.digest &&
          read.every(({ role, id, channel }) => canonical(theirs.documents.get(channel)) === canonical(ours.document(role === "drive" ? undefined : id))),
        done: () => close(last),
      };
    },
  };
}

/** Both sides are ours here: a first start, which keeps what it reads, and the start after it, when there is nothing new. */
function secondStart(pinfold, recording) {
  const { account, expect } = recording;
  return {
    name: "second start of `medium` from what was kept",
    itself: true,
    note: "a session with an empty store / one with the store that the first has left, after its log-in in both",
    bar: 5,
    rounds: 5,
    prepare: async () => {
      const started = async (timer, kept) => {
        const server = replay(recording, { onHttp: (path) => path.startsWith("/block/") && timer.start() });
        const opened = await open(pinfold, account, { ...server, store: inMemory(kept) });
        return { opened, answer: [opened.drive.pinCount(), opened.drive.pinDigest()] };
      };
      const whole = new Map();
      const { opened } = await started({ start: () => {} }, whole);
      await opened.session.saved();
      close(opened);
      let last;
      const side = (kept) => async (timer) => {
        if (last) close(last);
        const { opened, answer } = await started(timer, kept());
        last = opened;
        return answer;
      };
      return {
        peers: side(() => new Map()),
        ours: side(() => new Map(whole)),
        same: (first, second) => [first, second].every(([pins, digest]) => pins === expect.pins && digest === expect.digest),
        done: () => close(last),
      };
    },
  };
}

/** A host's store that is as quick as one can be. */
function inMemory(records) {
  return {
    get: async (key) => records.get(key),
    put: async (key, bytes) => void records.set(key, bytes.slice()),
    delete: async (key) => void records.delete(key),
  };
}

/** A session that has read its folders. */
export async function open(pinfold, account, server) {
  const session = await pinfold.RawSession.open(account, server);
  return { session, drive: await session.loadDrive() };
}

export function close({ session, drive }) {
  drive.free();
  session.free();
}

/** JSON with the keys in order. */
function canonical(value) {
  const ordered = (_, inner) =>
    inner && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner;
  return JSON.stringify(value, ordered);
}
