// Deleting only what was meant: what is in the drive, with checkboxes, and the plan as a dialog.
import { announce, counted, h, icon, panelHead } from "./dom.js";
import { explainCode } from "./words.js";
import { countedKind, kindOf, REFUSED, untitled } from "./recovery-words.js";

/**
 * `plan(picks, action)`, `carryOut(plan, agreement)`, `warningsOff()` and `switchWarning(action, on)` are the recovery's; `done()` is
 * called once something was deleted.
 */
export function createRemove(root, dialog, { plan, carryOut, warningsOff, switchWarning, done }) {
  const status = h("span");
  const tree = h("ul", { class: "tree" });
  const action = h("select", { id: "action" }, h("option", { value: "trash" }, "Into the trash"), h("option", { value: "remove" }, "Remove for good"));
  const button = h("button", { type: "submit", id: "see-plan", disabled: true }, icon("eye"), h("span", {}, "See what it comes to"));
  const words = h("p", { class: "outcome-note", role: "status" });
  const silenced = h("ul", { class: "silenced" });
  const form = h("form", {}, tree, h("div", { class: "restore-form" }, h("label", { class: "field" }, h("span", {}, "What shall be done"), action), button), words, silenced);
  root.replaceChildren(...panelHead("remove", "Before you delete", {
    status,
    about: ["Choose, and see first what it comes to: who else loses it, which keys go, what stays.", "Nothing is written before you agree to exactly that plan. Whatever changes in between makes your consent void."],
  }), form);
  let nameOf = () => "";

  const chosen = () => [...tree.querySelectorAll("input:checked")].map((box) => JSON.parse(box.value));
  tree.addEventListener("change", () => (button.disabled = chosen().length === 0));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    words.textContent = "";
    button.disabled = true;
    try {
      open(await plan(chosen(), action.value));
    } catch (error) {
      say("bad", explainCode(error.code) ?? error.message);
    } finally {
      button.disabled = chosen().length === 0;
    }
  });

  function say(tone, text) {
    words.dataset.tone = tone;
    words.textContent = text;
    announce(text);
  }

  /** The warnings that the person switched off: each can be switched on again. */
  function showSilenced(actions) {
    silenced.replaceChildren(...actions.map((one) => {
      const on = h("button", { type: "button", class: "warn-again", data: { action: one } }, icon("again"), h("span", {}, "Warn me again"));
      on.addEventListener("click", async () => {
        on.disabled = true;
        try {
          showSilenced(await switchWarning(one, true));
          announce("The warning is on again");
        } catch (error) {
          on.disabled = false;
          say("bad", explainCode(error.code) ?? error.message);
        }
      });
      return h("li", {}, icon("info"), h("span", {}, `You switched off the warning before ${SILENCED[one]}.`), on);
    }));
  }

  /** The deletion is done by then: a store that fails is told by itself. */
  async function keepSilent(action) {
    try {
      showSilenced(await switchWarning(action, false));
    } catch (error) {
      say("warn", `Done. This device could not keep that you do not want to be asked again: ${explainCode(error.code) ?? error.message}`);
    }
  }

  function open(shown) {
    const { report } = shown;
    const agreed = h("input", { type: "checkbox", id: "agreed" });
    // Never for destroying, for keys that go, for what cannot be expanded: then there is nothing to switch off.
    const mayBeOff = report.needsConsent && !report.alwaysAsks;
    const noMore = h("input", { type: "checkbox", id: "no-more" });
    const go = h("button", { type: "button", class: "primary danger", id: "carry-out", disabled: report.needsConsent }, icon("check"), h("span", {}, report.action === "trash" ? "Move exactly this" : "Delete exactly this"));
    const cancel = h("button", { type: "button", id: "cancel-plan" }, "Cancel");
    agreed.addEventListener("change", () => (go.disabled = !agreed.checked));
    cancel.addEventListener("click", () => dialog.close());
    go.addEventListener("click", async () => {
      go.disabled = true;
      try {
        const { refused } = await carryOut(shown, report.needsConsent ? { consent: report.digest } : {});
        dialog.close();
        if (refused) say("warn", REFUSED[refused]);
        else {
          say("ok", `Done: ${counted(report.documents, "document")}, exactly as planned.`);
          await done();
          if (noMore.checked) await keepSilent(report.action);
        }
      } catch (error) {
        go.disabled = false;
        dialog.querySelector(".plan-problem").textContent = explainCode(error.code) ?? error.message;
      }
    });
    dialog.replaceChildren(
      h("h2", { id: "plan-title" }, report.action === "trash" ? "What moving to the trash comes to" : "What deleting comes to"),
      h("p", { class: "plan-lead" }, lead(report)),
      h("ul", { class: "plan-rows" }, report.rows.map(row)),
      report.unexpandable.length > 0 ? h("p", { class: "cannot" }, icon("warn"), h("span", {}, `${counted(report.unexpandable.length, "folder")} could not be read: what is in there is not known, and not counted.`)) : "",
      report.needsConsent ? h("label", { class: "check plan-agree" }, agreed, h("span", {}, `I have read this, and mean exactly ${what(report.rows)}.`)) : "",
      mayBeOff ? h("label", { class: "check plan-no-more" }, noMore, h("span", {}, `Do not ask again on this device before ${SILENCED[report.action]}. What loses the key of a folder, or cannot be looked into, is always asked about.`)) : "",
      h("p", { class: "plan-problem problem", role: "alert" }),
      h("div", { class: "plan-actions" }, cancel, go));
    dialog.showModal();
    announce(lead(report));
  }

  function lead({ rows, unexpandable }) {
    const keys = rows.filter(({ losesKey, kind }) => losesKey && kind === "sharedFolder").length;
    const others = rows.filter((one) => one.others).length;
    const pins = rows.filter(({ losesPin }) => losesPin).length;
    return [
      `${capital(what(rows))} ${rows.length === 1 ? "leaves" : "leave"} ${rows.length === 1 ? "its" : "their"} place.`,
      keys > 0 && `The key of ${keys === 1 ? "that folder" : counted(keys, "folder")} leaves your drive.`,
      others > 0 && `Other members lose ${others === 1 ? "one of them" : `${others} of them`} as well.`,
      pins > 0 && `You no longer pin ${pins === rows.length ? (pins === 1 ? "it" : "any of them") : `${pins} of them`}.`,
      unexpandable.length > 0 && "Not everything could be read.",
    ].filter(Boolean).join(" ");
  }

  function row(one) {
    const stays = one.stays.map((channel) => nameOf(channel));
    return h("li", { class: "plan-row" }, icon(one.kind === "file" ? "file" : one.kind === "link" ? "arrow" : "folder"),
      h("div", {}, h("strong", { dir: "auto" }, one.title ?? untitled(one.kind, one.channel)), h("span", { class: "muted" }, ` ${kindOf(one.kind)} in ${nameOf(one.document)}${one.via ? ", goes with its folder" : ""}`),
        h("p", { class: "reasons" },
          stays.length > 0 && h("span", { class: "reason", data: { tone: "ok" } }, `stays in ${stays.join(", ")}`),
          one.others && h("span", { class: "reason", data: { tone: "bad" } }, "other members lose it too"),
          one.losesKey && h("span", { class: "reason", data: { tone: "bad" } }, "your key goes"),
          one.losesPin && h("span", { class: "reason", data: { tone: "warn" } }, one.owned ? "you no longer pin it, and it is yours" : "you no longer pin it"))));
  }

  return {
    /** `contents` are the documents of the account with what stands in them. */
    show({ contents, nameOf: names }) {
      nameOf = names;
      tree.replaceChildren(...contents.map(({ channel, items, note }) => h("li", {}, h("h3", { dir: "auto" }, nameOf(channel)), note && h("p", { class: "muted" }, note), branch(items))));
      button.disabled = true;
      // Without a store nothing is switched off.
      warningsOff().then(showSilenced, () => showSilenced([]));
      status.textContent = counted(contents.reduce((sum, { count }) => sum + count, 0), "document");
    },
  };
}

