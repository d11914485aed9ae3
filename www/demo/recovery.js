// "What happened to my drive?": wires the page. All it knows comes from pinfold/recovery, as any application would use it.
import { compareReports, openRecovery } from "/dist/recovery.js";
import { announce, bytes, counted, h, icon } from "./dom.js";
import { placeIcons } from "./icons.js";
import { createAffected } from "./recovery-affected.js";
import { createCheck } from "./recovery-check.js";
import { contentOf, createRemove } from "./recovery-delete.js";
import { isLoss, momentsOf } from "./recovery-events.js";
import { createTimeline } from "./recovery-lanes.js";
import { createLost, createTags } from "./recovery-list.js";
import { untitled, when } from "./recovery-words.js";
import { explainError } from "./words.js";
import "./theme-button.js";

placeIcons(document);
const $ = (id) => document.getElementById(id);
/** How many changes are read into the page. */
const MOST = 5_000;

let recovery;
let current; // the AbortController of what runs
let notice; // an operator's, as a text
let tag; // of today, or the one that was used last
let names = new Map(); // what is known by which name

const timeline = createTimeline($("timeline"));
const lost = createLost($("lost"), {
  restore: (channels, given, makeFolders) => putBack(channels, { tag: given, makeFolders }),
});
const tags = createTags($("tags"), {
  tagged: (asked) => recovery.tagged(asked, { titles: true }),
  take: (text, given) => putBack([], { notice: text, tag: given }),
  undo: async (asked) => {
    const result = await recovery.undo(asked);
    await show({ tags: false });
    return result;
  },
});
const affected = createAffected($("affected"), {
  ask: (question) => recovery.affected(question, { titles: true, notice }),
  fate: (title) => recovery.fate({ title }, { notice }),
});
const check = createCheck($("check"), {
  check: (options) => recovery.diagnose({ ...options, titles: true, notice }),
  compare: compareReports,
  nameOf: (channel) => names.get(channel),
});
const remove = createRemove($("remove"), $("plan"), {
  warningsOff: () => recovery.warningsOff(),
  switchWarning: (action, on) => recovery.switchWarning(action, on),
  plan: (picks, action) => recovery.planDelete(picks, { action }, { titles: true }),
  carryOut: (plan, agreement) => recovery.carryOut(plan, agreement),
  done: () => show(),
});

/** Puts back, and shows what came of it. */
async function putBack(channels, options) {
  const result = await recovery.restore(channels, options);
  tag = result.tag;
  // From now on everything is judged by it.
  notice = options.notice ?? notice;
  await show();
  return result;
}

$("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  await close();
  const controller = (current = new AbortController());
  const { signal } = controller;
  $("verdict").replaceChildren();
  $("look").disabled = true;
  $("stop").disabled = false;
  reading("Logging in…");
  try {
    const opened = await openRecovery({ origin: location.origin, username: $("username").value, password: $("password").value }, { signal });
    if (controller !== current) return await opened.close();
    recovery = opened;
    await recovery.read({ signal, onRead: told });
    ({ tag } = await recovery.restore([], { dry: true }));
    lost.silent();
    await show();
  } catch (error) {
    if (controller === current && !signal.aborted) failed(error);
  } finally {
    if (controller === current) {
      reading();
      $("look").disabled = false;
      document.body.dataset.runs = String(Number(document.body.dataset.runs ?? 0) + 1);
    }
  }
});

$("stop").addEventListener("click", async () => {
  await close();
  $("verdict").replaceChildren();
  reading();
  $("look").disabled = false;
  // The button that goes hands the focus on.
  if (document.activeElement === $("stop")) $("look").focus();
  $("stop").disabled = true;
});

async function close() {
  current?.abort();
  current = undefined;
  $("skip").hidden = $("timeline").hidden = $("check").hidden = $("columns").hidden = true;
  // No title stays in the page.
  for (const shown of document.querySelectorAll("#verdict, #plan, .losses, .tree, .tags-body, .lanes, .moments, .history-notes")) shown.replaceChildren();
  affected.clear();
  check.clear();
  names = new Map();
  tags.forget();
  const open = recovery;
  recovery = notice = undefined;
  await open?.close();
}

