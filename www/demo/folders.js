// The folders on one clock: what was declared, when it opened, loaded and settled, and what that means for the pins.
import { counted, duration, h, icon, panelHead } from "./dom.js";
import { jsonView } from "./json-view.js";
import { redraw, say } from "./redraw.js";
import { ABOUT, explainError, FOLDER_DOUBTS, FOLDER_STATES, isUnderWay } from "./words.js";

const PATIENCE = 2000; // ms

/** `clock()` is the time of the run in ms; `showFrames(channel)` filters the inspector. */
export function createFolders(root, { clock, showFrames }) {
  let rows = new Map();
  let ended = null; // the time at which the bars stop growing
  let ticking = false;
  let changed = 0; // when a folder last got further
  let source = null; // the loaded drive, which has the folders' documents

  const status = h("span");
  const axis = h("div", { class: "axis", aria: { hidden: "true" } });
  const list = h("div", { class: "folder-list" });
  const waiting = h("p", { class: "folder-waiting", hidden: true });
  const empty = h("p", { class: "empty" }, "The drive's shared folders appear here when it has been read.");
  root.replaceChildren(...panelHead("folders", "Shared folders", { status, about: ABOUT.folders }), empty,
    h("div", { class: "folder folder-axis" }, legend(), axis, h("span", { class: "num" }, "docs"), h("span", {}, "outcome")), list, waiting);
  root.dataset.filled = "false";

  function update(report) {
    let row = rows.get(report.id);
    if (!row) {
      row = createRow(report, { showFrames, documentOf: () => source?.document(report.id) });
      rows.set(report.id, row);
      list.append(row.element);
      empty.hidden = true;
      root.dataset.filled = "true";
    }
    row.set(report, clock());
    changed = clock();
    summarise();
    draw();
    tick();
  }

  function summarise() {
    const states = [...rows.values()].map((row) => row.report.state);
    const loaded = states.filter((state) => state === "loaded").length;
    const open = states.filter(isUnderWay).length;
    const other = states.length - loaded - open;
    const anew = [...rows.values()].filter((row) => row.report.doubt).length;
    const documents = [...rows.values()].reduce((sum, row) => sum + (row.report.documents ?? 0), 0);
    redraw(status,
      h("span", {}, `${counted(states.length, "folder")} · ${loaded} loaded`),
      other ? h("span", { class: "tone-warn" }, ` · ${other} not`) : "",
      anew ? h("span", { class: "tone-warn" }, ` · ${anew} made anew?`) : "",
      open ? h("span", { class: "tone-busy" }, ` · ${open} ${ended === null ? "under way" : "not settled"}`) : h("span", {}, ` · ${counted(documents, "document")}`),
    );
  }

  /** After a moment of silence: what the page waits for, and for how long at most. */
  function explainWait() {
    const slow = ended === null && clock() - changed > PATIENCE ? [...rows.values()].filter((row) => isUnderWay(row.report.state)) : [];
    if (waiting.hidden === (slow.length === 0)) return;
    waiting.hidden = slow.length === 0;
    if (waiting.hidden) return;
    const names = slow.length === 1 ? (slow[0].report.title ?? "a folder") : counted(slow.length, "folder");
    waiting.replaceChildren(icon("clock"), h("span", {}, "Waiting for ", h("strong", {}, names),
      ". Everything else is there and can be used. A folder that makes no progress for 30 s counts as not answering, and the pin set waits until then."));
  }

  /** Scales all bars to the time that is to be shown. */
  function draw() {
    const times = [...rows.values()].flatMap((row) => [row.settled ?? (ended ?? clock())]);
    const begin = Math.min(...[...rows.values()].map((row) => row.marks[0].at));
    const from = Math.max(0, Math.floor((begin - 4) / 10) * 10);
    const span = Math.max(40, (Math.max(...times) - from) * 1.04);
    for (const row of rows.values()) row.draw(from, span, ended ?? clock());
    const step = tickStep(span);
    const first = Math.ceil(from / step) * step;
    const ticks = [];
    // The last label would not fit beside its line.
    for (let at = first; at < from + span * 0.88; at += step) ticks.push(at);
    redraw(axis, ticks.map((at) => {
      const tick_ = h("span", { class: "num" }, tickLabel(at, step));
      tick_.style.setProperty("--at", `${((at - from) / span) * 100}%`);
      return tick_;
    }));
    root.style.setProperty("--tick", `${(step / span) * 100}%`);
    // A background position in percent is of what the image leaves free.
    root.style.setProperty("--tick-first", `${((first - from) / (span - step)) * 100}%`);
  }

  function tick() {
    const growing = ended === null && [...rows.values()].some((row) => isUnderWay(row.report.state));
    if (ticking || !growing) return;
    ticking = true;
    requestAnimationFrame(() => {
      ticking = false;
      draw();
      explainWait();
      tick();
    });
  }

  return {
    update,
    folders: () => [...rows.values()].map((row) => row.report),
    /** Every folder has settled; what is in them can be shown. `reset` closes the drive if it has `close`. */
    loaded(drive) {
      source = drive;
      this.end();
      for (const row of rows.values()) row.offerDocument();
    },
    /** Nothing moves any more: a run that failed leaves folders under way. */
    end() {
      ended ??= clock();
      root.dataset.ended = "true";
      if (rows.size) {
        summarise();
        draw();
      }
      explainWait();
    },
    /** After the end folders are read again: the rows stay, and their bars begin anew. */
    again() {
      if (ended === null) return;
      ended = null;
      root.dataset.ended = "false";
      for (const row of rows.values()) row.begin(clock());
    },
    reset() {
      source?.close?.();
      source = null;
      rows = new Map();
      ended = null;
      root.dataset.ended = "false";
      list.replaceChildren();
      explainWait();
      empty.hidden = false;
      root.dataset.filled = "false";
      status.replaceChildren();
    },
  };
}

