// The frames of a session, and the calls that they make: a list of either, and beside it what was chosen, as a tree.
import { createCalls, Calls, summary } from "./calls.js";
import { bytes, copyButton, counted, duration, h, icon, onceAFrame, panelHead, short } from "./dom.js";
import { FrameReader } from "./frame-text.js";
import { jsonView, parseContainer } from "./json-view.js";
import { createListbox } from "./listbox.js";
import { say } from "./redraw.js";
import { saved } from "./save.js";
import { ABOUT } from "./words.js";

const NO_FRAMES = "Frames appear here as they are sent and received.";
const MOST_FRAMES = 50_000;
const MOST_CHARACTERS = 64 * 1024 * 1024;
const MOST_ANSWERS = 4; // of one question, shown at once
const KINDS = { all: "all", history: "history", rpc: "rpc", live: "live", join: "join", other: "other" };

export function createFrames(root) {
  let frames = [];
  let shown = [];
  let characters = 0;
  let dropped = 0;
  let reader = new FrameReader();
  let titles = new Map();
  let calls = new Calls();
  let chosen = null;
  let asCalls = false;
  let found = null; // the calls that the filter lets through, as far as the frames were tested

  const status = h("span");
  const view = (label, on) => h("button", { type: "button", class: "view", aria: { pressed: String(on === asCalls) }, on: { click: () => look(on) } }, label);
  const views = h("span", { class: "views", role: "group", aria: { label: "What is listed" } }, view("Frames", false), view("Calls", true));
  const filter = h("input", { type: "search", placeholder: "Filter by text, channel or folder  ( / )", spellcheck: false, aria: { label: "Filter frames" } });
  const direction = h("select", { aria: { label: "Direction" } }, [["", "in + out"], ["in", "in"], ["out", "out"]].map(([value, text]) => h("option", { value }, text)));
  const kind = h("select", { aria: { label: "Kind" } }, Object.entries(KINDS).map(([value, text]) => h("option", { value: value === "all" ? "" : value }, text === "all" ? "all kinds" : text)));
  const save = h("button", { type: "button", title: "The frames that are listed, one JSON object in a line: at (ms after the click), direction, text", disabled: true, on: { click: exportFrames } }, icon("copy"), "Save");
  const list = createListbox("Frames", { make: row, idOf: ({ number }) => `frame-${number}`, choose });
  const timeline = createCalls({ titleOf: (channel) => titles.get(channel), choose, newest: () => frames.at(-1)?.at ?? 0 });
  const empty = h("p", { class: "empty" }, NO_FRAMES);
  const detail = h("div", { class: "frame-detail", hidden: true });
  root.replaceChildren(
    ...panelHead("frames", "Frames", { status, about: ABOUT.frames }),
    h("div", { class: "frame-tools" }, views, filter, direction, kind, save), empty, list.element, timeline.element, detail,
  );

  function hasText(frame, text) {
    return !text || frame.text.toLowerCase().includes(text) || `${frame.is.name} ${frame.is.text}`.toLowerCase().includes(text)
      || (titles.get(frame.is.channel) ?? "").toLowerCase().includes(text);
  }

  const wanted = () => filter.value.trim().toLowerCase();

  function matches(frame) {
    if (direction.value && frame.direction !== direction.value) return false;
    if (kind.value && frame.is.kind !== kind.value) return false;
    return hasText(frame, wanted());
  }

  /** A call is listed with its question, or with any of its answers. */
  function shownCalls() {
    const text = wanted();
    if (!text && !kind.value) return calls.list;
    if (found?.text !== text) found = { text, tested: 0, calls: new Set() };
    for (const frame of frames.slice(Math.max(0, found.tested - dropped))) {
      const call = calls.ofFrame(frame);
      if (call && !found.calls.has(call) && hasText(frame, text)) found.calls.add(call);
    }
    found.tested = dropped + frames.length;
    return calls.list.filter((call) => (!kind.value || call.question.is.kind === kind.value) && found.calls.has(call));
  }

  function refilter() {
    shown = frames.filter(matches);
    paintSoon();
  }

  function look(on) {
    asCalls = on;
    for (const [at, button] of [...views.children].entries()) button.setAttribute("aria-pressed", String((at === 1) === on));
    paint();
  }

  function add(frame, at) {
    const own = { direction: frame.direction, text: frame.text, at, number: dropped + frames.length + 1, is: reader.read(frame.direction, frame.text) };
    frames.push(own);
    calls.add(own);
    characters += frame.text.length;
    if (matches(own)) shown.push(own);
    if (frames.length > MOST_FRAMES || characters > MOST_CHARACTERS) dropOldest();
    paintSoon();
  }

  function dropOldest() {
    const gone = frames.splice(0, Math.ceil(frames.length / 4));
    dropped += gone.length;
    for (const frame of gone) characters -= frame.text.length;
    calls.forget(dropped);
    found = null;
    shown = shown.filter((frame) => frame.number > dropped);
  }

  const paintSoon = onceAFrame(paint);

  function paint() {
    const some = frames.length > 0;
    empty.hidden = some;
    list.element.hidden = !some || asCalls;
    timeline.element.hidden = !some || !asCalls;
    direction.hidden = asCalls;
    save.disabled = shown.length === 0;
    root.classList.toggle("as-calls", asCalls);
    if (asCalls && some) {
      const listed = shownCalls();
      timeline.show(listed, calls.ofFrame(chosen));
      say(status, summary(listed));
      return;
    }
    list.show(shown, chosen);
    const part = shown.length === frames.length ? "" : `${shown.length.toLocaleString("en")} of `;
    say(status, some ? `${part}${counted(frames.length + dropped, "frame")} · ${bytes(characters)}${dropped ? ` · oldest ${dropped} dropped` : ""}` : "");
  }

  function row(frame) {
    const related = frame !== chosen && Boolean(chosen?.is.call) && frame.is.call === chosen.is.call;
    return h("div", { class: "frame", data: { direction: frame.direction, kind: frame.is.kind, related } },
      icon(frame.direction, frame.direction === "out" ? "sent" : "received"),
      h("span", { class: "frame-time num" }, duration(frame.at)),
      h("span", { class: "frame-name" }, frame.is.name),
      h("span", { class: "frame-channel", dir: "auto" }, titles.get(frame.is.channel) ?? (frame.is.channel ? short(frame.is.channel) : "")),
      h("span", { class: "frame-text" }, frame.is.text),
      h("span", { class: "frame-size num" }, bytes(frame.text.length)));
  }

  function choose(frame) {
    chosen = frame;
    detail.hidden = !frame;
    root.classList.toggle("reading", Boolean(frame));
    if (frame) showDetail(frame);
    paint();
  }

  function body({ text }) {
    const parsed = parseContainer(text);
    return parsed === undefined ? h("pre", {}, text) : jsonView(parsed);
  }

  /** The other frames of the same call: its question, and its answers as far as a person reads them at once. */
  function together(frame) {
    const others = calls.of(frame.is.call).filter((one) => one !== frame);
    const questions = others.filter((one) => one.direction === "out");
    const answers = others.filter((one) => one.direction === "in");
    const [first] = questions;
    const parts = questions.map((one) => [h("h3", {}, icon("out"), `The question: ${one.is.name}, ${duration(frame.at - one.at)} before`, goTo(one)), body(one)]);
    const few = answers.length > MOST_ANSWERS ? [...answers.slice(0, MOST_ANSWERS - 1), answers.at(-1)] : answers;
    few.forEach((one, at) => {
      const since = one.at - (first ?? frame).at;
      if (at === MOST_ANSWERS - 1 && answers.length > MOST_ANSWERS) parts.push(h("p", { class: "muted" }, `${counted(answers.length - MOST_ANSWERS, "frame")} more between them.`));
      parts.push([h("h3", {}, icon("in"), `${frame.direction === "out" ? "The answer" : "Also an answer"}: ${one.is.name}, ${duration(since)} after the question`, goTo(one)), body(one)]);
    });
    return parts.flat();
  }

  const goTo = (frame) => h("button", { type: "button", class: "link", on: { click: () => { reveal(frame); } } }, `#${frame.number}`);

  function reveal(frame) {
    look(false);
    if (!shown.includes(frame)) {
      direction.value = kind.value = "";
      setFilter("");
      paint();
    }
    list.reveal(frame);
    choose(frame);
  }

  function exportFrames() {
    saved("pinfold-frames.ndjson", "application/x-ndjson", shown.map(({ at, direction: way, text }) => `${JSON.stringify({ at: Math.round(at), direction: way, text })}\n`));
  }

  function showDetail(frame) {
    detail.replaceChildren(...[
      h("header", {},
        icon(frame.direction), h("strong", {}, frame.is.name),
        h("span", { class: "muted num" }, `#${frame.number} · ${frame.direction === "out" ? "sent" : "received"} after ${duration(frame.at)} · ${bytes(frame.text.length)}`),
        copyButton(frame.text, "the frame"),
        h("button", { type: "button", class: "mini", aria: { label: "Close the frame" }, on: { click: () => { choose(null); (asCalls ? timeline.box : list).focus(); } } }, icon("cross"))),
      frame.is.channel && h("p", { class: "frame-where" }, titles.get(frame.is.channel) && h("span", {}, titles.get(frame.is.channel)), h("code", {}, frame.is.channel),
        h("button", { type: "button", class: "link", on: { click: () => setFilter(frame.is.channel) } }, "only this channel")),
      body(frame),
      ...together(frame),
    ].filter(Boolean));
    detail.scrollTop = 0;
  }

  function setFilter(text) {
    filter.value = text;
    refilter();
  }

  filter.addEventListener("input", refilter);
  filter.addEventListener("keydown", (event) => event.key === "Escape" && setFilter(""));
  direction.addEventListener("change", refilter);
  kind.addEventListener("change", refilter);
  paint();

  return {
    add,
    reset() {
      frames = [];
      shown = [];
      characters = dropped = 0;
      reader = new FrameReader();
      calls = new Calls();
      titles = new Map();
      found = null;
      empty.textContent = NO_FRAMES;
      detail.replaceChildren();
      list.follow();
      timeline.reset();
      choose(null);
      list.follow();
    },
    /** Rows show a folder's title instead of its channel. */
    name(channel, title) {
      titles.set(channel, title);
      found = null;
      paintSoon();
    },
    titleOf: (channel) => titles.get(channel),
    only(channel) {
      setFilter(channel);
      root.scrollIntoView({ block: "nearest" });
      (asCalls ? timeline.box : list).focus();
    },
    focusFilter: () => filter.focus(),
    /** So many came before the first that is added. */
    begin(missed) {
      dropped = missed;
    },
    /** The list when frames do not come: why. */
    explain(text) {
      empty.textContent = text;
    },
  };
}
