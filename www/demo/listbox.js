// A listbox whose rows are of one height, and which makes only those in sight, however many there are. A row in sight keeps its node.
import { h, onceAFrame } from "./dom.js";
import { arrange, become, pressed } from "./redraw.js";

const ROW = 26; // px, as in the style sheet
const SPARE = 6; // rows beyond each edge

/** `follows`: it begins at its end, and stays there. `make(item, chosen)` gives a row as it looks now, without listeners, `idOf(item)` its id; `choose(item)` hears what was chosen, by mouse or by keys, or null. */
export function createListbox(label, { follows = true, make, idOf, choose }) {
  let items = [];
  let chosen = null;
  // Whether the list stays at its end. Only scrolling and reading change it: rows that come and a panel that grows do not.
  let following = follows;
  const rows = new Map(); // those in sight, by their ids
  const itemOf = new WeakMap(); // of a row
  const spacer = h("div", { class: "frame-spacer" });
  const list = h("div", { class: "frame-list", tabIndex: 0, role: "listbox", aria: { label } }, spacer);
  const atEnd = () => list.scrollTop + list.clientHeight >= list.scrollHeight - ROW * 2;
  const paintSoon = onceAFrame(paint);
  const held = pressed(list, paintSoon);

  function paint() {
    stretch();
    if (following && !held()) list.scrollTop = list.scrollHeight;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
    const last = Math.min(items.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
    const before = new Map(rows);
    rows.clear();
    for (let at = first; at < last; at += 1) draw(items[at], at, before);
    arrange(spacer, [...rows.values()]);
    // Only a row that is there can be the active one.
    if (chosen && rows.has(idOf(chosen))) list.setAttribute("aria-activedescendant", idOf(chosen));
    else list.removeAttribute("aria-activedescendant");
  }

  function stretch() {
    spacer.style.height = `${items.length * ROW}px`;
  }

  /** The row of an item: the one that it had before, or a new one. */
  function draw(item, index, before) {
    const fresh = make(item, chosen);
    fresh.id = idOf(item);
    fresh.setAttribute("role", "option");
    fresh.setAttribute("aria-selected", String(item === chosen));
    fresh.setAttribute("aria-setsize", String(items.length));
    fresh.setAttribute("aria-posinset", String(index + 1));
    fresh.style.setProperty("--row", index);
    const row = before.get(fresh.id) ?? fresh;
    if (row !== fresh) become(row, fresh);
    rows.set(fresh.id, row);
    itemOf.set(row, item);
  }

  /** What is in sight stays in its place, also where rows before it went away or came. */
  function replace(shown) {
    const at = Math.floor(list.scrollTop / ROW);
    const top = items[at];
    items = shown;
    if ((following && !held()) || list.scrollTop === 0 || top === undefined || items[at] === top) return;
    const now = items.indexOf(top);
    if (now < 0) return;
    stretch();
    list.scrollTop += (now - at) * ROW;
  }

  /** Also after a choice: what opens beside the list may make it smaller. */
  function bringIntoSight(index) {
    const top = index * ROW;
    if (top < list.scrollTop) list.scrollTop = top;
    else if (top + ROW > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW - list.clientHeight;
  }

  function move(by) {
    if (!items.length) return;
    const at = items.indexOf(chosen);
    const next = at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + by));
    bringIntoSight(next);
    choose(items[next]);
    bringIntoSight(next);
  }

  const page = () => Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
  const keys = {
    ArrowDown: () => move(1), ArrowUp: () => move(-1), PageDown: () => move(page()), PageUp: () => move(-page()),
    Home: () => move(-items.length), End: () => move(items.length), Escape: () => choose(null),
  };
  list.addEventListener("keydown", (event) => {
    if (event.target !== list || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  list.addEventListener("click", ({ target }) => {
    const item = itemOf.get(target.closest("[role=option]"));
    if (!item) return;
    choose(item);
    bringIntoSight(items.indexOf(item));
  });
  list.addEventListener("scroll", () => {
    following = !chosen && atEnd();
    paintSoon();
  }, { passive: true });
  new ResizeObserver(paintSoon).observe(list);

  return {
    element: list,
    paintSoon,
    /** Shows these; `now` is the chosen one, or null. */
    show(shown, now) {
      replace(shown);
      if (now !== chosen) {
        chosen = now;
        following = !now && atEnd();
      }
      paint();
    },
    /** Stays at its end from now on. */
    follow() {
      following = true;
    },
    /** Puts it into the middle. */
    reveal(item) {
      list.scrollTop = Math.max(0, items.indexOf(item) * ROW - list.clientHeight / 2);
    },
    focus: () => list.focus(),
  };
}
