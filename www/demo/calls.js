// The calls on one clock: what was asked, how long it waited for the first answer, how long the answers took.
import { bytes, counted, duration, h, icon, short } from "./dom.js";
import { createListbox } from "./listbox.js";
import { redraw } from "./redraw.js";

const LEAST_SPAN = 1; // ms in sight
const TICK = 72; // px between two of them at least
const LABEL = 50; // px that a label needs

/** Questions that were sent, each with what came for it. */
export class Calls {
  /** In the order of their questions. */
  list = [];
  #byId = new Map();

  /** Takes a frame of `frames.js` in. */
  add(frame) {
    const { call: id, name, ends, failed } = frame.is;
    // What was asked on the connection before gets no answer any more.
    if (name === "IDENT") for (const call of this.list) if (call.ended === null) Object.assign(call, { ended: frame.at, failed: true });
    if (id === null) return;
    const call = this.#byId.get(id) ?? { id, question: null, frames: [], bytes: 0, answers: 0, first: null, last: null, ended: null, failed: false };
    this.#byId.set(id, call);
    call.frames.push(frame);
    call.bytes += frame.text.length;
    if (frame.direction === "out") {
      if (call.question === null) {
        call.question = frame;
        this.list.push(call);
      }
      return;
    }
    call.answers += 1;
    call.first ??= frame;
    call.last = frame;
    if (ends) call.ended ??= frame.at;
    call.failed ||= failed;
  }

  /** The frames of a call. */
  of(id) {
    return this.#byId.get(id)?.frames ?? [];
  }

  /** The call of a frame; null where its question was never seen, or is gone. */
  ofFrame(frame) {
    const call = this.#byId.get(frame?.is.call);
    return call?.question ? call : null;
  }

