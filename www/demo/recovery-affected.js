// "Was I affected?" For an incident of a certain time: what became of each thing, and by whose doing.
import { announce, counted, h, icon, panelHead } from "./dom.js";
import { explainError } from "./words.js";
import { DOERS, FATES, HARMS, untitled, when } from "./recovery-words.js";

/** So many of a kind are listed. */
const LISTED = 200;
/** A moment that is given to the minute includes that minute. */
const MINUTE = 60_000;

/** `ask(question)` resolves to what became of each thing, `fate(title)` to what became of one. */
export function createAffected(root, { ask, fate }) {
  const status = h("span");
  const body = h("div", { class: "affected-body" });
  const from = h("input", { type: "datetime-local", id: "affected-from" });
  const to = h("input", { type: "datetime-local", id: "affected-to" });
  const foldersOnly = h("input", { type: "checkbox", id: "affected-folders" });
  const button = h("button", { type: "submit" }, icon("eye"), h("span", {}, "Was I affected?"));
  const form = h("form", { class: "affected-form" },
    h("label", { class: "field" }, h("span", {}, "From"), from), h("label", { class: "field" }, h("span", {}, "To"), to),
    h("label", { class: "check" }, foldersOnly, h("span", {}, "Shared folders, and what is in them")), button);
  const title = h("input", { type: "text", id: "affected-one", autocomplete: "off" });
  const one = h("form", { class: "affected-form" }, h("label", { class: "field" }, h("span", {}, "Or one thing, by its title"), title), h("button", { type: "submit", id: "affected-find" }, icon("eye"), h("span", {}, "What became of it?")));
  root.replaceChildren(...panelHead("affected", "Was I affected?", {
    status,
    about: [
      "For an incident of a certain time: what became of each thing that the account ever held.",
      "The times are by your clock. Without them, all that the histories hold is asked about. What could not be read is named as such: it is not said to be lost, nor to be there.",
    ],
  }), form, one, body);

  one.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (title.value.trim() === "") return;
    try {
      const told = await fate(title.value.trim());
      const { tone, text } = FATES[told.fate];
      say(tone, told.since === null ? text : `${text} (${when(told.since)})`);
      announce(text);
    } catch (error) {
      say("bad", explainError(error).title);
    }
  });

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const question = { from: from.value ? new Date(from.value).getTime() : 0, to: to.value ? new Date(to.value).getTime() + MINUTE - 1 : Date.now(), foldersOnly: foldersOnly.checked };
    if (question.from > question.to) return say("warn", "It cannot end before it begins.");
    button.disabled = true;
    try {
      tell(await ask(question));
    } catch (error) {
      say("bad", explainError(error).title);
    } finally {
      button.disabled = false;
    }
  });

  function say(tone, text) {
    status.textContent = "";
    body.replaceChildren(h("p", { class: "outcome-note", data: { tone }, role: "alert" }, text));
  }

  function tell(items) {
    const of = (harm) => items.filter((item) => item.harm === harm);
    const hurt = items.length - of("untouched").length - of("unknown").length;
    const unknown = of("unknown").length;
    const text = items.length === 0 ? "In that time the account held nothing of the kind."
      : hurt > 0 ? `Yes: ${counted(hurt, "thing")} of ${items.length.toLocaleString("en")}.`
        : unknown > 0 ? "As far as can be told, no." : "No: everything is as it was.";
    status.textContent = items.length === 0 ? "" : `${hurt.toLocaleString("en")} of ${items.length.toLocaleString("en")}`;
    body.replaceChildren(
      h("p", { class: "outcome-note", data: { tone: hurt || unknown ? "warn" : "ok" }, role: "status" }, text),
      ...Object.keys(HARMS).map((harm) => group(harm, of(harm))).filter(Boolean));
    announce(text);
  }

  return {
    /** Forgets what was told of another account, or before something was written. */
    clear() {
      status.textContent = title.value = "";
      body.replaceChildren();
    },
  };
}

function group(harm, items) {
  if (items.length === 0) return undefined;
  const { tone, one, many } = HARMS[harm];
  const lead = h("span", { class: "tag", data: { tone } }, items.length.toLocaleString("en"));
  const text = h("span", {}, items.length === 1 ? one : many);
  const rows = h("ul", {}, items.slice(0, LISTED).map(row),
    items.length > LISTED && h("li", { class: "muted" }, `… and ${(items.length - LISTED).toLocaleString("en")} more`));
  return h("details", { class: "affected-group", data: { harm }, open: harm !== "untouched" },
    h("summary", {}, icon("chevron"), lead, text), rows);
}

function row({ channel, kind, title, by, at, lastActive }) {
  const facts = [by && DOERS[by], at?.time && when(at.time), lastActive?.time && `last written to ${when(lastActive.time)}`].filter(Boolean);
  return h("li", { data: { channel } }, icon(kind === "file" ? "file" : kind === "team" ? "people" : "folder"),
    h("span", {}, h("strong", { dir: "auto" }, title ?? untitled(kind, channel)), facts.length > 0 && h("span", { class: "muted" }, ` ${facts.join(", ")}`)));
}
