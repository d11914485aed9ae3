// One message of the inbox: a row that opens, with its text, its proven sender, and its buttons.
import { announce, h, icon, short } from "./dom.js";
import { jsonView } from "./json-view.js";
import { redraw } from "./redraw.js";
import { explainError, FOLDER_STATES } from "./words.js";

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** What a message is, for people. */
const KINDS = {
  FRIEND_REQUEST: "Contact request",
  FRIEND_REQUEST_ACCEPTED: "Contact request accepted",
  FRIEND_REQUEST_DECLINED: "Contact request declined",
  ACCEPT_FRIEND_REQUEST: "Contact request accepted",
  DECLINE_FRIEND_REQUEST: "Contact request declined",
  CANCEL_FRIEND_REQUEST: "Contact request taken back",
  UNFRIEND: "Contact ended",
  UPDATE_DATA: "Contact changed their profile",
  SHARE_PAD: "Shared with you",
  GIVE_PAD_ACCESS: "Access given",
  REQUEST_PAD_ACCESS: "Access asked for",
  ADD_TO_ACCESS_LIST: "On an access list",
  ADD_OWNER: "Ownership offered",
  RM_OWNER: "Ownership ended",
  OWNED_PAD_REMOVED: "Document deleted",
  INVITE_TO_TEAM: "Invitation to a team",
  INVITE_TO_TEAM_ANSWER: "Answer to an invitation",
  KICKED_FROM_TEAM: "Removed from a team",
  TEAM_EDIT_RIGHTS: "Rights in a team changed",
  SUPPORT_MESSAGE: "Message from support",
  NEW_TICKET: "New ticket",
  NOTIF_TICKET: "News in a ticket",
  ADD_MODERATOR: "You are a moderator",
  MODERATOR_NEW_KEY: "New key of the moderators",
  FORM_RESPONSE: "Answer to a form",
  COMMENT_REPLY: "Reply to a comment",
  MENTION: "You are mentioned",
  MOVE_TODO: "To-do list moved",
  SAFE_LINKS_DEFAULT: "Safe links are on",
  SF_DELETED: "Shared folder deleted",
  BROADCAST_MAINTENANCE: "Maintenance",
  BROADCAST_SURVEY: "Survey",
  BROADCAST_CUSTOM: "Announcement",
  BROADCAST_DELETE: "Announcement withdrawn",
};

const NO_NEWS = {
  repeated: "the same person asked before, and that request is still open",
  replaced: "a later message says the same anew",
  withdrawn: "a later message takes it back",
  withdrawal: "it takes others back and says nothing else",
  stranger: "it ends a contact with somebody who is no contact",
  muted: "its author is muted",
  foreign: "it names another sender than the key that sealed it",
};

const STATES = {
  new: ["mail", "new"],
  dismissed: ["check", "dismissed"],
  unreadable: ["warn", "unreadable"],
  unresolved: ["clock", "unresolved"],
  superseded: ["check", "no news"],
  busy: ["busy", "dismissing"],
};

/** A message and how it stands; `changed` is called when that is another. Older ones cannot be dismissed. */
export function createLetter(message, changed = () => {}) {
  const rest = message.unreadable ? "unreadable" : message.superseded ? "superseded" : message.unresolved ? "unresolved" : "new";
  const letter = { message, state: message.dismissed ? "dismissed" : rest, problem: "", paint: () => {} };
  const become = (state, problem = "") => {
    Object.assign(letter, { state, problem });
    letter.paint();
    changed(letter);
  };
  /** What a person may look for in it. */
  letter.words = [kind(message), message.type, message.facts.title, message.facts.name, message.sender?.displayName, message.author].join("\n").toLowerCase();
  letter.open = () => Boolean(message.dismiss) && letter.state !== "dismissed" && letter.state !== "busy";
  /** Whether it is dismissed now. */
  letter.dismiss = async () => {
    if (!letter.open()) return letter.state === "dismissed";
    become("busy");
    try {
      await message.dismiss();
      become("dismissed");
      return true;
    } catch (error) {
      become(rest, `${explainError(error).text} (${error.code ?? error.name})`);
      return false;
    }
  };
  return letter;
}

