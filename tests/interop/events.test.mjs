// What a run tells fits the types that the package declares: everything it told is compiled against them.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import WebSocket from 'ws';
import { Session, init } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { startServer } from './server.mjs';

const root = new URL('../..', import.meta.url).pathname;

/** Everything that a session of this recorded account tells while it does all that a session does. */
async function recorded(account) {
  const recording = join(root, 'tests/accounts', account);
  const data = mkdtempSync(join(tmpdir(), 'pinfold-data-'));
  cpSync(join(recording, 'data'), data, { recursive: true });
  const server = await startServer('--data', data);
  const events = [];
  const { username, password } = JSON.parse(readFileSync(join(recording, 'manifest.json'), 'utf8'));
  const session = await Session.open({ origin: server.origin, username, password }, { webSocket: WebSocket, onEvent: (event) => events.push(event) });
  try {
    const drive = await session.loadDrive();
    const plan = await session.plan(drive);
    const receipt = drive.kind === 'complete' ? await session.syncPins(drive.pinSet()) : await session.addPins(drive);
    await session.followChanges();
    const letters = [];
    for await (const { superseded, sender, unreadable } of session.mailbox('notifications', { whole: true, backlogOnly: true })) {
      letters.push({ superseded, sender, unreadable });
    }
    return { events, account: session.account, folders: drive.folders, skipped: drive.skipped, plan, receipt, guard: await session.guard(), letters };
  } finally {
    await session.close();
    await server.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** `const name: type = value` for each, compiled strictly. */
function compile(values) {
  const directory = mkdtempSync(join(tmpdir(), 'pinfold-events-'));
  try {
    const types = [...new Set(values.map(({ type }) => type.replace(/\W.*$/, '')))];
    const lines = values.map(({ type, value }, at) => `export const value${at}: ${type} = ${JSON.stringify(value)};`);
    writeFileSync(join(directory, 'recorded.ts'), `import type { ${types.join(', ')} } from ${JSON.stringify(join(root, 'dist/index.js'))};\n${lines.join('\n')}\n`);
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'ES2022', '--module', 'NodeNext', '--types', '', '--lib', 'ES2022'];
    execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'recorded.ts'], { cwd: directory, encoding: 'utf8' });
  } catch (error) {
    throw new Error(`what was told does not fit its types:\n${error.stdout ?? error.message}`, { cause: error });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

interop({ name: 'what a run tells fits the declared types', direction: 'pinfold tells', compared: 'every event and report with the .d.ts' }, async () => {
  await init();
  let count = 0;
  for (const account of ['carol', 'fixture']) {
    const told = await recorded(account);
    const values = [
      ...told.events.map((value) => ({ type: 'SessionEvent', value })),
      ...told.letters.flatMap(({ superseded, sender }) => [
        { type: 'Delivery["superseded"]', value: superseded }, { type: 'Delivery["sender"]', value: sender },
      ]),
      { type: 'Account', value: told.account }, { type: 'PinPlan', value: told.plan }, { type: 'PinReceipt', value: told.receipt },
      { type: 'GuardReport', value: told.guard },
      ...told.folders.map((value) => ({ type: 'FolderReport', value })), ...told.skipped.map((value) => ({ type: 'SkippedItem', value })),
    ];
    assert.ok(told.events.length > 10);
    compile(values);
    count += values.length;
  }
  assert.throws(() => compile([{ type: 'SessionEvent', value: { type: 'progress', phase: 'tea', done: 1, total: null } }]), /tea/);
  return `${count} events and reports`;
});
