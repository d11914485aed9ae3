// The inbox: messages in the order of the server's log, what is new, and what the next one waits for.
import { announce, counted, h, icon, panelHead, short } from "./dom.js";
import { createDismissAll } from "./dismiss-all.js";
import { createLetter, letterRow } from "./letter.js";
import { createRows } from "./rows.js";
import { ABOUT, explainError } from "./words.js";

const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const OLDER = 50; // as many as a page has at most

/** `titleOf` names a channel, where the page knows its title. */
export function createMailbox(root, { titleOf }) {
  let letters = []; // in the server's order: the older ones, then those of this reading
  let shown = [];
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
  const waiting = h("p", { class: "letters-waiting", role: "status", hidden: true });
  const notices = h("ul", { class: "letters-notices" });
  const find = h("input", { type: "search", placeholder: "Find by kind, title or sender", spellcheck: false, aria: { label: "Find messages" } });
  const chip = (text) => h("button", { type: "button", class: "chip", aria: { pressed: "false" } }, text);
  const onlyNew = chip("Only what is new");
  const newestFirst = chip("Newest first");
  const older = h("button", { type: "button", class: "link" }, "Older messages");
  const dismissAll = createDismissAll({ letters: () => shown.filter((letter) => letter.open()) });
  const tools = h("div", { class: "letters-tools", hidden: true }, find, onlyNew, newestFirst, older, dismissAll.element);
  root.replaceChildren(...panelHead("mailbox", "Mailbox", { status, about: ABOUT.mailbox }), tools, notices, list, empty, waiting);
  const show = createRows(list, { make: letterRow });

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
    shown = some ? letters.filter(({ state, words }) => (!pressed(onlyNew) || state !== "viewed") && words.includes(text)) : letters;
    show(pressed(newestFirst) ? shown.toReversed() : shown, { follow: live && !pressed(newestFirst) });
    status.replaceChildren(...(total ? [
      some ? h("span", {}, `${shown.length.toLocaleString("en")} shown of `) : "",
      h("span", {}, `${counted(total, "message")} · ${(unread ?? seenUnread).toLocaleString("en")} not dismissed`),
      unreadable ? h("span", { class: "tone-warn" }, ` · ${unreadable} unreadable`) : "",
      live ? h("span", { class: "live" }, " · waiting for new ones") : "",
    ] : [live ? h("span", { class: "live" }, "waiting for new ones") : ""]));
    empty.hidden = shown.length > 0;
    empty.textContent = letters.length ? "No message is like that." : live ? "The mailbox is empty." : "Messages appear here after the pins, one after another.";
    tools.hidden = letters.length === 0;
    dismissAll.draw();
  }

  function reset() {
    total = seenUnread = unreadable = 0;
    letters = [];
    unread = box = null;
    live = false;
    notices.replaceChildren();
    waiting.hidden = true;
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
      total += 1;
      if (!delivery.viewed) seenUnread += 1;
      if (delivery.unreadable) unreadable += 1;
      letters.push(createLetter(delivery, ({ state }) => {
        if (state === "viewed") seenUnread -= 1;
        drawSoon();
      }));
      if (live) announce(`New message: ${delivery.type ?? "unreadable"}`);
      drawSoon();
    },
    /** How the mailbox is: how much is new, and what the next message waits for. */
    state({ unread: count, held }) {
      unread = count;
      waiting.hidden = held === null;
      if (held) {
        const names = [...held.channels.map((id) => titleOf(id) ?? short(id, 12)), ...held.teams.map((team) => `team ${short(team, 12)}`)];
        waiting.replaceChildren(icon("clock"), `The next message waits for what it names (${names.join(", ")}) until ${clockTime.format(held.until)}; those behind it wait with it.`);
      }
      drawSoon();
    },
    notice({ code }) {
      notice(code, explainError({ code }).title);
    },
    backlogEnded() {
      live = true;
      // What is there now is what there was: tests and people read it at once.
      draw();
    },
    ended() {
      live = false;
      box = null;
      older.disabled = true;
      dismissAll.end();
      draw();
    },
  };
}
