// 16 x 16 pictures, drawn in the colour of the text around them: `line` is stroked, `solid` is filled.
const SHAPES = {
  check: { line: "M3 8.6 6.4 12 13 4.6" },
  cross: { line: "m4 4 8 8m0-8-8 8" },
  warn: { line: "M8 2.2 14.6 13.6H1.4zM8 6.4v3.2m0 2v.2" },
  idle: { solid: "M8 5.8a2.2 2.2 0 1 0 0 4.4 2.2 2.2 0 0 0 0-4.4z" },
  busy: { line: "M8 2.2a5.8 5.8 0 1 1-5.8 5.8" },
  clock: { line: "M8 2a6 6 0 1 0 0 12A6 6 0 0 0 8 2zm0 3v3.2l2.2 1.4" },
  lock: { line: "M3.5 7.2h9v6.3h-9zM5.3 7V5a2.7 2.7 0 0 1 5.4 0v2" },
  eye: { line: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z", solid: "M8 6.1a1.9 1.9 0 1 0 0 3.8 1.9 1.9 0 0 0 0-3.8z" },
  key: { line: "M8.3 7.7 13.5 2.5m-2 2 1.9 1.9M5.6 13.4a3 3 0 1 0 0-6 3 3 0 0 0 0 6z" },
  people: { line: "M6 8a2.6 2.6 0 1 0 0-5.2A2.6 2.6 0 0 0 6 8zm-4.5 5.4c0-2.2 2-3.6 4.5-3.6s4.5 1.4 4.5 3.6M10.8 3a2.5 2.5 0 0 1 0 4.8m1.4 2.3c1.5.5 2.4 1.7 2.4 3.3" },
  play: { solid: "M4.5 2.8v10.4L13 8z" },
  stop: { solid: "M4 4h8v8H4z" },
  again: { line: "M13 8a5 5 0 1 1-1.5-3.6M13.2 1.8V5H10" },
  copy: { line: "M5.5 5.5h8v8h-8zM10.5 5V2.5h-8v8H5" },
  chevron: { line: "m6 3.5 4.5 4.5L6 12.5" },
  info: { line: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zm0-6.7V11m0-6v.1" },
  out: { line: "M8 13V3.5M4 7.3l4-4 4 4" },
  in: { line: "M8 3v9.5M4 8.7l4 4 4-4" },
  arrow: { line: "M2.5 8h10.8M9.3 4l4 4-4 4" },
  theme: { line: "M8 2.4a5.6 5.6 0 1 0 0 11.2A5.6 5.6 0 0 0 8 2.4z", solid: "M8 2.4a5.6 5.6 0 0 1 0 11.2z" },
  folder: { line: "M2 4h4.2l1.4 1.8H14v6.7H2z" },
  file: { line: "M4 2h5.2L12 4.8V14H4zM9 2v3h3" },
  person: { line: "M8 8a2.8 2.8 0 1 0 0-5.6A2.8 2.8 0 0 0 8 8zm-5 5.6c0-2.4 2.2-3.8 5-3.8s5 1.4 5 3.8" },
  pin: { line: "M8 9.2a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8zm0 0V14" },
  mail: { line: "M2 3.8h12v8.4H2zm.3.4L8 8.8l5.7-4.6" },
};

const SVG = "http://www.w3.org/2000/svg";

/** An icon; decorative unless it gets a label. */
export function icon(name, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", `icon icon-${name}`);
  for (const [kind, d] of Object.entries(SHAPES[name])) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    svg.append(path);
  }
  if (label) {
    svg.setAttribute("role", "img");
    const title = document.createElementNS(SVG, "title");
    title.textContent = label;
    svg.prepend(title);
  } else svg.setAttribute("aria-hidden", "true");
  return svg;
}

/** Fills the places that the page's HTML left for icons. */
export function placeIcons(root) {
  for (const place of root.querySelectorAll("[data-icon]")) place.replaceWith(icon(place.dataset.icon));
}
