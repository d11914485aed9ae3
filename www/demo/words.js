// Everything the page says about a state or a code, in plain words. The package itself speaks in codes.

/** What became of a folder: a label, a tone, why in a few words, and what it means for the pins. */
export const FOLDER_STATES = {
  waiting: { label: "declared", tone: "idle", icon: "idle", means: "The drive names this folder. It is in the work list and has no outcome yet." },
  opening: { label: "opening", tone: "busy", icon: "busy", means: "The channel is being joined and its history asked for." },
  loading: { label: "loading", tone: "busy", icon: "busy", means: "Its history is arriving. Only the server's end-of-history message makes it count." },
  loaded: { label: "loaded", tone: "ok", icon: "check", means: "Its history came to its end and every message in it was opened and replayed. Its documents are in the pin set." },
  restricted: {
    label: "restricted", tone: "warn", icon: "lock", short: "its owner has closed it to this account",
    means: "The owner's allow list does not name this account, so what the folder holds is unknown. Its own channel stays pinned; the list on the server is not replaced, so no document inside can lose its pin because of this.",
  },
  "password-changed": {
    label: "new password", title: "A folder has a new password", tone: "warn", icon: "key", short: "it has a password that this drive does not know",
    means: "The folder lives on under a password this drive does not have. It is not gone, so it is not treated as gone: pins are added, never replaced.",
  },
  deleted: {
    label: "deleted", tone: "warn", icon: "cross", short: "the server says that it was deleted",
    means: "The server says that its owner deleted it. The documents that were in it may live on, and which ones they were cannot be read any more, so none of them is unpinned because of this. The entry and its keys stay in the drive.",
  },
  archived: {
    label: "archived", tone: "warn", icon: "lock", short: "the operator of the server put it away",
    means: "The operator of the server archived it, because nobody had used it for long or as a moderator. Its owner did not delete it, and the administrator can bring it back. The entry and its keys stay in the drive, and no pin is removed because of this.",
  },
  missing: {
    label: "missing", tone: "bad", icon: "warn", short: "the server does not know it",
    means: "The server calls this folder new although the drive names it. A server that cannot read a file says the same, so nothing is concluded, nothing is created in its place, and no pin is removed.",
  },
  "no-keys": { label: "no keys", title: "A folder's key is not known", tone: "warn", icon: "key", short: "the drive holds no key to it", means: "The drive's entry holds no key that opens it. What is inside is unknown, so the server's list is not replaced." },
  unreadable: {
    label: "unreadable", tone: "bad", icon: "warn", short: "part of its history does not open",
    means: "At least one message of its history does not open or does not fit. It may hold more than could be seen, and unreadable is not empty: no pin is removed.",
  },
  timeout: {
    label: "no answer", title: "A folder did not answer in time", tone: "bad", icon: "clock", short: "the server did not answer in time",
    means: "The server did not deliver it before the deadline. The rest of the drive went on without waiting, what is known is pinned, and nothing is removed.",
  },
};

/** A folder that was read, and whose contents prove little: why, in a word or two. */
export const FOLDER_DOUBTS = { "folder/made-anew": "made anew?" };

/** True for the states in which a folder is still on its way. */
export const isUnderWay = (state) => state === "waiting" || state === "opening" || state === "loading";

/** What each step of pinning means. */
export const PIN_STEPS = {
  compare: "Asked the server for the hash of its list: it is not ours.",
  pin: "PIN: added the ids that the server lacked. Adding can never lose anything, so it comes first.",
  unpin: "UNPIN: took ids off the list that were due to go, and nothing else. A RESET could drop what another device pins at this moment.",
  reset: "RESET: replaced the list, because it held ids that may go, and every one of them was accounted for or agreed to.",
  agrees: "Asked the server for the hash of its list: it is ours. It has not read its disk yet since it was told.",
  confirmed: "Asked the server for the hash of the list that it has read from its disk: it is ours. The pins are confirmed.",
  refused: "The server does not take this PIN. It is split until what fits is pinned; a complete list may still replace the old one.",
  "not-kept": "The server forgot its session, read its disk, and lacks what it had taken. It is sent again.",
};

/** In which rendering the server's list agrees with ours. */
export const FORMS = {
  plain: "in the plain form: the ids, sorted",
  tagged: "in the tagged form: as sent, with #drive and #block",
  "tagged-and-bare": "in the mixed form: tagged as sent, and bare as pinned before",
};

