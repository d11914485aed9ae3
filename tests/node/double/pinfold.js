// A scripted stand-in for the generated module, for the tests of the TypeScript layer alone: what the layer promises
// (classes, aborts, listeners, order) must hold whatever the module answers. The module itself is tested by
// crate/wasm and, through the packed package, by tests/packaging.

/** What the next calls do; a test replaces the entries it cares about. */
export const script = (globalThis.pinfoldScript ??= fresh());
/** What happened, as texts. */
export const log = (globalThis.pinfoldLog ??= []);

export function fresh() {
  return {
    init: async () => {},
    open: async () => {},
    folders: [],
    complete: true,
    channels: ["0".repeat(32), "1".repeat(32)],
    pins: async () => ({ confirmed: true, complete: true, count: 2, digest: "d", added: 0, reset: false, serverHash: "d", form: "plain", surplusRetained: false, retained: 0, refused: [], readBack: true }),
    documents: new Map(),
    letters: [],
    olderLetters: [],
    dismiss: async () => {},
    quarantine: [],
    mailboxError: null,
    plan: { added: [], removed: [], retained: [], due: [], doubts: [], unknownList: false, needsConsent: false, digest: "difference" },
    guard: { vault: [], tombstones: [], evidence: [] },
    kept: new Map(),
  };
}

export function coded(code, message = code) {
  const error = new Error(message);
  return Object.assign(error, { name: "PinfoldError", code, blame: "server", retry: "later", detail: { fact: "1" } });
}

export default async function init(input) {
  log.push(`init ${typeof input.module_or_path}`);
  await script.init(input);
}

/**
 * Frees as the generated glue does: once, and not while an asynchronous call still borrows the object. `lend` is such a
 * call.
 */
class Freed {
  borrowed = 0;
  async lend(call) {
    this.borrowed += 1;
    try {
      return await call();
    } finally {
      this.borrowed -= 1;
    }
  }
  free() {
    if (this.freed) throw new Error("null pointer passed to rust");
    if (this.borrowed) throw new Error("attempted to take ownership of Rust value while it was borrowed");
    this.freed = true;
    log.push(`free ${this.constructor.name}`);
  }
}

export class RawSession extends Freed {
  static async open(credentials, options) {
    log.push(`open ${JSON.stringify(credentials)} ${Object.keys(options).sort()}`);
    const session = new RawSession();
    session.options = options;
    RawSession.last = session;
    options.onEvent({ type: "progress", phase: "kdf", done: 1, total: 1 });
    await script.open(options);
    return session;
  }
  account() {
    return { displayName: "Alice", edPublic: "ed", driveChannel: "0".repeat(32), blockId: null, mailboxes: ["notifications"], teams: [{ id: "7", name: "Team" }] };
  }
  loadDrive(signal, team) {
    if (team !== undefined) log.push(`load team ${team}`);
    return this.lend(() => this.#load(signal));
  }
  followChanges() {
    log.push("follow");
  }
  async #load(signal) {
    for (const [done, folder] of script.folders.entries()) {
      this.options.onEvent({ type: "folder", ...folder });
      this.options.onEvent({ type: "progress", phase: "folders", done: done + 1, total: script.folders.length });
    }
    this.options.onFrame?.({ direction: "in", text: "[1]", at: 1 });
    await script.load?.(signal);
    return new RawDrive();
  }
  async syncPins(pins, consent, signal) {
    log.push(`sync ${pins.constructor.name}${consent === undefined ? "" : ` ${consent}`}`);
    this.options.onEvent({ type: "progress", phase: "pins", done: 1, total: 1 });
    return this.lend(() => pins.lend(() => script.pins(signal)));
  }
  plan(drive) {
    log.push(`plan ${drive.constructor.name}`);
    return script.plan;
  }
  guard() {
    return script.guard;
  }
  vaultEntry(channel) {
    return script.kept.get(channel);
  }
  discardKey(channel) {
    if (!script.kept.delete(channel)) throw coded("misuse/bad-argument");
  }
  async putBack(channel) {
    if (!script.kept.has(channel)) throw coded("misuse/bad-argument");
    log.push(`put back ${channel}`);
  }
  setPolicy(policy) {
    script.policy?.(policy);
    log.push(`policy ${JSON.stringify(policy)}`);
  }
  async addPins(drive, signal) {
    log.push(`add ${drive.constructor.name}`);
    return this.lend(() => drive.lend(() => script.pins(signal)));
  }
  async openMailbox(name, signal, whole, patience) {
    log.push(`mailbox ${name} ${whole} ${patience}`);
    return new RawMailbox(this.options);
  }
  async sendLetter(curvePublic, mailbox, type, content) {
    log.push(`send ${curvePublic} ${mailbox} ${type} ${content}`);
    await script.send?.();
    return 7;
  }
  trash() {
    return [];
  }
  saved() {
    return Promise.resolve(script.saved?.());
  }
  close() {
    if (this.freed) throw new Error("null pointer passed to rust");
    log.push("close");
    script.onClose?.();
  }
}

