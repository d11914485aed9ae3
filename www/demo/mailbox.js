// The inbox: messages in the order of the server's log, what is new, and what the next one waits for.
import { announce, counted, h, icon, panelHead, short } from "./dom.js";
import { letterRow } from "./letter.js";
import { ABOUT, explainError } from "./words.js";

const clockTime = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });

export function createMailbox(root) {
  let total = 0;
  let seenUnread = 0;
  let unread = null;
  let unreadable = 0;
  let live = false;
  let box = null;
  const status = h("span");
  const list = h("ol", { class: "letters" });
  const empty = h("p", { class: "empty" });
  const waiting = h("p", { class: "letters-waiting", role: "status", hidden: true });
  const notices = h("ul", { class: "letters-notices" });
  const onlyNew = h("button", { type: "button", class: "chip", aria: { pressed: "false" } }, "Only what is new");
  const older = h("button", { type: "button", class: "link" }, "Older messages");
  const tools = h("div", { class: "letters-tools", hidden: true }, onlyNew, older);
  root.replaceChildren(...panelHead("mailbox", "Mailbox", { status, about: ABOUT.mailbox }), tools, notices, empty, list, waiting);

  onlyNew.addEventListener("click", () => filter(onlyNew.getAttribute("aria-pressed") !== "true"));
  older.addEventListener("click", async () => {
    older.disabled = true;
    try {
      const { messages, more } = await box.older(20);
      list.prepend(...messages.map((message) => letterRow(message)));
      older.disabled = !more;
      older.textContent = more ? "Older messages" : "No older messages";
      announce(`${counted(messages.length, "older message")}`);
    } catch (error) {
      notice(error.code ?? error.name, explainError(error).text);
      older.disabled = false;
    }
  });

  function filter(on) {
    onlyNew.setAttribute("aria-pressed", String(on));
    list.dataset.only = on ? "new" : "all";
  }

  function notice(code, text) {
    notices.append(h("li", {}, icon("info"), h("span", {}, text), h("code", {}, code)));
  }

  function summarise() {
    status.replaceChildren(...(total ? [
      h("span", {}, `${counted(total, "message")} · ${unread ?? seenUnread} not dismissed`),
      unreadable ? h("span", { class: "tone-warn" }, ` · ${unreadable} unreadable`) : "",
      live ? h("span", { class: "live" }, " · waiting for new ones") : "",
    ] : [live ? h("span", { class: "live" }, "waiting for new ones") : ""]));
    empty.hidden = total > 0;
    tools.hidden = total === 0;
  }

  function reset() {
    total = seenUnread = unreadable = 0;
    unread = box = null;
    live = false;
    list.replaceChildren();
    notices.replaceChildren();
    waiting.hidden = true;
    older.disabled = false;
    older.textContent = "Older messages";
    filter(false);
    empty.textContent = "Messages appear here after the pins, one after another.";
    summarise();
  }
  reset();

  return {
    reset,
    opened(mailbox) {
      box = mailbox;
    },
    add(delivery) {
      total += 1;
      if (!delivery.viewed) seenUnread += 1;
      if (delivery.unreadable) unreadable += 1;
      list.append(letterRow(delivery, { dismissed: () => { seenUnread -= 1; summarise(); } }));
      if (live) announce(`New message: ${delivery.type ?? "unreadable"}`);
      summarise();
    },
    /** How the mailbox is: how much is new, and what the next message waits for. */
    state({ unread: count, held }) {
      unread = count;
      waiting.hidden = held === null;
      if (held) {
        const what = [...held.channels, ...held.teams.map((team) => `team ${team}`)].map((id) => short(id, 12)).join(", ");
        waiting.replaceChildren(icon("clock"), `The next message waits for what it names (${what}) until ${clockTime.format(held.until)}; those behind it wait with it.`);
      }
      summarise();
    },
    notice({ code }) {
      notice(code, explainError({ code }).title);
    },
    backlogEnded() {
      live = true;
      empty.textContent = "The mailbox is empty.";
      summarise();
    },
    ended() {
      live = false;
      box = null;
      older.disabled = true;
      summarise();
    },
  };
}
