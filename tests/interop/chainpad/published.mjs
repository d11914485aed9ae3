// The published chainpad, as a reader and as an editor.

import { createHash } from 'node:crypto';
import ChainPad from 'chainpad';

/** Nobody waits for its timers: a test says when something is sent. */
const NEVER = 1e8;

const isJson = (text) => {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
};

const create = (mode, rest) => ChainPad.create({
  ...(mode === 'listmap' && { initialState: '{}' }),
  ...(mode !== 'text' && { validateContent: isJson }),
  avgSyncMilliseconds: NEVER,
  logLevel: 0,
  ...rest,
});

/** SHA-256 over all bytes of a text in UTF-16, low byte first. */
const digest = (text) => createHash('sha256').update(Buffer.from(text, 'utf16le')).digest('hex');

/** ChainPad's own hash: the low byte of each unit. */
export const hash = (text) => createHash('sha256').update(Buffer.from(text, 'latin1')).digest('hex');

/** The message that every list-map reader knows without being told. */
export const INITIAL = JSON.stringify([2, [[0, 0, '{}'], hash('')], 'a4b411975be1d48a91f0ebfcd967add000f69564b2dc5ee644b87bf2bbfd786f']);

export class Reader {
  #chain;
  #document;
  #digest;

  constructor(mode) {
    this.#chain = create(mode);
  }

  /** Where a message led: `{ threw, best, digest }`. */
  push(message) {
    let threw = null;
    try {
      this.#chain.message(message);
    } catch (error) {
      threw = String(error.message);
    }
    const document = this.#chain.getAuthDoc();
    if (document !== this.#document) [this.#document, this.#digest] = [document, digest(document)];
    return { threw, best: this.#chain.getAuthBlock().hashOf, digest: this.#digest };
  }

  get document() {
    return this.#chain.getAuthDoc();
  }

  knows(hashOf) {
    return Boolean(this.#chain.getBlockForHash(hashOf));
  }

  /** The message the document is at, and those before it, as the library shows them. */
  * branch() {
    for (let block = this.#chain.getAuthBlock(); block; block = block.getParent()) yield block;
  }

  read() {
    const root = this.#chain._.rootMessage.hashOf;
    const branch = [...this.branch()].map(({ hashOf }) => hashOf);
    // What it is at may have been pruned, and then has no depth.
    const depth = Math.max(0, branch.indexOf(root));
    return { document: this.document, best: branch[0], root, depth };
  }
}

/** The library writes to the console whatever its log level is, for instance at each conflict that is not JSON. */
function quietly(body) {
  const { error, log, warn } = console;
  console.error = console.log = console.warn = () => {};
  try {
    return body();
  } finally {
    Object.assign(console, { error, log, warn });
  }
}

const TRANSFORMERS = [ChainPad.TextTransformer, ChainPad.NaiveJSONTransformer, ChainPad.SmartJSONTransformer];

export class Editor {
  kind = 'chainpad';
  #start;
  #chain;
  #sent = null;
  #answered = null;

  constructor(mode, checkpointInterval, transformer) {
    const patchTransformer = mode === 'text' ? TRANSFORMERS[0] : TRANSFORMERS[transformer];
    this.#start = () => create(mode, { checkpointInterval, patchTransformer });
    this.reload([]);
  }

  /** Starts again, as a page does, and reads `messages`. */
  reload(messages) {
    this.#chain?.abort();
    this.#chain = this.#start();
    this.#chain.onMessage((text, answered) => {
      this.#sent = text;
      this.#answered = answered;
    });
    for (const message of messages) this.receive(message);
  }

  /** `edit` makes a new text of the one it is given. */
  write(edit) {
    const text = edit(this.#chain.getUserDoc());
    try {
      quietly(() => this.#chain.contentUpdate(text));
    } catch { /* its diff can run out of stack over halves of surrogate pairs */ }
  }

  /** What it has to send now, or null. */
  send() {
    this.#sent = null;
    quietly(() => this.#chain.sync());
    return this.#sent;
  }

  receive(message) {
    try {
      quietly(() => this.#chain.message(message));
    } catch { /* as chainpad-netflux does it */ }
  }

  /** The server has taken what was sent last; or it never will. */
  answer(problem) {
    try {
      quietly(() => this.#answered(problem));
    } catch { /* likewise */ }
  }

  state() {
    return { best: this.#chain.getAuthBlock().hashOf, digest: digest(this.#chain.getAuthDoc()) };
  }

  close() {
    this.#chain.abort();
  }
}