/** Who has to act. */
export const BLAME = { user: "you", server: "the server", host: "this machine or its network", caller: "the calling program", pinfold: "pinfold itself" };

/** Whether trying again can help. */
export const RETRY = {
  now: "Trying again at once is safe and can succeed.",
  later: "Trying again after a while can succeed.",
  "after-user": "It can succeed once the input or the rights have changed.",
  never: "The same call will fail again.",
};

const NOTHING_SENT = "Nothing was sent to the server that changes anything. The pins are as they were.";
const PINS_KEPT = "No document loses its pin because of this: nothing is removed on the word of a run that did not finish.";
const DOCUMENT_KEPT = "The document is as it was, and no pin is removed because of this.";
const THERE_BEFORE = "Nothing that was there before was changed.";

// By code: the event, its meaning, that nothing was lost, and what to do on this page, if that is more. The pages in docs/errors leave the last out.
const ERRORS = {
  "login/refused": ["No account under this name and password", "The keys that scrypt derives from them open no account on this server. A space, a capital in the password or another spelling of the name makes other keys.", NOTHING_SENT],
  "login/second-factor": ["A second factor is needed", "The account also wants the six digits that its authenticator shows now, or did not take those that were given. Another kind of sign-on is not known here.", NOTHING_SENT, "Put the digits under “More”."],
  "login/removed": ["The server says that this account was removed", "That may be a deletion or a password change on another device. Nothing was given up because of it.", NOTHING_SENT],
  "login/password-changed": ["The account has a new password", "This one was changed, here or on another device. Log in with the new one.", NOTHING_SENT],
  "login/unconfirmed": ["Whether the account was registered is not known", "The last request was sent, and no answer came that tells. Logging in with this name and password tells: if it works, the account is there.", "Nothing that was there before was changed. Registering again does no harm: an account that is there is not replaced."],
  "login/block-hidden": ["Log-in blocks cannot be read on this server", "What is at the address of the log-in block (/block/…) is not what was stored there. A proxy before the server may answer in its place. Ask whoever runs it.", THERE_BEFORE],
  "block/foreign": ["The log-in block does not open", "There is something at the derived address, and the derived key does not open it.", NOTHING_SENT],
  "block/malformed": ["The log-in block makes no sense", "It is too short to be one, or it opens and does not lead to an account. The server, a proxy in front of it, or whoever wrote it put something else there.", NOTHING_SENT],
  "href/malformed": ["A link follows no known version, or is damaged", "A link that was given is not used. An entry of the drive with such a link is left as it is, and left out of the pins.", DOCUMENT_KEPT],
  "href/no-keys": ["A link carries no key", "Nothing can be opened with it. What stands behind its # is missing, or leads to no document.", DOCUMENT_KEPT],
  "crypto/malformed": ["A message, a key or a signature has the wrong form", "It was refused before it was used.", PINS_KEPT],
  "crypto/open": ["A ciphertext does not open under its key", "It was changed on the way, stored damaged, or is meant for another key.", PINS_KEPT],
  "crypto/no-validate-key": ["A signature could not be checked yet", "A view link holds no key for signatures, and the channel's metadata has not come. The message was not taken on trust.", PINS_KEPT],
  "crypto/read-only": ["There is no key to write or sign with", "The link is a view link, the account may only read in this team, or the account holds no key for signing.", NOTHING_SENT],
  "crypto/signature": ["A signature is not by the key it should be", "What was signed was changed afterwards, or signed by someone else, whoever delivered it.", PINS_KEPT],
  "team/absent": ["The account names no such team", "Its entry may have gone meanwhile.", PINS_KEPT],
  "team/malformed": ["A team's entry cannot be used", "Its links and keys do not belong together. The entry is left as it is.", PINS_KEPT],
  "team/foreign-key": ["A team uses a key or a channel that is not its own", "Its entry names what belongs to the account or to another team. Somebody who invited may have written that. Nothing is done for this team; leaving it in CryptPad takes the entry away.", PINS_KEPT],
  "team/unreadable": ["A team's document could not be read to its end", "Nothing is known of what the team holds; the user's own drive and other teams are not touched by it.", PINS_KEPT],
  "team/roster-unreadable": ["A team's roster could not be read to its end", "Who is invited is not known, and invitations are pinned for the team: its list is added to and not replaced.", PINS_KEPT],
  "team/not-member": ["The roster does not name this account", "It may have been removed from the team. Its entry and keys stay in the drive.", PINS_KEPT],
  "team/viewer": ["A viewer of a team writes nothing", "The account may read in this team. An owner of the team can make it a member.", NOTHING_SENT],
  "login/taken": ["There is an account under this name and password", "Log in with them, or choose another name. No account was created.", THERE_BEFORE],
  "login/closed": ["This instance lets nobody register", "Ask whoever runs it.", NOTHING_SENT],
  "edit/absent": ["What was to be changed is not there", "Another device may have moved or removed it, or this account has no key of it.", DOCUMENT_KEPT],
  "edit/unfit": ["The document is not built as a change expects", "It is left as it is.", DOCUMENT_KEPT],
  "edit/in-use": ["Other clients have the document open", "What they write meanwhile would be lost. Everybody closes it first, also in other tabs and on other devices.", DOCUMENT_KEPT],
  "edit/refused": ["The server did not take a change", "It refused to store what was written, or to create what is new.", DOCUMENT_KEPT],
  "edit/unconfirmed": ["A change was sent, and whether it arrived is not known", "Doing the same edit again does no harm. A new folder may be there already: look before making another.", PINS_KEPT],
  "drive/incomplete": ["Something was not read to its end", "A folder is not accounted for, so there is no complete pin set to send. Or the document that was to be changed was not read to its end: nothing is written into it then.", DOCUMENT_KEPT],
  "drive/unreadable": ["The account document could not be used", "It was not read to its end, or holds something else than a drive, or not the key that messages are written with. Without it there is no list of folders, and so no pin set.", PINS_KEPT],
  "drive/anonymous": ["The drive belongs to no account", "Everything in it was read, and no key signs for it: nothing can be pinned. Who registers and stores the drive's documents in the account can pin them.", NOTHING_SENT],
  "net/unreachable": ["No connection could be made", "The server does not answer at this address; or it does not let pages of this origin ask it over HTTP (CORS), which a browser shows in the same way. The facts name the address, and say whether it is of another origin.", THERE_BEFORE],
  "net/closed": ["The connection ended", "It was cut, or there was none, before the job was done. Messages and folders that came to their end were whole; half ones do not count. A letter or a new folder that was on its way may have arrived.", PINS_KEPT],
  "net/timeout": ["An answer did not come in time", "The server took the question and did not answer before the deadline. A letter or a new folder that was on its way may have arrived.", PINS_KEPT],
  "net/http": ["The server answered something unexpected over HTTP", "The status or the body is not one that this request can have. The address may be that of something else.", THERE_BEFORE],
  "peer/malformed-frame": ["The server sent something that does not follow the protocol", "It was not guessed at.", PINS_KEPT, "Find it at the end of the frame list."],
  "peer/oversized": ["The server sent more than the protocol knows", "A frame, an answer or a history is larger than any real one. It was not read further.", PINS_KEPT],
  "peer/out-of-order": ["A frame came at a moment when it makes no sense", "Order is what this library keeps, so it stops rather than guess.", PINS_KEPT],
  "rpc/refused": ["The server refused a command or a question", "The server's own words, where it gave any, are among the facts of the error.", "A refused command changes nothing."],
  "rpc/no-cookie": ["The server dropped the session twice in a row", "One fresh cookie and one new signature were tried, as the protocol allows.", "A command without a session is not carried out."],
  "pins/over-limit": ["The storage quota does not allow these pins", "The server would not take more for this account.", "Nothing that was pinned before was removed."],
  "pins/unconfirmed": ["Pins were sent, and the connection ended before the server confirmed them", "Either it took them or it did not; both are whole states of its list. The next run compares first and sends only what is missing.", "No document lost its pin: every list that was sent was complete, or only adds."],
  "pins/mismatch": ["The server's list differs from what it was asked to hold", "It confirmed the command and then named another hash.", "Nothing more was sent. Everything that was asked to be pinned was asked for in full."],
  "pins/moved": ["The pins or the drive changed meanwhile", "Another device changed the pins, or the drive is another one than the set was computed from. A replacement now could undo that, so it was not sent.", "What was added stays, and no document lost its pin."],
  "pins/surplus-kept": ["The server's list holds more than could be seen, and was kept", "A folder is not accounted for; the surplus may be its documents.", "Nothing was removed."],
  "pins/stale-consent": ["The drive has changed since you agreed", "Other pins would go now than those that you agreed to. Look at the list again.", NOTHING_SENT],
  "pins/not-an-id": ["An entry names a channel that is not an id", "A damaged link, or something that another member of a folder wrote. No server stores anything under it, so it is left out of the pins.", "Every other entry is pinned."],
  "pins/sample-missing": ["A pinned channel is not on the server", "A few pinned channels are asked for their size in each session. This one has none: it was never stored, or it is gone.", PINS_KEPT],
  "folder/rolled-back": ["A document was shown in an older state than before", "A message that was seen after its first one was not delivered this time. The server forgot it, or keeps it back.", "Nothing it held before is given up unless you agree."],
  "folder/emptied": ["A folder is empty where documents were", "It was read to its end and holds nothing any more. Somebody may have emptied it, or lost it.", "What it held stays pinned unless you agree."],
  "folder/made-anew": ["A folder looks as if it had been made anew, empty", "It is younger than its entry in the drive, and has neither the version nor the title that every folder gets. It looks so when a server had lost a folder, and a client made an empty one in its place. It may have held documents that it no longer shows.", "What it held stays pinned unless you agree. Leave the folder where it is: its entry holds the key to what the operator of the server may still have."],
  "peer/forked": ["Two devices were shown different histories of one document", "Another device of this account has seen a message that this one is not shown.", "Nothing it held before is given up unless you agree."],
  "guard/unreadable": ["What the guard stored does not open", "It was put aside and not written over; what it said is unknown, so nothing is removed on the strength of it.", PINS_KEPT],
  "mailbox/anchor-lost": ["The mailbox does not hold the place where reading goes on", "The server trimmed it, closed it or cannot read it. Where this is only a notice, the whole mailbox was read again, in order; otherwise it has to be opened again.", "Dismissed messages stay dismissed."],
  "mailbox/unreadable": ["A message does not open", "It is delivered in its place, so that the order stays what the server's log says.", "The messages before and after it are untouched."],
  "mailbox/malformed": ["A message opens and is no message", "It is delivered in its place and listed until it is dismissed.", "The messages before and after it are untouched."],
  "mailbox/unresolved": ["A message names something that was not settled in time", "What it names was not there when the wait ended. It is shown all the same, so that it is not lost, and can be kept or dismissed like any other.", "Nothing was dismissed."],
  "mailbox/not-loaded": ["A message names something that nobody loaded", "Folders and teams settle when they are loaded; nobody asked for that. The message is shown at once, marked.", "Nothing was dismissed."],
  "mailbox/gap": ["The mailbox no longer holds messages that were to be read", "What it still holds is read again. What was deleted there cannot be shown.", "What was delivered is not delivered again."],
  "mailbox/reordered": ["The mailbox has another order than before", "It is read in the new order.", "What was delivered is not delivered again."],
  "mailbox/absent": ["The account has no mailbox of that name", "The account document names none.", NOTHING_SENT],
  "host/no-entropy": ["This machine has no source of randomness", "Without it no request can be told from another.", PINS_KEPT],
  "host/storage": ["The local store failed", "Reading goes on without it, only slower. It is tried again, and what it does not hold yet is written then.", PINS_KEPT],
  "host/no-memory": ["This machine has no memory left for it", "The drive is larger than what a page may use here, or other programs hold the rest. While you sign in: try again later. A session that was open has ended with this: reload the page. A new one begins from what the server holds.", PINS_KEPT],
  "host/module": ["The WebAssembly file is not where the page looks for it", "A bundler moved the script and left the file behind, or this browser cannot run it. The page has to say where it is: init({ module }).", NOTHING_SENT],
  "misuse/closed": ["The session or what it handed out is closed, or pinfold is not initialised", "A call that waited when the session was closed ends with this: that is an ordinary log-out, and what was on its way may have been carried out. A call before init() or after close() ends with it as well: then the program is wrong.", "No document loses its pin because of this. Each change that was on its way was made as a whole or not at all."],
  "misuse/busy": ["Another call that excludes this one is still running", "Wait for it, or stop it.", NOTHING_SENT],
  "misuse/foreign-pin-set": ["The pin set is of another account or another thread", "It was refused before anything was sent.", NOTHING_SENT],
  "misuse/bad-argument": ["An argument is outside its range", "The facts of the error name it, where they can.", NOTHING_SENT],
  internal: ["pinfold reached a state that cannot be reached", "That is a bug in pinfold.", PINS_KEPT, "Please file it with the frames of this run."],
};

