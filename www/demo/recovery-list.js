// What can come back, with checkboxes; what has a tag, and undoing it.
import { announce, counted, h, icon, panelHead } from "./dom.js";
import { explainCode } from "./words.js";
import { arranged, gathered } from "./recovery-events.js";
import { CAUSES, KEPT, KEYS, LEFT, REASONS, SERVER, untitled, when } from "./recovery-words.js";

/** `restore(channels, tag, makeFolders)` puts back and resolves to the result. */
export function createLost(root, { restore }) {
  const status = h("span");
  const list = h("div", { class: "losses" });
  const all = h("input", { type: "checkbox", id: "choose-all" });
  const tag = h("input", { id: "tag", spellcheck: false, autocapitalize: "off" });
  const button = h("button", { type: "submit", class: "primary", id: "restore" }, icon("again"), h("span", {}, "Restore"));
  const words = h("p", { class: "outcome-note", role: "status" });
  const makeFolders = h("input", { type: "checkbox", id: "make-folders" });
  const form = h("form", { class: "restore-form" },
    h("label", { class: "field" }, h("span", {}, "Tag"), tag), button,
    h("label", { class: "check" }, makeFolders, h("span", {}, "Make plain folders again that are gone; otherwise what stood there comes into the root")));
  const tools = h("div", { class: "lost-tools" }, h("label", { class: "check" }, all, h("span", {}, "All that can come back")));
  root.replaceChildren(...panelHead("lost", "What can come back", {
    status,
    about: [
      "What a history or the vault holds and the drive no longer has. What was probably not wanted is ticked.",
      "Restoring pins everything first. Then it writes entry, place and tag together, one message for each document. What is there already stays as it is.",
      "A search for # and the tag in CryptPad finds what was put back, and “Undo” takes back whatever nobody touched since.",
    ],
  }), tools, list, form, words);

  const boxes = () => [...list.querySelectorAll("input[type=checkbox]:not(:disabled)")];
  const chosen = () => boxes().filter((box) => box.checked);
  const channelsOf = () => chosen().flatMap((box) => BEHIND.get(box) ?? []);

  function count() {
    const picked = chosen();
    const channels = channelsOf();
    button.disabled = picked.length === 0;
    button.lastElementChild.textContent = picked.length === 0 ? "Restore" : `Restore ${channels.length.toLocaleString("en")}`;
    all.checked = picked.length > 0 && picked.length === boxes().length;
    all.indeterminate = picked.length > 0 && !all.checked;
  }
  list.addEventListener("change", count);
  all.addEventListener("change", () => {
    for (const box of boxes()) box.checked = all.checked;
    count();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const channels = channelsOf();
    button.disabled = true;
    words.textContent = "Pinning, then writing…";
    words.dataset.tone = "busy";
    try {
      const { tag: used, restored, left } = await restore(channels, tag.value.trim() || undefined, makeFolders.checked);
      say(left.length ? "warn" : "ok", `${counted(restored.length, "entry", "entries")} returned. Search for #${used} in CryptPad to find ${restored.length === 1 ? "it" : "them"}.${left.length ? ` ${left.length} could not be put back.` : ""}`);
    } catch (error) {
      say("bad", `${explainCode(error.code) ?? error.message} What was written until then stays; restoring again goes on.`);
      count();
    }
  });

  function say(tone, text) {
    words.dataset.tone = tone;
    words.textContent = text;
    announce(text);
  }

  return {
    /** `today` is the tag of today. */
    show({ lost, today, nameOf }) {
      const rows = arranged(lost);
      status.textContent = lost.length === 0 ? "nothing is lost" : `${counted(lost.length, "loss", "losses")}`;
      tools.hidden = form.hidden = lost.length === 0;
      tag.placeholder = today;
      const [unwanted, wanted] = [rows.filter(({ intent }) => intent !== "deliberate"), rows.filter(({ intent }) => intent === "deliberate")];
      const groups = (some) => h("ul", {}, gathered(some).map((group) => together(group, nameOf)));
      list.replaceChildren(groups(unwanted));
      if (wanted.length > 0) {
        list.append(h("details", { class: "deliberate", open: unwanted.length === 0 }, h("summary", {}, icon("chevron"), `Removed on purpose: ${counted(wanted.length, "entry", "entries")}`), groups(wanted)));
      }
      if (rows.length === 0) list.append(h("p", { class: "empty" }, "Everything that the histories and the vault hold is still in the drive."));
      count();
    },
    silent() {
      words.textContent = "";
    },
  };
}

