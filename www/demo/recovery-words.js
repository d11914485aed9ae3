// What the names of pinfold/recovery are to a person. A name without words here fails a test.

/** Who or what took it away. The same words for one and for many. */
export const CAUSES = {
  "user-trash": "removed by you, through the trash",
  "user-removed": "removed by you",
  "user-burst": "removed together within seconds, by you",
  "user-after-loss": "removed by you, after it had been emptied or was missing",
  "other-member": "removed by another member, or another device of yours",
  "other-member-trash": "put into the trash by another member, or another device of yours",
  "other-member-burst": "removed together within seconds, by another member or another device of yours",
  "client-on-server-word": "key erased by a client by itself, because the server said that there was nothing behind it",
  "removed-or-erased": "removed by somebody, or erased by a client by itself: that cannot be told",
  "password-change": "password changed by somebody",
  "folder-made-anew": "made anew by a client, empty",
  "folder-lost": "lost with its folder, whose key is gone",
  unknown: "no history tells who took it; noticed by one of your devices",
};

export const REASONS = {
  burst: "with others, within seconds",
  "no-trash": "not through the trash",
  elsewhere: "from another device or member",
  "key-erased": "key erased by a client",
  "after-loss": "emptied or missing before",
  "after-notice": "right after a notice",
  "with-folder": "with a whole folder",
  "folder-gone": "its folder is gone or was made anew",
  "pins-regrew": "lost from the list of pins with others that came back",
};

export const KEYS = {
  present: "its key is still in the drive",
  "history-drive": "its key is in the history of your drive",
  "history-folder": "its key is in the history of the folder",
  "history-team": "its key is in the history of the team",
  archive: "its key is in the archived copy of the folder",
  "via-folder": "its key is in the folder, once that is back",
  vault: "its key is in the vault, where your devices keep what left",
};

/** What the server says of its content today, where that is news. */
export const SERVER = {
  missing: "The server has no live copy of it. Its operator may have one; its entry can come back.",
  archived: "The server has put its content away: ask the operator to bring it back.",
};

/** Why it is not put back, and what to do. */
export const LEFT = {
  "folder-missing": "The server has no copy of it. Ask the operator to put it back first.",
  "folder-unread": "It could not be read. Whoever owns it decides who may; try again once it can be read.",
  "made-anew": "It is there, made anew and empty. Ask the operator for the archived copy.",
  "password-changed": "Its password was changed. Ask its owner for the new one.",
  "with-its-folder": "It returns with the folder that held it.",
  "no-key": "No link that opens is left of it.",
  "view-only": "It is a calendar of a team that you can only view. Ask a member who can edit.",
  "beside-the-drive": "It is a link to the web, which no key belongs to.",
};

export const KEPT = {
  touched: "somebody changed or moved it since",
  moved: "somebody moved it here from another document since",
  "not-since": "the log was shortened: what was there before cannot be told",
  closed: "its document can only be read, or is no longer in the account",
};

/** How a thing is, as far as an incident goes, the worst first: a tone, and a sentence for one and for many. */
export const HARMS = {
  missing: { tone: "bad", one: "is in the drive, and the server has nothing behind it", many: "are in the drive, and the server has nothing behind them" },
  "made-anew": { tone: "bad", one: "was made anew, empty", many: "were made anew, empty" },
  "key-gone": { tone: "warn", one: "left the drive with its key, or is in the trash", many: "left the drive with their keys, or are in the trash" },
  restored: { tone: "warn", one: "was archived by an operator in that time, and is there again", many: "were archived by an operator in that time, and are there again" },
  unknown: { tone: "warn", one: "cannot be told of: its history could not be read", many: "cannot be told of: their histories could not be read" },
  untouched: { tone: "ok", one: "is as it was", many: "are as they were" },
};

/** What became of one thing: a tone, and a sentence. */
export const FATES = {
  untouched: { tone: "ok", text: "It is where it always was." },
  moved: { tone: "ok", text: "It is there, in another place." },
  renamed: { tone: "ok", text: "It is there, under another name." },
  restored: { tone: "ok", text: "An operator had archived it, and put it back." },
  "removed-by-user": { tone: "warn", text: "You removed it. It is in the list of what is lost." },
  "removed-by-other": { tone: "warn", text: "Another member removed it. It is in the list of what is lost." },
  lost: { tone: "bad", text: "It is lost, and you did not remove it. It is in the list of what is lost." },
  "never-existed": { tone: "ok", text: "It never was in this account: nothing ever had this title." },
  "not-since": { tone: "warn", text: "Nothing has this title, as far back as the histories go." },
  unknown: { tone: "warn", text: "Nothing is known by this title, and not everything could be read." },
};

/** By whose doing. */
export const DOERS = {
  user: "by you",
  "other-device": "by another device of yours",
  "other-member": "by another member",
  client: "by a client by itself, on the server's word",
  server: "by nobody's writing: the server has nothing",
  operator: "by an operator, as the notice says",
};

export const REFUSED = {
  "needs-consent": "This has to be agreed to first. Nothing was changed.",
  "stale-consent": "Something changed since the plan was shown. Nothing was changed; look at it again.",
  "cannot-expand": "The content of a folder is not known, so it is not destroyed. Nothing was changed.",
  "needs-second-consent": "What is destroyed for everybody is asked once more. Nothing was changed.",
};

