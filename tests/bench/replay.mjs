// A server that answers from a recording, as the pair of `webSocket` and `fetch` that a session takes as options. It
// works where the recording is: no network, and next to no time of its own, because the frames of a channel are put
// together at the first reading and are the same strings ever after.
import { HOST_CLOCK } from "../../dist/clock.js";

const KEEPER = "0b1f7f4a97ce2224";
const USER = "8e46e179c080ab6aa3272874c952d761";
const COOKIE = "1795316940000|17040|6d7975aa183";

/** Lets what waits in the host's queue run, then `then`. */
const later = typeof setImmediate === "function" ? setImmediate : (then) => {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    then();
  };
  port2.postMessage(0);
};

/**
 * `recording`: see recording.mjs. `onHttp(path)` is called before each answer over HTTP, `onRequest(command)` before
 * each to the history keeper, `onHistory(frames)` when the frames of a history are there and none was sent.
 */
export function replay(recording, { onHttp = () => {}, onRequest = () => {}, onHistory = () => {} } = {}) {
  const state = { recording, onRequest, onHistory, pinHash: "" };
  return {
    clock: HOST_CLOCK,
    fetch: async (url) => {
      const { pathname } = new URL(url);
      const answer = recording.http.get(pathname);
      onHttp(pathname);
      return {
        status: answer ? 200 : 404,
        arrayBuffer: async () => (answer ?? new TextEncoder().encode('{"code":404}')).slice().buffer,
      };
    },
    webSocket: function ReplayedSocket() {
      return new Connection(state);
    },
  };
}

class Connection {
  onopen = null;
  onmessage = null;
  onclose = null;
  onerror = null;
  readyState = 0;
  #state;
  #queue = [];

  constructor(state) {
    this.#state = state;
    later(() => {
      this.readyState = 1;
      this.onopen?.({});
      this.#answer([JSON.stringify([0, "", "IDENT", USER])]);
    });
  }

  close() {
    this.readyState = 3;
  }

  send(text) {
    const [seq, command, to, content] = JSON.parse(text);
    if (command === "PING") this.#answer([JSON.stringify([seq, "ACK"])]);
    else if (command === "JOIN") this.#join(seq, to);
    else if (command === "MSG") this.#ask(seq, JSON.parse(content));
  }

  #join(seq, channel) {
    const restricted = this.#state.recording.channels.get(channel)?.restricted;
    if (restricted) {
      this.#answer([JSON.stringify([seq, "ERROR", "ERESTRICTED", [KEEPER, ...restricted.slice(1)]])]);
      return;
    }
    const joined = (who) => JSON.stringify([0, who, "JOIN", channel]);
    this.#answer([JSON.stringify([seq, "JACK", channel]), joined(KEEPER), joined(USER)]);
  }

  #ask(seq, request) {
    const acknowledged = JSON.stringify([seq, "ACK"]);
    if (request[0] === "GET_HISTORY") {
      this.#state.onRequest("GET_HISTORY");
      this.#answer([acknowledged]);
      const frames = history(this.#state.recording, request[1], request[2]);
      this.#state.onHistory(frames);
      this.#answer(frames);
      return;
    }
    const [txid, call] = request;
    const value = call.length === 2 ? this.#anonymous(call) : this.#signed(call);
    this.#answer([acknowledged, direct(JSON.stringify([txid, ...value]))]);
  }

  #anonymous([command, argument]) {
    this.#state.onRequest(command);
    switch (command) {
      case "IS_NEW_CHANNEL": {
        const known = this.#state.recording.channels.get(argument);
        return [null, { isNew: !(known?.restricted || known?.messages.length) }, null];
      }
      case "GET_METADATA":
        return [null, this.#state.recording.channels.get(argument)?.metadata ?? {}, null];
      default:
        return ["ERROR", "INVALID_RPC_CALL"];
    }
  }

  #signed([, , , command, argument]) {
    this.#state.onRequest(command);
    switch (command) {
      case "COOKIE":
        return [COOKIE];
      case "GET_HASH":
        return [COOKIE, this.#state.pinHash];
      case "PIN":
      case "RESET":
        // What a list hashes to is not this server's business: it knows the one that must come out.
        this.#state.pinHash = this.#state.recording.expect.digest;
        this.#state.pinned = argument;
        return [COOKIE];
      default:
        return ["ERROR", "INVALID_RPC_CALL"];
    }
  }

  /** Frames go out in the order of the answers, each answer in a turn of its own. */
  #answer(frames) {
    this.#queue.push(frames);
    if (this.#queue.length > 1) return;
    const turn = () => {
      const frames = this.#queue[0];
      for (let at = 0; at < frames.length && this.readyState === 1; at += 1) this.onmessage?.({ data: frames[at] });
      this.#queue.shift();
      if (this.#queue.length > 0) later(turn);
    };
    later(turn);
  }
}

/** Every frame of a channel's history, as one list that is made once for each number of the request. */
function history(recording, channel, { txid, lastKnownHash }) {
  const known = recording.channels.get(channel);
  const name = `${channel} ${txid} ${lastKnownHash ?? ""}`;
  let frames = recording.frames.get(name);
  if (frames) return frames;
  const messages = known?.messages ?? [];
  const from = lastKnownHash ? messages.findIndex(([message]) => message.startsWith(lastKnownHash)) : 0;
  if (from < 0) return [direct(JSON.stringify({ error: "EUNKNOWN", channel, txid }))];
  frames = [
    ...(known?.metadata ? [direct(JSON.stringify(known.metadata))] : []),
    ...messages.slice(from).map(([message, time]) => direct(JSON.stringify([txid, USER, "MSG", channel, message, time]))),
    direct(JSON.stringify({ state: 1, channel, txid })),
  ];
  recording.frames.set(name, frames);
  return frames;
}

function direct(text) {
  return JSON.stringify([0, KEEPER, "MSG", USER, text]);
}