/** The meaning of an error: title, text, a sentence on what is safe, and what to do on this page or nothing. Unknown errors keep their own words. */
export function explainError(error) {
  const code = error.code ?? error.name ?? "Error";
  if (ERRORS[code]) {
    const [title, text, safe, here] = ERRORS[code];
    return { code, title, text, safe, here };
  }
  if (code.startsWith("folder/")) {
    const state = FOLDER_STATES[code.slice("folder/".length)];
    return { code, title: state?.title ?? `A folder is ${state?.label ?? "not accounted for"}`, text: state?.means ?? "", safe: PINS_KEPT };
  }
  return { code, title: "Something outside the protocol failed", text: error.message, safe: PINS_KEPT };
}

/** A code in a few words. */
export const explainCode = (code) => explainError({ code, message: code }).title;

/** Why an id is not named any more, or stays although it is not. */
export const CAUSES = {
  "removed-here": "removed on this device",
  "removed-elsewhere": "removed, and not by this device",
  "account-moved": "the account's own document before its password was changed",
  "folder-removed": "the shared folder is no longer in the drive",
  "folder-emptied": "the folder it stood in is empty now",
  "rolled-back": "the document it stood in was shown in an older state, or made anew",
  unsettled: "another document was not read, and may hold it now",
  "on-hold": "removals are on hold",
};

