// A list that makes only the rows in sight, however many there are. Rows are of one height, that of `--row-height`;
// one that was opened is as high as it is. In the place of those above and below stand two empty boxes, as high as
// `--above` and `--below` say.
import { onceAFrame } from "./dom.js";
import { pressed } from "./redraw.js";

const SPARE = 12; // rows beyond each edge

/** `make(item)` gives the row of an item, made anew when it comes into sight again; an opened one is kept. */
export function createRows(list, { make }) {
  let items = [];
  let height = 0;
  const rows = new Map();
  const itemOf = new WeakMap();
  const more = new Map(); // how much higher than others a row is, by its item
  let opened = []; // the same, by their places

  const above = (index) => opened.reduce((sum, [at, extra]) => sum + (at < index ? extra : 0), index * height);

  /** The last row that begins at this height or before it. */
  function rowAt(top) {
    let [from, to] = [0, items.length];
    while (to - from > 1) {
      const middle = (from + to) >> 1;
      if (above(middle) <= top) from = middle;
      else to = middle;
    }
    return from;
  }

  function rowOf(item) {
    let row = rows.get(item);
    if (!row) {
      row = make(item);
      rows.set(item, row);
      itemOf.set(row, item);
      sizes.observe(row);
    }
    return row;
  }

  const paintSoon = onceAFrame(paint);
  const held = pressed(list);

  function paint() {
    opened = [...more].map(([item, extra]) => [items.indexOf(item), extra]).filter(([at]) => at >= 0);
    const first = Math.max(0, rowAt(list.scrollTop) - SPARE);
    const last = Math.min(items.length, rowAt(list.scrollTop + list.clientHeight) + 1 + SPARE);
    const wanted = new Set(items.slice(first, last));
    list.style.setProperty("--above", `${above(first)}px`);
    list.style.setProperty("--below", `${above(items.length) - above(last)}px`);
    // New rows first, then the removals: a list that is too short for a moment would scroll.
    const upTo = (row) => {
      while (row && !wanted.has(itemOf.get(row))) row = row.nextElementSibling;
      return row;
    };
    let next = upTo(list.firstElementChild);
    let place = first;
    for (const item of wanted) {
      const row = rowOf(item);
      row.setAttribute("aria-setsize", items.length);
      row.setAttribute("aria-posinset", place += 1);
      // A row that stays is not moved: it may have the focus.
      if (row === next) next = upTo(next.nextElementSibling);
      else list.insertBefore(row, next);
    }
    for (const [item, row] of rows) {
      if (wanted.has(item)) continue;
      row.remove();
      if (row.querySelector(":scope > details[open]") && items.includes(item)) continue;
      sizes.unobserve(row);
      rows.delete(item);
    }
  }

  const measure = () => {
    height = parseFloat(getComputedStyle(list).getPropertyValue("--row-height"));
  };

  const sizes = new ResizeObserver((changes) => {
    measure();
    for (const { target, borderBoxSize: [{ blockSize }] } of changes) {
      if (target === list || !target.isConnected) continue;
      if (Math.abs(blockSize - height) < 1) more.delete(itemOf.get(target));
      else more.set(itemOf.get(target), blockSize - height);
    }
    paintSoon();
  });

  const focused = () => itemOf.get(list.getRootNode().activeElement?.closest(".letters > li"));

  function focus(index) {
    const at = Math.min(items.length - 1, Math.max(0, index));
    if (at < 0) return;
    const top = above(at);
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + height > list.scrollTop + list.clientHeight) list.scrollTop = top + height - list.clientHeight;
    paint();
    rowOf(items[at]).querySelector("summary").focus({ preventScroll: true });
  }

  const keys = {
    ArrowDown: (at) => at + 1, ArrowUp: (at) => at - 1, Home: () => 0, End: () => items.length - 1,
    PageDown: (at) => at + Math.floor(list.clientHeight / height), PageUp: (at) => at - Math.floor(list.clientHeight / height),
  };
  list.addEventListener("keydown", (event) => {
    if (!keys[event.key] || !event.target.matches(".letters > li > details > summary")) return;
    event.preventDefault();
    focus(keys[event.key](items.indexOf(focused())));
  });
  list.addEventListener("scroll", paintSoon, { passive: true });
  sizes.observe(list);

  /**
   * Shows these items. What is in sight stays where it is, except at the very beginning, and with `follow` at the end, where nobody
   * presses on a row.
   * If the row that had the focus is gone, the one that took its place has it.
   */
  return function show(now, { follow = false } = {}) {
    measure();
    const atEnd = list.scrollTop + list.clientHeight >= list.scrollHeight - height;
    const had = focused();
    const place = items.indexOf(had);
    const at = rowAt(list.scrollTop);
    const [anchor, within] = [items[at], list.scrollTop - above(at)];
    const atBegin = list.scrollTop === 0;
    items = now;
    for (const item of more.keys()) if (!items.includes(item)) more.delete(item);
    paint();
    const stays = items.indexOf(anchor);
    if (follow && atEnd && !held()) list.scrollTop = list.scrollHeight;
    else if ((!atBegin || held()) && stays >= 0) list.scrollTop = above(stays) + within;
    paint();
    if (had && !items.includes(had)) focus(place);
  };
}
