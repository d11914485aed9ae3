// Faults of the embedded server: presets, the faults in force, and the raw rules for anything else. The rules
// are those of docs/faults.md.
import { announce, h, icon, panelHead } from "./dom.js";
import { arrange, redraw, say } from "./redraw.js";
import { ABOUT } from "./words.js";

const ADDRESS = "/pinfold/faults";

// `folder` presets act on the chosen folder. A preset with `ofAccount` contains the key of the last account. It is never put into a link. A preset's rules carry its name, by which they are known again.
const PRESETS = [
  { name: "never answers", folder: true, hint: "The server stays silent about this folder. The run goes on without it.", rules: (channel) => [{ on: { channel }, do: { kind: "silence" } }] },
  { name: "3 s late", folder: true, hint: "Its history comes late: the pin set waits for it, the rest of the drive does not.", rules: (channel) => [{ on: { channel, command: "GET_HISTORY" }, do: { kind: "delay", ms: 3000 } }] },
  { name: "held back", folder: true, hint: "Its history comes once this fault is taken back, or another one is put in force.", rules: (channel) => [{ on: { channel, command: "GET_HISTORY" }, do: { kind: "hold" } }] },
  { name: "restricted", folder: true, hint: "As if its owner had closed it to everybody.", rules: (channel) => [{ on: { channel }, do: { kind: "restrict" } }] },
  { name: "open to me", folder: true, ofAccount: true, hint: "As if its owner had put this account on the allow list: makes a restricted folder readable.", rules: (channel, account) => [{ on: { channel }, do: { kind: "restrict", keys: [account] } }] },
  { name: "called new", folder: true, hint: "As if its file could not be read: the server calls it new.", rules: (channel) => [{ on: { channel }, do: { kind: "new" } }] },
  { name: "said to be deleted", folder: true, hint: "The server says that its owner deleted it. The entry and its key stay; a tombstone is set.", rules: (channel) => [{ on: { channel }, do: { kind: "new", reason: "ARCHIVE_OWNED" } }] },
  { name: "tampered", folder: true, hint: "One character of its last message is changed on the way.", rules: (channel) => [{ on: { channel, command: "GET_HISTORY" }, do: { kind: "tamper", nth: -1 } }] },
  { name: "forget 5 pins", hint: "At once: the server loses five pins, which the next run finds and adds.", rules: (_, account) => [forgetPins(account)] },
  { name: "lost session", hint: "One NO_COOKIE: a fresh cookie and one new signature settle it.", rules: () => [{ on: { command: "GET_HASH" }, times: 1, do: { kind: "no-cookie" } }] },
  {
    name: "cut at PIN",
    hint: "Five pins are forgotten; when they are sent again, the server stores them and the connection dies before it says so.",
    rules: (_, account) => [forgetPins(account), { on: { command: "PIN" }, times: 1, do: { kind: "cut", at: "stored" } }],
  },
  {
    name: "cut at RESET",
    hint: "The server replaces its list and the connection dies before it says so. Only a complete drive with a surplus on the server gets that far.",
    rules: () => [{ on: { command: "RESET" }, times: 1, do: { kind: "cut", at: "stored" } }],
  },
];

/** Of the account that ran last; before that, of everybody. */
function forgetPins(account) {
  return { ...(account && { on: { account } }), do: { kind: "forget-pins", count: 5 } };
}

