// What the embedded server shall do wrong: presets, what is set now, and the raw list for anything else.
import { announce, h, icon, panelHead } from "./dom.js";
import { ABOUT } from "./words.js";

const ADDRESS = "/pinfold/faults";

// The shapes are those of docs/faults.md. `folder` presets act on the chosen folder's channel.
const PRESETS = [
  { label: "never answers", folder: true, hint: "The history of the folder is never sent. The run goes on without it.", make: (channel) => ({ channel, do: "silence" }) },
  { label: "3 s late", folder: true, hint: "Everything else waits for nobody; the pin set waits for this folder.", make: (channel) => ({ channel, do: "delay", ms: 3000 }) },
  { label: "restricted", folder: true, hint: "As if the owner had closed the folder to this account.", make: (channel) => ({ channel, do: "restrict" }) },
  { label: "tampered message", folder: true, hint: "One message of the folder is changed on its way.", make: (channel) => ({ channel, do: "tamper" }) },
  { label: "forget 5 pins", hint: "The server loses five pins, which the run finds and adds.", make: () => ({ do: "forget", count: 5 }) },
  { label: "session dropped once", hint: "One NO_COOKIE: a fresh cookie and one new signature settle it.", make: () => ({ do: "no-cookie", times: 1 }) },
  { label: "cut while pinning", hint: "The connection dies when the pins are on their way.", make: () => ({ do: "cut" }) },
];

export function createFaults(root) {
  let active = [];
  const folder = h("select", { id: "fault-folder", disabled: true }, h("option", { value: "" }, "folders: run once"));
  const chips = PRESETS.map((preset) => {
    const chip = h("button", { type: "button", class: "chip", title: preset.hint, disabled: preset.folder, on: { click: () => add(preset) } }, preset.label);
    return { preset, chip };
  });
  const list = h("ul", { class: "fault-list" });
  const text = h("textarea", { rows: 5, spellcheck: false, aria: { label: "Faults as JSON" } });
  const problem = h("p", { class: "problem", role: "alert" });
  const clear = h("button", { type: "button", class: "link", hidden: true, on: { click: () => send([]) } }, "clear all");
  const folderChips = chips.filter(({ preset }) => preset.folder).map(({ chip }) => chip);
  const otherChips = chips.filter(({ preset }) => !preset.folder).map(({ chip }) => chip);
  const [head, about] = panelHead("faults", "Make it go wrong", { about: ABOUT.faults });
  const json = h("details", { class: "fault-json" }, h("summary", {}, "as JSON"), text,
    h("div", { class: "list-tools" }, h("button", { type: "button", on: { click: apply } }, "Apply")));
  root.replaceChildren(
    h("div", { class: "fault-row" },
      head,
      h("label", { class: "inline-field" }, h("span", {}, "Folder"), folder), folderChips,
      h("span", { class: "divider" }), otherChips, json),
    about, list, problem);

  async function ask(method, body) {
    const answer = await fetch(ADDRESS, { method, body, headers: body ? { "content-type": "application/json" } : {} });
    if (!answer.ok) throw new Error((await answer.text()) || `HTTP ${answer.status}`);
    return answer;
  }

  async function refresh() {
    show(await (await ask("GET")).json());
  }

  async function send(faults) {
    problem.textContent = "";
    active = faults; // so that a quick second click adds to the first
    try {
      await (faults.length ? ask("PUT", JSON.stringify(faults)) : ask("DELETE"));
      await refresh();
      announce(faults.length ? `${faults.length} faults set` : "No fault set");
    } catch (error) {
      problem.textContent = `The server did not take it: ${error.message}`;
    }
  }

  function add(preset) {
    const fault = preset.make(folder.value);
    const text_ = JSON.stringify(fault);
    const rest = active.filter((one) => JSON.stringify(one) !== text_);
    void send(rest.length < active.length ? rest : [...active, fault]);
  }

  function apply() {
    try {
      const faults = JSON.parse(text.value || "[]");
      if (!Array.isArray(faults)) throw new Error("it must be a list");
      void send(faults);
    } catch (error) {
      problem.textContent = `This is not a list of faults: ${error.message}`;
    }
  }

  function show(faults) {
    active = faults;
    clear.hidden = faults.length === 0;
    list.replaceChildren(...faults.map((fault) => h("li", {}, icon("warn"), h("span", {}, describe(fault)),
      h("button", { type: "button", class: "mini", aria: { label: `Remove: ${describe(fault)}` }, on: { click: () => send(active.filter((one) => one !== fault)) } }, icon("cross")))),
      ...(faults.length ? [h("li", {}, h("span", { class: "muted" }, "for the next run"), clear)] : []));
    if (document.activeElement !== text) text.value = JSON.stringify(faults, null, 1);
    press();
  }

  function press() {
    for (const { preset, chip } of chips) {
      const text_ = JSON.stringify(preset.make(folder.value));
      chip.setAttribute("aria-pressed", String(active.some((fault) => JSON.stringify(fault) === text_)));
    }
  }

  function describe(fault) {
    const preset = PRESETS.find(({ make }) => JSON.stringify(make(fault.channel)) === JSON.stringify(fault));
    const title = [...folder.options].find(({ value }) => value && value === fault.channel)?.textContent;
    return preset ? `${title ? `${title}: ` : ""}${preset.label}` : JSON.stringify(fault);
  }

  folder.addEventListener("change", press);

  return {
    /** Shows the panel, if the server can misbehave. */
    async start() {
      try {
        await refresh();
        root.hidden = false;
      } catch {
        root.hidden = true;
      }
    },
    /** The folders that presets can act on. */
    folders(reports) {
      const known = reports.filter(({ channel }) => channel);
      if (!known.length) return;
      const before = folder.value;
      folder.replaceChildren(...known.map((report) => h("option", { value: report.channel }, report.title ?? report.channel)));
      folder.disabled = false;
      const loaded = known.find(({ state }) => state === "loaded") ?? known[0];
      folder.value = known.some(({ channel }) => channel === before) ? before : loaded.channel;
      for (const { preset, chip } of chips) chip.disabled = Boolean(preset.folder) && !folder.value;
      show(active);
    },
  };
}
