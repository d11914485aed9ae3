// The mailbox, message by message, in the order of the server's log.
import { announce, counted, h, icon, panelHead, short } from "./dom.js";
import { jsonView } from "./json-view.js";
import { ABOUT, explainError } from "./words.js";

const time = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function createMailbox(root) {
  let total = 0;
  let unread = 0;
  let unreadable = 0;
  let live = false;
  const status = h("span");
  const list = h("ol", { class: "letters" });
  const empty = h("p", { class: "empty" });
  root.replaceChildren(...panelHead("mailbox", "Mailbox", { status, about: ABOUT.mailbox }), empty, list);

  function summarise() {
    status.replaceChildren(...(total ? [
      h("span", {}, `${counted(total, "message")} · ${unread} not dismissed`),
      unreadable ? h("span", { class: "tone-warn" }, ` · ${unreadable} unreadable`) : "",
      live ? h("span", { class: "live" }, " · waiting for new ones") : "",
    ] : [live ? h("span", { class: "live" }, "waiting for new ones") : ""]));
    empty.hidden = total > 0;
  }

  function reset() {
    total = unread = unreadable = 0;
    live = false;
    list.replaceChildren();
    empty.textContent = "Messages appear here after the pins, one after another.";
    summarise();
  }
  reset();

  return {
    reset,
    add(delivery) {
      total += 1;
      if (!delivery.viewed) unread += 1;
      if (delivery.unreadable) unreadable += 1;
      list.append(row(delivery));
      if (live) announce(`New message: ${delivery.type ?? "unreadable"}`);
      summarise();
    },
    backlogEnded() {
      live = true;
      empty.textContent = "The mailbox is empty.";
      summarise();
    },
    ended() {
      live = false;
      summarise();
    },
  };
}

function row(delivery) {
  const [state, label] = delivery.unreadable ? ["unreadable", "unreadable"] : delivery.viewed ? ["viewed", "dismissed"] : ["new", "new"];
  const details = h("details", {},
    h("summary", {},
      icon("chevron"),
      h("span", { class: "letter-position num" }, String(delivery.position)),
      h("span", { class: "letter-type" }, delivery.type ?? "message that does not open"),
      h("span", { class: "letter-author" }, sender(delivery)),
      h("time", { class: "letter-time num" }, delivery.time === null ? "" : time.format(delivery.time)),
      h("span", { class: "letter-state" }, icon(state === "unreadable" ? "warn" : state === "viewed" ? "check" : "mail"), h("span", {}, label))));
  details.addEventListener("toggle", () => {
    if (!details.open || details.childElementCount > 1) return;
    details.append(h("div", { class: "letter-detail" },
      h("dl", { class: "facts" },
        h("dt", {}, "hash"), h("dd", {}, h("code", {}, delivery.hash)),
        delivery.author && [h("dt", {}, "author"), h("dd", {}, h("code", {}, delivery.author))]),
      delivery.unreadable ? h("p", {}, `${explainError({ code: delivery.unreadable }).text} (${delivery.unreadable})`) : jsonView(delivery.content)));
  });
  return h("li", { data: { state, hash: delivery.hash } }, details);
}

/** The name in the message, if it is by the key that sealed it; otherwise the key. */
function sender({ author, content }) {
  const user = content?.user ?? content?.content?.user;
  if (user?.displayName && user.curvePublic === author) return user.displayName;
  return author ? h("code", {}, short(author, 10)) : "";
}
