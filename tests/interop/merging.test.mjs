// A shared folder that lies in the archive and live, with content on both sides: the live copy is a published peer's, and so are those who
// open the folder once it is one again. They converge on the merge and on its undo, and nothing else changes.

import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Session } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { search, wouldClean } from './cleaning.mjs';
import { agreement, peer, plain } from './editors.mjs';
import { ownServer } from './own-server.mjs';
import { companion } from './server.mjs';

const TAG = 'RESTORED-20190614';
const who = { username: 'merging', password: 'long enough' };
const server = ownServer('merging');
// Where the folder was made anew, while its archived copy was away. That copy is back on the server above.
const anew = ownServer('made-anew');

const entry = (n) => ({ title: `Title ${n}`, channel: String(n).repeat(32), roHref: `/pad/#/1/view/${n}/k/` });

interop({ name: 'two copies of a folder, merged, and the merge taken back', direction: 'both write, chainpad-listmap reads', compared: 'folder, with tags' }, async () => {
  const session = await Session.register({ origin: server.origin, ...who }, { webSocket: WebSocket, store: null });
  const folder = await session.createFolder('Choir');
  const drive = await session.loadDrive();
  const { href, channel } = (await drive.document()).drive.sharedFolders[folder];
  await session.edit([1, 2].map((n) => ({ type: 'putBack', id: String(n), entry: entry(n), path: ['old'] })), { folder });
  await session.close();
  const hash = href.slice('/drive/#'.length);

  // A published peer fills the copy that was made anew: one document of before, and one that is new.
  const other = await peer(anew, hash);
  Object.assign(other.proxy, { filesData: { 2: entry(2), 7: entry(7) }, root: { old: { a: 2 }, new: { b: 7 } }, static: {} });
  const log = (of) => join(of.data, 'datastore', channel.slice(0, 2), `${channel}.ndjson`);
  const settled = async (peers, is) => {
    for (const start = Date.now(); ; await sleep(20)) {
      const { ours } = await agreement(async () => ({ ours: peers.map(({ proxy }) => plain(proxy)) }));
      if (is(ours[0])) return ours[0];
      assert.ok(Date.now() - start < 120_000, `the peers hold ${JSON.stringify(ours[0])}`);
    }
  };
  await settled([other, await peer(anew, hash)], (ours) => ours.filesData?.[7] && ours.root.new);

  const exported = join(server.data, 'exported');
  mkdirSync(join(exported, channel), { recursive: true });
  copyFileSync(log(server), join(exported, channel, 'archived.body'));
  copyFileSync(log(anew), join(exported, channel, 'live.body'));
  const conflict = (...more) =>
    companion(who.password, 'conflict', '--origin', server.origin, '--user', who.username, '--json', '--id', channel, '--export', exported, ...more);
  const told = await conflict();
  assert.deepEqual([told.code, told.lines.at(-1).verdict], [0, 'merge']);

  // Nothing is written under the hands of another client.
  const open = await peer(server, hash);
  const before = await settled([open], (ours) => ours.filesData?.[2]);
  assert.equal((await conflict('--merge', '--tag', TAG)).code, 1);
  assert.deepEqual(plain(open.proxy), before);
  open.stop();
  // Until the server has heard that it left, the document counts as open.
  let merged;
  for (const start = Date.now(); ; await sleep(20)) {
    merged = await conflict('--merge', '--tag', TAG);
    if (merged.code === 0 || Date.now() - start > 120_000) break;
  }
  assert.deepEqual([merged.code, merged.lines.at(-1).broughtIn], [0, 1], JSON.stringify(merged.lines));
  const peers = [await peer(server, hash), await peer(server, hash)];
  const after = await settled(peers, (ours) => ours.filesData?.[7]);
  assert.deepEqual(search(after, TAG), ['7']);
  assert.deepEqual(Object.values(after.root.new), [7], 'in its place');
  assert.deepEqual(wouldClean(after, true), []);
  const without = structuredClone(after);
  delete without.filesData[7];
  delete without.root.new;
  assert.deepEqual(without, before, 'nothing else is different');

  const undone = await companion(who.password, 'undo', '--data', server.data, '--origin', server.origin, '--user', who.username, '--json', '--tag', TAG);
  assert.equal(undone.code, 0, JSON.stringify(undone.lines));
  assert.deepEqual(await settled(peers, (ours) => !ours.filesData[7]), before, 'as it was before');
  return '3 entries';
});
