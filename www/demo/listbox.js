// A listbox whose rows are of one height, and which makes only those in sight, however many there are.
import { h, onceAFrame } from "./dom.js";

const ROW = 26; // px, as in the style sheet
const SPARE = 6; // rows beyond each edge

/** `follows`: it begins at its end, and stays there. `make(item, chosen)` gives a row, `idOf(item)` its id; `choose(item)` hears what was chosen, by mouse or by keys, or null. */
export function createListbox(label, { follows = true, make, idOf, choose }) {
  let items = [];
  let chosen = null;
  // Whether the list stays at its end. Only scrolling and reading change it: rows that come and a panel that grows do not.
  let following = follows;
  const spacer = h("div", { class: "frame-spacer" });
  const list = h("div", { class: "frame-list", tabIndex: 0, role: "listbox", aria: { label } }, spacer);
  const atEnd = () => list.scrollTop + list.clientHeight >= list.scrollHeight - ROW * 2;
  const paintSoon = onceAFrame(paint);

  function paint() {
    spacer.style.height = `${items.length * ROW}px`;
    if (following) list.scrollTop = list.scrollHeight;
    const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
    const last = Math.min(items.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
    spacer.replaceChildren(...items.slice(first, last).map((item, offset) => row(item, first + offset)));
    // Only a row that is there can be the active one.
    if (chosen && spacer.querySelector(`#${idOf(chosen)}`)) list.setAttribute("aria-activedescendant", idOf(chosen));
    else list.removeAttribute("aria-activedescendant");
  }

  function row(item, index) {
    const element = make(item, chosen);
    element.id = idOf(item);
    element.setAttribute("role", "option");
    element.setAttribute("aria-selected", String(item === chosen));
    element.setAttribute("aria-setsize", String(items.length));
    element.setAttribute("aria-posinset", String(index + 1));
    element.addEventListener("click", () => choose(item));
    element.style.setProperty("--row", index);
    return element;
  }

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
    // What opened beside it may have made the list smaller.
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
      items = shown;
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
