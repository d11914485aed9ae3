// One replayed run: how it ended, its folders at the chosen moment, and every answer in the order of arrival.
import { duration, h, icon } from "./dom.js";
import { answered, arrived, clientWords, faultWords, lostWords, namesOf, verdictAfter } from "./replay-words.js";

const STATES = { loaded: "read", opening: "opening", loading: "reading", declared: "named" };

/** `go` is called with the number of answers to have arrived. */
export function createLane(run, number, { go }) {
  const [title, about] = clientWords(run.client);
  const name = namesOf(run);
  const chips = run.folders.map(({ channel }, at) => ({ channel, chip: h("li", { class: "replay-folder" }, icon("idle"), h("span", {}, `folder ${at + 1}`), h("span", { class: "muted" })) }));
  const pinned = h("dd", { class: "num" });
  const told = h("dd", { class: "num" });
  const rows = run.steps.map((step, at) => row(step, at, run, name, () => go(at + 1)));
  const list = h("ol", { class: "replay-steps", aria: { label: `${title}: what arrived` } }, rows.map(({ item }) => item));
  const title2 = h("h2", { id: `lane-${number}` }, title);
  const verdict = h("div", { class: "lane-verdict" });
  const element = h("section", { class: "panel lane", data: { client: run.client }, aria: { labelledby: title2.id } },
    h("header", { class: "lane-head" }, title2, h("p", { class: "muted" }, about)),
    verdict,
    h("dl", { class: "figures lane-figures" }, h("div", {}, pinned, h("dt", {}, "pins on the server")), h("div", {}, told, h("dt", {}, "folders read"))),
    h("ul", { class: "replay-folders", aria: { label: "Folders at this moment" } }, chips.map(({ chip }) => chip)), list);

  /** The folders and the list after so many answers. */
  function show(count) {
    const step = run.steps[Math.min(count, run.steps.length) - 1];
    const { tone, icon: sign, title: words, text } = verdictAfter(run, count);
    element.dataset.tone = verdict.dataset.tone = tone;
    verdict.replaceChildren(icon(sign), h("div", {}, h("strong", {}, words), h("p", {}, text)));
    for (const { channel, chip } of chips) {
      const state = step?.told[channel] ?? "unknown";
      chip.dataset.state = state === "loaded" ? "loaded" : state.includes("/") ? "unavailable" : state === "unknown" ? "unknown" : "opening";
      const [drawing, , label] = chip.childNodes;
      drawing.replaceWith(icon({ loaded: "check", unavailable: "warn", opening: "busy", unknown: "idle" }[chip.dataset.state]));
      label.textContent = STATES[state] ?? state;
    }
    const read = chips.filter(({ chip }) => chip.dataset.state === "loaded").length;
    pinned.textContent = step ? String(step.pinned) : "–";
    pinned.parentElement.dataset.tone = run.steps.slice(0, count).some(({ lost }) => lost.length) ? "bad" : "idle";
    told.textContent = `${read} of ${chips.length}`;
    rows.forEach(({ item, button }, at) => {
      item.dataset.past = String(at < count);
      if (at === Math.min(count, rows.length) - 1) button.setAttribute("aria-current", "step");
      else button.removeAttribute("aria-current");
    });
    const current = rows[Math.min(count, rows.length) - 1]?.item;
    // Not scrollIntoView: it would move the page as well.
    list.scrollTop = current ? current.offsetTop - list.clientHeight / 2 : 0;
  }

  return { element, show };
}

function row(step, at, run, name, chosen) {
  const { text, kind } = arrived(step, name);
  const does = answered(step, name);
  const sends = ["RESET", "PIN", "UNPIN"].find((command) => step.sent.includes(command));
  const button = h("button", { type: "button", on: { click: chosen } },
    h("span", { class: "num step-number" }, String(at + 1)),
    h("span", { class: "replay-mark", data: { kind: kindOf(step) ?? kind } }),
    h("span", { class: "replay-text" }, h("span", {}, text), step.at > 0 && h("span", { class: "num muted" }, ` after ${duration(step.at)}`),
      step.fault && h("span", { class: "replay-fault" }, icon("warn"), faultWords(step.fault)),
      does && h("span", { class: "replay-does", data: { pins: sends ?? "" } }, icon("out"), does),
      step.lost.length > 0 && h("strong", { class: "replay-loss" }, icon("cross"), lostWords(step.lost, run))));
  return { button, item: h("li", { data: { lost: String(step.lost.length) } }, button) };
}

/** What stands out in a step, if anything. */
export function kindOf({ fault, sent, lost }) {
  if (lost.length > 0) return "loss";
  if (fault) return "fault";
  return sent.some((about) => ["PIN", "RESET", "UNPIN"].includes(about)) ? "pins" : undefined;
}
