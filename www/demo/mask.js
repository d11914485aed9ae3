// Keys in what is shown: hidden until somebody asks for them. A screen is looked at by more people than a document is meant for.

/** A link of a document, or the part of it behind the `#` alone: what leads there, and the part after `/edit/` or its like, which opens it. */
const LINK = /^(.*?(?:#|^)\/\d+\/[a-z]+\/(?:(?:edit|view|present|embed|invite|doc)\/)?)(.+)$/s;
/** Fields whose text opens something. What is public by its nature has no place here. */
const FIELD = /^(password|secret|seed|hash|editHash|viewHash|guestHash|roHash|secondaryKey|key|keyStr|edit|view|editKeyStr|viewKeyStr|signKey|secretKey|cryptKey|fileKeyStr|edPrivate|curvePrivate|privateKey|login_block|cookie|token)$/i;
/** A link of the first kind: its channel, and the key right behind it. A digest in hex is none. */
const OLD_LINK = /^(.*#|)([0-9a-f]{32})(?![0-9a-f]*$)[A-Za-z0-9+/=-]{20,}$/s;
const DOTS = "••••••••";

/** `text` without its key, or undefined where it has none. `field` is the name under which it stands. */
export function masked(field, text) {
  const link = LINK.exec(text);
  if (link) return `${link[1]}${DOTS}`;
  const old = OLD_LINK.exec(text);
  if (old) return `${old[1]}${old[2]}${DOTS}`;
  return typeof field === "string" && FIELD.test(field) && text.length > 0 ? DOTS : undefined;
}
