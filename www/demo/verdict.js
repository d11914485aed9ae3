// How the run ended, in one sentence, its figures, and what a person can do about it.
import { counted, duration, h, icon } from "./dom.js";
import { keepFocus } from "./redraw.js";
import { BLAME, explainError, FOLDER_STATES, RETRY } from "./words.js";

export function createVerdict(root, { again }) {
  let messages = null; // the figure that comes after the verdict
  let fresh = true; // no verdict of this run was shown yet

  /** The first verdict of a run is brought into sight: on a phone it is below the form. Later ones move nothing under the reader. */
  function bringIntoSight() {
    const { top, bottom } = root.getBoundingClientRect();
    if (fresh && (top < 0 || Math.min(bottom, top + 200) > innerHeight)) root.scrollIntoView({ block: "start" });
    fresh = false;
  }

  /** `aside` stands beside the words where there is room. */
  function show(tone, iconName, title, body, aside = null) {
    keepFocus(root, () => root.replaceChildren(h("section", { class: "verdict", data: { tone } }, icon(iconName),
      h("div", { class: "verdict-words" }, h("h2", {}, title), body), aside,
      tone !== "ok" && h("button", { type: "button", id: "again", on: { click: again } }, icon("again"), h("span", {}, "Try again")))));
    bringIntoSight();
  }

  function figures({ drive, receipt, took }) {
    const read = drive.folders.filter(({ state }) => state === "loaded").length;
    messages = figure("messages", "…");
    return h("dl", { class: "figures" },
      figure(receipt.confirmed ? "pins confirmed" : receipt.added > 0 ? "pins added" : "pins acknowledged", receipt.count.toLocaleString("en"), receipt.confirmed ? "ok" : "warn"),
      figure("folders read", read === drive.folders.length ? String(read) : `${read} of ${drive.folders.length}`, read === drive.folders.length ? "ok" : "warn"),
      figure("documents", drive.documents.toLocaleString("en")),
      messages,
      figure("from the click", duration(took)));
  }

  return {
    reset() {
      messages = null;
      fresh = true;
      keepFocus(root, () => root.replaceChildren());
    },

    /** The pins are settled. */
    done({ drive, receipt, took }) {
      const facts = figures({ drive, receipt, took });
      const short = receipt.refused.length;
      if (drive.kind === "complete") {
        if (short) return show("warn", "warn", "Pinned, except what the server does not take",
          h("p", {}, `The server refused ${short === 1 ? "one id" : counted(short, "id")}, ${receipt.refused.every(({ code }) => code === "pins/over-limit") ? "because the storage quota does not allow more" : "for a reason of its own"}. Everything else is pinned; nothing was removed.`), facts);
        if (receipt.surplusRetained) return show("warn", "warn", "Pinned; the server's list holds more",
          h("p", {}, "Every declared folder was read and everything in it is pinned. The list also holds ids that nobody here recorded: perhaps another device's newest. They stay unless you agree to give them up, below under “Guard”."), facts);
        if (!receipt.confirmed) return show("bad", "warn", "Not confirmed", h("p", {}, "The server names a hash that is no form of the list. Nothing was removed."), facts);
        // It was read, and proves nothing about what it held.
        const anew = drive.folders.filter(({ doubt }) => doubt);
        if (anew.length) return show("warn", "warn", `Confirmed; ${anew.length === 1 ? "one folder looks" : `${counted(anew.length, "folder")} look`} made anew, empty`, [
          h("p", {}, "The server holds these pins: its hash is the one that was computed here. But a client may have put an empty folder where the server had lost one, and what it held would then be missing here without a word."),
          h("ul", { class: "verdict-missing" }, anew.map(madeAnew)),
          h("p", { class: "safe" }, icon("check"), h("span", {}, h("strong", {}, "Nothing lost: "), "what was pinned for it before stays pinned until you agree to give it up. Leave the folder where it is: its entry holds the key to what the operator may still have. ",
            h("a", { href: "recovery.html" }, "What happened to my drive?"))),
        ], facts);
        // The guard keeps some that the drive does not name: then the list is not exactly the drive's.
        const holds = receipt.retained ? `holds these pins, and ${receipt.retained} that the drive no longer names and the guard keeps` : "holds exactly these pins";
        return show("ok", "check", "Complete and confirmed",
          h("p", {}, `${drive.folders.length ? "Every declared folder was read to its end, and the" : "The"} server ${holds}: its hash is the one that was computed here.`), facts);
      }
      const one = drive.missing.length === 1;
      const proof = receipt.confirmed
        ? "The server's hash is the one computed here: everything that could be read is pinned."
        : "The server acknowledged each of them. Its list holds more than could be read, so its hash differs from the one computed here; the surplus was kept.";
      show("warn", "warn", `${headline(receipt)}; ${one ? "one folder" : counted(drive.missing.length, "folder")} could not be read`, [
        h("p", {}, proof),
        h("ul", { class: "verdict-missing" }, drive.missing.map(missingFolder)),
        h("p", { class: "safe" }, icon("check"), h("span", {}, h("strong", {}, "Nothing lost: "),
          `only a complete drive may replace the server's list. This one is partial, so ${receipt.added > 0 ? "the list was only added to" : "nothing was taken off the list"}, and whatever is inside ${one ? "that folder" : "those folders"} keeps its pins.`)),
      ], facts);
    },

    /** So many messages have been read. */
    messages(count) {
      messages?.firstChild.replaceChildren(count.toLocaleString("en"));
      messages?.lastChild.replaceChildren(count === 1 ? "message" : "messages in order");
    },

    failed(error, fatal = true) {
      const { code, title, text, safe, here } = explainError(error);
      const facts = Object.entries(error.detail ?? {});
      const body = [h("p", {}, here ? `${text} ${here}` : text), h("p", { class: "safe" }, icon("check"), h("span", {}, h("strong", {}, "Not lost: "), safe))];
      show(fatal ? "bad" : "warn", "warn", title, body, h("dl", { class: "facts" },
        h("dt", {}, "code"), h("dd", {}, h("code", { id: "error-code" }, code)),
        error.blame && [h("dt", {}, "who can act"), h("dd", {}, BLAME[error.blame] ?? error.blame)],
        error.retry && [h("dt", {}, "again?"), h("dd", {}, RETRY[error.retry] ?? error.retry)],
        h("dt", {}, "in its own words"), h("dd", {}, error.message),
        facts.map(([key, value]) => [h("dt", {}, key), h("dd", {}, h("code", {}, String(value)))])));
    },

    stopped() {
      show("idle", "stop", "Stopped", h("p", {}, "The run was given up on request. Nothing was removed from the server."));
    },
  };
}

/** Of a partial drive: what was done is said, and nothing that was not. */
function headline({ confirmed, added }) {
  if (added > 0) return confirmed ? "Additions confirmed" : "Additions made";
  return confirmed ? "Pins confirmed" : "Nothing to add";
}

function figure(label, number, tone = "idle") {
  return h("div", { data: { tone } }, h("dd", { class: "num" }, number), h("dt", {}, label));
}

function madeAnew(folder) {
  return h("li", {}, icon("warn"), h("span", {}, h("strong", { dir: "auto" }, folder.title ?? "a folder without a name"), ": younger than its entry in the drive ", h("code", {}, folder.doubt)));
}

function missingFolder(folder) {
  const state = FOLDER_STATES[folder.state];
  return h("li", {}, icon(state?.icon ?? "warn"),
    h("span", {}, h("strong", { dir: "auto" }, folder.title ?? "untitled folder"), `: ${state?.short ?? folder.state} `, folder.code && h("code", {}, folder.code)));
}