function reading(text) {
  $("reading").hidden = text === undefined;
  $("reading").textContent = text ?? "";
}

/** How far it is. Questions come after the reading. */
function told({ documents, lines, bytes: size, answered, asked }) {
  reading(asked > 0 ? `Asking the server: ${answered.toLocaleString("en")} of ${counted(asked, "question")} answered` : `Reading: ${counted(documents, "document")}, ${counted(lines, "line")}, ${bytes(size)}`);
}

/** Everything that the page shows, from what was read last. */
async function show({ tags: alsoTags = true } = {}) {
  const titles = true;
  const losses = await recovery.lost({ titles, notice, onRead: told }).finally(() => reading());
  const [documents, history, things, tagged] = [
    await recovery.documents({ titles }), await recovery.history({ titles, count: MOST }),
    await recovery.affected({ from: 0, to: Date.now() }, { titles, notice }), await recovery.tagged(tag, { titles }),
  ];
  const anew = things.filter(({ harm, kind }) => harm === "made-anew" && kind === "sharedFolder");
  names = namesOf(documents, losses);
  const nameOf = (channel) => names.get(channel) ?? "a document of the account";
  const moments = momentsOf({ changes: history.changes, lost: losses, anew, tagged });
  timeline.show({ moments, documents, nameOf, notes: notesOf(documents, nameOf, history) });
  lost.show({ lost: losses, today: tag, nameOf });
  verdict({ documents, losses, moments, unknown: things.some(({ harm }) => harm === "unknown") });
  affected.clear();
  $("skip").hidden = $("timeline").hidden = $("check").hidden = $("columns").hidden = false;
  if (alsoTags) await tags.show({ today: tag });
  await showContents(nameOf);
}

async function showContents(nameOf) {
  using drive = await recovery.session.loadDrive();
  const own = recovery.session.account.driveChannel;
  const contents = [contentOf(await drive.document(), undefined, own)];
  for (const folder of drive.folders) {
    if (folder.state !== "loaded" || !folder.channel) {
      contents.push({ channel: folder.channel ?? folder.id, items: [], count: 0, note: "It could not be read." });
    } else contents.push(contentOf(await drive.document(folder.id), folder.channel, own));
  }
  remove.show({ contents, nameOf });
}

function namesOf(documents, losses) {
  const names = new Map();
  for (const { channel, of, title } of documents) names.set(channel, of === "account" ? "your drive" : (title ?? (of === "team" ? "a team's drive" : untitled("sharedFolder", channel))));
  for (const { channel, title } of losses) if (title && !names.get(channel)?.startsWith("your")) names.set(channel, title);
  return names;
}

/** What cannot be told, in sentences. */
function notesOf(documents, nameOf, { forgotten, total }) {
  const notes = [];
  for (const { channel, begins, first, unread, holes, server } of documents) {
    if (begins === "trimmed") notes.push(`The history of ${nameOf(channel)} was shortened by its owner: nothing can be told of the time before ${when(first?.time)}.`);
    if (unread > 0) notes.push(`${counted(unread, "line")} in ${nameOf(channel)} do not open: what they did is not known.`);
    if (holes > 0) notes.push(`The history of ${nameOf(channel)} has a hole: what came after it is not known.`);
    if (server === "missing") notes.push(`The server has nothing of ${nameOf(channel)}.`);
    if (server === "archived") notes.push(`The server has put ${nameOf(channel)} away: an operator can tell why.`);
  }
  if (forgotten > 0 || total > MOST) notes.push(`Older changes than these are not shown: ${counted(forgotten + Math.max(0, total - MOST), "change")}.`);
  return notes;
}

