// Writing through the package: an account, a folder and entries from nothing, on the embedded server.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import WebSocket from 'ws';
import { Session, init } from '../../dist/index.node.js';
import { startServer } from './server.mjs';

const data = mkdtempSync(join(tmpdir(), 'pinfold-writing-'));
const who = { username: 'nobody yet', password: 'long enough' };
const pad = '/pad/#/2/pad/edit/dwp81vGRSpB96Oh-2xXCwfsl/';
const padChannel = '4f919e08f542b3d817ac196016c3fd87';
let server;
let session;

const options = { webSocket: WebSocket, store: null };
const open = () => Session.open({ origin: server.origin, ...who }, options);
const code = (expected) => (error) => error.code === expected;
const files = (document) => Object.entries(document.filesData);

before(async () => {
  server = await startServer('--data', data);
  await init();
  session = await Session.register({ origin: server.origin, ...who }, options);
});

after(async () => {
  await session?.close();
  await server?.stop();
  rmSync(data, { recursive: true, force: true });
});

test('an account is registered once', async () => {
  assert.equal(session.account.displayName, who.username);
  await assert.rejects(Session.register({ origin: server.origin, ...who }, options), code('login/taken'));
  await assert.rejects(Session.register({ origin: server.origin, username: 'a', password: 'short' }, options), code('misuse/bad-argument'));
  const again = await open();
  assert.equal(again.account.edPublic, session.account.edPublic);
  await again.close();
});

test('a folder and a document are created, pinned, and seen by another session', async () => {
  const folder = await session.createFolder('Together', { path: ['shared'], password: 'pw' });
  await session.loadDrive();
  await session.edit([{ type: 'addDocument', href: pad, title: 'Notes' }, { type: 'setTitle', title: 'Renamed' }], { folder });
  const drive = await session.loadDrive();
  assert.equal(drive.kind, 'complete');
  assert.ok(drive.pinSet().channels().includes(padChannel));
  assert.ok((await session.syncPins(drive.pinSet())).confirmed);
  const other = await open();
  const seen = await other.loadDrive();
  assert.equal(seen.folders[0].title, 'Renamed');
  assert.deepEqual((await seen.document()).drive.root, { shared: { [folder]: Number(folder) } });
  const [[, entry]] = files(await seen.document(folder));
  assert.equal(entry.title, 'Notes');
  assert.ok(!entry.href.includes('#'), 'its edit link is for editors of the folder');
  await other.close();
});

test('an entry goes to the trash and leaves it only when it is named', async () => {
  await session.edit({ type: 'addDocument', href: pad, title: 'Draft' });
  const [[id]] = files((await (await session.loadDrive()).document()).drive);
  await session.edit([{ type: 'rename', id, title: 'Final' }, { type: 'remove', id }]);
  assert.deepEqual(await session.trash(), [id]);
  await session.edit({ type: 'emptyTrash', ids: [] });
  assert.deepEqual(await session.trash(), [id]);
  await session.edit({ type: 'emptyTrash', ids: await session.trash() });
  const { drive } = await (await session.loadDrive()).document();
  assert.deepEqual([drive.filesData, drive.trash], [{}, {}]);
});

test('what cannot be done says so and changes nothing', async () => {
  // Without the guard's own entry, which is written when there is something to remember.
  const document = async () => ({ ...(await (await session.loadDrive()).document()), pinfold: undefined });
  const before = await document();
  await assert.rejects(session.edit({ type: 'rename', id: '12', title: 'x' }), code('edit/absent'));
  await assert.rejects(session.edit({ type: 'addDocument', href: '/pad/#/3/pad/', title: 'x' }), code('href/no-keys'));
  await assert.rejects(session.edit({ type: 'unheard' }), code('misuse/bad-argument'));
  await assert.rejects(session.edit({ type: 'setTitle', title: 'x' }), code('misuse/bad-argument'));
  assert.deepEqual(await document(), before);
});

test('a drive that belongs to no account opens by its link and is never pinned', async () => {
  const folder = await session.createFolder('Alone');
  const { drive: { sharedFolders } } = await (await session.loadDrive()).document();
  const visitor = await Session.open({ origin: server.origin, anonymous: sharedFolders[folder].href }, options);
  assert.deepEqual([visitor.account.edPublic, visitor.account.mailboxes], [null, []]);
  const drive = await visitor.loadDrive();
  assert.equal(drive.kind, 'complete');
  await assert.rejects(visitor.syncPins(drive.pinSet()), code('drive/anonymous'));
  await assert.rejects(visitor.createFolder('mine'), code('drive/anonymous'));
  await visitor.close();
  const nowhere = (anonymous) => Session.open({ origin: server.origin, anonymous }, options);
  await assert.rejects(nowhere('/2/drive/edit/short/'), code('href/malformed'));
  await assert.rejects(nowhere(''), code('misuse/bad-argument'));
});

test('a team that the account does not name is not written to', async () => {
  const edit = { type: 'addDocument', href: pad, title: 'Minutes' };
  await assert.rejects(session.edit(edit, { team: '1' }), code('team/absent'));
  await assert.rejects(session.trash({ team: '1' }), code('team/absent'));
});
