// June 2019 from a recorded run (`drill --page`). A plain script, and its data another one: the page plays from a file, without a server.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const runs = globalThis.drillRuns ?? [];
  const SVG = "http://www.w3.org/2000/svg";
  /** Between two days while it plays. */
  const PACE_MS = 700;
  const WORDS = {
    "as-it-happened": ["As it happened", "Clients send their lists of pins before they have loaded, and a right script believes them."],
    repaired: ["Then repaired", "The same days; then the operator and the holders of the keys use pinfold."],
    "from-the-first-day": ["From the first day", "The same people on the same days, with pinfold's clients and its operator's tool."],
  };
  let run = runs[0];
  let at = 0;
  let playing;

  const day = (step) => Date.parse(`${step.day}T00:00:00Z`);
  const longDay = (step) => new Date(day(step)).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  const number = (n) => n.toLocaleString("en");
  const counted = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;
  const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

  function h(name, attributes = {}, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    node.append(...children);
    return node;
  }
  function s(name, attributes = {}, ...children) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) if (value !== undefined && value !== false) node.setAttribute(key, value === true ? "" : value);
    node.append(...children);
    return node;
  }

  /** What happened last, at or before a place. */
  const happened = (place) => run.steps.slice(0, place + 1).findLast(({ step }) => step !== "")?.step ?? "";
  /** The most conflicts that any playing ever has: the squares of the picture. */
  const squares = Math.max(1, ...runs.flatMap(({ steps }) => steps.map(({ conflicts }) => conflicts)));

  function choose(chosen) {
    pause();
    const date = run && run.steps[at] ? day(run.steps[at]) : 0;
    run = chosen;
    $("calendar").max = String(run.steps.length - 1);
    $("replay").textContent = `npm run drill -- --seed ${run.seed} --accounts ${run.accounts} --playing ${{ "as-it-happened": "a", repaired: "b" }[run.playing] ?? "c"}`;
    $("steps").replaceChildren(...run.steps.map((step, place) => [step, place]).filter(([{ step }]) => step !== "").map(row));
    // The same day, as far as this playing has it.
    const same = run.steps.findLastIndex((step) => day(step) <= date);
    go(date === 0 ? 0 : Math.max(0, same));
    document.body.dataset.shown = run.playing;
  }

  function row([step, place]) {
    const button = h("button", { type: "button", "data-place": place }, h("span", { class: "num" }, step.day), h("span", {}, step.step), h("span", { class: "num" }, `${number(step.lost)} unreadable`));
    button.addEventListener("click", () => { pause(); go(place); });
    return h("li", {}, button);
  }

  function go(place) {
    at = Math.max(0, Math.min(place, run.steps.length - 1));
    const step = run.steps[at];
    $("calendar").value = String(at);
    $("calendar").setAttribute("aria-valuetext", `${longDay(step)}: ${happened(at)}`);
    $("day").textContent = longDay(step);
    $("happening").textContent = happened(at);
    for (const button of $("steps").querySelectorAll("button")) {
      const current = Number(button.dataset.place) === run.steps.findLastIndex((other, n) => n <= at && other.step !== "");
      current ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current");
    }
    const figure = (name, value, bad) => h("div", { "data-bad": bad }, h("dt", {}, name), h("dd", {}, value));
    $("numbers").replaceChildren(
      figure("documents unreadable", number(step.lost), step.lost > 0),
      figure("people who miss something", number(step.people), step.people > 0),
      figure("conflicts", number(step.conflicts), step.conflicts > 0),
      figure("of the disk is full", `${step.disk}%`, step.disk > 80),
    );
    drawBelieved();
    drawDisk(step);
    drawConflicts(step);
  }

  const hatch = () => s("defs", {}, s("pattern", { id: "hatch", width: 8, height: 8, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" }, s("line", { class: "hatch-line", x1: 0, y1: 0, x2: 0, y2: 8 })));

  /** What the signs mean. */
  function key(left, y, signs) {
    return signs.map(([name, attributes, text], n) => s("g", { transform: `translate(${left + n * 92} ${y})` }, s(name, attributes), s("text", { x: 30, y: 4 }, text)));
  }

  function drawBelieved() {
    // In the pixels of the page, so that a telephone has letters of the same size.
    const width = Math.max(280, $("believed").clientWidth);
    const [left, right, top, bottom] = [48, width - 8, 34, 196];
    $("believed").setAttribute("viewBox", `0 0 ${width} 224`);
    const { steps } = run;
    const [first, last] = [day(steps[0]), day(steps.at(-1))];
    const most = Math.max(...steps.map(({ wanted }) => wanted));
    // Several steps of one day stand beside each other.
    const x = (n) => {
      const same = steps.map((_, m) => m).filter((m) => steps[m].day === steps[n].day);
      const span = Math.max(last - first, 1);
      return left + ((day(steps[n]) - first) / span) * (right - left - 24) + same.indexOf(n) * Math.min(6, 24 / same.length);
    };
    const y = (value) => bottom - (value / most) * (bottom - top);
    const path = (of, from, to) => steps.slice(from, to + 1).map((step, n) => `${n ? "L" : "M"}${x(from + n).toFixed(1)} ${y(of(step)).toFixed(1)}`).join("");
    const back = steps.slice(0, at + 1).map((step, n) => `L${x(n).toFixed(1)} ${y(step.believed).toFixed(1)}`).reverse().join("");
    const end = steps.length - 1;
    const here = steps[at];
    const missing = here.wanted - here.believed;
    $("believed").replaceChildren(
      hatch(),
      s("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
      s("text", { x: left - 8, y: y(most) + 4, "text-anchor": "end" }, number(most)),
      s("text", { x: left - 8, y: bottom + 4, "text-anchor": "end" }, "0"),
      s("text", { x: left, y: bottom + 22 }, steps[0].day),
      s("text", { x: right, y: bottom + 22, "text-anchor": "end" }, steps.at(-1).day),
      s("path", { class: "gap", d: `${path((step) => step.wanted, 0, at)}${back}Z` }),
      s("path", { class: "wanted ahead", d: path((step) => step.wanted, 0, end) }),
      s("path", { class: "pinned ahead", d: path((step) => step.believed, 0, end) }),
      s("path", { class: "wanted", d: path((step) => step.wanted, 0, at) }),
      s("path", { class: "pinned", d: path((step) => step.believed, 0, at) }),
      s("path", { class: "now", d: `M${x(at)} ${top - 6}V${bottom}` }),
      ...key(left, 12, [["path", { class: "wanted", d: "M0 0H24" }, "wanted"], ["path", { class: "pinned", d: "M0 0H24" }, "believed"], ["rect", { class: "gap", y: -6, width: 24, height: 12 }, "the difference"]]),
    );
    $("believed-words").textContent = missing > 0
      ? `${counted(missing, "id")} that somebody wants ${missing === 1 ? "is" : "are"} on nobody's list: the server believes that they may go.`
      : `All ${number(here.wanted)} ids that somebody wants are on a list.`;
  }

  function drawDisk(step) {
    const [left, width, top, height] = [10, 380, 36, 54];
    const part = (bytes) => (bytes / (step.live + step.cold || 1)) * (step.disk / 100) * width;
    const [live, cold] = [part(step.live), part(step.cold)];
    $("disk").replaceChildren(
      s("defs", {}, s("pattern", { id: "dots", width: 7, height: 7, patternUnits: "userSpaceOnUse" }, s("circle", { class: "dot", cx: 3, cy: 3, r: 1.4 }))),
      s("rect", { class: "free", x: left, y: top, width, height }),
      s("rect", { class: "live", x: left, y: top, width: live, height }),
      s("rect", { class: "cold", x: left + live, y: top, width: cold, height }),
      s("path", { class: "mark", d: `M${left + width * 0.8} ${top - 12}V${top + height + 12}` }),
      s("text", { x: left + width * 0.8, y: top - 18, "text-anchor": "middle" }, "80%"),
      ...key(left, top + height + 28, ["live", "cold", "free"].map((kind) => ["rect", { class: kind, y: -6, width: 20, height: 12 }, { cold: "archive" }[kind] ?? kind])),
    );
    $("disk-words").textContent = `${megabytes(step.live)} live, ${megabytes(step.cold)} in cold storage: ${step.disk}% full.`;
  }

  function drawConflicts(step) {
    const columns = Math.ceil(Math.sqrt(squares * 2));
    const size = 396 / columns;
    // Each that was open before this moment and is not open now is settled.
    const before = Math.max(...run.steps.slice(0, at + 1).map(({ conflicts }) => conflicts));
    const square = (n) => s("rect", {
      class: "place", x: 2 + (n % columns) * size, y: 2 + Math.floor(n / columns) * size, width: size - 3, height: size - 3,
      rx: 1.5, "data-open": n < step.conflicts, "data-settled": n >= step.conflicts && n < before,
    });
    $("conflicts").replaceChildren(...Array.from({ length: squares }, (_, n) => square(n)));
    $("conflicts-words").textContent = step.conflicts > 0
      ? `${counted(step.conflicts, "id")} with an archived and a live copy: a restore that never overwrites refuses them.`
      : before > 0 ? `All ${number(before)} are settled, and nothing was thrown away.` : "None.";
  }

  function pause() {
    clearInterval(playing);
    playing = undefined;
    $("play-text").textContent = "Play";
  }
  function play() {
    if (at === run.steps.length - 1) go(0);
    $("play-text").textContent = "Pause";
    playing = setInterval(() => {
      if (at === run.steps.length - 1) pause();
      else go(at + 1);
    }, PACE_MS);
  }

  if (!run) {
    $("lead").textContent = "No run was recorded: npm run drill -- --page www/demo/drill-run.js";
    return;
  }
  $("lead").textContent = `A server with ${counted(run.accounts, "encrypted drive")}, and what became of them between May and December 2019: each playing was recorded while real programs played it, from the same seed. Move the calendar.`;
  $("playings").append(...runs.map((one, n) => {
    const [title, about] = WORDS[one.playing];
    const input = h("input", { type: "radio", name: "playing", value: one.playing, checked: n === 0 });
    input.addEventListener("change", () => choose(one));
    return h("label", {}, input, h("span", {}, h("b", {}, title), h("small", {}, about)));
  }));
  $("calendar").addEventListener("input", () => { pause(); go(Number($("calendar").value)); });
  $("play").addEventListener("click", () => (playing ? pause() : play()));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, a") || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { pause(); go(at + by); event.preventDefault(); }
  });
  new ResizeObserver(() => drawBelieved()).observe($("believed"));
  // It opens where it hurts most.
  choose(run);
  go(run.steps.findIndex(({ lost }) => lost === Math.max(...run.steps.map((step) => step.lost))));
})();
