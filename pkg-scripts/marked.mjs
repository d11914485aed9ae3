// A part of a document that a program writes: what stands between two marks.
import { Plain } from "./shell.mjs";

/** The text with `made` between its two marks. `what` names it where the marks are gone. */
export function placedBetween(text, [begin, end], made, what) {
  const [head, rest] = text.split(begin);
  const tail = rest?.split(end)[1];
  if (tail === undefined) throw new Plain(`README.md has lost the marks of ${what}`);
  return `${head}${begin}\n${made}\n${end}${tail}`;
}
