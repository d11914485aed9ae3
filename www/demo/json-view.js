// A JSON value as a tree that opens with the keyboard. JSON text inside a string is decoded in place.
import { copyButton, h } from "./dom.js";
import { masked } from "./mask.js";

const OPEN_CHILDREN = 12; // containers up to this size start open, and so does the outermost
const OPEN_DEPTH = 4;
const LONG_TEXT = 240;
const PAGE = 100; // children made at once

/** `text` parsed, or undefined when it is not a JSON object or list. */
export function parseContainer(text) {
  const first = text.trimStart()[0];
  if (first !== "{" && first !== "[") return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The tree of `value`. */
export function jsonView(value) {
  return h("div", { class: "json" }, node(null, value, 0, false));
}

function node(key, value, depth, decoded) {
  if (typeof value === "string") {
    const inner = parseContainer(value);
    if (inner !== undefined) return node(key, inner, depth, true);
  }
  const label = key === null ? null : [h("span", { class: typeof key === "number" ? "json-index" : "json-key" }, String(key)), ": "];
  if (value !== null && typeof value === "object") return container(label, value, depth, decoded);
  return h("div", { class: "json-leaf" }, label, leaf(key, value));
}

function container(label, value, depth, decoded) {
  const list = Array.isArray(value);
  const entries = list ? [...value.entries()] : Object.entries(value);
  const size = list ? `[${entries.length}]` : `{${entries.length}}`;
  const summary = h("summary", {}, label, h("span", { class: "json-size" }, size), " ",
    decoded && h("span", { class: "json-tag", title: "A string that holds JSON text" }, "JSON text"),
    h("span", { class: "json-preview" }, preview(entries, list)));
  const details = h("details", {}, summary);
  const fill = () => {
    if (details.childElementCount > 1) return;
    const body = h("div", { class: "json-body" });
    details.append(body);
    addPage(body, entries, 0, depth);
  };
  details.addEventListener("toggle", () => details.open && fill());
  if (depth === 0 || (entries.length <= OPEN_CHILDREN && depth < OPEN_DEPTH)) {
    fill();
    details.open = true;
  }
  return details;
}

function addPage(body, entries, from, depth) {
  body.append(...entries.slice(from, from + PAGE).map(([key, value]) => node(key, value, depth + 1, false)));
  const left = entries.length - from - PAGE;
  if (left <= 0) return;
  const more = h("button", { type: "button", class: "link" }, `show ${Math.min(left, PAGE)} of ${left} more`);
  more.addEventListener("click", () => {
    more.remove();
    addPage(body, entries, from + PAGE, depth);
  });
  body.append(more);
}

function leaf(key, value) {
  if (typeof value !== "string") return h("span", { class: `json-${value === null ? "null" : typeof value}` }, String(value));
  const hidden = masked(key, value);
  if (hidden !== undefined) {
    const text = h("span", { class: "json-string" }, JSON.stringify(hidden));
    const show = h("button", { type: "button", class: "link", aria: { label: `Show the key in ${key ?? "this text"}` } }, "show the key");
    show.addEventListener("click", () => {
      text.textContent = JSON.stringify(value);
      show.replaceWith(copyButton(value, "this text"));
    });
    return [text, " ", show];
  }
  if (value.length <= LONG_TEXT) return h("span", { class: "json-string" }, JSON.stringify(value));
  const text = h("span", { class: "json-string" }, `"${value.slice(0, LONG_TEXT)}…`);
  const all = h("button", { type: "button", class: "link" }, `all ${value.length.toLocaleString("en")} characters`);
  all.addEventListener("click", () => {
    text.textContent = JSON.stringify(value);
    all.remove();
  });
  return [text, " ", all, " ", copyButton(value, "this text")];
}

function preview(entries, list) {
  const parts = entries.slice(0, 4).map(([key, value]) => (list ? brief(key, value) : `${key}: ${brief(key, value)}`));
  return parts.join(", ") + (entries.length > 4 ? ", …" : "");
}

function brief(key, value) {
  if (value === null || typeof value !== "object") {
    // Whatever is in JSON text has names of its own, and is masked by them when it is opened.
    if (typeof value === "string" && parseContainer(value) !== undefined) return value.trimStart()[0] === "{" ? "{…}" : "[…]";
    const text = JSON.stringify((typeof value === "string" && masked(key, value)) || value) ?? String(value);
    return text.length > 24 ? `${text.slice(0, 23)}…` : text;
  }
  return Array.isArray(value) ? `[${value.length}]` : "{…}";
}
