// The inspector of the package (`pinfold/inspect`): the panels of the debug page over any session, in a page of any program. It looks and
// changes nothing. It lives below a shadow root: the page's styles do not reach it, nor its own the page.
import { announceIn, duration, h, icon, onceAFrame, panelHead } from "./dom.js";
import { createFolders } from "./folders.js";
import { createFrames } from "./frames.js";
import { jsonView } from "./json-view.js";
import { createLetter, letterRow } from "./letter.js";
import { createListbox } from "./listbox.js";
import { createPins } from "./pins.js";
import { redraw, say } from "./redraw.js";
import { createRows } from "./rows.js";
import { isUnderWay } from "./words.js";

const MOST_EVENTS = 10_000;
const MOST_LETTERS = 10_000;
const NO_FRAMES = "Frames appear here from the opening of a session on that was given them: Session.open(credentials, inspector.options(…)), or that keeps the newest: keepRecent: 5000. This one was opened without.";
const NO_SESSION = "no session";
const DOCUMENT = "show the account document";
const AN_EVENT = "Choose an event to see all of it.";

/** `css` is the text of the style sheets; `recentOf(session)` is what was kept of a session (www/lib/recent.ts), if anything was. */
export function createInspector(css, recentOf) {
  let began = performance.now();
  let past = null; // the moment of what is told late
  const clock = () => (past ?? performance.now()) - began;
  let session = null;
  let unlisten = () => {};
  let named = false; // whether the account's mailboxes have their names
  let replayed = null; // the drive that the session had at the moment of what is told late
  let life = 0; // how often another session took the place of one, or none: an answer about the one before comes too late

  const panel = (id) => h("section", { class: "panel", id, aria: { labelledby: `${id}-title` } });
  const roots = Object.fromEntries(["frames", "drive", "folders", "pins", "letters", "session"].map((id) => [id, panel(id)]));
  roots.frames.classList.add("frames");
  const frames = createFrames(roots.frames);
  const showFrames = (text) => {
    tabs.choose("frames");
    frames.only(text);
  };
  const folders = createFolders(roots.folders, { clock, showFrames });
  const pins = createPins(roots.pins, { clock });
  const drive = createDrive(roots.drive);
  const letters = createLetters(roots.letters, { titleOf: frames.titleOf, folders: folders.folders, showFrames });
  const events = createEvents(roots.session);

  const connection = h("span", { class: "connection", data: { state: "idle" } }, h("span", { class: "dot" }), h("span", {}, NO_SESSION));
  const larger = h("button", { type: "button", class: "mini larger", aria: { label: "Larger", pressed: "false" }, title: "Larger" }, icon("chevron"));
  const closing = h("button", { type: "button", class: "mini", aria: { label: "Close the inspector" }, title: "Close the inspector", on: { click: hide } }, icon("cross"));
  const tabs = createTabs([
    ["frames", "Frames and calls", [roots.frames]], ["drive", "Drive and pins", [roots.drive, roots.folders, roots.pins]],
    ["letters", "Letters", [roots.letters]], ["session", "Session", [roots.session]],
  ]);
  const announcer = h("div", { class: "visually-hidden", aria: { live: "polite" } });
  const region = h("section", { class: "inspector", aria: { label: "pinfold inspector" } },
    h("header", { class: "inspector-head" }, h("strong", {}, "pinfold"), connection, tabs.list, larger, closing), tabs.body, announcer);
  const host = h("div", { data: { pinfold: "inspector" } });
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(region);
  larger.addEventListener("click", () => {
    const on = larger.getAttribute("aria-pressed") !== "true";
    larger.setAttribute("aria-pressed", String(on));
    host.toggleAttribute("data-larger", on);
  });

  function onEvent(event) {
    events.add(event, clock());
    if (event.type === "folder") onFolder(event);
    else if (event.type === "pins") pins.event(event);
    else if (event.type === "state" && past !== null) replayState(event.state);
    else if (event.type === "state") showState();
  }

  /** A state that was. What was loaded then is known only if it is still the session's drive. */
  function replayState({ drive: then }) {
    if (then === replayed || then === null) return;
    replayed = then;
    if (then === session.state.drive) showDrive();
    folders.end();
  }

  function onFolder(event) {
    if (event.team) return;
    if (isUnderWay(event.state)) folders.again();
    if (event.channel && event.title) frames.name(event.channel, event.title);
    folders.update(event);
  }

  function showState() {
    if (!session) return;
    const { state } = session;
    connection.dataset.state = state.online ? "open" : state.closed ? "closed" : "waiting";
    say(connection.lastChild, state.closed ? "closed" : state.online ? "connected" : state.nextTry ? `next try at ${new Date(state.nextTry).toLocaleTimeString()}` : "not connected");
    connection.title = state.safeToClose ? "" : "Something that was asked for is still on its way";
    events.show(session);
    showDrive();
  }

  function showDrive() {
    const now = session.drive;
    if (now === null || now === drive.known()) return;
    drive.show(now);
    for (const report of now.folders) folders.update(report);
    // The program closes its drive, not we.
    folders.loaded({ document: (id) => now.document(id) });
    pins.computed(now, "nothing since it was loaded");
    if (!named) void nameMailboxes(now);
  }

  async function nameMailboxes(drive) {
    named = true;
    const lived = life;
    const account = await drive.document().catch(() => undefined);
    if (lived !== life) return;
    for (const [name, box] of Object.entries(account?.mailboxes ?? {})) if (box?.channel) frames.name(box.channel, name);
  }

  /** What it kept as if it came now, at its own time, and then what comes. */
  function listenLate() {
    const recent = recentOf(session);
    began = recent?.began ?? performance.now();
    if (!recent) {
      frames.explain(NO_FRAMES);
      unlisten = session.on(onEvent);
      return;
    }
    frames.begin(recent.missed);
    const { all } = recent;
    past = all[0]?.at ?? null;
    // The drive may have been loaded before all that is kept.
    const first = all.find(({ event }) => event?.type === "state");
    if (recent.missedEvents > 0 && (!first || first.event.state.drive === session.state.drive)) showDrive();
    for (const told of all) {
      past = told.at;
      hear(told);
    }
    past = replayed = null;
    unlisten = recent.listen(hear);
  }

  function hear({ frame, event }) {
    if (frame) frames.add(frame, clock());
    else onEvent(event);
  }

  function show(shown, into) {
    if (session !== shown) {
      // Letters may be there before the first session.
      if (session) forget();
      session = shown;
      frames.name(session.account.driveChannel, "the drive");
      listenLate();
      showState();
    }
    announceIn(announcer);
    host.toggleAttribute("data-inside", into !== null);
    (into ?? document.body).append(host);
  }

  function hide() {
    host.remove();
  }

  /** Nothing is left of the session that was shown. */
  function forget() {
    life += 1;
    unlisten();
    unlisten = () => {};
    session = null;
    named = false;
    connection.dataset.state = "idle";
    connection.lastChild.textContent = NO_SESSION;
    connection.title = "";
    for (const part of [frames, folders, pins, drive, letters, events]) part.reset();
  }

  return {
    show,
    hide,
    letter: letters.add,
    get shown() {
      return host.isConnected;
    },
    close() {
      forget();
      hide();
    },
  };
}

