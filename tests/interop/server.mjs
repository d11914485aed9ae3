// Starts the built companion and stops it again.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = new URL('../..', import.meta.url).pathname;

function binary() {
  if (process.env.PINFOLD_COMPANION) return process.env.PINFOLD_COMPANION;
  const target = process.env.CARGO_TARGET_DIR ?? join(root, 'target');
  const found = ['native', 'release', 'debug']
    .map((profile) => join(target, profile, 'pinfold-companion'))
    .find(existsSync);
  if (!found) throw new Error('build the companion first: cargo build -p pinfold-companion');
  return found;
}

/** Runs a command of the companion to its end: `{ code, lines }`, the lines of `--json` read. */
export async function companion(password, ...options) {
  const env = { ...process.env, PINFOLD_PASSWORD: password };
  const child = spawn(binary(), options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('close', resolve));
  const lines = [];
  for await (const line of createInterface(child.stdout)) lines.push(JSON.parse(line));
  return { code: await ended, lines };
}

/** Resolves to `{ origin, stop() }` once the server listens. */
export async function startServer(...options) {
  const child = spawn(binary(), ['serve', '--port', '0', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const line = await Promise.race([
    new Promise((resolve) => createInterface(child.stdout).once('line', resolve)),
    ended.then((code) => { throw new Error(`the server ended with ${code}`); }),
  ]);
  const origin = /^listening (http:\/\/\S+)$/.exec(line)?.[1];
  if (!origin) throw new Error(`unexpected first line: ${line}`);
  return { origin, stop: () => { child.kill('SIGTERM'); return ended; } };
}