export function createFaults(root) {
  let rules = []; // in force, as the server counts them
  let account = null;
  const folder = h("select", { id: "fault-folder", disabled: true }, h("option", { value: "" }, "run once to choose"));
  const chips = PRESETS.map((preset) => {
    const chip = h("button", { type: "button", class: "chip", title: preset.hint, disabled: preset.folder, on: { click: () => toggle(preset) } }, preset.name);
    return { preset, chip };
  });
  const ofFolder = chips.filter(({ preset }) => preset.folder).map(({ chip }) => chip);
  const ofPins = chips.filter(({ preset }) => !preset.folder).map(({ chip }) => chip);
  const list = h("ul", { class: "fault-list" });
  const rows = new Map(); // by what the rules of each have in common
  const text = h("textarea", { rows: 8, spellcheck: false, aria: { label: "Fault rules as JSON" } });
  const problem = h("p", { class: "problem", role: "alert" });
  const clear = h("button", { type: "button", class: "link", on: { click: () => send([]) } }, "clear all");
  const all = h("li", {}, clear);
  const [head, about] = panelHead("faults", "Make it go wrong", { about: ABOUT.faults });
  const json = h("details", { class: "fault-json" }, h("summary", {}, "as JSON"), text,
    h("div", { class: "list-tools" }, h("button", { type: "button", on: { click: apply } }, "Put in force")));
  root.replaceChildren(
    h("div", { class: "fault-row" }, head, h("label", { class: "inline-field" }, h("span", {}, "Folder"), folder), ofFolder, h("span", { class: "divider" }), ofPins),
    h("div", { class: "fault-notes" }, about, json), list, problem);

  async function ask(method, body) {
    const answer = await fetch(ADDRESS, { method, body, headers: body ? { "content-type": "application/json" } : {} });
    const { faults, error } = await answer.json().catch(() => ({}));
    if (!answer.ok || !Array.isArray(faults)) throw new Error(error ?? `HTTP ${answer.status}`);
    return faults;
  }

  async function send(wanted) {
    problem.textContent = "";
    rules = wanted; // so that a quick second click adds to the first
    try {
      show(await (wanted.length ? ask("PUT", JSON.stringify({ faults: wanted.map(plain) })) : ask("DELETE")));
      announce(wanted.length ? `${wanted.length} fault rules in force` : "No fault in force");
    } catch (error) {
      problem.textContent = `The server did not take it: ${error.message}`;
    }
  }

  function toggle(preset) {
    const own = rulesOf(preset);
    const others = rules.filter((rule) => !own.some((one) => same(one, rule)));
    // Forgetting happens when a rule is put in force: what was done must not be done again.
    const kept = others.filter((rule) => !(rule.do.kind === "forget-pins" && rule.acted > 0));
    void send(others.length < rules.length ? kept : [...kept, ...own]);
  }

  const rulesOf = (preset) => preset.rules(folder.value, account).map((rule) => ({ name: preset.name, ...rule }));

  function apply() {
    try {
      const { faults } = JSON.parse(text.value || '{"faults":[]}');
      if (!Array.isArray(faults)) throw new Error('it must be {"faults": […]}');
      void send(faults);
    } catch (error) {
      problem.textContent = `These are no fault rules: ${error.message}`;
    }
  }

  function show(now) {
    rules = now;
    const groups = Map.groupBy(rules, (rule) => `${rule.name ?? JSON.stringify(plain(rule))}\n${rule.on?.channel ?? ""}`);
    for (const key of rows.keys()) if (!groups.has(key)) rows.delete(key);
    for (const [key, group] of groups) {
      if (!rows.has(key)) rows.set(key, groupRow());
      rows.get(key).show(group);
    }
    arrange(list, [...[...groups.keys()].map((key) => rows.get(key).element), ...(rules.length ? [all] : [])]);
    if (document.activeElement !== text) text.value = JSON.stringify({ faults: rules.map(plain) }, null, 1);
    for (const { preset, chip } of chips) {
      chip.setAttribute("aria-pressed", String(rulesOf(preset).every((one) => rules.some((rule) => same(one, rule)))));
    }
  }

  /** The row of rules that belong together; whoever presses on its button means those that it showed last. */
  function groupRow() {
    let group = [];
    const name = h("span");
    const met = h("span", { class: "muted" });
    const remove = h("button", { type: "button", class: "mini", on: { click: () => send(rules.filter((rule) => !group.includes(rule))) } }, icon("cross"));
    return {
      element: h("li", {}, icon("warn"), name, met, remove),
      show(now) {
        group = now;
        const [first] = group;
        const title = [...folder.options].find(({ value }) => value && value === first.on?.channel)?.textContent;
        const words = [title, first.name ?? JSON.stringify(plain(first))].filter(Boolean).join(": ");
        const acted = group.reduce((sum, rule) => sum + (rule.acted ?? 0), 0);
        say(name, words);
        say(met, acted ? `acted ${acted} ×` : "not yet met");
        remove.setAttribute("aria-label", `Remove: ${words}`);
      },
    };
  }

  const refresh = async () => show(await ask("GET"));
  folder.addEventListener("change", () => show(rules));

  return {
    /** Shows the panel, if the server can misbehave. */
    async start() {
      root.hidden = await refresh().then(() => false, () => true);
    },
    /** The presets in force that a link can tell of: `{ preset, channel }`, where `channel` is null for one that acts on no folder. */
    presets() {
      const known = rules.filter(({ name }) => PRESETS.some((preset) => preset.name === name && !preset.ofAccount));
      return [...new Map(known.map(({ name, on }) => [`${name}@${on?.channel}`, { preset: name, channel: PRESETS.find((preset) => preset.name === name).folder ? on?.channel ?? null : null }])).values()];
    },
    /** Puts these in force in the place of all that are, also where these are none. What no preset is, or acts on an account, is left out. */
    async put(chosen) {
      const own = chosen.flatMap(({ preset: name, channel }) => {
        const preset = PRESETS.find((one) => one.name === name && !one.ofAccount && Boolean(one.folder) === (channel !== null));
        return preset ? preset.rules(channel, account).map((rule) => ({ name, ...rule })) : [];
      });
      if (!root.hidden) await send(own);
    },
    /** After a run: the folders that presets can act on, the account's key, and what the rules did. */
    async learned({ folders, edPublic }) {
      account = edPublic ?? account;
      const known = folders.filter(({ channel }) => channel);
      if (known.length) {
        const before = folder.value;
        redraw(folder, known.map((report) => h("option", { value: report.channel }, report.title ?? report.channel)));
        folder.disabled = false;
        folder.value = (known.find(({ channel }) => channel === before) ?? known.find(({ state }) => state === "loaded") ?? known[0]).channel;
        for (const { chip } of chips) chip.disabled = false;
      }
      if (!root.hidden) await refresh().catch(() => {});
    },
  };
}

/** The rule as it is given, without what the server counts. */
function plain({ matched, acted, ...rule }) {
  return rule;
}

/** Whether two rules say the same, however their fields are ordered and whatever defaults the server added. */
function same(a, b) {
  const text = (rule) => JSON.stringify([rule.name, Object.entries(rule.on ?? {}).sort(), rule.times ?? null, rule.skip || null, Object.entries(rule.do).filter(([key]) => key === "kind" || a.do[key] !== undefined).sort()]);
  return text(a) === text(b);
}