/** Tabs as a screen reader knows them: one stop for the keyboard, arrows between them. */
function createTabs(entries) {
  const body = h("div", { class: "inspector-body" });
  const list = h("div", { class: "inspector-tabs", role: "tablist", aria: { label: "What is shown" } });
  const tabs = entries.map(([name, label, parts]) => {
    const content = h("div", { class: "inspector-view", role: "tabpanel", id: `view-${name}`, tabIndex: -1, data: { view: name }, aria: { labelledby: `tab-${name}` } }, parts);
    const tab = h("button", { type: "button", role: "tab", id: `tab-${name}`, aria: { controls: content.id }, on: { click: () => choose(name) } }, label);
    body.append(content);
    list.append(tab);
    return { name, tab, content };
  });
  function choose(name) {
    for (const one of tabs) {
      const chosen = one.name === name;
      one.tab.setAttribute("aria-selected", String(chosen));
      one.tab.tabIndex = chosen ? 0 : -1;
      one.content.hidden = !chosen;
    }
  }
  list.addEventListener("keydown", (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const at = tabs.findIndex(({ content }) => !content.hidden);
    const next = tabs[(at + by + tabs.length) % tabs.length];
    choose(next.name);
    next.tab.focus();
  });
  choose(entries[0][0]);
  return { list, body, choose };
}