/** What each box stands for. Not in its value: a channel that a co-editor wrote may be any text. */
const BEHIND = new WeakMap();

const INTENTS = {
  accident: { tone: "bad", text: "not wanted" },
  other: { tone: "warn", text: "by somebody else" },
  doubtful: { tone: "warn", text: "perhaps not wanted" },
  deliberate: { tone: "idle", text: "deliberate" },
};

/** What left in one moment: the cause once, then each with its place. */
function together(group, nameOf) {
  const [{ cause, intent, reasons, since }] = group;
  const { tone, text } = INTENTS[intent];
  return h("li", { class: "loss-group", data: { intent } },
    h("div", { class: "loss-why" },
      h("p", {}, h("span", { class: "tag", data: { tone } }, text), h("span", {}, `${capital(CAUSES[cause])}${since === null ? "" : `, ${when(since)}`}.`)),
      reasons.length > 0 && h("p", { class: "reasons" }, reasons.map((reason) => h("span", { class: "reason" }, REASONS[reason])))),
    h("ul", {}, group.map((item) => loss(item, nameOf))));
}

function loss({ channel, kind, cause, intent, keyAt, server, title, path, left, document: holder, inside }, nameOf) {
  const name = title ?? untitled(kind, channel);
  const with_ = inside.filter(({ withFolder }) => withFolder);
  const id = `loss-${channel}`;
  const box = h("input", { type: "checkbox", id, disabled: left !== null, checked: left === null && intent !== "deliberate", aria: { describedby: `${id}-why` } });
  const channels = [channel, ...with_.map((one) => one.channel)];
  BEHIND.set(box, channels);
  const place = [holder && nameOf(holder), ...(path ?? [])].filter(Boolean).join(" › ");
  return h("li", { class: "loss", data: { intent, channel, channels: JSON.stringify(channels) } },
    box,
    h("div", {},
      h("label", { htmlFor: id }, icon(kind === "file" ? "file" : kind === "team" ? "people" : "folder"), h("strong", { dir: "auto" }, name)),
      h("div", { id: `${id}-why`, class: "loss-why" },
        h("p", { class: "muted" }, keyAt === "present" ? `It stands in ${place}${cause === "user-trash" || cause === "other-member-trash" ? ", in the trash" : ""}; ${KEYS[keyAt]}.` : `It stood in ${place}; ${KEYS[keyAt]}.`),
        with_.length > 0 && h("p", { class: "muted" }, `${counted(with_.length, "document")} in it ${with_.length === 1 ? "returns" : "return"} with it: ${with_.map((one) => one.title ?? untitled(one.kind, one.channel)).join(", ")}.`),
        left === null && SERVER[server] && h("p", { class: "muted" }, SERVER[server]),
        left !== null && h("p", { class: "cannot" }, icon("warn"), h("span", {}, LEFT[left])))));
}

/** The longest notice that is read, in bytes. */
const NOTICE = 64 * 1024 * 1024;

/**
 * `undo(tag)` takes back and resolves to the result; `tagged(tag)` tells what has it; `take(notice, tag)` marks what an
 * operator's notice says was put back, and puts back what that opens again.
 */
