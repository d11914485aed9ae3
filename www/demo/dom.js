// The few helpers every panel uses. No framework: an element, a heading, a number for people.
import { icon } from "./icons.js";

export { icon } from "./icons.js";

/** An element. `props`: `class`, `data`, `on`, `aria`, or a property/attribute by its name; children may be nested or null. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null) continue;
    if (name === "class") element.className = value;
    else if (name === "data") Object.assign(element.dataset, value);
    else if (name === "on") for (const [type, listener] of Object.entries(value)) element.addEventListener(type, listener);
    else if (name === "aria") for (const [key, text] of Object.entries(value)) element.setAttribute(`aria-${key}`, text);
    else if (name in element) element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * A panel's heading with what stands at its right, one line about it, and the explanation, which the (i) opens and
 * closes.
 */
export function panelHead(id, title, { status, about: [lead, ...more] }) {
  const text = h("div", { class: "about-more", id: `${id}-about` }, more.map((paragraph) => h("p", {}, paragraph)));
  const button = h("button", { type: "button", class: "mini", title: "What am I looking at?", aria: { label: `Explain: ${title}`, controls: text.id } }, icon("info"));
  button.addEventListener("click", () => showExplanation(button, text, text.hidden));
  showExplanation(button, text, false);
  return [h("header", { class: "panel-head" }, h("h2", { id: `${id}-title` }, title), button, h("div", { class: "panel-status" }, status)),
    h("div", { class: "about" }, h("p", {}, lead), text)];
}

function showExplanation(button, text, on) {
  text.hidden = !on;
  button.setAttribute("aria-expanded", String(on));
}

/** Opens or closes all explanations of the page. Those of an inspector are its own: a shadow root hides them from this. */
export function showExplanations(on) {
  for (const button of document.querySelectorAll("[aria-controls$='-about']")) showExplanation(button, document.getElementById(button.getAttribute("aria-controls")), on);
}

/** Copies a text; whether the browser let it. */
export const copy = (text) => Promise.resolve().then(() => navigator.clipboard.writeText(text)).then(() => true, () => false);

/** A button that copies a text and says so. */
export function copyButton(text, what) {
  const button = h("button", { type: "button", class: "mini", title: `Copy ${what}`, aria: { label: `Copy ${what}` } }, icon("copy"));
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const copied = await copy(typeof text === "function" ? text() : text);
    button.replaceChildren(icon(copied ? "check" : "cross"));
    announce(copied ? `Copied ${what}` : `The browser did not let ${what} be copied`);
    setTimeout(() => button.replaceChildren(icon("copy")), 1200);
  });
  return button;
}

/** Milliseconds for people: "84 ms", "1.24 s". */
export function duration(ms) {
  if (ms === null || ms === undefined) return "";
  return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 9995 ? 2 : 1)} s`;
}

/** "1 folder", "8 folders". */
export function counted(n, one, many = `${one}s`) {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** Bytes for people. */
export function bytes(n) {
  return n < 1024 ? `${n} B` : n < 1024 * 1024 ? `${(n / 1024).toFixed(1)} KB` : `${(n / 1024 / 1024).toFixed(1)} MB`;
}

/** The beginning of a long id or hash. */
export function short(text, length = 8) {
  return text && text.length > length + 1 ? `${text.slice(0, length)}…` : (text ?? "");
}

let announcing;
let announcer = null;

/** Where `announce` says things; without it in the element `announcer` of the page. */
export function announceIn(element) {
  announcer = element;
}

/** A function that has `paint` called before the next frame is drawn, however often it is called until then. */
export function onceAFrame(paint) {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      paint();
    });
  };
}

/** Says something to assistive technology; only the last text within a quarter of a second is said. */
export function announce(text) {
  clearTimeout(announcing);
  announcing = setTimeout(() => ((announcer ?? document.getElementById("announcer")).textContent = text), 250);
}