function verdict({ documents, losses, moments, unknown }) {
  const unwanted = losses.filter(({ intent }) => intent !== "deliberate");
  const back = unwanted.filter(({ left }) => left === null);
  const figures = h("dl", { class: "figures" },
    figure("lost", losses.length.toLocaleString("en"), unwanted.length ? "warn" : "idle"),
    figure("probably not wanted", unwanted.length.toLocaleString("en"), unwanted.length ? "warn" : "ok"),
    figure("can come back now", losses.filter(({ left }) => left === null).length.toLocaleString("en"), "ok"),
    figure("documents read", documents.filter(({ lines }) => lines > 0).length.toLocaleString("en")),
    figure("lines", documents.reduce((sum, { lines }) => sum + lines, 0).toLocaleString("en")));
  const shown = (tone, name, title, text) => {
    $("verdict").replaceChildren(h("section", { class: "verdict", data: { tone } }, icon(name), h("div", { class: "verdict-words" }, h("h2", {}, title), h("p", {}, text)), figures));
    announce(title);
  };
  const known = !unknown && documents.every(({ lines, holes, unread, server }) => lines > 0 && holes === 0 && unread === 0 && !server);
  const begins = documents.some(({ begins }) => begins === "trimmed");
  if (unwanted.length === 0 && !known) {
    return shown("warn", "warn", "Nothing is known to be lost", "Not everything could be read, so this is no proof. What is missing is named below the timeline.");
  }
  if (unwanted.length === 0) {
    return shown("ok", "check", losses.length === 0 ? "Nothing is lost" : "Nothing is lost that you did not remove yourself",
      losses.length === 0 ? `Everything that your drive, your teams and your folders held${begins ? " since their histories begin" : ""} is still there.` : `${counted(losses.length, "entry", "entries")} left your drive, and everything speaks for your having meant it. You can still put ${losses.length === 1 ? "it" : "them"} back below.`);
  }
  const last = moments.findLast(isLoss);
  const rest = unwanted.length - back.length;
  shown("warn", "warn", `${counted(unwanted.length, "entry", "entries")} ${unwanted.length === 1 ? "is" : "are"} gone that you probably did not want to lose`,
    `${back.length === 0 ? "None of them can be put back by you alone" : rest === 0 ? "All of them can come back" : `${back.length} of them can come back now; ${rest === 1 ? "one needs" : `${rest} need`} somebody else`}.${last ? ` The last loss was ${when(last.from)}.` : ""}`);
}

function figure(label, number, tone = "idle") {
  return h("div", { data: { tone } }, h("dd", { class: "num" }, number), h("dt", {}, label));
}

function failed(error) {
  console.warn(error);
  const { code, title, text, safe } = explainError(error);
  $("verdict").replaceChildren(h("section", { class: "verdict", data: { tone: "bad" } }, icon("warn"),
    h("div", { class: "verdict-words" }, h("h2", {}, title), h("p", {}, text), h("p", { class: "safe" }, icon("check"), h("span", {}, h("strong", {}, "Not lost: "), safe))),
    h("dl", { class: "facts" }, h("dt", {}, "code"), h("dd", {}, h("code", { id: "error-code" }, code)), h("dt", {}, "in its own words"), h("dd", {}, error.message))));
}

// The accounts that this server offers: recorded incidents first.
async function start() {
  const offer = await fetch("demo.json").then((answer) => (answer.ok ? answer.json() : {})).catch(() => ({}));
  const accounts = [...(offer.incidents ?? []), ...(offer.accounts ?? [])];
  if (accounts.length === 0) accounts.push({ label: "One of this instance", username: "", password: "", note: `An account of the instance behind ${location.host}.` });
  const select = $("account");
  select.replaceChildren(...accounts.map(({ label }, at) => h("option", { value: String(at) }, label)));
  const choose = () => {
    const { username, password, note } = accounts[Number(select.value)];
    [$("username").value, $("password").value, $("account-note").textContent] = [username, password, note];
  };
  select.addEventListener("change", choose);
  choose();
  document.body.dataset.ready = "true";
}
void start();
