// Replays runs of the explorer: those that it has run beside it, or one from a file that `explore --json` wrote.
import { announce, counted, duration, h } from "./dom.js";
import { icon, placeIcons } from "./icons.js";
import { createLane, kindOf } from "./replay-lane.js";
import { runSeed, stopRun } from "./replay-run.js";
import { clientWords } from "./replay-words.js";
import "./theme-button.js";

placeIcons(document);
const $ = (id) => document.getElementById(id);
const LARGEST_FILE = 16 * 1024 * 1024;
/** Between two answers while it plays. */
const PACE_MS = 350;
/** Most runs are done before it; only a longer one is said to be under way. */
const SOON_MS = 250;

let runs = [];
let lanes = [];
let playing = null;
let shownSoon; // the timer after which a run is shown to be under way
let naming; // the timer after which the address names this place

/** What a file or a run gave, if it is that. */
function understood({ v, runs }) {
  const fits = v === 1 && Array.isArray(runs) && runs.length > 0 && runs.length <= 4 && runs.every((run) => Array.isArray(run.steps) && Array.isArray(run.folders));
  if (!fits) throw new Error("it holds no runs of the explorer");
  return runs;
}

/** `place`: after how many answers; without one, at the loss. */
function show(read, place) {
  pause();
  runs = read;
  const [{ client, seed }] = runs;
  if ([...$("client").options].some(({ value }) => value === client)) $("client").value = client;
  $("seed").value = seed;
  lanes = runs.map((run, at) => createLane(run, at, { go }));
  $("lanes").replaceChildren(...lanes.map(({ element }) => element));
  $("lanes").dataset.count = String(lanes.length);
  $("transport").hidden = false;
  $("position").max = String(longest());
  $("to-loss").hidden = lossAt() === 0;
  $("rails").replaceChildren(...runs.map(rail));
  go(place ?? (lossAt() || longest()));
  say(`${clientWords(client)[0]}, seed ${seed}: ${counted(runs[0].steps.length, "answer")}.`);
  document.body.dataset.shown = `${client}/${seed}`;
}

const longest = () => Math.max(...runs.map(({ steps }) => steps.length));
/** After how many answers the first pin is lost; 0 if none is. */
const lossAt = () => runs[0].steps.findIndex(({ lost }) => lost.length > 0) + 1;

function rail(run) {
  const marks = run.steps.map((step, at) => {
    const mark = h("span", { class: "rail-mark", data: { kind: kindOf(step) ?? "answer" } });
    mark.style.setProperty("--at", `${((at + 1) / longest()) * 100}%`);
    return mark;
  });
  return h("div", { class: "rail" }, h("span", { class: "rail-name" }, clientWords(run.client)[0]), h("div", { class: "rail-marks" }, marks));
}

function go(count) {
  const place = Math.max(0, Math.min(count, longest()));
  $("position").value = String(place);
  const at = Math.max(...runs.map(({ steps }) => steps[Math.min(place, steps.length) - 1]?.at ?? 0));
  const words = `after ${place} of ${counted(longest(), "answer")}${at ? `, ${duration(at)}` : ""}`;
  $("place").textContent = words;
  $("position").setAttribute("aria-valuetext", words);
  $("rails").style.setProperty("--place", `${(place / longest()) * 100}%`);
  for (const { show } of lanes) show(place);
  // Not each step of a run that plays: browsers take only so many addresses in a minute.
  clearTimeout(naming);
  naming = setTimeout(() => history.replaceState(null, "", `#${runs[0].client}/${runs[0].seed}/${place}`), 300);
}

function pause() {
  clearInterval(playing);
  playing = null;
  $("run-text").textContent = "Play";
  $("run").querySelector("svg").replaceWith(icon("play"));
}

function play() {
  if (playing) return pause();
  if (Number($("position").value) >= longest()) go(0);
  $("run-text").textContent = "Pause";
  $("run").querySelector("svg").replaceWith(icon("stop"));
  playing = setInterval(() => {
    go(Number($("position").value) + 1);
    if (Number($("position").value) >= longest()) pause();
  }, PACE_MS);
}

function say(text, problem = false) {
  $("note").textContent = text;
  $("note").dataset.problem = String(problem);
}

/** Shows a seed, or with `next` the first from this one on that loses something. A later choice ends it. */
async function ran(client, seed, { next = false, place } = {}) {
  const words = `${clientWords(client)[0]}, ${next ? `seeds from ${seed} on` : `seed ${seed}`}`;
  say(`Running: ${words}…`);
  working(true);
  try {
    const found = await runSeed({ client, seed, next }, looked);
    if (found === undefined) return;
    if (found === null) say(`None of the hundred seeds from ${seed} on loses anything.`);
    else show(understood(found), place);
  } catch (error) {
    say(`No run: ${error.message}.`, true);
  }
  working(false);
}

function working(on) {
  clearTimeout(shownSoon);
  if (!on) {
    // What is hidden has no focus: it would be nowhere.
    if (document.activeElement === $("stop")) $("next").focus();
    $("working").hidden = true;
  } else shownSoon = setTimeout(() => ($("working").hidden = false), SOON_MS);
  $("looked").removeAttribute("value");
}

function looked(count, most) {
  $("looked").max = most;
  $("looked").value = count;
}

function stop() {
  stopRun();
  working(false);
}

async function opened(file) {
  try {
    if (file.size > LARGEST_FILE) throw new Error("it is larger than 16 MB");
    const read = understood(JSON.parse(await file.text()));
    stop();
    show(read);
    announce(`Opened ${file.name}`);
  } catch (error) {
    say(`${file.name} cannot be shown: ${error.message}.`, true);
  }
}

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  void ran($("client").value, Number($("seed").value));
});
$("next").addEventListener("click", () => void ran($("client").value, Number($("seed").value) + 1, { next: true }));
$("stop").addEventListener("click", () => {
  stop();
  say("Stopped.");
});
$("open").addEventListener("click", () => $("file").click());
$("file").addEventListener("change", () => {
  const [file] = $("file").files;
  $("file").value = "";
  if (file) void opened(file);
});
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const [file] = event.dataTransfer.files;
  if (file) void opened(file);
});

$("position").addEventListener("input", () => {
  pause();
  go(Number($("position").value));
});
const step = (by) => () => {
  pause();
  go(Number($("position").value) + by);
};
$("back").addEventListener("click", step(-1));
$("on").addEventListener("click", step(1));
$("run").addEventListener("click", play);
$("to-loss").addEventListener("click", () => {
  pause();
  go(lossAt());
});
document.addEventListener("keydown", (event) => {
  if (!lanes.length || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea")) return;
  const act = { ArrowLeft: step(-1), ArrowRight: step(1) }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

/** `#client/seed` shows that run, `#client/seed/place` as it is after so many answers. */
function fromAddress() {
  const [, client, seed, place] = location.hash.match(/^#([a-z0-9-]+)\/(\d+)(?:\/(\d+))?$/) ?? [];
  if (!client) return;
  const at = place === undefined ? undefined : Number(place);
  if (document.body.dataset.shown !== `${client}/${seed}`) void ran(client, Number(seed), { place: at });
  else if (at !== undefined) go(at);
}
addEventListener("hashchange", fromAddress);
fromAddress();
document.body.dataset.ready = "true";
