// What the steps of a replayed run say to people.
import { counted, short } from "./dom.js";

const CLIENTS = {
  "race-2019": ["The race of 2019", "Computes the pins beside the loading of folders, as in May 2019."],
  "second-fix": ["The second fix", "Waits until every folder has answered to its name, not until its contents are there, as in June 2019."],
  "cache-race": ["The cache race", "Takes what an earlier session saw of a folder for what is in it."],
  "in-place-of-mutant": ["pinfold", "Meets the same account and the same seed. Only a drive whose every folder was read to its end has a pin set."],
  guarded: ["pinfold", "On a server and a network that fail, beside another device."],
};

export const clientWords = (name) => CLIENTS[name] ?? [name, ""];

const FAULTS = {
  lost: "the connection ends; the request never arrived",
  cut: "the connection ends instead of the answer",
  late: "comes after every deadline",
  dropped: "never comes",
  twice: "comes twice",
  refused: "refused with an error",
  new: "a lie: the channel is new",
  empty: "a lie: the history is empty",
  truncated: "a lie: the last message is missing",
  gap: "a lie: a message in the middle is missing",
  replayed: "a lie: an old message comes again",
  garbage: "every message was changed on the way",
  wronghash: "a lie: another hash than that of the list",
  ignored: "a lie: it was not done",
};

export const faultWords = (fault) => FAULTS[fault] ?? fault;

/** Names of the channels of a run: the drive, its folders in order, the mailbox, documents by the folder they are in. */
export function namesOf({ drive, folders, steps }) {
  const names = new Map([[drive, "the drive"]]);
  folders.forEach(({ channel, documents }, at) => {
    names.set(channel, `folder ${at + 1}`);
    for (const document of documents) names.set(document, `a document of folder ${at + 1}`);
  });
  for (const { what, sent } of steps) {
    for (const [command, channel] of [what, ...sent].map((about) => about.split(" "))) {
      if (command === "JOIN" && !names.has(channel)) names.set(channel, "the mailbox");
    }
  }
  return (channel) => names.get(channel) ?? short(channel, 8);
}

/** What arrived, in a few words. */
export function arrived({ what, by }, name) {
  if (by === "other device") return { text: otherDevice(what), kind: "other" };
  const [command, channel] = what.split(" ");
  const again = what.endsWith(" again") ? ", again" : "";
  const about = channel ? name(channel) : "";
  const text = {
    JOIN: `${about} answers to its name`,
    IS_NEW_CHANNEL: `whether ${about} is new`,
    GET_HISTORY: `the history of ${about}`,
    GET_FILE_SIZE: `a sample: the size of ${about}`,
    LIVE: `another device's message in ${about}`,
    COOKIE: "a session for signed calls",
    GET_HASH: "the hash of the server's list",
    PIN: "PIN is done",
    UNPIN: "UNPIN is done",
    RESET: "RESET is done",
    PING: "a sign of life",
    WRITE: "what was written is stored",
  }[command];
  return { text: capital(`${text ?? what}${again}`), kind: command === "GET_HISTORY" ? "history" : "answer" };
}

function otherDevice(what) {
  const [, folder] = what.match(/^Adds\((\d+)\)$/) ?? [];
  if (folder !== undefined) return `Another device adds a document to folder ${Number(folder) + 1}`;
  return what === "Pins" ? "Another device pins its document" : "The server forgets its sessions";
}

/** What the client did about it, in a few words; nothing for nothing. */
export function answered({ sent }, name) {
  const parts = [...Map.groupBy(sent, (about) => about.split(" ")[0])].map(([command, requests]) => {
    const channels = requests.map((about) => about.split(" ")[1]).filter(Boolean);
    const of = channels.length === 1 ? name(channels[0]) : counted(channels.length, "channel");
    return {
      JOIN: `joins ${of}`,
      IS_NEW_CHANNEL: `asks whether ${channels.length === 1 ? `${of} is` : `${of} are`} new`,
      GET_HISTORY: `asks for the history of ${of}`,
      GET_FILE_SIZE: `samples ${of}`,
      COOKIE: "asks for a session",
      GET_HASH: "asks for the hash of the server's list",
      PIN: "sends PIN: adds what is missing",
      UNPIN: "sends UNPIN: takes out what waited long enough",
      RESET: "sends RESET: its list replaces the server's",
      WRITE: "writes into the drive what it knows, for other devices",
    }[command] ?? command;
  });
  return parts.join("; ");
}

/** Which folders lost how much. */
export function lostWords(lost, { folders }) {
  const parts = folders.flatMap(({ channel, documents }, at) => {
    const gone = lost.filter((id) => id === channel || documents.includes(id));
    return gone.length ? [`${gone.length} of folder ${at + 1}`] : [];
  });
  return `${counted(lost.length, "pin")} lost: ${parts.join(", ") || "outside of folders"}`;
}

/** What is true after so many answers, for its heading; how the run will end stands beside it and says so. */
export function verdictAfter(run, count) {
  const end = verdictOf(run);
  if (count >= run.steps.length) return end;
  const text = `In the end: ${end.title[0].toLowerCase()}${end.title.slice(1)}. ${end.text}`;
  const lost = new Set(run.steps.slice(0, count).flatMap((step) => step.lost));
  if (lost.size > 0) return { tone: "bad", icon: "cross", title: `${counted(lost.size, "pin")} lost so far`, text };
  return { tone: "idle", icon: "clock", title: "Nothing lost so far", text };
}

/** How the run ended. */
function verdictOf(run) {
  const lost = new Set(run.steps.flatMap((step) => step.lost));
  const reset = run.steps.findIndex((step) => step.sent.includes("RESET"));
  const read = new Set(run.steps.slice(0, reset + 1).filter(({ what }) => what.startsWith("GET_HISTORY ")).map(({ what }) => what.split(" ")[1]));
  const before = run.folders.filter(({ channel }) => read.has(channel)).length;
  const when = reset < 0 ? "No RESET was sent." : `The RESET was sent after the histories of ${before} of ${run.folders.length} folders had arrived.`;
  if (lost.size > 0) return { tone: "bad", icon: "cross", title: `${counted(lost.size, "pin")} lost`, text: when };
  if (run.violation) return { tone: "bad", icon: "cross", title: "An invariant does not hold", text: run.violation };
  const partial = run.ended.includes("partial");
  return { tone: partial ? "warn" : "ok", icon: "check", title: "Nothing lost", text: partial ? `A folder could not be read; what is known was added. ${when}` : when };
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
