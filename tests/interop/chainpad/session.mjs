// Several editors of one channel, who see what the others wrote late. The server puts what they send into one order,
// and everybody reads in that order; some lose their connection, and some messages are lost with it.

import assert from 'node:assert/strict';
import { Editor, INITIAL, Reader } from './published.mjs';
import { hostileMessages } from './hostile.mjs';
import { Random } from './random.mjs';
import { randomEdit } from './texts.mjs';

/** Of so many sessions, one has a document of a million units. */
const LARGE_EVERY = 100;

/** What a seed says about a session. */
export function plan(seed) {
  const random = new Random(seed);
  const large = seed % LARGE_EVERY === 0;
  return {
    random,
    large,
    mode: random.pick(['listmap', 'listmap', 'pad', 'text']),
    // Against a document of that size the published diff takes for ever once somebody replaces it.
    hostile: random.chance(0.5) && !large,
    published: large ? 1 : 1 + random.int(3),
    pinfold: large ? 1 : random.int(3),
    // The interval is 50; what is shorter gives more checkpoints to disagree about.
    checkpointInterval: random.pick([50, 50, 50, 4, 9]),
    actions: large ? 12 : random.pick([15, 40, 80, 120, 200, 700]),
  };
}

/** Plays a session. Resolves to `{ mode, log, steps, ours }`: what was sent, and where it led the published reader. */
export async function play(seed, chains) {
  const { random, large, mode, hostile, published, pinfold, checkpointInterval, actions } = plan(seed);
  const server = new Server(mode);
  const editors = [];
  for (let n = 0; n < published; n += 1) editors.push(new Connected(server, new Editor(mode, checkpointInterval, large ? 0 : random.int(3))));
  for (let n = 0; n < pinfold; n += 1) editors.push(new Connected(server, await PinfoldEditor.open(chains, mode)));

  try {
    if (large) {
      editors[0].write(randomEdit(random, mode, { size: 'grow' }));
      await everybodyIsQuiet(editors);
    }
    const past = [];
    for (let n = 0; n < actions; n += 1) {
      const editor = random.pick(editors);
      switch (random.weighted({ write: 4, send: 3, read: 6, reconnect: hostile ? 0 : 0.1, hostile: hostile ? 1 : 0 })) {
        case 'write':
          editor.write((text) => {
            const next = randomEdit(random, mode, { size: large ? 'large' : 'small', past })(text);
            if (!large) past.push(next);
            return next;
          });
          break;
        case 'send':
          await editor.send(random.chance(0.03));
          break;
        case 'read':
          await editor.read(random.chance(0.3) ? Infinity : 1 + random.int(5));
          break;
        case 'reconnect':
          editor.reconnect();
          break;
        default:
          for (const message of hostileMessages(random, server.reader, server.log)) server.take(message);
      }
    }
    const quiet = await everybodyIsQuiet(editors);
    assert.ok(quiet || hostile, 'everybody comes to rest');
    if (!hostile) await pinfoldHasTheLastWord(editors, server, random, mode);
    return { mode, log: server.log, steps: server.steps, reader: server.reader, ours: server.ours };
  } finally {
    // The timers of an editor that is open would keep the process alive.
    for (const editor of editors) await editor.close();
  }
}

/** The log, and a published reader that has read all of it. */
class Server {
  log = [];
  steps = [];
  ours = 0;

  constructor(mode) {
    this.reader = new Reader(mode);
  }

  /** Whether the reader went on to this message, or to one that waited for it. */
  take(message) {
    const before = this.steps.at(-1)?.best;
    const step = this.reader.push(message);
    this.log.push(message);
    this.steps.push(step);
    return step.threw === null && step.best !== before;
  }

  /** Where an answer to a reader without cache begins: at the checkpoint before the last. */
  historyStart() {
    return this.log.map((message, at) => (message.startsWith('[4') ? at : -1)).filter((at) => at >= 0).at(-2) ?? 0;
  }
}

const isBeforeTheStart = (message) => JSON.parse(message)[1].some(([offset]) => offset < 0);

/** An editor and its connection: one message in flight at a time, acknowledged where the server has put it. */
class Connected {
  #server;
  #editor;
  #cursor = 0;
  /** Where in the log the own message is; "lost" if it never got there. */
  #inFlight = null;
  /** How far it ever was. */
  #seen = 0;

  constructor(server, editor) {
    this.#server = server;
    this.#editor = editor;
  }

  get kind() {
    return this.#editor.kind;
  }

