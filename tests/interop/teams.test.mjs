// A team's drive and a folder in it, edited by published peers that hold the team's keys and by sessions of a member, at
// the same time: all end with the same documents, and everything that pinfold was told is written is in them once.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import WebSocket from 'ws';
import { Session, init } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { program } from './chainpad/pinfold.mjs';
import { agreement, leave, peer, plain } from './editors.mjs';
import { startServer } from './server.mjs';

const EACH = 10;
const data = mkdtempSync(join(tmpdir(), 'pinfold-teams-'));
const sessions = [];
let server;
let manifest;

before(async () => {
  const size = ['--documents', '3', '--folders', '1', '--per-folder', '2', '--teams', '1', '--seed', '5'];
  execFileSync(program(), ['account', ...size, data]);
  manifest = JSON.parse(readFileSync(join(data, 'manifest.json'), 'utf8'));
  server = await startServer('--data', join(data, 'data'));
  await init();
});

after(async () => {
  for (const session of sessions) await session.close();
  leave();
  await server?.stop();
  rmSync(data, { recursive: true, force: true });
});

/** An entry for each turn, and its number. */
const entry = (who, n) => [7_000_000 + who * 1000 + n, {
  title: `${who}/${n}`, channel: createHash('md5').update(`${who}/${n}`).digest('hex'), roHref: '/pad/#/2/pad/view/x/',
}];

async function theirs({ proxy, realtime }, who) {
  const target = proxy.drive ?? proxy;
  for (let n = 0; n < EACH; n += 1) {
    const [id, data] = entry(who, n);
    target.filesData[id] = data;
    target.root[`${who}-${n}`] = id;
    realtime.sync();
    await sleep(15);
  }
}

async function ours(session, where, who) {
  for (let n = 0; n < EACH; n += 1) {
    const [id, data] = entry(who, n);
    await session.edit([{ type: 'putBack', id: String(id), entry: data }, { type: 'rename', id: String(id), title: `renamed ${who}/${n}` }], where);
  }
}

interop({
  name: 'peers and sessions in the drive of a team and in its folder at once',
  direction: 'both write, both read',
  compared: 'the documents of all at the end; every acknowledged edit of pinfold, once',
}, async () => {
  const { username, password } = manifest;
  for (let n = 0; n < 2; n += 1) {
    sessions.push(await Session.open({ origin: server.origin, username, password }, { webSocket: WebSocket, store: null }));
  }
  const [drive] = await Promise.all(sessions.map((session) => session.loadDrive()));
  const [team] = Object.keys((await drive.document()).teams);
  const keys = (await drive.document()).teams[team];
  await Promise.all(sessions.map((session) => session.loadTeam(team)));
  // The team shares a folder with the account, where its link is not encrypted.
  const inTeam = (await sessions[0].loadTeam(team)).folders;
  const [mine] = drive.folders.filter(({ channel }) => inTeam.some((each) => each.channel === channel));
  const { id: folder } = inTeam.find(({ channel }) => channel === mine.channel);
  const { href, password: secret } = (await drive.document()).drive.sharedFolders[mine.id];
  const peers = {
    team: [await peer(server, keys.hash, keys.password), await peer(server, keys.hash, keys.password)],
    folder: [await peer(server, href.slice('/drive/#'.length), secret)],
  };
  await Promise.all([
    ...[...peers.team, ...peers.folder].map((each, who) => theirs(each, who)),
    ...sessions.map((session, who) => ours(session, { team }, who + 3)),
    ...sessions.map((session, who) => ours(session, { team, folder }, who + 5)),
  ]);
  const all = await agreement(async () => {
    const drives = await Promise.all(sessions.map((session) => session.loadTeam(team)));
    return {
      team: [...peers.team.map(({ proxy }) => plain(proxy)), ...await Promise.all(drives.map((each) => each.document()))],
      folder: [...peers.folder.map(({ proxy }) => plain(proxy)), ...await Promise.all(drives.map((each) => each.document(folder)))],
    };
  });
  // Nothing is said of the peers' own entries: published peers that write at once lose some of each other's, also with no
  // session among them.
  for (const [where, [document]] of Object.entries(all)) {
    const { filesData } = document.drive ?? document;
    const titles = Object.values(filesData).map(({ title }) => title);
    for (const who of where === 'team' ? [3, 4] : [5, 6]) {
      for (let n = 0; n < EACH; n += 1) {
        assert.equal(titles.filter((title) => title === `renamed ${who}/${n}`).length, 1, `${who}/${n} in the ${where}`);
      }
    }
  }
  return `${7 * EACH} entries`;
});
