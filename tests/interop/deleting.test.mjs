// A deletion that was planned and agreed to, beside published peers: they converge on exactly what the plan listed, and nothing
// else changes.

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Session } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { agreement, peer, plain, userHash } from './editors.mjs';
import { ownServer } from './own-server.mjs';
import { companion } from './server.mjs';

const who = { username: 'deleting', password: 'long enough' };
const server = ownServer('deleting');

interop({ name: 'a deletion, exactly as it was planned', direction: 'pinfold writes, chainpad-listmap reads', compared: 'drive and folder' }, async () => {
  const session = await Session.register({ origin: server.origin, ...who }, { webSocket: WebSocket, store: null });
  const folder = await session.createFolder('Together');
  const drive = await session.loadDrive();
  const entryOfFolder = (await drive.document()).drive.sharedFolders[folder];
  const account = [await peer(server, await userHash(server, who)), await peer(server, await userHash(server, who))];
  const shared = [await peer(server, entryOfFolder.href.slice('/drive/#'.length)), await peer(server, entryOfFolder.href.slice('/drive/#'.length))];
  const entry = (n) => ({ title: `Title ${n}`, channel: String(n).repeat(32), roHref: `/pad/#/1/view/${n}/k/` });
  await session.edit([1, 2, 3].map((n) => ({ type: 'putBack', id: String(n), entry: entry(n), path: n === 3 ? [] : ['kept'] })));
  await session.edit([4, 5].map((n) => ({ type: 'putBack', id: String(n), entry: entry(n) })), { folder });
  await session.close();
  // The peers agree, and what they hold is so.
  const settled = async (is) => {
    for (const start = Date.now(); ; await sleep(20)) {
      const all = await agreement(async () => ({ account: account.map(({ proxy }) => plain(proxy)), shared: shared.map(({ proxy }) => plain(proxy)) }));
      const [mine, ours] = [all.account[0].drive, all.shared[0]];
      if (is(mine, ours)) return structuredClone({ mine, ours });
      assert.ok(Date.now() - start < 120_000, 'the peers do not come to hold what was planned');
    }
  };
  const has = (holder, ...ids) => ids.every((id) => holder.filesData[id]);
  const before = await settled((mine, ours) => has(mine, 1, 2, 3) && has(ours, 4, 5));

  const where = ['--origin', server.origin, '--user', who.username, '--json'];
  const carriedOut = async (...selected) => {
    const plan = await companion(who.password, 'delete', ...where, ...selected);
    assert.equal(plan.code, 0, JSON.stringify(plan.lines));
    const { digest } = plan.lines.at(-1);
    const done = await companion(who.password, 'delete', ...where, ...selected, '--run', digest);
    assert.deepEqual([done.code, done.lines.at(-1).done], [0, true], JSON.stringify(done.lines));
    return plan.lines.filter(({ type }) => type === 'row').map(({ id }) => id);
  };
  // The plain folder with both documents goes into the trash; the third stays.
  assert.deepEqual((await carriedOut('--folder', 'kept')).sort(), ['1', '2']);
  const trashed = await settled((mine) => mine.root.kept === undefined);
  assert.deepEqual(trashed.mine.filesData, before.mine.filesData, 'no key goes with it');
  assert.deepEqual(Object.values(trashed.mine.trash).flat().map(({ element }) => element).sort(), [1, 2]);
  assert.deepEqual([trashed.mine.sharedFolders, trashed.ours], [before.mine.sharedFolders, before.ours]);

  // One document of the shared folder, where there is no trash.
  assert.deepEqual(await carriedOut('--in', entryOfFolder.channel, '--id', '4'.repeat(32), '--action', 'remove'), ['4']);
  const after = await settled((mine, ours) => !ours.filesData[4]);
  assert.deepEqual(after.mine, trashed.mine);
  assert.deepEqual(after.ours.filesData, { 5: before.ours.filesData[5] });
  return '3 entries';
});
