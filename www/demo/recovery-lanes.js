// The timeline: one lane for each document, one column for each moment, and the moments as sentences.
import { counted, h, icon, panelHead } from "./dom.js";
import { isLoss } from "./recovery-events.js";
import { countedKind, MARKS, untitled, when, WHO } from "./recovery-words.js";

/** How many moments are shown at first, and with each further click. */
const SHOWN = 60;
/** A rest this long is marked in the lanes, in ms. */
const REST_MS = 30 * 86_400_000;
const SVG = "http://www.w3.org/2000/svg";

// One shape for each meaning: nobody has to tell the colours apart.
const SHAPES = {
  lost: { fill: "M1.5 3h13L8 14.5z" },
  erased: { stroke: "m3 3 10 10M13 3 3 13" },
  anew: { stroke: "M8 1.8 14.2 8 8 14.2 1.8 8z" },
  thrown: { stroke: "M2.5 3.5h11L8 13z" },
  restored: { fill: "M1.5 13h13L8 1.5z" },
  mended: { stroke: "M8 3.2a4.8 4.8 0 1 0 0 9.6 4.8 4.8 0 0 0 0-9.6z" },
  gone: { stroke: "M3 8h10" },
  left: { stroke: "M2.5 8h10M9 4.5 12.5 8 9 11.5" },
  added: { fill: "M8 3.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9z" },
  changed: { fill: "M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4z" },
};

/** The sign of what happened. */
export function sign(mark) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("class", "sign");
  svg.setAttribute("aria-hidden", "true");
  svg.dataset.mark = mark;
  const [[kind, d]] = Object.entries(SHAPES[mark]);
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("class", `sign-${kind}`);
  path.setAttribute("d", d);
  svg.append(path);
  return svg;
}

