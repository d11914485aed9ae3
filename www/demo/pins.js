// The pin set as computed, the part that was sent, and the server's confirmation.
import { announce, copyButton, counted, duration, h, icon, panelHead, short } from "./dom.js";
import { say } from "./redraw.js";
import { ABOUT, FORMS, PIN_STEPS } from "./words.js";

export function createPins(root, { clock }) {
  const computed = card("Computed here");
  const sent = card("Sent");
  const confirmed = card("Confirmed by the server");
  const log = h("ol", { class: "log" });
  const listBox = h("div");
  let ids = null; // the list of them, once there is a set
  const status = h("span");
  let step = null;
  root.replaceChildren(...panelHead("pins", "Pins", { status, about: ABOUT.pins }),
    h("div", { class: "flow" }, computed.element, icon("arrow"), sent.element, icon("arrow"), confirmed.element), log, listBox);

  function reset() {
    for (const one of [computed, sent, confirmed]) one.set({ figure: "–", text: "" });
    computed.set({ figure: "–", text: "waits for every folder" });
    log.replaceChildren();
    listBox.replaceChildren();
    ids = null;
    status.replaceChildren();
    step = null;
  }
  reset();

  return {
    reset,

    /** The drive is settled: this is what has to be kept. `next` says what comes of it. */
    computed(drive, next = "comparing first") {
      const complete = drive.kind === "complete";
      const missing = complete ? 0 : drive.missing.length;
      computed.set({
        figure: drive.pinCount.toLocaleString("en"),
        tone: complete ? "ok" : "warn",
        tag: complete ? "complete" : "partial",
        text: complete ? "every declared folder was read" : `at least these: ${counted(missing, "folder")} could not be read`,
        hash: drive.pinDigest,
      });
      sent.set({ figure: "…", text: next });
      status.textContent = `${drive.pinCount.toLocaleString("en")} ids from ${counted(drive.documents, "document")}`;
      if (!ids) listBox.append((ids = channelList()).element);
      ids.show(drive);
    },

    /** One step of the exchange with the server. */
    event({ step: name, count, server }) {
      const now = clock();
      log.append(h("li", { data: { step: name } },
        h("span", { class: "num muted" }, duration(now)),
        h("strong", {}, name === "pin" ? `PIN ${count.toLocaleString("en")}` : name === "unpin" || name === "reset" ? `${name.toUpperCase()} ${count.toLocaleString("en")}` : name),
        h("span", {}, PIN_STEPS[name] ?? ""),
        server !== null && h("code", { class: "log-hash", title: server }, short(server, 12))));
      step = name;
      if (name === "pin" || name === "reset") {
        const before = sent.figure() === "…" ? "" : `${sent.figure()} · `;
        sent.set({ figure: `${before}${name === "pin" ? "PIN" : "RESET"} ${count.toLocaleString("en")}`, text: name === "pin" ? "added, nothing replaced" : "replaced, from a complete drive" });
        confirmed.set({ figure: "…", text: "sent, not confirmed yet", tone: "busy" });
      }
      if (name === "confirmed") {
        if (sent.figure() === "…") sent.set({ figure: "nothing", text: "the server holds them all already" });
        confirmed.set({ figure: "agrees", tone: "ok", text: "the server's hash is ours", hash: server });
      }
    },

    /** What syncPins or addPins returned. */
    receipt(receipt) {
      if (receipt.added === 0 && !receipt.reset) sent.set({ figure: "nothing", text: "the server holds them all already" });
      const short = receipt.refused.length;
      const kept = receipt.surplusRetained && !short;
      confirmed.set({
        figure: receipt.confirmed ? "agrees" : kept ? "holds more" : short ? `all but ${short}` : "not confirmed",
        tone: receipt.confirmed ? "ok" : kept || short ? "warn" : "bad",
        tag: kept ? "surplus kept" : null,
        text: receipt.confirmed ? FORMS[receipt.form] : kept ? "every PIN was acknowledged; the rest may be a folder's documents" : short ? `the server did not take: ${receipt.refused.map(({ id }) => id.slice(0, 8)).slice(0, 5).join(", ")}` : "the server names another hash",
        hash: receipt.serverHash,
      });
      announce(receipt.confirmed ? `Pins confirmed: ${receipt.count}` : kept ? `Pins ${receipt.added > 0 ? "added" : "acknowledged"}: ${receipt.count}` : "Pins not confirmed");
    },

    failed() {
      if (step === null) sent.set({ figure: "nothing", text: "the run ended before" });
      else if (confirmed.figure() !== "agrees") confirmed.set({ figure: "unknown", text: "the connection ended before the answer", tone: "bad" });
    },
  };
}

function card(title) {
  const figure = h("span", { class: "figure" }, "–");
  const tag = h("span", { class: "tag", hidden: true });
  const text = h("p");
  const hash = h("p", { class: "hash" });
  const element = h("section", { class: "card" }, h("h3", {}, title), h("p", { class: "figure-line" }, figure, " ", tag), text, hash);
  return {
    element,
    figure: () => figure.textContent,
    set({ figure: number, text: words, tone = "idle", tag: label = null, hash: digest = null }) {
      element.dataset.tone = tone;
      figure.textContent = number;
      figure.classList.toggle("small", number.length > 9);
      tag.hidden = !label;
      tag.textContent = label ?? "";
      text.textContent = words;
      if (hash.firstChild?.dataset.full === (digest ?? undefined)) return;
      hash.replaceChildren(...(digest ? [h("code", { title: digest, data: { full: digest } }, short(digest, 20)), copyButton(digest, "the hash")] : []));
    },
  };
}

/** All ids. Another set changes what is in it, and leaves it open, with what somebody looks for. */
function channelList() {
  let drive;
  let ids = null;
  const filter = h("input", { type: "search", placeholder: "Find an id", spellcheck: false, aria: { label: "Find an id in the pin set" } });
  const list = h("pre", { class: "ids", tabIndex: 0, aria: { label: "Ids in the pin set" } });
  const count = h("span");
  const element = h("details", { class: "open-list" },
    h("summary", {}, icon("chevron"), count, h("span", { class: "muted" }, "sorted, as they are hashed")),
    h("div", { class: "list-tools" }, filter, copyButton(() => drive.channels().join("\n"), "the list")), list);
  const fill = () => {
    ids ??= drive.channels();
    const wanted = filter.value.trim().toLowerCase();
    say(list, ids.filter((id) => id.toLowerCase().includes(wanted)).join("\n") || "none");
  };
  element.addEventListener("toggle", () => element.open && fill());
  filter.addEventListener("input", fill);
  return {
    element,
    show(now) {
      drive = now;
      ids = null;
      say(count, `All ${drive.pinCount.toLocaleString("en")} ids`);
      if (element.open) fill();
    },
  };
}