/** What a doubt about a folder means, and that nothing is lost. */
function sentences(code) {
  const { text, safe } = explainError({ code, message: code });
  return `${text} ${safe}`;
}

/** A round step that gives three to seven ticks. */
function tickStep(span) {
  const power = 10 ** Math.floor(Math.log10(span / 5));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => span / step <= 6);
}

function legend() {
  return h("span", { class: "legend", aria: { hidden: "true" } }, ["opening", "loading"].map((state) => h("span", {}, h("i", { class: `segment-${state}` }), state)));
}

/** As precise as the distance between two ticks. */
function tickLabel(at, step) {
  return at < 1000 && step < 1000 ? `${at} ms` : `${(at / 1000).toFixed(step >= 1000 ? 0 : step >= 100 ? 1 : 2)} s`;
}

function createRow(first, { showFrames, documentOf }) {
  const title = h("span", { class: "folder-title", dir: "auto" });
  const badges = h("span", { class: "badges" });
  const track = h("span", { class: "track", aria: { hidden: "true" } });
  const documents = h("span", { class: "folder-docs num" });
  const outcome = h("span", { class: "outcome" });
  const meaning = h("p");
  const facts = h("dl", { class: "facts" });
  const frames = h("button", { type: "button", class: "link", on: { click: () => showFrames(row.report.channel) } }, "show its frames");
  const open = h("button", { type: "button", class: "link", hidden: true, on: { click: showDocument } }, "show what is in it");
  const inside = h("div", { class: "folder-document" });
  const element = h("details", { class: "folder-row", data: { id: first.id } },
    h("summary", { class: "folder" }, h("span", { class: "folder-name" }, icon("chevron"), title, badges), track, documents, outcome),
    h("div", { class: "folder-detail" }, meaning, facts, h("p", { class: "folder-links" }, frames, open), inside));

  const row = { element, report: first, marks: [], settled: null, set, draw, begin, offerDocument };

  function begin(now) {
    row.marks = [{ at: now, state: row.report.state }];
    if (row.settled !== null) row.settled = now;
  }

  function offerDocument() {
    open.hidden = row.report.state !== "loaded";
  }

  async function showDocument() {
    const document = await documentOf();
    open.hidden = true;
    inside.replaceChildren(h("p", { class: "muted" }, "As it was decrypted here. The links in it hold keys."), jsonView(document));
  }

  function set(report, now) {
    const state = FOLDER_STATES[report.state] ?? { label: report.state, tone: "idle", icon: "idle", means: "" };
    if (row.marks.at(-1)?.state !== report.state) row.marks.push({ at: now, state: report.state });
    row.report = report;
    row.settled = isUnderWay(report.state) ? null : (row.settled ?? now);
    element.dataset.state = report.state;
    const doubt = FOLDER_DOUBTS[report.doubt];
    element.dataset.tone = doubt ? "warn" : state.tone;
    say(title, report.title ?? "untitled folder");
    redraw(badges, !report.owned && icon("people", "owned by someone else"), report.readOnly && icon("eye", "read-only"),
      report.passwordProtected && icon("key", "protected by a password"));
    say(documents, String(report.documents ?? (isUnderWay(report.state) ? "" : "?")));
    redraw(outcome, icon(doubt ? "warn" : state.icon), h("span", {}, doubt ?? state.label));
    say(meaning, doubt ? sentences(report.doubt) : state.means);
    const settled = report.ms.settled === null ? null : report.ms.settled - report.ms.declared;
    redraw(facts, [
      ["channel", report.channel ?? "unknown"],
      ["id in the drive", report.id],
      ["reason", report.code ?? report.doubt],
      ["settled after", settled === null ? null : duration(settled)],
      ["access", [report.owned ? "own" : "someone else's", report.readOnly ? "read-only" : "can edit", report.passwordProtected ? "password" : null].filter(Boolean).join(" · ")],
    ].filter(([, value]) => value !== null).flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, h("code", {}, value))]));
    frames.hidden = !report.channel;
  }

  function draw(from, span, now) {
    const end = row.settled ?? now;
    const percent = (ms) => `${Math.max(0, (ms / span) * 100)}%`;
    const segments = row.marks.filter((mark) => isUnderWay(mark.state)).map((mark, index) => {
      const until = row.marks[index + 1]?.at ?? end;
      return bar(`segment segment-${mark.state}`, percent(mark.at - from), percent(until - mark.at));
    });
    if (row.settled !== null) segments.push(bar("settled", percent(row.settled - from)));
    redraw(track, segments);
  }

  function bar(class_, left, width) {
    const element_ = h("span", { class: class_ });
    element_.style.setProperty("--left", left);
    if (width) element_.style.setProperty("--width", width);
    return element_;
  }

  return row;
}
