// The six steps of the job, in their order; the mailbox is read beside folders and pins if those take long.
import { announce, duration, h, icon } from "./dom.js";

// Title, and what the step will do while it has not begun.
const STEPS = {
  login: ["Log in", "keys from the password"],
  block: ["Block", "the keys to the account"],
  drive: ["Drive", "the account document"],
  folders: ["Folders", "all of them settle"],
  pins: ["Pins", "added, then confirmed"],
  mailbox: ["Mailbox", "read in strict order"],
};
const ICONS = { idle: "idle", busy: "busy", ok: "check", warn: "warn", bad: "cross" };

export function createSteps(root, { clock }) {
  const cells = {};
  for (const [name, [title]] of Object.entries(STEPS)) {
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
    for (const [name, cell] of Object.entries(cells)) {
      cell.begun = null;
      cell.time.textContent = "";
      paint(cell, "idle", STEPS[name][1]);
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
        announce(`${STEPS[name][0]} begins`);
      }
      if (cell.tone === "idle") paint(cell, "busy", words ?? "");
      else if (cell.tone === "busy" && words !== undefined) cell.text.textContent = words;
    },
    end(name, words, tone = "ok") {
      const cell = cells[name];
      if (cell.tone !== "busy" && cell.tone !== "idle") return;
      cell.time.textContent = duration(clock() - (cell.begun ?? clock()));
      paint(cell, tone, words);
    },
    /** The run failed: in the step of that name, or in whatever was running. */
    fail(words, name) {
      const all = Object.values(cells);
      const cell = cells[name] ?? all.find(({ tone }) => tone === "busy") ?? all.find(({ tone }) => tone === "idle");
      if (!cell) return;
      if (cell.begun !== null) cell.time.textContent = duration(clock() - cell.begun);
      paint(cell, "bad", words);
      // What came after it came to nothing.
      for (const [later, [, plan]] of Object.entries(STEPS).slice(all.indexOf(cell) + 1)) {
        cells[later].time.textContent = "";
        paint(cells[later], "idle", plan);
      }
    },
  };
}
