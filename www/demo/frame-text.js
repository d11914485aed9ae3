// What a WebSocket frame is, in a few words: for the list. The frame itself is never changed.
import { short } from "./dom.js";

const HISTORY_KEEPER = 16; // length of the history keeper's id
const CHANNEL = /^[0-9a-f]{32,34}$/;

/** Reads frames in order; answers are named after their questions. */
export class FrameReader {
  #asked = new Map(); // RPC transaction -> command
  #histories = new Map(); // channel -> the calls that asked for its history and have not ended, the oldest first
  #connection = 0; // its number: those of frames begin anew with each
  #sent = new Map(); // number of a frame to the history keeper -> its call
  #numbers = new Map(); // the same the other way round

  /**
   * `{ kind, name, text, channel, call, ends, failed }`; kind is history, rpc, live, join or other. A question and its answers have the same
   * `call`; null where it is neither. `ends`: it is the last of its answers; `failed`: it refuses.
   */
  read(direction, text) {
    const told = { call: null, ends: false, failed: false, ...this.#named(direction, text) };
    // What was answered is not kept.
    if (told.ends) {
      this.#sent.delete(this.#numbers.get(told.call));
      this.#numbers.delete(told.call);
      this.#endHistory(told.call);
    }
    return told;
  }

  #named(direction, text) {
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return { kind: "other", name: "not JSON", text: short(text, 60), channel: null };
    }
    if (!Array.isArray(frame)) return { kind: "other", name: "not a list", text: "", channel: null };
    return direction === "out" ? this.#out(frame) : this.#in(frame);
  }

  #out(frame) {
    const told = this.#question(frame);
    const [seq, , target] = frame;
    if (told.call && target?.length === HISTORY_KEEPER) {
      this.#sent.set(seq, told.call);
      this.#numbers.set(told.call, seq);
    }
    return told;
  }

  #question([seq, command, target, text]) {
    if (command !== "MSG") return { ...named("join", command, channelOf(target)), call: this.#frame(seq) };
    if (target?.length !== HISTORY_KEEPER) return { ...named("live", "MSG", target, "a new message of this client"), call: this.#frame(seq) };
    const body = parse(text);
    if (!Array.isArray(body)) return named("other", "MSG", null, "to the history keeper");
    if (typeof body[0] === "string" && body[0].startsWith("GET_")) {
      const channel = channelOf(body[1]);
      if (body[0] === "GET_HISTORY_RANGE") return { ...named("history", body[0], channel, options(body[2])), call: `range ${body[2]?.txid}` };
      const call = `history ${channel} ${body[2]?.txid ?? this.#frame(seq)}`;
      (this.#histories.get(channel) ?? this.#histories.set(channel, []).get(channel)).push(call);
      return { ...named("history", body[0], channel, options(body[2])), call };
    }
    const [transaction, call] = body;
    const signed = Array.isArray(call) && call.length > 2;
    const command_ = signed ? call[3] : call?.[0];
    const argument = signed ? call[4] : call?.[1];
    this.#asked.set(String(transaction), command_);
    const words = [channelOf(argument) ? "" : argumentText(argument), signed ? "" : "unsigned"].filter(Boolean).join(" · ");
    return { ...named("rpc", String(command_), channelOf(argument), words), call: `rpc ${transaction}` };
  }

  #in([seq, sender, command, target, text]) {
    if (seq !== 0) {
      // An answer to the frame of that number: [seq, "ACK" | "JACK" | "ERROR", …].
      const call = this.#frame(seq);
      if (sender === "JACK") return { ...named("join", "JACK", channelOf(command)), call, ends: true };
      // One that the history keeper refuses at once is the end of what was asked of it.
      if (sender === "ERROR") return { ...named("other", "ERROR", null, [command, target].flat().filter(Boolean).map(String).join(" ")), call: this.#sent.get(seq) ?? call, ends: true, failed: true };
      return { ...named("other", String(sender), null, `to frame ${seq}`), call, ends: true };
    }
    // A new connection: what was asked on the one before gets no answer any more, and its numbers begin anew.
    if (command === "IDENT") {
      for (const map of [this.#asked, this.#histories, this.#sent, this.#numbers]) map.clear();
      this.#connection += 1;
      return named("join", "IDENT", null, `this client is ${short(target)}`);
    }
    if (command !== "MSG") return named(command === "JOIN" || command === "LEAVE" ? "join" : "other", String(command), channelOf(target),
      sender?.length === HISTORY_KEEPER ? "the history keeper" : sender ? `client ${short(sender, 6)}` : "");
    if (CHANNEL.test(target) && sender?.length !== HISTORY_KEEPER) return named("live", "live message", target, `from client ${short(sender, 6)}`);
    return this.#direct(text);
  }

  /** What the history keeper sends to this client alone. */
  #direct(text) {
    const body = parse(text);
    if (body === undefined) return named("live", "message", null, short(text, 40));
    if (!Array.isArray(body)) {
      const call = this.#history(channelOf(body?.channel), body?.txid);
      if (body?.state === 1) return { ...named("history", "end of history", channelOf(body.channel)), call, ends: true };
      if (body?.error) return { ...named("history", "history error", channelOf(body.channel), [body.error, body.message].filter(Boolean).join(" ")), call, ends: true, failed: true };
      if (body?.channel) return { ...named("history", "history metadata", channelOf(body.channel), body.validateKey ? "signed channel" : ""), call };
      return named("history", "history message");
    }
    if (body[2] === "MSG") return { ...named("history", "history message", channelOf(body[3]), String(body[4]).startsWith("cp|") ? "checkpoint" : ""), call: this.#history(channelOf(body[3]), body[0]) };
    if (String(body[0]).startsWith("HISTORY_RANGE")) {
      const call = `range ${body[1]}`;
      if (body[0] === "HISTORY_RANGE") return { ...named("history", "history message", null, "of a range"), call };
      const failed = body[0] === "HISTORY_RANGE_ERROR";
      return { ...named("history", failed ? "history error" : "end of range", channelOf(body[2]), failed ? String(body[2]) : ""), call, ends: true, failed };
    }
    const asked = this.#asked.get(String(body[0]));
    this.#asked.delete(String(body[0]));
    const failed = body[1] === "ERROR";
    return { ...named("rpc", asked ?? "answer", null, failed ? `error ${body[2]}` : `answer ${argumentText(body[2])}`), call: `rpc ${body[0]}`, ends: true, failed };
  }

  #frame(seq) {
    return `frame ${this.#connection}.${seq}`;
  }

  /** The call that this answers: the one of that transaction, else the oldest that has not ended. */
  #history(channel, txid) {
    const open = this.#histories.get(channel) ?? [];
    const named = `history ${channel} ${txid}`;
    return open.includes(named) ? named : (open[0] ?? null);
  }

  #endHistory(call) {
    const [kind, channel] = (call ?? "").split(" ");
    if (kind !== "history") return;
    const left = (this.#histories.get(channel) ?? []).filter((one) => one !== call);
    if (left.length > 0) this.#histories.set(channel, left);
    else this.#histories.delete(channel);
  }
}

function named(kind, name, channel = null, text = "") {
  return { kind, name: String(name), channel, text: text ?? "" };
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function channelOf(value) {
  const id = typeof value === "string" ? value : value?.channel;
  return typeof id === "string" && /^[0-9a-f]{32,48}$/.test(id) ? id : null;
}

function options(value) {
  return value && typeof value === "object" ? Object.keys(value).filter((key) => key !== "txid" && key !== "metadata").join(", ") : "";
}

function argumentText(value) {
  if (Array.isArray(value)) return `${value.length.toLocaleString("en")} ids`;
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "object") return short(JSON.stringify(value), 60);
  return short(String(value), 24);
}