export function createTags(root, { undo, tagged, take }) {
  const status = h("span");
  const body = h("div", { class: "tags-body" });
  const field = h("input", { id: "undo-tag", spellcheck: false, autocapitalize: "off", aria: { label: "Tag" } });
  const find = h("button", { type: "submit" }, icon("eye"), h("span", {}, "Find"));
  const form = h("form", { class: "restore-form" }, h("label", { class: "field" }, h("span", {}, "Tag"), field), find);
  const file = h("input", { type: "file", id: "notice", accept: ".json,application/json" });
  const apply = h("button", { type: "submit", id: "take-notice", disabled: true }, icon("check"), h("span", {}, "Tag it"));
  const noticeWords = h("p", { class: "outcome-note", role: "status" });
  const noticeForm = h("form", { class: "restore-form" }, h("label", { class: "field" }, h("span", {}, "A notice of the operator's: what was put back"), file), apply);
  root.replaceChildren(...panelHead("tags", "Put back before", {
    status,
    about: ["What has a tag now, and taking a restoring back.", "Who runs the server writes a notice for each account when documents were put back. With it they get the tag as well, and what left your drive meanwhile returns.", "Undo removes exactly what nobody touched since. What was there before only loses the tag. All else stays, and is named."],
  }), form, body, noticeForm, noticeWords);
  file.addEventListener("change", () => {
    apply.disabled = file.files.length === 0;
    noticeWords.textContent = "";
  });
  noticeForm.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [chosen] = file.files;
    if (!chosen) return;
    apply.disabled = true;
    try {
      if (chosen.size > NOTICE) throw new RangeError("This file is larger than any notice.");
      const { tag, restored, left, documents } = await take(await chosen.text(), field.value.trim() || undefined);
      const text = documents === 0 ? "Nothing in your drive is what this notice tells of, or it has the tag already."
        : `What this notice tells of has the tag #${tag} now.${restored.length ? ` ${counted(restored.length, "entry", "entries")} returned.` : ""}`;
      tell(left.length ? "warn" : "ok", `${text}${left.length ? ` ${left.length} could not be put back.` : ""}`);
      file.value = "";
    } catch (error) {
      apply.disabled = false;
      tell("bad", error instanceof RangeError ? error.message : error.code === "misuse/bad-argument" ? "This is no notice of an operator's, or one of another version. Nothing was changed." : `${explainCode(error.code) ?? error.message} What was written until then stays; the same again goes on.`);
    }
  });

  function tell(tone, text) {
    noticeWords.dataset.tone = tone;
    noticeWords.textContent = text;
    announce(text);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await show(field.value.trim() || field.placeholder);
  });

  async function show(tag, result) {
    let items;
    try {
      items = await tagged(tag);
    } catch (error) {
      return body.replaceChildren(h("p", { class: "outcome-note", data: { tone: "bad" }, role: "alert" }, explainCode(error.code) ?? error.message));
    }
    status.textContent = items.length === 0 ? "" : `#${tag}`;
    const button = h("button", { type: "button", id: "undo" }, icon("again"), h("span", {}, `Undo ${counted(items.length, "entry", "entries")}`));
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        await show(tag, await undo(tag));
      } catch (error) {
        button.disabled = false;
        button.after(h("p", { role: "alert" }, explainCode(error.code) ?? error.message));
      }
    });
    body.replaceChildren(
      result ? undone(result) : "",
      items.length === 0 ? h("p", { class: "empty" }, `Nothing has the tag #${tag}.`) : h("ul", { class: "tagged" }, items.map(({ kind, title, id, channel }) => h("li", { data: { id } }, icon(kind === "file" ? "file" : "folder"), h("span", { dir: "auto" }, title ?? untitled(kind, channel))))),
      items.length === 0 ? "" : button);
  }

  function undone({ undone: taken, left }) {
    const removed = taken.filter((one) => one.removed).length;
    const text = `${counted(removed, "entry", "entries")} left again, ${taken.length - removed} only lost the tag.`;
    announce(text);
    return h("div", { class: "outcome-note", data: { tone: left.length ? "warn" : "ok" }, role: "status" }, h("p", {}, text),
      left.length > 0 && h("ul", {}, left.map(({ channel, why }) => h("li", {}, `${channel?.slice(0, 8) ?? "One"} stays: ${KEPT[why]}.`))));
  }

  return {
    /** Nothing of one account's notice stays for the next. */
    forget() {
      file.value = "";
      apply.disabled = true;
      noticeWords.textContent = "";
    },
    /** `today` is the tag of today. */
    async show({ today, tag = today }) {
      field.placeholder = today;
      await show(tag);
    },
  };
}

const capital = (text) => text[0].toUpperCase() + text.slice(1);
