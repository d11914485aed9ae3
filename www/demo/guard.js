// The guard's plan: changes, retained ids and the reasons, evidence against the server. Consent is given here.
import { announce, counted, h, icon, panelHead, short } from "./dom.js";
import { keepFocus } from "./redraw.js";
import { saved } from "./save.js";
import { ABOUT, CAUSES, explainCode } from "./words.js";

export function createGuard(root) {
  const plan = h("div", { class: "guard-plan" });
  const kept = h("div");
  const evidence = h("div");
  const status = h("span");
  root.replaceChildren(...panelHead("guard", "Guard", { status, about: ABOUT.guard }), plan, kept, evidence);

  function draw(ofPlan, ofKept, ofEvidence) {
    keepFocus(root, () => {
      plan.replaceChildren(...ofPlan);
      kept.replaceChildren(...ofKept);
      evidence.replaceChildren(...ofEvidence);
    });
  }

  function reset() {
    draw([], [], []);
    status.replaceChildren();
    plan.append(h("p", { class: "empty" }, "What is kept, and what would be given up, appears here once the pins are sent."));
  }
  reset();

  return {
    reset,

    /**
     * `agree` sends the pins again with consent to this plan; null where nothing may be given up. `putBack` restores the
     * kept entry of a channel.
     */
    show({ plan: shown, report, agree, putBack }) {
      status.textContent = shown.needsConsent ? "asks" : shown.retained.length ? `keeps ${counted(shown.retained.length, "id")}` : "nothing to ask";
      const asks = shown.needsConsent && agree ? [agreement(shown, agree)] : [];
      draw([...changes(shown), ...asks], keys(report, putBack), proofs(report.evidence));
      if (shown.needsConsent) announce("The guard asks for consent");
    },
  };
}

function changes({ removed, retained, due, doubts, unknownList }) {
  const rows = [];
  for (const doubt of doubts) rows.push(row("warn", "warn", `In doubt: ${explainCode(doubt.code)}`, heldBy(doubt)));
  for (const [cause, ids] of grouped(removed, ({ cause }) => cause)) rows.push(row("warn", "clock", `${counted(ids.length, "id")}: ${CAUSES[cause]}`, `Pinned until the wait is over. ${capital(ids[0].advice)}.`, ids));
  for (const [why, ids] of grouped(retained, ({ why }) => why)) rows.push(row("ok", "check", `${counted(ids.length, "id")} kept: ${CAUSES[why] ?? explainCode(why)}`, keptUntil(ids), ids));
  if (due.length) rows.push(row("warn", "clock", `${counted(due.length, "id")} waited long enough`, "The next replacement of the list is without them.", due));
  if (unknownList) rows.push(row("warn", "warn", "The server's list holds ids that nobody here recorded", "They may be what another device pinned a moment ago, so they stay unless you agree to give up exactly this list."));
  if (rows.length === 0) rows.push(row("ok", "check", "Nothing that was pinned before is missing", "Everything the ledger holds is named by the drive."));
  return [h("ul", { class: "guard-rows" }, rows)];
}

function heldBy({ channel, code, held }) {
  const name = short(channel, 8);
  if (held) return `${name} held ${counted(held, "id")} when it was last read; they stay pinned.`;
  if (code === "folder/made-anew") return `${name} may have held ids that nobody here recorded and the server's list has; they stay pinned.`;
  return `${name} was never read by this browser: what it holds is unknown, so nothing is replaced.`;
}

function keptUntil(ids) {
  const until = Math.max(...ids.map(({ until }) => until ?? 0));
  return until ? `Unpinned after ${new Date(until).toLocaleDateString("en")}, unless it comes back.` : "Until the document can be read again.";
}

function row(tone, name, title, text, ids = []) {
  return h("li", { data: { tone } }, icon(name), h("div", {}, h("strong", { dir: "auto" }, title), h("p", {}, text),
    ids.length > 0 && h("details", {}, h("summary", {}, icon("chevron"), "Which"),
      h("ul", { class: "ids" }, ids.map(({ id, folder }) => h("li", {}, h("code", { title: id }, short(id, 12)), folder && h("span", { class: "muted" }, ` in ${short(folder, 8)}`)))))));
}

