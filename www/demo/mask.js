// Keys in what is shown: hidden until somebody asks for them. A screen is looked at by more people than a document is meant for.

/** A link of a document: what leads there, and the part after `/edit/` or its like, which opens it. */
const LINK = /^(.*#\/\d+\/[a-z]+\/(?:(?:edit|view|present|embed|invite|doc)\/)?)(.+)$/s;
/** Fields whose text opens something. What is public by its nature has no place here. */
const FIELD = /^(password|secret|seed|hash|editHash|viewHash|guestHash|secondaryKey|key|keyStr|cryptKey|fileKeyStr|edPrivate|curvePrivate|privateKey|login_block|cookie|token|ROHash)$/i;
const OLD_LINK = /^(.*#)([0-9a-f]{32}[A-Za-z0-9+/=-]{20,})$/s;
const DOTS = "••••••••";

/** `text` without its key, or undefined where it has none. `field` is the name under which it stands. */
export function masked(field, text) {
  const link = LINK.exec(text) ?? OLD_LINK.exec(text);
  if (link) return `${link[1]}${DOTS}`;
  return typeof field === "string" && FIELD.test(field) && text.length > 0 ? DOTS : undefined;
}
