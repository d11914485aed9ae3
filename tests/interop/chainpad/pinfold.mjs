// pinfold's ChainPad in a process of its own: `pinfold-testkit chains`, one JSON line for each request and answer.
//
// The native program and not the WebAssembly, because nobody who uses the package needs a bare chain: an entry for it
// would be shipped to all of them. The code is the same; that it does the same as WebAssembly is what the vectors check.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const root = new URL('../../..', import.meta.url).pathname;

/** Where `pinfold-testkit` was built. */
export function program() {
  if (process.env.PINFOLD_TESTKIT) return process.env.PINFOLD_TESTKIT;
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const found = join(target, 'debug/pinfold-testkit');
  if (!existsSync(found)) throw new Error('build it first: cargo build -p pinfold-testkit');
  return found;
}

export class Chains {
  #child = spawn(program(), ['chains'], { stdio: ['pipe', 'pipe', 'inherit'] });
  #waiting = [];
  #rest = '';
  #ended;
  #opened = 0;

  constructor() {
    this.#child.stdout.setEncoding('utf8').on('data', (data) => this.#take(data));
    this.#child.stdin.on('error', () => {});
    this.#ended = new Promise((resolve) => this.#child.once('exit', (code) => {
      for (const { reject } of this.#waiting.splice(0)) reject(new Error(`pinfold-testkit ended with ${code}`));
      resolve(code);
    }));
  }

  /** A chain with nothing in it. `mode`: "listmap", "pad" or "text". */
  async open(mode) {
    const name = String(this.#opened += 1);
    await this.#ask(['open', name, mode]);
    return {
      push: async (messages) => (await this.#ask(['push', name, messages])).steps
        .map(([outcome, best, digest]) => ({ outcome, best, digest })),
      read: () => this.#ask(['read', name]),
      towards: (wanted) => this.#ask(['towards', name, wanted]),
      close: () => this.#ask(['close', name]),
    };
  }

  async stop() {
    this.#child.stdin.end();
    return this.#ended;
  }

  #ask(request) {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    });
  }

  #take(data) {
    const lines = (this.#rest + data).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#waiting.shift().resolve(JSON.parse(line));
  }
}
