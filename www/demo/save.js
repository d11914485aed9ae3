// A file for the person at the page.
import { h } from "./dom.js";

/** Offers these parts as a file of that name. */
export function saved(name, type, parts) {
  const link = h("a", { href: URL.createObjectURL(new Blob(parts, { type })), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
}