export class RawDrive extends Freed {
  complete = script.complete;
  folders() { return script.folders; }
  work() { return false; }
  documents() { return 7; }
  pinCount() { return script.channels.length; }
  pinDigest() { return "digest"; }
  skipped() { return []; }
  channels() { return [...script.channels]; }
  json(folder) { return script.documents.get(folder); }
  pinSet() {
    if (!this.complete) throw coded("drive/incomplete");
    return new RawPinSet();
  }
}

export class RawPinSet extends Freed {
  size = script.channels.length;
  digest = "digest";
  channels() { return [...script.channels]; }
}

export class RawMailbox extends Freed {
  handed = 0;
  waiting = [];
  constructor(options) {
    super();
    this.options = options;
    script.mailbox = this;
  }
  get backlogEnded() { return script.letters.length <= this.handed && !script.silent; }
  next() {
    return this.lend(() => this.#next());
  }
  async #next() {
    await undefined;
    if (script.mailboxError) throw script.mailboxError;
    if (this.handed < script.letters.length) {
      const delivery = new RawDelivery(this.handed, script.letters[this.handed]);
      this.handed += 1;
      // On purpose before the delivery has reached the caller.
      this.options.onEvent({ type: "progress", phase: "mailbox", done: this.handed, total: script.letters.length });
      return delivery;
    }
    return new Promise((resolve) => this.waiting.push(resolve));
  }
  dismiss(hash) {
    log.push(`dismiss ${hash}`);
    return this.lend(() => script.dismiss(hash));
  }
  async older(count) {
    log.push(`older ${count}`);
    return { letters: script.olderLetters.splice(-count).map((letter, at) => new RawDelivery(at, letter)), more: script.olderLetters.length > 0 };
  }
  quarantine() { return script.quarantine; }
  close() {
    for (const answer of this.waiting.splice(0)) answer(undefined);
  }
  push(letter) {
    script.letters.push(letter);
    const position = this.handed++;
    this.waiting.shift()(new RawDelivery(position, letter));
  }
}

export class RawDelivery extends Freed {
  constructor(position, letter) {
    super();
    Object.assign(this, { hash: `hash ${position}`, position, time: 5, author: "a", sender: null, dismissed: false, unresolved: false, superseded: null, supersedes: [], type: "T", facts: {}, content: { letter }, unreadable: null });
  }
}

export class RawMessageKeys extends Freed {
  static fromHash(hash, password) {
    if (!hash.startsWith("/2/")) throw coded("href/malformed");
    return Object.assign(new RawMessageKeys(), { hash, password });
  }
  open(message) {
    if (typeof message !== "string") throw coded("misuse/bad-argument");
    return `${this.hash} ${this.password} ${message}`;
  }
}
