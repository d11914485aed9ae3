// pinfold reads what the published CryptPad peers wrote (peers.test.mjs, which runs before): the same documents, the
// same letters in the same order; and what it pins, the server confirms.

import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import WebSocket from 'ws';
import { Session, init } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { startServer } from './server.mjs';

const artefacts = new URL('../artefacts/interop', import.meta.url).pathname;
const data = join(artefacts, 'data');
let state;
let server;
let session;

/** How many channel logs the server holds. */
const channels = () => readdirSync(join(data, 'datastore'), { recursive: true }).filter((name) => /[0-9a-f]{32}\.ndjson$/.test(name)).length;

before(async () => {
  assert.ok(existsSync(join(artefacts, 'state.json')), 'run tests/interop/peers.test.mjs first: it writes the account');
  state = JSON.parse(readFileSync(join(artefacts, 'state.json'), 'utf8'));
  server = await startServer('--data', data);
  await init();
  const credentials = { origin: server.origin, username: state.name, password: state.password };
  session = await Session.open(credentials, { webSocket: WebSocket });
});

after(async () => {
  await session?.close();
  await server?.stop();
});

interop({ name: 'the documents are those that the peers see', direction: 'JavaScript writes, pinfold reads', compared: 'account, drive and folder documents' }, async () => {
  const before = channels();
  const drive = await session.loadDrive();
  assert.equal(drive.kind, 'complete');
  assert.deepEqual(await drive.document(), state.document);
  const [folder] = drive.folders;
  assert.equal(folder.channel, state.folderChannel);
  assert.deepEqual(await drive.document(folder.id), state.folder);
  assert.equal(channels(), before, 'reading creates no channel');
});

interop({ name: 'the pins are complete, and the server confirms them', direction: 'pinfold writes, the server confirms', compared: "set of channels, hash of the server's list" }, async () => {
  const drive = await session.loadDrive();
  const pins = drive.pinSet();
  for (const channel of [state.driveChannel, state.folderChannel, state.mailboxChannel]) {
    assert.ok(pins.channels().includes(channel), channel);
  }
  const receipt = await session.syncPins(pins);
  assert.ok(receipt.confirmed && receipt.complete);
  assert.equal(receipt.count, pins.size);
  const again = await session.syncPins(pins);
  assert.ok(again.confirmed && !again.reset && again.added === 0, 'nothing is sent twice');
});

interop({ name: 'the letters come in the order in which they were stored', direction: 'JavaScript writes, pinfold reads', compared: 'letters and their order' }, async () => {
  const read = [];
  for await (const letter of session.mailbox('notifications', { backlogOnly: true })) {
    read.push({ hash: letter.hash, author: letter.author, content: { type: letter.type, content: letter.content } });
  }
  assert.deepEqual(read, state.letters);
});
