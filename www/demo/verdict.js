// How the run ended, in one sentence, and what a person can do about it.
import { counted, duration, h, icon } from "./dom.js";
import { BLAME, explainError, FOLDER_STATES, RETRY } from "./words.js";

export function createVerdict(root, { again }) {
  function show(tone, iconName, title, ...rest) {
    root.replaceChildren(h("div", { class: "verdict", data: { tone } }, icon(iconName), h("div", {}, h("h2", {}, title), rest),
      tone !== "ok" && h("button", { type: "button", id: "again", on: { click: again } }, icon("again"), h("span", {}, "Try again"))));
  }

  return {
    reset: () => root.replaceChildren(),

    /** The pins are settled. */
    done({ drive, receipt, took }) {
      const folders = counted(drive.folders.length, "declared folder");
      const pins = counted(receipt.count, "pin");
      if (!receipt.confirmed) {
        return show("bad", "warn", "Not confirmed", h("p", {}, "The server names a hash that is neither form of the list. Nothing was removed."));
      }
      if (drive.kind === "complete") {
        return show("ok", "check", "Complete and confirmed",
          h("p", {}, `All ${folders} are accounted for, and the server holds exactly these ${pins}. `, h("span", { class: "muted" }, `After ${duration(took)}.`)));
      }
      show("warn", "warn", "Partial, confirmed, and nothing lost",
        h("p", {}, `${counted(drive.missing.length, "folder")} of ${drive.folders.length} could not be seen into, so the ${pins} that are known were added and nothing was replaced. Whatever is inside keeps the pins it has. `,
          h("span", { class: "muted" }, `After ${duration(took)}.`)),
        h("ul", { class: "verdict-missing" }, drive.missing.map((folder) => h("li", {}, h("strong", {}, folder.title ?? "untitled folder"), ` – ${FOLDER_STATES[folder.state]?.label ?? folder.state} `, folder.code && h("code", {}, folder.code)))));
    },

    failed(error, fatal = true) {
      const { code, title, text, safe } = explainError(error);
      const facts = Object.entries(error.detail ?? {});
      show(fatal ? "bad" : "warn", "warn", title,
        h("p", {}, text),
        h("p", { class: "safe" }, icon("check"), h("span", {}, h("strong", {}, "Not lost: "), safe)),
        h("dl", { class: "facts" },
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