/** What each panel shows and why its place in the order matters. */
export const ABOUT = {
  faults: [
    "Let the embedded server misbehave, then run: every case ends in a named state, and none of them loses a pin.",
    "The first group acts on the chosen folder, the second on the pins. A fault stays in force until it is switched off; what it did is counted below. “As JSON” takes any rule that docs/faults.md describes.",
  ],
  folders: [
    "Every folder that the drive declares has to settle before there is a pin set. One clock, one outcome each.",
    "Every shared folder the drive declares, on one clock that starts with the run. A bar begins when the folder was declared and ends in exactly one outcome; only a folder that the server delivered to its end counts as loaded.",
    "The pin set waits for all of them. A client that computes pins before the last folder has settled, or takes “unreadable” for “empty”, tells the server to forget documents that are still in use.",
  ],
  guard: [
    "What the guard compares: the drive as it is with everything that was pinned before.",
    "An id leaves the server's list only for a cause that was recorded, after a wait, and where it is more than one document only with consent to exactly that difference. Nothing leaves because the server says so.",
    "The ledger and the vault are kept in this browser, encrypted under a key of the account. What the server was caught at is listed with ids and hashes, without contents or titles.",
  ],
  pins: [
    "What has to be kept, what was sent for it, and what the server's own hash proves.",
    "The server cannot read the drive, so the client tells it which channels to keep. First the missing ids are added (PIN), because adding never loses anything; only then, and only from a complete drive, may a surplus be replaced (RESET).",
    "The server answers with a hash of its list. Right after a RESET it hashes the list as it was sent, with #drive and #block tags; at other times the plain ids. Both forms are compared, so a list that is right is never sent twice.",
  ],
  mailbox: [
    "Encrypted messages, one at a time, in the order of the server's log. None is skipped.",
    "Joining comes before asking for history, so nothing can fall between the two; a message that does not open is shown in its place instead of being skipped.",
    "Mail is read after the pins, or beside them and the folders if those take long. A notification may name a folder: it waits in its place until that folder is there, and those behind it wait with it. How long at most is set under “More”; then it is shown, marked “unresolved”.",
  ],
  frames: [
    "Every WebSocket frame as it was sent or received.",
    "Choose one with the mouse or the arrow keys. Text inside text is decoded when a frame is opened; ciphertext stays ciphertext.",
    "“Calls” lists each question once, on one clock: the light part of a bar is the time until its first answer, the dark part the time until its last. Drag over the clock to look at a part of it; a click takes that back, and so do + and − on the list.",
  ],
};