  write(edit) {
    this.#editor.write(edit);
  }

  async send(lost) {
    if (this.#inFlight !== null) return false;
    const message = await this.#editor.send();
    if (message === null) return false;
    const { log } = this.#server;
    // Where somebody broke the rules, the published library can write places before the start: its page is loaded again
    // instead.
    if (this.kind === 'chainpad' && isBeforeTheStart(message)) {
      this.#editor.reload(log.slice(0, this.#seen));
      return false;
    }
    this.#inFlight = lost ? 'lost' : log.length;
    if (lost) return true;
    const current = this.#seen === log.length;
    const taken = this.#server.take(message);
    if (this.kind === 'pinfold') {
      this.#server.ours += 1;
      if (current && message !== INITIAL) assert.ok(taken, `chainpad does not take what pinfold wrote: ${message.slice(0, 200)}`);
    }
    return true;
  }

  async read(most = Infinity) {
    const { log, steps } = this.#server;
    const end = Math.min(log.length, this.#cursor + most);
    const moved = end > this.#cursor;
    while (this.#cursor < end) {
      const message = log[this.#cursor];
      if (this.#inFlight === this.#cursor) {
        this.#inFlight = null;
        await this.#editor.answer(undefined, message);
      } else {
        await this.#editor.receive(message);
      }
      this.#cursor += 1;
    }
    if (this.#inFlight === 'lost') {
      this.#inFlight = null;
      await this.#editor.answer('lost');
    }
    this.#seen = Math.max(this.#seen, end);
    if (moved) {
      const { best, digest } = steps[this.#seen - 1];
      const state = await this.#editor.state();
      const same = state.best === best && state.digest === digest;
      // With something unsent, the published library can throw in the middle of a message and be nowhere ever after,
      // until its page is loaded again.
      if (!same && this.kind === 'chainpad') {
        this.#editor.reload(log.slice(0, this.#seen));
        this.#inFlight = null;
      }
      assert.deepEqual(await this.#editor.state(), { best, digest }, `the ${this.kind} editor is elsewhere after message ${this.#seen - 1}`);
    }
    return moved;
  }

  /** The server's answer holds what was read before, from the last checkpoints on. */
  reconnect() {
    this.#cursor = Math.min(this.#cursor, this.#server.historyStart());
  }

  close() {
    return this.#editor.close();
  }
}

/** pinfold's ChainPad, with an edit that is tried again on the newest document until it was sent. */
class PinfoldEditor {
  kind = 'pinfold';
  #chain;
  #edit = null;
  #last = null;
  #sentPatch = false;

  static async open(chains, mode) {
    const editor = new PinfoldEditor();
    editor.#chain = await chains.open(mode);
    return editor;
  }

  write(edit) {
    this.#edit = edit;
  }

  async send() {
    if (!this.#edit) return null;
    const { document } = await this.#chain.read();
    const { message, fault } = await this.#chain.towards(this.#edit(document));
    // A goal that is reached, and a history that nobody can go on from.
    if (!message) {
      if (fault) assert.equal(fault, 'DocumentHash');
      this.#edit = null;
      return null;
    }
    this.#sentPatch = message.startsWith('[2') && message !== INITIAL;
    return message;
  }

  async receive(message) {
    const [{ best, digest }] = await this.#chain.push([message]);
    this.#last = { best, digest };
  }

  async answer(problem, message) {
    if (problem) return;
    await this.receive(message);
    if (this.#sentPatch) this.#edit = null;
  }

  state() {
    return this.#last;
  }

  close() {
    return this.#chain.close();
  }
}

/** Until nobody has anything to send or to read. What a hostile message stopped may never be. */
async function everybodyIsQuiet(editors) {
  for (let round = 0; round < 60; round += 1) {
    let busy = false;
    for (const editor of editors) {
      busy = (await editor.read()) || busy;
      busy = (await editor.send(false)) || busy;
    }
    if (!busy) return true;
  }
  for (const editor of editors) await editor.read();
  return false;
}

/** With nobody else writing, an edit of pinfold's arrives as it was meant. */
async function pinfoldHasTheLastWord(editors, server, random, mode) {
  const writer = editors.find(({ kind }) => kind === 'pinfold');
  if (!writer) return;
  let wanted;
  const edit = randomEdit(random, mode, { size: 'large' });
  writer.write((text) => (wanted = edit(text)));
  assert.ok(await everybodyIsQuiet(editors), 'everybody comes to rest');
  assert.equal(server.reader.document, wanted);
}
