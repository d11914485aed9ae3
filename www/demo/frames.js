// The frame inspector: a list that makes only the rows in sight, and the chosen frame as a tree.
import { bytes, copyButton, counted, duration, h, icon, onceAFrame, panelHead, short } from "./dom.js";
import { saved } from "./save.js";
import { FrameReader } from "./frame-text.js";
import { jsonView, parseContainer } from "./json-view.js";
import { ABOUT } from "./words.js";

const ROW = 26; // px, as in the style sheet
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
  let calls = new Map(); // what belongs together: a question and its answers
  let chosen = null;
  // Whether the list stays at its end. Only scrolling and reading change it: rows that come and a panel that grows do not.
  let following = true;

  const status = h("span");
  const filter = h("input", { type: "search", placeholder: "Filter by text, channel or folder  ( / )", spellcheck: false, aria: { label: "Filter frames" } });
  const direction = h("select", { aria: { label: "Direction" } }, [["", "in + out"], ["in", "in"], ["out", "out"]].map(([value, text]) => h("option", { value }, text)));
  const kind = h("select", { aria: { label: "Kind" } }, Object.entries(KINDS).map(([value, text]) => h("option", { value: value === "all" ? "" : value }, text === "all" ? "all kinds" : text)));
  const save = h("button", { type: "button", title: "The frames that are listed, one JSON object in a line: at (ms after the click), direction, text", disabled: true, on: { click: exportFrames } }, icon("copy"), "Save");
  const spacer = h("div", { class: "frame-spacer" });
  const list = h("div", { class: "frame-list", tabIndex: 0, role: "listbox", aria: { label: "Frames" } }, spacer);
  const empty = h("p", { class: "empty" }, "Frames appear here as they are sent and received.");
  const detail = h("div", { class: "frame-detail", hidden: true });
  root.replaceChildren(
    ...panelHead("frames", "Frames", { status, about: ABOUT.frames }),
    h("div", { class: "frame-tools" }, filter, direction, kind, save), empty, list, detail,
  );

  function matches(frame) {
    if (direction.value && frame.direction !== direction.value) return false;
    if (kind.value && frame.is.kind !== kind.value) return false;
    const text = filter.value.trim().toLowerCase();
    if (!text) return true;
    return frame.text.toLowerCase().includes(text) || `${frame.is.name} ${frame.is.text}`.toLowerCase().includes(text)
      || (titles.get(frame.is.channel) ?? "").toLowerCase().includes(text);
  }

  function refilter() {
    shown = frames.filter(matches);
    paintSoon();
  }

  function add(frame, at) {
    const own = { direction: frame.direction, text: frame.text, at, number: dropped + frames.length + 1, is: reader.read(frame.direction, frame.text) };
    frames.push(own);
    if (own.is.call) (calls.get(own.is.call) ?? calls.set(own.is.call, []).get(own.is.call)).push(own);
    characters += frame.text.length;
    if (matches(own)) shown.push(own);
    if (frames.length > MOST_FRAMES || characters > MOST_CHARACTERS) dropOldest();
    paintSoon();
  }

  function dropOldest() {
    const gone = frames.splice(0, Math.ceil(frames.length / 4));
    dropped += gone.length;
    for (const frame of gone) {
      characters -= frame.text.length;
      calls.delete(frame.is.call);
    }
    shown = shown.filter((frame) => frame.number > dropped);
  }

  const paintSoon = onceAFrame(paint);

  function paint() {
    spacer.style.height = `${shown.length * ROW}px`;
    if (following) list.scrollTop = list.scrollHeight;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - 6);
    const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + 6);
    spacer.replaceChildren(...shown.slice(first, last).map((frame, offset) => row(frame, first + offset)));
    // Only a row that is there can be the active one.
    if (chosen && spacer.querySelector(`#frame-${chosen.number}`)) list.setAttribute("aria-activedescendant", `frame-${chosen.number}`);
    else list.removeAttribute("aria-activedescendant");
    empty.hidden = frames.length > 0;
    list.hidden = frames.length === 0;
    save.disabled = shown.length === 0;
    const part = shown.length === frames.length ? "" : `${shown.length.toLocaleString("en")} of `;
    status.textContent = frames.length === 0 ? "" : `${part}${counted(frames.length + dropped, "frame")} · ${bytes(characters)}${dropped ? ` · oldest ${dropped} dropped` : ""}`;
  }

  const atEnd = () => list.scrollTop + list.clientHeight >= list.scrollHeight - ROW * 2;

  function row(frame, index) {
    const selected = frame === chosen;
    const element = h("div", {
      class: "frame", id: `frame-${frame.number}`, role: "option",
      data: { direction: frame.direction, kind: frame.is.kind, related: !selected && Boolean(chosen?.is.call) && frame.is.call === chosen.is.call },
      aria: { selected: String(selected), setsize: String(shown.length), posinset: String(index + 1) },
      on: { click: () => choose(frame) },
    },
      icon(frame.direction, frame.direction === "out" ? "sent" : "received"),
      h("span", { class: "frame-time num" }, duration(frame.at)),
      h("span", { class: "frame-name" }, frame.is.name),
      h("span", { class: "frame-channel", dir: "auto" }, titles.get(frame.is.channel) ?? (frame.is.channel ? short(frame.is.channel) : "")),
      h("span", { class: "frame-text" }, frame.is.text),
      h("span", { class: "frame-size num" }, bytes(frame.text.length)));
    element.style.setProperty("--row", index);
    return element;
  }

  function choose(frame) {
    chosen = frame;
    detail.hidden = !frame;
    root.classList.toggle("reading", Boolean(frame));
    if (frame) showDetail(frame);
    following = !frame && atEnd();
    paint();
  }

  function body({ text }) {
    const parsed = parseContainer(text);
    return parsed === undefined ? h("pre", {}, text) : jsonView(parsed);
  }

  /** The other frames of the same call: its question, and its answers as far as a person reads them at once. */
  function together(frame) {
    const others = (calls.get(frame.is.call) ?? []).filter((one) => one !== frame);
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
    if (!shown.includes(frame)) {
      direction.value = kind.value = "";
      setFilter("");
    }
    list.scrollTop = Math.max(0, shown.indexOf(frame) * ROW - list.clientHeight / 2);
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
        h("button", { type: "button", class: "mini", aria: { label: "Close the frame" }, on: { click: () => { choose(null); list.focus(); } } }, icon("cross"))),
      frame.is.channel && h("p", { class: "frame-where" }, titles.get(frame.is.channel) && h("span", {}, titles.get(frame.is.channel)), h("code", {}, frame.is.channel),
        h("button", { type: "button", class: "link", on: { click: () => setFilter(frame.is.channel) } }, "only this channel")),
      body(frame),
      ...together(frame),
    ].filter(Boolean));
    detail.scrollTop = 0;
  }

  function move(by) {
    if (!shown.length) return;
    const at = shown.indexOf(chosen);
    const next = at < 0 ? (by > 0 ? 0 : shown.length - 1) : Math.min(shown.length - 1, Math.max(0, at + by));
    const top = next * ROW;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
    choose(shown[next]);
    // Opening the detail made the list smaller.
    if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  }

  function setFilter(text) {
    filter.value = text;
    refilter();
  }

  const page = () => Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
  const keys = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(page()), PageUp: () => move(-page()),
    Home: () => move(-shown.length), End: () => move(shown.length), Escape: () => choose(null),
  };
  list.addEventListener("keydown", (event) => {
    if (event.target !== list || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("scroll", () => {
    following = !chosen && atEnd();
    paintSoon();
  }, { passive: true });
  filter.addEventListener("input", refilter);
  filter.addEventListener("keydown", (event) => event.key === "Escape" && setFilter(""));
  direction.addEventListener("change", refilter);
  kind.addEventListener("change", refilter);
  new ResizeObserver(paintSoon).observe(list);
  paint();

  return {
    add,
    reset() {
      frames = [];
      shown = [];
      characters = dropped = 0;
      reader = new FrameReader();
      calls = new Map();
      choose(null);
      following = true;
    },
    /** Rows show a folder's title instead of its channel. */
    name(channel, title) {
      titles.set(channel, title);
      paintSoon();
    },
    titleOf: (channel) => titles.get(channel),
    only(channel) {
      setFilter(channel);
      root.scrollIntoView({ block: "nearest" });
      list.focus();
    },
    focusFilter: () => filter.focus(),
  };
}