/** The drive as it was loaded last: what it comes to, and its own document. */
function createDrive(root) {
  let known = null;
  const status = h("span");
  const facts = h("dl", { class: "facts" });
  const open = h("button", { type: "button", class: "link" }, DOCUMENT);
  const inside = h("div", { class: "folder-document" });
  const empty = h("p", { class: "empty" }, "The drive appears here when the program has loaded it.");
  const body = h("div", { class: "folder-detail", hidden: true }, facts, h("p", {}, open), inside);
  root.replaceChildren(...panelHead("drive", "Drive", { status, about: ["What the program loaded last. Folders and pins are beside it."] }), empty, body);
  open.addEventListener("click", async () => {
    const document = await known.document().catch((error) => ({ error: error.code ?? error.name }));
    open.hidden = true;
    inside.replaceChildren(h("p", { class: "muted" }, "As it was decrypted here. Keys in it are hidden until somebody asks for them."), jsonView(document));
  });
  function reset() {
    known = null;
    empty.hidden = false;
    body.hidden = true;
    open.textContent = DOCUMENT;
    facts.replaceChildren();
    inside.replaceChildren();
    status.replaceChildren();
  }
  return {
    known: () => known,
    reset,
    show(drive) {
      known = drive;
      empty.hidden = true;
      body.hidden = open.hidden = false;
      // Somebody may be reading the document that was: it stays until they ask for this one.
      if (inside.firstChild) open.textContent = `${DOCUMENT} as it is now`;
      redraw(status, h("span", { class: drive.kind === "complete" ? "" : "tone-warn" }, drive.kind));
      redraw(facts, [["documents", drive.documents], ["ids to pin", drive.pinCount], ["their hash", drive.pinDigest], ["left out", drive.skipped.length || null]]
        .filter(([, value]) => value !== null).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("code", {}, String(value)))]));
    },
  };
}

/** Letters that the program read and handed over. */
function createLetters(root, page) {
  let all = [];
  let told = 0;
  const status = h("span");
  const list = h("ol", { class: "letters", aria: { label: "Letters" } });
  const empty = h("p", { class: "empty" }, "The program reads the mailbox, and shows a letter here with inspector.letter(letter).");
  root.replaceChildren(...panelHead("letters", "Letters", { status, about: ["Letters that the program handed over, in that order. Nothing here dismisses one."] }), list, empty);
  const show = createRows(list, { make: (letter) => letterRow(letter, page) });
  const draw = onceAFrame(() => {
    show(all, { follow: true });
    empty.hidden = all.length > 0;
    say(status, all.length === 0 ? "" : `${all.length < told ? `the newest ${all.length.toLocaleString("en")} of ` : ""}${told.toLocaleString("en")}${all.length < told ? "" : " of them"}`);
  });
  return {
    add(message) {
      // A copy of what it says: without the call that dismisses it.
      all.push(createLetter({ ...message }));
      told += 1;
      if (all.length > MOST_LETTERS) all = all.slice(-MOST_LETTERS / 2);
      draw();
    },
    reset() {
      all = [];
      told = 0;
      draw();
    },
  };
}

/** How the session is, and what it told, newest last. */
function createEvents(root) {
  let all = [];
  let numbers = 0;
  let chosen = null;
  const status = h("span");
  const facts = h("dl", { class: "facts" });
  const empty = h("p", { class: "empty" }, "What the session tells appears here.");
  const detail = h("div", { class: "frame-detail" }, h("p", { class: "muted" }, AN_EVENT));
  const list = createListbox("Events", { make: row, idOf: ({ number }) => `event-${number}`, choose });
  const body = h("div", { class: "inspector-events", hidden: true }, list.element, detail);
  root.replaceChildren(...panelHead("session", "Session", { status, about: ["How it is now, and what it told."] }), facts, empty, body);

  function row({ event, at }) {
    const { type, ...rest } = event;
    const words = Object.entries(rest).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value)).map(([name, value]) => `${name} ${value}`).join(" · ");
    return h("div", { class: "frame event" }, h("span", { class: "frame-time num" }, duration(at)), h("span", { class: "frame-name" }, type), h("span", { class: "frame-text" }, words));
  }

  function choose(item) {
    chosen = item;
    detail.replaceChildren(item ? jsonView(item.event) : h("p", { class: "muted" }, AN_EVENT));
    draw();
  }

  function draw() {
    empty.hidden = all.length > 0;
    body.hidden = all.length === 0;
    list.show(all, chosen);
    say(status, all.length > 0 ? `${numbers.toLocaleString("en")} events` : "");
  }

  const drawSoon = onceAFrame(draw);

  return {
    add(event, at) {
      all.push({ event, at, number: (numbers += 1) });
      if (all.length > MOST_EVENTS) all = all.slice(-MOST_EVENTS / 2);
      drawSoon();
    },
    /** As it is now. */
    show({ account, state }) {
      const { online, nextTry, closed, safeToClose } = state;
      redraw(facts, [
        ["state", [online ? "online" : "offline", closed && "closed", safeToClose ? "safe to close" : "something is on its way", nextTry && `next try at ${new Date(nextTry).toLocaleTimeString()}`].filter(Boolean).join(" · ")],
        ["public key", account.edPublic], ["drive", account.driveChannel], ["log-in block", account.blockId],
        ["mailboxes", account.mailboxes.join(", ")], ["teams", account.teams.map(({ name, id }) => name ?? id).join(", ")],
      ].filter(([, value]) => value).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("code", {}, value))]));
    },
    reset() {
      all = [];
      numbers = 0;
      facts.replaceChildren();
      choose(null);
    },
  };
}
