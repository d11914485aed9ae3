// The inbox: messages in the order of the server's log, how many are new, and why the next one waits.
import { announce, counted, h, icon, panelHead } from "./dom.js";
import { createDismissAll } from "./dismiss-all.js";
import { createLetter, letterRow } from "./letter.js";
import { createRows } from "./rows.js";
import { createWaiting } from "./waiting.js";
import { ABOUT, explainError } from "./words.js";

const OLDER = 50; // as many as a page has at most

/** `titleOf` names a channel, where the page knows its title; `folders()` are the shared folders as they stand; `showFrames` lists those in which a text stands. */
export function createMailbox(root, { titleOf, folders, showFrames }) {
  let letters = []; // in the server's order: the older ones, then those of this reading
  let shown = [];
  let held = null; // the next message, while it waits for what it names
  let total = 0;
  let seenUnread = 0;
  let unread = null;
  let unreadable = 0;
  let live = false;
  let box = null;
  let drawing = false;
  const status = h("span");
  const list = h("ol", { class: "letters", aria: { label: "Messages" } });
  const empty = h("p", { class: "empty" });
  const notices = h("ul", { class: "letters-notices" });
  const find = h("input", { type: "search", placeholder: "Find by kind, title or sender", spellcheck: false, aria: { label: "Find messages" } });
  const chip = (text) => h("button", { type: "button", class: "chip", aria: { pressed: "false" } }, text);
  const onlyNew = chip("Only what is new");
  const newestFirst = chip("Newest first");
  const older = h("button", { type: "button", class: "link" }, "Older messages");
  const dismissAll = createDismissAll({ letters: () => shown.filter((letter) => letter.open()) });
  const tools = h("div", { class: "letters-tools", hidden: true }, find, onlyNew, newestFirst, older, dismissAll.element);
  root.replaceChildren(...panelHead("mailbox", "Mailbox", { status, about: ABOUT.mailbox }), tools, notices, list, empty);
  const show = createRows(list, { make: (item) => (item === held ? held.row() : letterRow(item, { titleOf, folders, showFrames })) });

  const pressed = (button) => button.getAttribute("aria-pressed") === "true";
  for (const button of [onlyNew, newestFirst]) {
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(!pressed(button)));
      list.scrollTop = 0;
      draw();
    });
  }
  find.addEventListener("input", draw);
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    find.value = "";
    draw();
  });
  older.addEventListener("click", async () => {
    older.disabled = true;
    try {
      const { messages, more } = await box.older(OLDER);
      letters.unshift(...messages.map((message) => createLetter(message)));
      older.disabled = !more;
      older.textContent = more ? "Older messages" : "No older messages";
      announce(`${counted(messages.length, "older message")}`);
      draw();
    } catch (error) {
      notice(error.code ?? error.name, explainError(error).text);
      older.disabled = false;
    }
  });

  function notice(code, text) {
    notices.append(h("li", {}, icon("info"), h("span", {}, text), h("code", {}, code)));
  }

  /** Thousands may come within one frame, and none of them is worth a drawing of its own. */
  function drawSoon() {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      draw();
    });
  }

  function draw() {
    const text = find.value.trim().toLowerCase();
    const some = text || pressed(onlyNew);
    shown = some ? letters.filter(({ state, words }) => (!pressed(onlyNew) || state !== "dismissed") && words.includes(text)) : letters;
    const rows = held?.words.includes(text) ? [...shown, held] : shown;
    show(pressed(newestFirst) ? rows.toReversed() : rows, { follow: live && !pressed(newestFirst) });
    status.replaceChildren(...(total || held ? [
      some ? h("span", {}, `${shown.length.toLocaleString("en")} shown of `) : "",
      h("span", {}, `${counted(total, "message")} · ${(unread ?? seenUnread).toLocaleString("en")} not dismissed`),
      unreadable ? h("span", { class: "tone-warn" }, ` · ${unreadable} unreadable`) : "",
      held ? h("span", { class: "tone-warn" }, ` · ${(1 + behind()).toLocaleString("en")} waiting`) : live ? h("span", { class: "live" }, " · waiting for new ones") : "",
    ] : [live ? h("span", { class: "live" }, "waiting for new ones") : ""]));
    empty.hidden = rows.length > 0;
    empty.textContent = letters.length ? "No message is like that." : live ? "The mailbox is empty." : "Messages appear here one after another, each when what it names is there.";
    tools.hidden = letters.length === 0;
    dismissAll.draw();
  }

  /** How many new messages are known behind the one that waits. */
  function behind() {
    const here = letters.filter(({ message, state }) => message.dismiss && state !== "dismissed" && state !== "busy").length;
    return Math.max(0, (unread ?? 0) - here - 1);
  }

  /** The message that waited is here, or reading ended. */
  function release() {
    held?.end();
    held = null;
  }

  function reset() {
    release();
    total = seenUnread = unreadable = 0;
    letters = [];
    unread = box = null;
    live = false;
    notices.replaceChildren();
    older.disabled = false;
    older.textContent = "Older messages";
    onlyNew.setAttribute("aria-pressed", "false");
    find.value = "";
    dismissAll.end();
    draw();
  }
  reset();

  return {
    reset,
    opened(mailbox) {
      box = mailbox;
      dismissAll.begin();
    },
    add(delivery) {
      if (held?.hash === delivery.hash) release();
      total += 1;
      if (!delivery.dismissed) seenUnread += 1;
      if (delivery.unreadable) unreadable += 1;
      letters.push(createLetter(delivery, ({ state }) => {
        if (state === "dismissed") seenUnread -= 1;
        drawSoon();
      }));
      if (live) announce(`New message: ${delivery.type ?? "unreadable"}`);
      drawSoon();
    },
    /** How the mailbox is: how much is new, and what the next message waits for. It stays in its place until it is here. */
    state({ unread: count, held: now }) {
      unread = count;
      if (now && held?.hash !== now.hash) {
        release();
        held = createWaiting(total, { behind, titleOf, folders });
        announce("The next message waits for what it names");
      }
      if (now) held.set(now);
      drawSoon();
    },
    notice({ code }) {
      notice(code, explainError({ code }).title);
    },
    backlogEnded() {
      live = true;
      // The number is right from the beginning: tests and people read it at once.
      draw();
    },
    ended() {
      live = false;
      box = null;
      release();
      older.disabled = true;
      dismissAll.end();
      draw();
    },
  };
}