/** What the user is asked: what would go and how much, in a sentence; and what the button says. */
export function question({ removed, due, unknownList }) {
  const parts = [];
  if (removed.length) parts.push(`${counted(removed.length, "id")} would begin to wait, and leave the server's list after that`);
  if (due.length) parts.push(`${counted(due.length, "id")} would leave it now`);
  if (unknownList) parts.push("what the server's list holds beside this drive would leave it now: how much that is only the server knows");
  const count = removed.length + due.length;
  const label = unknownList ? (count ? `Give up ${counted(count, "id")} and the unknown rest of the list` : "Give up the unknown rest of the list") : `Give up ${counted(count, "id")}`;
  return { text: `If you agree, ${parts.join("; ") || "the doubts above count for nothing"}.`, label: count || unknownList ? label : "Agree all the same" };
}

function agreement(shown, agree) {
  const { text, label } = question(shown);
  // Not the button that a hand goes to by itself: to leave things as they are nothing has to be pressed.
  const button = h("button", { type: "button", class: "danger", id: "agree" }, icon("warn"), h("span", {}, label));
  button.addEventListener("click", () => {
    disable(button);
    void agree();
  });
  return h("div", { class: "guard-agree", role: "group", aria: { labelledby: "guard-question" } },
    h("p", { id: "guard-question" }, text),
    button, h("p", { class: "muted" }, "Or leave everything as it is: nothing has to be done for that. Consent is bound to this difference; if anything changes it counts for nothing."));
}

function keys({ vault, tombstones }, putBack) {
  if (vault.length + tombstones.length === 0) return [];
  const stones = new Map(tombstones.map((stone) => [stone.channel, stone]));
  for (const { channel } of vault) if (!stones.has(channel)) stones.set(channel, null);
  return [h("h3", {}, "Tombstones and kept keys"), h("ul", { class: "guard-rows" }, [...stones].flatMap(([channel, stone]) => {
    const kept = vault.filter((one) => one.channel === channel);
    return (kept.length > 0 ? kept : [undefined]).map((key) => shown(channel, stone, key));
  }))];

  function shown(channel, stone, key) {
    const item = row(stone ? "warn" : "idle", "key", key?.title ?? short(channel, 12),
      [stone && `${stone.by === "server" ? "The server says" : "Seen"}: ${stone.reason}.`, DECISIONS[key?.decision], OPENS[key?.opens]].filter(Boolean).join(" "));
    if (key?.decision === "open") item.lastElementChild.append(restoring(() => putBack(channel, key.id)));
    return item;
  }
}

const OPENS = {
  perhaps: "Whether its link leads there is not certain.",
  no: "Its link does not lead there: somebody may have made it up.",
};

const DECISIONS = {
  open: "Its key is kept until you decide.",
  restored: "It was put back.",
  discarded: "You gave its key up.",
};

function restoring(putBack) {
  const button = h("button", { type: "button", class: "quiet put-back" }, icon("check"), h("span", {}, "Put back"));
  button.addEventListener("click", async () => {
    disable(button);
    try {
      await putBack();
    } catch (error) {
      button.disabled = false;
      button.after(h("p", { role: "alert" }, explainCode(error.code)));
    }
  });
  return button;
}

/** The focus of a disabled button is nowhere. */
function disable(button) {
  keepFocus(button.closest("section"), () => {
    button.disabled = true;
  });
}

function proofs(items) {
  if (items.length === 0) return [];
  const save = h("button", { type: "button", class: "quiet", id: "save-evidence" }, icon("copy"), h("span", {}, "Save as a file"));
  save.addEventListener("click", () => {
    saved("pinfold-evidence.json", "application/json", [JSON.stringify({ v: 1, items }, null, 2)]);
  });
  return [h("h3", {}, "What the server was caught at ", save), h("ul", { class: "guard-rows" }, items.map((item) =>
    row("bad", "warn", explainCode(item.code), [item.channel && short(item.channel, 12), ...item.facts.map(([name, fact]) => `${name} ${short(fact, 16)}`), item.times > 1 && `${item.times} times`].filter(Boolean).join(" · "))))];
}

function grouped(items, of) {
  return [...Map.groupBy(items, of)];
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
