// "Is everything there?" Asks the server after each thing that the drive names, and tells what is not as it should be; a signed report
// to keep, and what became of things since an earlier one.
import { announce, counted, h, icon, panelHead } from "./dom.js";
import { explainError } from "./words.js";
import { PROBLEMS, REPORT_FATES, REPORTED, untitled, when } from "./recovery-words.js";

/** So many of a kind are listed. */
const LISTED = 200;
/** The longest report that is read, in bytes. */
const LONGEST = 32 * 1024 * 1024;

/** `check({ quick, signal, onAnswer })` resolves to a diagnosis; `compare(one, other)` to the difference of two reports. */
export function createCheck(root, { check, compare, nameOf }) {
  const status = h("span");
  const quick = h("input", { type: "checkbox", id: "check-quick" });
  const go = h("button", { type: "submit", class: "primary", id: "check-go" }, icon("check"), h("span", {}, "Check my drive"));
  const stop = h("button", { type: "button", id: "check-stop", hidden: true }, icon("stop"), h("span", {}, "Stop"));
  const form = h("form", { class: "check-form" }, go, stop, h("label", { class: "check" }, quick, h("span", {}, "Only ask whether the server has each thing: read no message")));
  const bar = h("progress", { class: "check-bar", max: 1, value: 0, aria: { label: "Answers so far" } });
  const far = h("p", { class: "check-far", role: "status" });
  const progress = h("div", { class: "check-progress", hidden: true }, bar, far);
  const body = h("div", { class: "check-body" });
  root.replaceChildren(...panelHead("check", "Is everything there?", {
    status,
    about: [
      "Asks the server after each document, folder, file and mailbox that your drive names, and compares its list of pins.",
      "Nothing is changed. The report at the end is signed with your account's key and holds ids, times and states, no titles and no contents. Keep it: with it, a later check says what is no longer there, and since when.",
    ],
  }), form, progress, body);
  let running;
  let last;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const mine = (running = new AbortController());
    busy(true);
    body.replaceChildren();
    status.textContent = "";
    far.textContent = "Reading the drive…";
    bar.removeAttribute("value");
    try {
      const told = await check({ quick: quick.checked, signal: mine.signal, onAnswer: ({ answered, asked }) => {
        [bar.max, bar.value] = [asked, answered];
        far.textContent = `${answered.toLocaleString("en")} of ${counted(asked, "question")} answered`;
      } });
      if (mine === running) tell(told);
    } catch (error) {
      if (mine === running) note(mine.signal.aborted ? "warn" : "bad", mine.signal.aborted ? "Stopped. Nothing was found out, and nothing changed." : explainError(error).title);
    } finally {
      if (mine === running) busy(false);
    }
  });
  stop.addEventListener("click", () => running?.abort());

  function busy(on) {
    // Of the two buttons one goes while the other comes. Whoever works with the keyboard does not lose their place.
    const holdsFocus = [go, stop].includes(document.activeElement);
    go.disabled = quick.disabled = on;
    progress.hidden = stop.hidden = !on;
    if (holdsFocus) (on ? stop : go).focus();
  }

  function note(tone, text) {
    body.replaceChildren(h("p", { class: "outcome-note", data: { tone }, role: "alert" }, text));
    announce(text);
  }

  function tell(told) {
    last = told.report;
    const bad = told.findings.filter(({ problem }) => PROBLEMS[problem].tone === "bad").length;
    const text = told.findings.length > 0 ? `${counted(told.findings.length, "thing")} ${told.findings.length === 1 ? "is" : "are"} not as ${told.findings.length === 1 ? "it" : "they"} should be.`
      : told.complete ? "Everything is there, as far as can be asked." : "Nothing is missing, as far as could be read. Not everything could be.";
    const tone = bad > 0 ? "bad" : told.findings.length > 0 || !told.complete ? "warn" : "ok";
    status.textContent = told.findings.length > 0 ? String(told.findings.length) : "";
    status.dataset.tone = tone;
    body.replaceChildren(
      h("p", { class: "outcome-note", data: { tone }, role: "status" }, text),
      ...Object.keys(PROBLEMS).map((problem) => group(problem, told.findings.filter((one) => one.problem === problem))).filter(Boolean),
      h("p", { class: "check-sums" }, `${counted(told.rows, "thing")} looked at. `, told.lists.map(({ count, confirmed }) => `${counted(count, "id")} to be pinned, ${confirmed ? "confirmed by the server" : "not confirmed by the server"}. `)),
      keeping());
    announce(text);
  }

  function group(problem, found) {
    if (found.length === 0) return undefined;
    const { tone, one, many, todo } = PROBLEMS[problem];
    return h("details", { class: "affected-group", data: { problem }, open: true },
      h("summary", {}, icon("chevron"), h("span", { class: "tag", data: { tone } }, found.length.toLocaleString("en")), h("span", {}, found.length === 1 ? one : many)),
      todo && h("p", { class: "check-todo" }, todo),
      h("ul", {}, found.slice(0, LISTED).map(row), found.length > LISTED && h("li", { class: "muted" }, `… and ${(found.length - LISTED).toLocaleString("en")} more`)));
  }

  function row({ id, document, state, count, since, title, problem }) {
    const isFolder = problem.startsWith("folder");
    const facts = [document && `in ${nameOf(document) ?? "a document of the account"}`, state !== "folder/made-anew" && state, count !== null && !isFolder && counted(count, "id"), count !== null && isFolder && `${counted(count, "entry", "entries")} before`, since && `since ${when(since)}`].filter(Boolean);
    const name = title ?? (isFolder ? untitled("sharedFolder", id) : id ? `${id.slice(0, 8)}…` : "one");
    return h("li", { data: { id } }, icon(isFolder ? "folder" : problem.startsWith("list") || problem.startsWith("pin") ? "pin" : problem.startsWith("mailbox") ? "mail" : problem.startsWith("team") || problem.startsWith("roster") ? "people" : "file"),
      h("span", {}, h("strong", { dir: "auto" }, name), facts.length > 0 && h("span", { class: "muted" }, ` ${facts.join(", ")}`)));
  }

  /** The report to save, and an earlier one to compare with. */
  function keeping() {
    const save = h("button", { type: "button", id: "save-report" }, icon("out"), h("span", {}, "Save the signed report"));
    save.addEventListener("click", () => {
      const link = h("a", { href: URL.createObjectURL(new Blob([last], { type: "application/json" })), download: `drive-report-${new Date().toISOString().slice(0, 10)}.json` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href));
    });
    const file = h("input", { type: "file", id: "earlier", accept: ".json,application/json" });
    const words = h("div", { class: "check-difference" });
    file.addEventListener("change", async () => {
      const [chosen] = file.files;
      if (!chosen) return;
      try {
        if (chosen.size > LONGEST) throw new RangeError("This file is larger than any report.");
        words.replaceChildren(...difference(await compare(await chosen.text(), last)));
      } catch (error) {
        const text = error instanceof RangeError ? error.message : error.code === "misuse/bad-argument" ? "This is no report, or not one of this account." : error.code === "crypto/signature" ? "This report was changed after it was signed." : explainError(error).title;
        words.replaceChildren(h("p", { class: "outcome-note", data: { tone: "bad" }, role: "alert" }, text));
      }
    });
    return h("div", {}, h("div", { class: "restore-form" }, h("label", { class: "field" }, h("span", {}, "Compare with an earlier report"), file), save), words);
  }

  function difference({ since, until, same, changes }) {
    const lost = changes.filter(({ fate }) => REPORT_FATES[fate].tone === "bad").length;
    const unsure = changes.filter(({ fate }) => REPORT_FATES[fate].tone === "warn").length;
    const outcome = [lost > 0 ? `${counted(lost, "thing")} lost` : unsure > 0 ? "nothing known to be lost" : "nothing lost", unsure > 0 && `${counted(unsure, "thing")} to look at`];
    const text = `Between ${when(since)} and ${when(until)}: ${outcome.filter(Boolean).join(", ")}, ${same.toLocaleString("en")} as before.`;
    announce(text);
    const groups = Object.keys(REPORT_FATES).map((fate) => {
      const found = changes.filter((one) => one.fate === fate);
      if (found.length === 0) return undefined;
      const { tone, one, many } = REPORT_FATES[fate];
      return h("details", { class: "affected-group", data: { fate }, open: tone !== "ok" },
        h("summary", {}, icon("chevron"), h("span", { class: "tag", data: { tone } }, found.length.toLocaleString("en")), h("span", {}, found.length === 1 ? one : many)),
        h("ul", {}, found.slice(0, LISTED).map(({ id, kind, is }) => h("li", { data: { id } }, icon(kind === "folder" || kind === "account" || kind === "team" ? "folder" : kind === "mailbox" ? "mail" : "file"),
          h("span", {}, h("strong", { dir: "auto" }, nameOf(id) ?? `${id.slice(0, 8)}…`), h("span", { class: "muted" }, ` ${REPORTED[kind]}${is ? `, now ${is}` : ""}`)))),
        found.length > LISTED && h("li", { class: "muted" }, `… and ${(found.length - LISTED).toLocaleString("en")} more`)));
    });
    return [h("p", { class: "outcome-note", data: { tone: lost > 0 ? "bad" : unsure > 0 ? "warn" : "ok" }, role: "status" }, text), ...groups.filter(Boolean)];
  }

  return {
    /** Nothing of one account stays for the next. */
    clear() {
      running?.abort();
      running = last = undefined;
      busy(false);
      status.textContent = "";
      body.replaceChildren();
    },
  };
}
