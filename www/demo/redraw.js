// Drawing again under somebody's hand. Frames, events and seconds go by while a person presses a button, selects text or drags. A node
// that is replaced takes the click, the selection and the focus with it. So what is drawn again by itself is changed in place.
import { h } from "./dom.js";

/** What a person operates has listeners, which cannot be carried over. */
const OPERATED = "button, input, select, textarea, details, a";

/** The text of an element. A text that stays the same stays selected. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The children of `element` become these, as `h` takes them. They have no listeners, except buttons and the like, which are put in anew. */
export function redraw(element, ...children) {
  fill(element, h("div", {}, children));
}

/** `element` becomes like `fresh`, in its attributes and in what is in it. */
export function become(element, fresh) {
  for (const { name } of [...element.attributes]) if (!fresh.hasAttribute(name)) element.removeAttribute(name);
  for (const { name, value } of fresh.attributes) {
    if (element.getAttribute(name) === value) continue;
    // A content security policy forbids the attribute and allows this.
    if (name === "style") element.style.cssText = value;
    else element.setAttribute(name, value);
  }
  fill(element, fresh);
}

function fill(element, fresh) {
  const before = [...element.childNodes];
  const after = [...fresh.childNodes];
  for (const [at, node] of after.entries()) {
    const old = before[at];
    if (!old) element.append(node);
    else if (old.nodeName !== node.nodeName || (node.matches?.(OPERATED) ?? false)) old.replaceWith(node);
    else if (node.nodeType !== Node.TEXT_NODE) become(old, node);
    else if (old.data !== node.data) old.data = node.data;
  }
  for (const old of before.slice(after.length)) old.remove();
}

/** The elements in `parent` become these, in this order. One that is in its place is not moved: it may be pressed, or have the focus. */
export function arrange(parent, wanted) {
  const stays = new Set(wanted);
  for (const child of [...parent.children]) if (!stays.has(child)) child.remove();
  let next = parent.firstElementChild;
  for (const child of wanted) {
    if (child === next) next = next.nextElementSibling;
    else parent.insertBefore(child, next);
  }
}

/** Whether the button is held down on `element`. Nothing may move there meanwhile: the press and the release would meet different rows. `released` is called after it. */
export function pressed(element, released = () => {}) {
  const ends = ["pointerup", "pointercancel", "pointermove"];
  let held = false;
  const release = ({ type, buttons }) => {
    // A scroll bar that was dragged does not tell its release: the next move does.
    if (type === "pointermove" && buttons !== 0) return;
    held = false;
    for (const end of ends) removeEventListener(end, release, true);
    released();
  };
  element.addEventListener("pointerdown", () => {
    held = true;
    for (const end of ends) addEventListener(end, release, true);
  });
  return () => held;
}

/**
 * Draws. Where that took away or disabled what had the focus in `root`, `root` gets the focus: whoever works with the keyboard goes on
 * there, and does not begin again at the top of the page.
 */
export function keepFocus(root, draw) {
  const before = document.activeElement;
  const had = root.contains(before);
  draw();
  if (!had || (before.isConnected && !before.disabled)) return;
  root.tabIndex = -1;
  root.focus({ preventScroll: true });
}