  /** Frames up to this number are gone, and calls that hold one of them with them. */
  forget(upTo) {
    for (const [id, { frames }] of this.#byId) if (frames[0].number <= upTo) this.#byId.delete(id);
    this.list = this.list.filter(({ id }) => this.#byId.has(id));
  }
}

/** How long a call has waited for its first answer, in ms; null while there is none. */
export const waited = (call) => (call.first === null ? null : call.first.at - call.question.at);

/** A line about some calls: how many, what they waited. */
export function summary(calls) {
  const times = calls.map(waited).filter((time) => time !== null).sort((a, b) => a - b);
  const open = calls.length - times.length;
  return [
    counted(calls.length, "call"),
    times.length > 0 && `waited ${duration(times[Math.floor(times.length / 2)])} at the median, ${duration(times.at(-1))} at most`,
    open > 0 && `${open} without an answer`,
  ].filter(Boolean).join(" · ");
}

/** `titleOf` names a channel; `choose(frame)` shows the question of a call, or null; `newest()` is the time up to which bars grow. */
export function createCalls({ titleOf, choose, newest }) {
  let calls = [];
  let chosen = null;
  let window = null; // { from, span } in ms, or all of it
  let dragging = false; // over the axis, which stands still meanwhile
  const scale = h("div");
  const axis = h("div", { class: "calls-axis", title: "Drag to look at a part", aria: { hidden: "true" } }, scale);
  const zoom = (label, factor, sign) => h("button", { type: "button", class: "mini", aria: { label }, title: label, on: { click: () => zoomBy(factor) } }, h("span", { aria: { hidden: "true" } }, sign));
  const head = h("div", { class: "call call-head" }, h("span"),
    h("span", { class: "call-zoom" }, "call", zoom("Show a shorter time", 0.5, "+"), zoom("Show a longer time", 2, "−")),
    h("span", {}, "of"), h("span", { class: "call-wide num" }, "answers"), h("span", { class: "call-wide num" }, "size"), h("span", { class: "num" }, "waited"), axis);
  const box = createListbox("Calls", { follows: false, make: row, idOf: ({ question }) => `call-${question.number}`, choose: (call) => choose(call?.question ?? null) });
  const element = h("div", { class: "calls" }, head, box.element);

  /** All that is shown, with a little room at its end. */
  function whole() {
    const from = calls[0]?.question.at ?? 0;
    const until = calls.reduce((latest, call) => Math.max(latest, call.ended ?? newest()), from + LEAST_SPAN);
    return { from, span: (until - from) * 1.03 };
  }

  /** What of the time is in sight. */
  let seen = whole();

  function zoomBy(factor) {
    const { from, span } = seen;
    const all = whole();
    const wanted = Math.max(LEAST_SPAN, span * factor);
    if (wanted >= all.span) window = null;
    else {
      const middle = chosen ? chosen.question.at : from + span / 2;
      window = { from: Math.min(Math.max(all.from, middle - wanted / 2), all.from + all.span - wanted), span: wanted };
    }
    paint();
  }

  function row(call) {
    const { question, first, ended } = call;
    const { from, span } = seen;
    const state = call.failed ? "bad" : ended !== null ? "ok" : first ? "busy" : "open";
    const answered = waited(call);
    const name = titleOf(question.is.channel) ?? (question.is.channel ? short(question.is.channel) : "");
    const end = ended ?? newest();
    const part = (class_, begin, until) => {
      const left = Math.max(0, (begin - from) / span);
      const right = Math.min(1, (until - from) / span);
      if (right < 0 || left > 1) return null;
      const bar = h("span", { class: class_ });
      bar.style.setProperty("--left", `${left * 100}%`);
      bar.style.setProperty("--width", `${Math.max(0, right - left) * 100}%`);
      return bar;
    };
    const words = [
      `${question.is.name}${name ? ` of ${name}` : ""}`, `asked at ${duration(question.at)}`,
      first ? `first answer after ${duration(answered)}` : ended === null ? "no answer yet" : "no answer",
      ended !== null && call.last !== first && `all of it after ${duration(ended - question.at)}`,
      first && counted(call.answers, "answer"), bytes(call.bytes), call.failed && (call.last?.is.failed ? "refused" : "the connection ended"),
    ].filter(Boolean).join(", ");
    return h("div", { class: "frame call", data: { state, kind: question.is.kind }, title: words },
      icon({ bad: "cross", ok: "check", busy: "busy", open: "clock" }[state]),
      h("span", { class: "frame-name" }, question.is.name),
      h("span", { class: "frame-channel", dir: "auto" }, name),
      h("span", { class: "call-wide frame-size num" }, first ? String(call.answers) : ""),
      h("span", { class: "call-wide frame-size num" }, bytes(call.bytes)),
      h("span", { class: "call-waited num" }, first ? duration(answered) : "…"),
      h("span", { class: "call-track" },
        part("call-waiting", question.at, first ? first.at : end),
        first && part("call-answers", first.at, end)));
  }

  function drawAxis() {
    const { from, span } = seen;
    const start = calls[0]?.question.at ?? 0;
    const most = Math.max(1, Math.floor(axis.clientWidth / TICK));
    const power = 10 ** Math.floor(Math.log10(span / most));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => span / one <= most) ?? span;
    const ticks = [];
    for (let at = Math.ceil((from - start) / step) * step + start; at < from + span * (1 - LABEL / Math.max(LABEL * 2, axis.clientWidth)); at += step) ticks.push(at);
    redraw(scale, ticks.map((at) => {
      const tick = h("span", { class: "num" }, duration(at - start) || "0");
      tick.style.setProperty("--at", `${((at - from) / span) * 100}%`);
      return tick;
    }));
    element.style.setProperty("--tick", `${(step / span) * 100}%`);
    const first = ((ticks[0] ?? from) - from) / Math.max(1e-9, span - step);
    element.style.setProperty("--tick-first", `${first * 100}%`);
  }

  function paint() {
    if (!dragging) seen = window ?? whole();
    drawAxis();
    element.dataset.zoomed = String(window !== null);
    box.show(calls, chosen);
  }

  // A part of the time is chosen by dragging over the axis.
  axis.addEventListener("pointerdown", (event) => {
    const { left, width } = axis.getBoundingClientRect();
    const at = ({ clientX }) => Math.min(1, Math.max(0, (clientX - left) / width));
    const began = at(event);
    const marked = h("span", { class: "calls-marked" });
    const mark = (moved) => {
      marked.style.setProperty("--left", `${Math.min(began, at(moved)) * 100}%`);
      marked.style.setProperty("--width", `${Math.abs(at(moved) - began) * 100}%`);
    };
    axis.setPointerCapture(event.pointerId);
    axis.append(marked);
    dragging = true;
    axis.onpointermove = mark;
    axis.onpointerup = axis.onpointercancel = (ended) => {
      axis.onpointermove = axis.onpointerup = axis.onpointercancel = null;
      marked.remove();
      dragging = false;
      const { from, span } = seen;
      const [one, other] = [Math.min(began, at(ended)), Math.max(began, at(ended))];
      // A click takes it back.
      window = other - one < 0.01 ? null : { from: from + one * span, span: Math.max(LEAST_SPAN, (other - one) * span) };
      paint();
    };
  });
  box.element.addEventListener("keydown", (event) => {
    const factor = { "+": 0.5, "-": 2, 0: Infinity }[event.key];
    if (factor === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    zoomBy(factor);
  });

  return {
    element,
    box,
    /** Shows these; `call` is the chosen one, or null. */
    show(shown, call) {
      calls = shown;
      chosen = call;
      paint();
    },
    reset() {
      window = null;
    },
  };
}