export function createTimeline(root) {
  const status = h("span");
  const lanes = h("div", { class: "lanes", role: "group", aria: { label: "Lanes: one for each document" } });
  const list = h("ol", { class: "moments" });
  const older = h("button", { type: "button" }, icon("clock"), h("span", {}, "Older"));
  const only = h("input", { type: "checkbox", id: "losses-only" });
  const legend = h("ul", { class: "signs" });
  const notes = h("ul", { class: "history-notes" });
  root.replaceChildren(
    ...panelHead("timeline", "Timeline", {
      status,
      about: [
        "Each column is what one session did within ten seconds; each lane is a document that it wrote in.",
        "A session is one connection to the server: the same one in every document it writes. Those that wrote in your own drive were yours. Of the others nobody can say whether it was another member or another device of yours.",
        "Times are the server's. Nobody signs them.",
      ],
    }),
    h("div", { class: "lane-tools" }, legend, h("label", { class: "check" }, only, "Losses only")),
    lanes, list, h("div", { class: "older" }, older), notes);

  let shown = SHOWN;
  let data;
  only.addEventListener("change", paint);
  older.addEventListener("click", () => {
    shown += SHOWN;
    paint();
  });

  function paint() {
    if (!data) return;
    const all = data.moments.filter((moment) => !only.checked || isLoss(moment));
    const recent = all.slice(-shown);
    older.parentElement.hidden = recent.length === all.length;
    const losses = data.moments.filter(isLoss).length;
    status.textContent = `${counted(data.moments.length, "moment")}, ${losses === 0 ? "no loss" : counted(losses, "loss", "losses")}`;
    const used = new Set(recent.flatMap(({ marks }) => marks));
    legend.replaceChildren(...Object.keys(MARKS).filter((mark) => used.has(mark)).map((mark) => h("li", {}, sign(mark), MARKS[mark].legend)));
    paintLanes(recent);
    list.replaceChildren(...recent.toReversed().map(sentence));
    if (recent.length === 0) list.append(h("li", { class: "empty" }, only.checked ? "Nothing was lost." : "No line changed an entry."));
  }

  function paintLanes(moments) {
    const rows = data.documents.filter(({ channel }) => moments.some(({ documents }) => documents.some((one) => one.channel === channel)));
    lanes.hidden = moments.length === 0;
    lanes.style.setProperty("--lanes", rows.length);
    const names = rows.map((row, at) => h("span", { class: "lane-name", title: data.nameOf(row.channel), style: `grid-row: ${at + 2}` }, icon(row.of === "account" ? "person" : row.of === "team" ? "people" : "folder"), h("span", { dir: "auto" }, data.nameOf(row.channel))));
    let labelled = -9;
    let before;
    const columns = moments.map((moment, at) => {
      const places = rows.map(({ channel }) => moment.documents.find((one) => one.channel === channel));
      const touched = places.flatMap((place, row) => (place ? [row] : []));
      const rest = before !== undefined && moment.from !== null && moment.from - before > REST_MS;
      before = moment.from ?? before;
      const label = at - labelled >= 4 || rest;
      if (label) labelled = at;
      const button = h("button", {
        type: "button", class: "lane-moment", data: { worst: moment.worst, rest: String(rest) }, style: `grid-column: ${at + 2}`,
        title: `${when(moment.from)}: ${summary(moment)}`,
      },
      h("span", { class: "visually-hidden" }, `${when(moment.from)}: ${summary(moment)}, ${WHO[moment.who]}`),
      // What is seen says the same in signs.
      h("span", { class: "lane-date", aria: { hidden: "true" } }, label && moment.from !== null ? day(moment.from) : ""),
      h("span", { class: "lane-link", style: `grid-row: ${Math.min(...touched) + 2} / ${Math.max(...touched) + 3}` }),
      places.map((place, row) => h("span", { class: "lane-cell", style: `grid-row: ${row + 2}`, aria: { hidden: "true" } }, place && [sign(place.mark), weight(place) > 1 && h("small", {}, String(weight(place)))])));
      button.addEventListener("click", () => open(moment));
      return button;
    });
    lanes.replaceChildren(...names, ...columns);
    lanes.scrollLeft = lanes.scrollWidth;
  }

  const weight = ({ entries, mark }) => entries.filter((entry) => entry.mark === mark).length;

  function open(moment) {
    const item = list.querySelector(`[data-moment="${data.moments.indexOf(moment)}"] details`);
    if (!item) return;
    item.open = true;
    item.querySelector("summary").focus();
    item.scrollIntoView({ block: "nearest" });
  }

  function sentence(moment) {
    const where = [...new Set(moment.documents.map(({ channel }) => data.nameOf(channel)))];
    return h("li", { class: "moment", data: { worst: moment.worst, moment: String(data.moments.indexOf(moment)) } }, h("details", {},
      h("summary", {}, sign(moment.worst),
        h("span", { class: "moment-text" }, h("strong", {}, capital(summary(moment))), h("span", { class: "muted" }, ` in ${where.join(", ")}`)),
        h("span", { class: "who", data: { who: moment.who } }, icon(moment.who === "you" ? "person" : moment.who === "client" ? "key" : "people"), WHO[moment.who]),
        h("time", { class: "num", dateTime: moment.from === null ? "" : new Date(moment.from).toISOString() }, when(moment.from)),
        icon("chevron")),
      h("ul", { class: "moment-entries" }, moment.entries.map((entry) => h("li", {}, sign(entry.mark),
        h("span", { dir: "auto" }, entry.title ?? untitled(entry.kind, entry.channel)), h("span", { class: "muted" }, `${MARKS[entry.mark].one} in ${data.nameOf(entry.document)}, line ${entry.at.line}`)))),
      h("p", { class: "muted moment-session" }, "Session ", h("code", {}, moment.author ?? "unknown"))));
  }

  return {
    /** `nameOf` is what a person calls a document; `notes` are sentences about what cannot be told. */
    show({ moments, documents, nameOf, notes: told }) {
      data = { moments, documents, nameOf };
      shown = SHOWN;
      notes.replaceChildren(...told.map((text) => h("li", {}, icon("info"), h("span", {}, text))));
      paint();
    },
  };
}

/** "5 documents were removed; 1 document was added". */
function summary({ marks, entries }) {
  return marks.map((mark) => {
    const kinds = Map.groupBy(entries.filter((entry) => entry.mark === mark), ({ kind }) => kind);
    const counts = [...kinds].map(([kind, of]) => countedKind(kind, new Set(of.map(({ document, id }) => `${document} ${id}`)).size));
    const one = counts.length === 1 && counts[0].startsWith("1 ");
    return `${counts.join(" and ")} ${MARKS[mark][one ? "one" : "many"]}`;
  }).join("; ");
}

const day = (time) => new Date(time).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "2-digit" });
const capital = (text) => text[0].toUpperCase() + text.slice(1);
