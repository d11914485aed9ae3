// June 2019 and November 2012 from a recorded run (`drill --page`). A plain script, and its data another one: the page plays from a file, without a server.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const runs = globalThis.drillRuns ?? [];
  const SVG = "http://www.w3.org/2000/svg";
  /** Between two days while it plays. */
  const PACE_MS = 700;
  const STORIES = {
    "june-2019": {
      title: "June 2019",
      about: "A race in the clients, and 237 conflicts.",
      lead: (run) => `A server with ${counted(run.accounts, "encrypted drive")}, and what became of them between May and December 2019: each playing was recorded while real programs played it, from the same seed. Move the calendar.`,
      head: "Conflicts: old and new data claim one place",
      playings: {
        "as-it-happened": ["As it happened", "Clients send their lists of pins before they have loaded, and a right script believes them."],
        repaired: ["Then repaired", "The same days; then the operator and the holders of the keys use pinfold."],
        "from-the-first-day": ["From the first day", "The same people on the same days, with pinfold's clients and its operator's tool."],
      },
    },
    "november-2012": {
      title: "November 2012",
      about: "One row is deleted, and stands for many documents.",
      lead: (run) => `${counted(run.accounts, "encrypted drive")}, in each of them a row that stands for documents in several folders, and what becomes of them when people delete it on 7 November 2012. Each playing was recorded while real programs played it, from the same seed. Move the calendar.`,
      head: "People: each square is somebody with a drive",
      playings: {
        "as-it-happened": ["As it happened", "The row goes with all that is below it, nobody is told how much that is, and every night a script runs."],
        repaired: ["Then repaired", "Found out on the next morning: a hold, then everything doubtful is put back with a tag."],
        "from-the-first-day": ["With a plan", "People are told what a row stands for before it goes; what goes leaves its key in the vault."],
      },
    },
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
  const of = (name) => runs.filter(({ story }) => story === name);
  /** What the squares of the picture are, and how many: the most conflicts of any playing, or everybody. */
  const open = (step) => (run.story === "june-2019" ? step.conflicts : step.people);
  const squares = () => (run.story === "june-2019" ? Math.max(1, ...of(run.story).flatMap(({ steps }) => steps.map(open))) : run.accounts);

  function choose(chosen) {
    pause();
    const date = run && run.steps[at] ? day(run.steps[at]) : 0;
    run = chosen;
    $("calendar").max = String(run.steps.length - 1);
    $("replay").textContent = `npm run drill -- --story ${run.story} --seed ${run.seed} --accounts ${run.accounts} --playing ${{ "as-it-happened": "a", repaired: "b" }[run.playing] ?? "c"}`;
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
      ...(run.story === "june-2019" ? [figure("conflicts", number(step.conflicts), step.conflicts > 0)] : []),
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
    const all = squares();
    const columns = Math.ceil(Math.sqrt(all * 2));
    const size = 396 / columns;
    // Each that was open before this moment and is not open now is settled.
    const before = Math.max(...run.steps.slice(0, at + 1).map(open));
    const now = open(step);
    const square = (n) => s("rect", {
      class: "place", x: 2 + (n % columns) * size, y: 2 + Math.floor(n / columns) * size, width: size - 3, height: size - 3,
      rx: 1.5, "data-open": n < now, "data-settled": n >= now && n < before,
    });
    $("conflicts").replaceChildren(...Array.from({ length: all }, (_, n) => square(n)));
    $("conflicts-words").textContent = run.story === "june-2019" ? conflictWords(now, before) : peopleWords(now, before);
  }
  const conflictWords = (now, before) => now > 0
    ? `${counted(now, "id")} with an archived and a live copy: a restore that never overwrites refuses them.`
    : before > 0 ? `All ${number(before)} are settled, and nothing was thrown away.` : "None.";
  const peopleWords = (now, before) => now > 0
    ? `${counted(now, "person misses", "people miss")} a document that they want.`
    : before > 0 ? `All ${number(before)} have everything again.` : "Everybody has everything.";

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
  /** One of some buttons of which one is chosen. */
  function choice(name, value, checked, [title, about], chosen) {
    const input = h("input", { type: "radio", name, value, checked });
    input.addEventListener("change", chosen);
    return h("label", {}, input, h("span", {}, h("b", {}, title), h("small", {}, about)));
  }
  function tell(name) {
    const told = STORIES[name];
    const own = of(name);
    $("lead").textContent = told.lead(own[0]);
    $("conflicts-head").textContent = told.head;
    $("playings").replaceChildren(
      h("legend", { class: "visually-hidden" }, "How it is played"),
      ...own.map((one, n) => choice("playing", one.playing, n === 0, told.playings[one.playing], () => choose(one))),
    );
    run = undefined;
    // It opens where it hurts most.
    choose(own[0]);
    go(run.steps.findIndex(({ lost }) => lost === Math.max(...run.steps.map((step) => step.lost))));
  }
  const names = Object.keys(STORIES).filter((name) => of(name).length > 0);
  $("stories").append(...names.map((name, n) => choice("story", name, n === 0, [STORIES[name].title, STORIES[name].about], () => tell(name))));
  $("stories").hidden = names.length < 2;
  $("calendar").addEventListener("input", () => { pause(); go(Number($("calendar").value)); });
  $("play").addEventListener("click", () => (playing ? pause() : play()));
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input, a") || event.altKey || event.ctrlKey || event.metaKey) return;
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by) { pause(); go(at + by); event.preventDefault(); }
  });
  new ResizeObserver(() => run && drawBelieved()).observe($("believed"));
  tell(names[0]);
})();
