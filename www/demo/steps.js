// The six steps of the job, in the only order in which they can run.
import { announce, duration, h, icon } from "./dom.js";

const STEPS = {
  login: "Log in",
  block: "Block",
  drive: "Drive",
  folders: "Folders",
  pins: "Pins",
  mailbox: "Mailbox",
};
const ICONS = { idle: "idle", busy: "busy", ok: "check", warn: "warn", bad: "cross" };

export function createSteps(root, { clock }) {
  const cells = {};
  for (const [name, title] of Object.entries(STEPS)) {
    const state = h("span", { class: "step-icon" });
    const time = h("span", { class: "step-time num" });
    const text = h("p", { class: "step-text" });
    const element = h("li", { data: { step: name, tone: "idle" } }, state, h("strong", {}, title), time, text);
    cells[name] = { element, state, time, text, begun: null, tone: "idle" };
    root.append(element);
  }

  function paint(cell, tone, words) {
    cell.tone = tone;
    cell.element.dataset.tone = tone;
    cell.state.replaceChildren(icon(ICONS[tone], { idle: "not begun", busy: "running", ok: "done", warn: "done, not complete", bad: "failed" }[tone]));
    if (words !== undefined) cell.text.textContent = words;
  }

  function reset() {
    for (const cell of Object.values(cells)) {
      cell.begun = null;
      cell.time.textContent = "";
      paint(cell, "idle", "");
    }
  }
  reset();

  return {
    reset,
    /** Begins a step; a second call only changes its words. */
    begin(name, words) {
      const cell = cells[name];
      if (cell.begun === null) {
        cell.begun = clock();
        announce(`${STEPS[name]} begins`);
      }
      if (cell.tone === "idle" || cell.tone === "busy") paint(cell, "busy", words);
    },
    end(name, words, tone = "ok") {
      const cell = cells[name];
      if (cell.tone !== "busy" && cell.tone !== "idle") return;
      cell.time.textContent = duration(clock() - (cell.begun ?? clock()));
      paint(cell, tone, words);
    },
    /** The run failed: whatever was running did. */
    fail(words) {
      const cell = Object.values(cells).find(({ tone }) => tone === "busy") ?? Object.values(cells).find(({ tone }) => tone === "idle");
      if (!cell) return;
      if (cell.begun !== null) cell.time.textContent = duration(clock() - cell.begun);
      paint(cell, "bad", words);
    },
  };
}