function branch(items) {
  if (items.length === 0) return h("p", { class: "muted" }, "empty");
  return h("ul", {}, items.map(({ title, kind, channel, pick, inner }) => h("li", {},
    h("label", { class: "check" }, h("input", { type: "checkbox", value: JSON.stringify(pick) }), icon(kind === "file" ? "file" : kind === "link" ? "arrow" : "folder"), h("span", { dir: "auto" }, title ?? untitled(kind, channel))),
    inner && branch(inner))));
}

/** No deeper folder is shown. */
const DEEPEST = 100;

/**
 * What stands in the root of each document, from their JSON: `{ channel, items, count }`. `json` is the account document or
 * a shared folder's; `channel` is undefined of the account's own.
 */
export function contentOf(json, channel, owner) {
  const drive = json?.drive ?? json ?? {};
  let count = 0;
  const of = (level, path) => (path.length > DEEPEST || typeof level !== "object" ? [] : Object.entries(level ?? {})).flatMap(([name, value]) => {
    const at = [...path, name];
    if (typeof value === "object" && value !== null) return value.metadata === true ? [] : [{ title: name, kind: "folder", pick: pick(at), inner: of(value, at) }];
    const [kind, entry] = [["file", drive.filesData?.[value]], ["sharedFolder", drive.sharedFolders?.[value]], ["link", drive.static?.[value]]].find(([, found]) => found) ?? [];
    if (!entry) return [];
    if (kind === "file") count += 1;
    // A co-editor may have written anything there.
    const title = [entry.filename, entry.title, entry.lastTitle, entry.name].find((one) => typeof one === "string") ?? null;
    return [{ title, kind, channel: typeof entry.channel === "string" ? entry.channel : null, pick: pick(at, String(value)) }];
  });
  const pick = (path, id) => ({ ...(channel && { document: channel }), path, ...(id && { id }) });
  const items = of(drive.root, []);
  return { channel: channel ?? owner, items, count };
}

/** "1 shared folder and 3 documents". */
const what = (rows) => [...Map.groupBy(rows, ({ kind }) => kind)].map(([kind, of]) => countedKind(kind, of.length)).join(" and ");

/** Before what a warning is off. */
const SILENCED = { trash: "several documents go to the trash", remove: "several documents are removed for good" };

const capital = (text) => text[0].toUpperCase() + text.slice(1);
