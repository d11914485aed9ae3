// Published peers and pinfold sessions edit one account document and one folder at the same time, from a seed: all end
// with the same documents, and everything that pinfold was told is written is in them once. PINFOLD_SEED replays one.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Session } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { Random } from './chainpad/random.mjs';
import { agreement, peer, plain, userHash } from './editors.mjs';
import { ownServer } from './own-server.mjs';

const first = Number(process.env.PINFOLD_SEED ?? 1);
const rounds = process.env.PINFOLD_SEED ? 1 : 3;
const server = ownServer('together');

async function play(seed) {
  const random = new Random(seed);
  const who = { username: `together-${seed}`, password: 'long enough' };
  const options = { webSocket: WebSocket, store: null };
  const sessions = [await Session.register({ origin: server.origin, ...who }, options)];
  try {
    const folder = await sessions[0].createFolder('Together');
    sessions.push(await Session.open({ origin: server.origin, ...who }, options));
    const [drive] = await Promise.all(sessions.map((session) => session.loadDrive()));
    const { href } = (await drive.document()).drive.sharedFolders[folder];
    const hashes = { account: await userHash(server, who), folder: href.slice('/drive/#'.length) };
    const peers = { account: [await peer(server, hashes.account), await peer(server, hashes.account)], folder: [await peer(server, hashes.folder), await peer(server, hashes.folder)] };
    const written = { account: new Set(), folder: new Set() };

    const theirs = async ({ proxy, realtime }, inFolder, who, turns) => {
      const target = inFolder ? proxy : proxy.drive;
      for (let n = 0; n < 12; n += 1) {
        const id = 5_000_000 + who * 1000 + n;
        target.filesData[id] = { title: `${who}/${n}`, channel: createHash('md5').update(`${seed}/${who}/${n}`).digest('hex'), href: '/pad/#/2/pad/edit/x/' };
        target.root[`${who}-${n}`] = id;
        realtime.sync();
        await sleep(turns.int(40));
      }
    };
    const ours = async (session, inFolder, who, turns) => {
      for (let n = 0; n < 12; n += 1) {
        const id = String(6_000_000 + who * 1000 + n);
        const entry = { title: `${who}/${n}`, channel: createHash('md5').update(`${seed}/${who}/${n}`).digest('hex'), roHref: '/pad/#/2/pad/view/x/' };
        const edits = [{ type: 'putBack', id, entry }];
        if (turns.chance(0.3)) edits.push({ type: 'rename', id, title: `renamed ${who}/${n}` });
        await session.edit(edits, inFolder ? { folder } : {});
        written[inFolder ? 'folder' : 'account'].add(edits[1]?.title ?? entry.title);
        await sleep(turns.int(40));
      }
    };
    await Promise.all([
      ...peers.account.map((each, who) => theirs(each, false, who, random.fork())),
      ...peers.folder.map((each, who) => theirs(each, true, who + 2, random.fork())),
      ...sessions.map((session, who) => ours(session, false, who + 4, random.fork())),
      ...sessions.map((session, who) => ours(session, true, who + 6, random.fork())),
    ]);
    const documents = async () => {
      const drives = await Promise.all(sessions.map((session) => session.loadDrive()));
      return {
        account: [...peers.account.map(({ proxy }) => plain(proxy)), ...await Promise.all(drives.map((each) => each.document()))],
        folder: [...peers.folder.map(({ proxy }) => plain(proxy)), ...await Promise.all(drives.map((each) => each.document(folder)))],
      };
    };
    const all = await agreement(documents);
    let entries = 0;
    for (const [where, [document]] of Object.entries(all)) {
      const { filesData, root } = where === 'account' ? document.drive : document;
      const titles = Object.values(filesData).map(({ title }) => title);
      for (const title of written[where]) assert.equal(titles.filter((each) => each === title).length, 1, `${title} in the ${where}`);
      const shown = Object.values(root).filter((element) => Number(element) >= 6_000_000 && Number(element) < 7_000_000);
      assert.equal(shown.length, written[where].size, `each entry of pinfold's is shown once in the ${where}`);
      entries += titles.length;
    }
    return entries;
  } finally {
    for (const session of sessions) await session.close();
  }
}

interop({
  name: 'two peers and two sessions in an account and a folder at once',
  direction: 'both write, both read',
  compared: 'the documents of all at the end; every acknowledged edit of pinfold, once',
}, async () => {
  let entries = 0;
  for (let seed = first; seed < first + rounds; seed += 1) {
    try {
      entries += await play(seed);
    } catch (error) {
      throw new Error(`PINFOLD_SEED=${seed} node --test tests/interop/together.test.mjs: ${error.message}`, { cause: error });
    }
  }
  return `${rounds} rounds, ${entries} entries`;
});