/** What happened to entries in a moment, the worst first: its word for one and for many, and what the sign in the lanes means. */
export const MARKS = {
  lost: { one: "was removed", many: "were removed", legend: "removed, probably not wanted" },
  erased: { one: "lost its key", many: "lost their keys", legend: "key erased by a client" },
  anew: { one: "was made anew, empty", many: "were made anew, empty", legend: "folder made anew, empty" },
  restored: { one: "was put back", many: "were put back", legend: "put back" },
  mended: { one: "was removed, and is back", many: "were removed, and are back", legend: "removed, and back since" },
  gone: { one: "was removed on purpose", many: "were removed on purpose", legend: "removed on purpose" },
  thrown: { one: "went to the trash", many: "went to the trash", legend: "to the trash" },
  left: { one: "moved elsewhere", many: "moved elsewhere", legend: "moved elsewhere" },
  added: { one: "was added", many: "were added", legend: "added" },
  changed: { one: "was changed", many: "were changed", legend: "moved, renamed, changed" },
};

export const WHO = {
  you: "you",
  client: "a client by itself",
  other: "somebody else, or another device of yours",
  unknown: "unknown",
};

const KINDS = {
  file: ["document", "documents"],
  sharedFolder: ["shared folder", "shared folders"],
  oldFolder: ["old folder", "old folders"],
  link: ["link", "links"],
  team: ["team", "teams"],
  calendar: ["calendar", "calendars"],
};

export const ALL_KINDS = Object.keys(KINDS);

/** "5 documents", "2 shared folders". */
export const countedKind = (kind, n) => `${n.toLocaleString("en")} ${KINDS[kind][n === 1 ? 0 : 1]}`;

export const kindOf = (kind) => KINDS[kind][0];

/** What has no title is called by its kind, and folders by the beginning of their id. */
export const untitled = (kind, channel) => (kind === "sharedFolder" ? `folder ${channel?.slice(0, 4) ?? ""} without a name`.replace("  ", " ") : `a ${kindOf(kind)} without a title`);

/** "2 May 2024, 17:20" by the reader's clock. */
export const when = (time) => (time === null || time === undefined ? "at an unknown time" : new Date(time).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" }));

/** What a check finds, the worst first: a tone, a sentence for one and for many, and what to do. */
export const PROBLEMS = {
  "folder-missing": { tone: "bad", one: "folder has nothing behind it on the server", many: "folders have nothing behind them on the server", todo: "Leave its entry where it is: it holds the key to what the operator of the server may still have." },
  "folder-made-anew": { tone: "bad", one: "folder was made anew, empty: what it held is not in it", many: "folders were made anew, empty: what they held is not in them", todo: "Leave the folder where it is, and ask the operator for the archived copy." },
  "folder-emptied": { tone: "bad", one: "folder or team is empty, and had content", many: "folders or teams are empty, and had content", todo: "See above who emptied it, and put back what you want." },
  "folder-rolled-back": { tone: "bad", one: "folder is shown in an older state than before", many: "folders are shown in an older state than before", todo: "Ask the operator whether a backup was put back." },
  "document-missing": { tone: "bad", one: "document has nothing behind it on the server", many: "documents have nothing behind them on the server" },
  "document-empty": { tone: "bad", one: "document was cleared: there is no message in it", many: "documents were cleared: there is no message in them" },
  "file-missing": { tone: "bad", one: "file is not on the server", many: "files are not on the server" },
  "mailbox-missing": { tone: "bad", one: "mailbox is not on the server", many: "mailboxes are not on the server" },
  "pin-missing": { tone: "bad", one: "id is pinned, and the server does not have it", many: "ids are pinned, and the server does not have them" },
  "entry-gone": { tone: "warn", one: "id was known to this device, and nothing names it any longer", many: "ids were known to this device, and nothing names them any longer" },
  "key-weaker": { tone: "warn", one: "thing could be written to, and now can only be read", many: "things could be written to, and now can only be read" },
  "list-differs": { tone: "warn", one: "list of pins is another one on the server than it should be", many: "lists of pins are others on the server than they should be", todo: "The debug page pins what is missing. Nothing leaves the list without your consent." },
  "folder-unreadable": { tone: "warn", one: "folder is there, as far as is known, and could not be read", many: "folders are there, as far as is known, and could not be read" },
  "document-unreadable": { tone: "warn", one: "document's newest message does not open", many: "documents' newest messages do not open" },
  "team-unreadable": { tone: "warn", one: "team could not be read", many: "teams could not be read" },
  "roster-unreadable": { tone: "warn", one: "team's list of members could not be read", many: "teams' lists of members could not be read" },
  "mailbox-unreadable": { tone: "warn", one: "mailbox could not be read", many: "mailboxes could not be read" },
  "list-unanswered": { tone: "warn", one: "list of pins: the server does not say which one it keeps", many: "lists of pins: the server does not say which ones it keeps" },
  unanswered: { tone: "warn", one: "question was not answered: nothing is known of it", many: "questions were not answered: nothing is known of them" },
};

/** What became of things between two reports, the worst first. */
export const REPORT_FATES = {
  lost: { tone: "bad", one: "was there, and the server has it no longer", many: "were there, and the server has them no longer" },
  untold: { tone: "warn", one: "was there, and now it cannot be told", many: "were there, and now it cannot be told" },
  unnamed: { tone: "warn", one: "is named by nothing in your drive any longer", many: "are named by nothing in your drive any longer" },
  back: { tone: "ok", one: "is there again", many: "are there again" },
  added: { tone: "ok", one: "is new", many: "are new" },
  changed: { tone: "ok", one: "was written to", many: "were written to" },
};

/** The kinds of a report. */
export const REPORTED = {
  account: "your drive", team: "team", roster: "members of a team", folder: "shared folder", document: "document", file: "uploaded file", mailbox: "mailbox", other: "something else that is pinned",
};