/** The row of a letter, as it stands and as it will; `page` is as `channelFact` takes it. */
export function letterRow(letter, page) {
  const { message } = letter;
  const state = h("span", { class: "letter-state" });
  const row = h("li", { data: { hash: message.hash } });
  const note = h("p", { class: "letter-note tone-warn", role: "status" });
  const dismiss = async () => {
    if (letter.open() && await letter.dismiss()) announce("Dismissed");
  };
  const button = h("button", { type: "button", on: { click: dismiss } }, icon("check"), "Dismiss");
  const actions = message.dismiss && h("div", { class: "letter-actions" }, button, h("span", {}, "or press D on the row"));
  letter.paint = () => {
    const [picture, label] = STATES[letter.state];
    row.dataset.state = letter.state;
    redraw(state, icon(picture), h("span", {}, label));
    note.textContent = letter.problem;
    if (actions) actions.hidden = letter.state === "dismissed";
  };
  letter.paint();
  const summary = h("summary", {},
    icon("chevron"),
    h("span", { class: "letter-position num" }, message.dismiss ? message.position.toLocaleString("en") : ""),
    h("span", { class: "letter-type" }, title(message)),
    h("span", { class: "letter-author" }, sender(message)),
    h("time", { class: "letter-time num" }, message.time === null ? "" : time.format(message.time)),
    state);
  summary.addEventListener("keydown", (event) => {
    if (event.key !== "d" || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    void dismiss();
  });
  const details = h("details", {}, summary);
  details.addEventListener("toggle", () => {
    if (details.open && details.childElementCount === 1) details.append(detail(message, page, actions, note));
  });
  row.append(details);
  return row;
}

function kind({ type, unreadable }) {
  return unreadable && type === null ? "Message that cannot be read" : (KINDS[type] ?? type ?? "Message");
}

function title(message) {
  const what = message.facts.title ?? message.facts.name;
  return what ? [kind(message), h("span", { class: "letter-what", dir: "auto" }, what)] : kind(message);
}

/** The name in the message, if the key that sealed it is the one that the message names; otherwise the key. */
function sender({ author, sender }) {
  if (sender?.claim === "own" && sender.displayName) return h("span", { dir: "auto" }, sender.displayName);
  return author ? h("code", {}, short(author, 10)) : "";
}

/**
 * A channel that a message names, with what the page knows of it: `titleOf` gives its title, `folders()` are the shared
 * folders as they stand.
 */
export function channelFact(id, { titleOf, folders }) {
  const folder = folders().find(({ channel }) => channel === id);
  const known = folder ? `${folder.title ?? "untitled folder"}, ${FOLDER_STATES[folder.state]?.label ?? folder.state}` : titleOf(id);
  return [h("dt", {}, folder ? "folder" : "channel"), h("dd", {}, known ? `${known} ` : "", h("code", {}, id))];
}

function detail(message, page, actions, note) {
  const { hash, author, sender, facts, type, unreadable, unresolved, superseded, content } = message;
  const fact = (name, value) => (value === undefined || value === null || value === "" ? [] : [h("dt", {}, name), h("dd", {}, value)]);
  // This page loads no teams, so that what names one never waited for it.
  const late = facts.team ? "mailbox/not-loaded" : "mailbox/unresolved";
  const claims = {
    own: "The sender's own words: the key that sealed the message is the one that it names.",
    foreign: "Not proven: the message names another key than the one that sealed it.",
    none: "The message says nothing of its sender.",
  };
  return h("div", { class: "letter-detail" },
    h("dl", { class: "facts" },
      fact("sealed by", author && h("code", {}, author)),
      sender && fact("claims to be", sender.displayName),
      sender && sender.claim !== "none" && fact("named key", sender.curvePublic && h("code", {}, sender.curvePublic)),
      fact("type", type && h("code", {}, type)),
      facts.channel && channelFact(facts.channel, page),
      fact("team", facts.team && h("code", {}, facts.team)),
      fact("hash", h("code", {}, hash))),
    page.showFrames && h("p", {}, h("button", { type: "button", class: "link", on: { click: () => page.showFrames(hash) } }, "show its frame")),
    sender && h("p", { class: sender.claim === "foreign" ? "tone-bad" : "letter-claim" }, claims[sender.claim]),
    superseded && h("p", { class: "letter-claim" }, `No news: ${NO_NEWS[superseded.why] ?? superseded.why}.`),
    unresolved && h("p", { class: "tone-warn" }, `${explainError({ code: late }).text} (${late})`),
    unreadable ? h("p", {}, `${explainError({ code: unreadable }).text} (${unreadable})`) : jsonView(content),
    actions,
    note);
}
