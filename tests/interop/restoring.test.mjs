// What was lost is put back and taken out again beside published peers: they converge, no reader ever sees an entry
// without its tag, nothing else changes, and the cleaning pass of CryptPad's client finds nothing to do (PROTOCOL.md 14.4).

import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Session } from '../../dist/index.node.js';
import { openRecovery } from '../../dist/recovery.node.js';
import { interop } from './cases.mjs';
import { search, wouldClean } from './cleaning.mjs';
import { agreement, peer, plain, userHash } from './editors.mjs';
import { ownServer } from './own-server.mjs';
import { companion } from './server.mjs';

const TAG = 'RESTORED-20190614';
const who = { username: 'restoring', password: 'long enough' };
const server = ownServer('restoring');

interop({ name: 'lost entries, put back and taken out', direction: 'pinfold writes, chainpad-listmap reads', compared: 'drive and folder, with tags' }, async () => {
  const options = { webSocket: WebSocket, store: null };
  const session = await Session.register({ origin: server.origin, ...who }, options);
  const folder = await session.createFolder('Together');
  const drive = await session.loadDrive();
  const { href } = (await drive.document()).drive.sharedFolders[folder];
  const account = [await peer(server, await userHash(server, who)), await peer(server, await userHash(server, who))];
  const shared = [await peer(server, href.slice('/drive/#'.length)), await peer(server, href.slice('/drive/#'.length))];
  // The peers agree, and have heard of all that was written.
  const settled = async (ids) => {
    for (const start = Date.now(); ; await sleep(20)) {
      const all = await agreement(async () => ({ account: account.map(({ proxy }) => plain(proxy)), shared: shared.map(({ proxy }) => plain(proxy)) }));
      const held = [...Object.keys(all.account[0].drive.filesData), ...Object.keys(all.shared[0].filesData)].join(' ');
      if (held === ids) return all;
      assert.ok(Date.now() - start < 120_000, `the peers hold ${held}, not ${ids}`);
    }
  };
  const entry = (n) => ({ title: `Title ${n}`, channel: String(n).repeat(32), roHref: `/pad/#/1/view/${n}/k/` });
  await session.edit([1, 2, 3].map((n) => ({ type: 'putBack', id: String(n), entry: entry(n), path: n === 1 ? ['kept'] : [] })));
  await session.edit([4, 5].map((n) => ({ type: 'putBack', id: String(n), entry: entry(n) })), { folder });
  await session.edit([1, 2].map((n) => ({ type: 'erase', id: String(n) })));
  await session.edit({ type: 'erase', id: '4' }, { folder });
  await session.close();
  const lost = await settled('3 5');

  // What a peer shows after any message: entry, place and tag together.
  const torn = [];
  const watch = ({ proxy }, ids, inner) => {
    const look = () => {
      const now = plain(inner ? proxy : proxy.drive);
      for (const id of ids.filter((id) => now.filesData[id])) {
        if (!JSON.stringify(now.root).includes(`:${id}`) || !now.filesData[id].tags?.includes(TAG)) torn.push(id);
      }
    };
    // A list-map tells each field of a message while it takes the message in: looked at is what stands after that.
    proxy.on('change', [], () => setImmediate(look));
  };
  account.forEach((each) => watch(each, ['1', '2'], false));
  shared.forEach((each) => watch(each, ['4'], true));

  const where = ['--data', server.data, '--origin', server.origin, '--user', who.username, '--json'];
  const restored = await companion(who.password, 'restore', ...where, '--all', '--tag', TAG);
  assert.equal(restored.code, 0, JSON.stringify(restored.lines));
  const back = await settled('1 2 3 4 5');
  const mine = back.account[0].drive;
  assert.deepEqual([search(mine, TAG), search(back.shared[0], TAG.toLowerCase())], [['1', '2'], ['4']]);
  assert.deepEqual(torn, []);
  assert.deepEqual([wouldClean(mine, false), wouldClean(back.shared[0], true)], [[], []]);
  assert.ok(Object.values(mine.root.kept).includes(1), 'in its old place');

  const undone = await companion(who.password, 'undo', ...where, '--tag', `#${TAG}`);
  assert.equal(undone.code, 0, JSON.stringify(undone.lines));
  assert.deepEqual(await settled('3 5'), lost, 'as it was before');

  // A calendar that a peer names and the server lacks: the same is told in JavaScript, and on the command line.
  const calendar = 'c'.repeat(32);
  account[0].proxy.calendars = { [calendar]: { channel: calendar, href: '/calendar/#/2/calendar/edit/x/', title: 'Dates' } };
  for (const start = Date.now(); !plain(account[1].proxy).calendars?.[calendar]; await sleep(20)) assert.ok(Date.now() - start < 120_000);
  const recovery = await openRecovery({ origin: server.origin, ...who }, options);
  const harmed = await recovery.affected({ from: 0, to: Date.now() + 60_000 });
  assert.deepEqual(harmed.filter(({ kind }) => kind === 'calendar').map(({ channel, harm }) => [channel, harm]), [[calendar, 'missing']]);
  const told = await recovery.lost();
  assert.ok(told.length > 0 && told.every(({ server: said }) => said === 'missing'), 'nothing was ever written into these documents');
  await recovery.close();
  const live = await companion(who.password, 'lost', '--origin', server.origin, '--user', who.username, '--json');
  assert.deepEqual(live.lines.filter(({ type }) => type === 'missing').map(({ channel, server: said }) => [channel, said]), [[calendar, 'missing']]);
  return '3 entries';
});
