// pinfold and a CryptPad client on one account, in turns: neither repeats nor loses a message. And messages between
// pinfold and the published peers, both ways. Runs after peers.test.mjs, which writes the account.

import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import nacl from 'tweetnacl';
import WebSocket from 'ws';
import { Session, init } from '../../dist/index.node.js';
import { interop } from './cases.mjs';
import { startServer } from './server.mjs';

const require = createRequire(import.meta.url);
globalThis.WebSocket = WebSocket;
const ChainPad = require('chainpad');
const Crypto = require('chainpad-crypto');
const Listmap = require('chainpad-listmap');
const Netflux = require('netflux-websocket');

const artefacts = new URL('../artefacts/interop', import.meta.url).pathname;
const data = join(artefacts, 'data');
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const networks = [];
let state;
let server;
let bob;

const storedLines = (channel) =>
  readFileSync(join(data, 'datastore', channel.slice(0, 2), `${channel}.ndjson`), 'utf8').trim().split('\n').map((line) => JSON.parse(line)[4]);
const hashOf = (message) => message.slice(0, 64);

async function until(what, condition) {
  for (const start = Date.now(); Date.now() - start < 120_000;) {
    if (condition()) return;
    await sleep(5);
  }
  assert.fail(`never: ${what}`);
}

async function connect() {
  const network = await Netflux.connect(`${server.origin.replace('http', 'ws')}/cryptpad_websocket`);
  networks.push(network);
  return network;
}

/** The account document, as the published list-map sees it. */
async function account() {
  const keys = Crypto.createEditCryptor2(Crypto.b64AddSlashes(/\/edit\/([^/]+)\//.exec(state.userHash)[1]));
  const listmap = Listmap.create({
    data: {}, network: await connect(), channel: state.driveChannel, crypto: Crypto.createEncryptor(keys),
    validateKey: keys.validateKey, userName: 'turns', logLevel: 0, ChainPad, classic: true,
  });
  await new Promise((resolve) => listmap.proxy.on('ready', resolve));
  return listmap;
}

const plain = (value) => JSON.parse(JSON.stringify(value));

async function settled({ proxy, realtime }) {
  await until('the change is in the document', () => isDeepStrictEqual(JSON.parse(realtime.getUserDoc() || 'null'), plain(proxy)));
  realtime.sync();
  await until('it is acknowledged', () => realtime.getAuthDoc() === realtime.getUserDoc());
}

/** What a CryptPad client has not dismissed (PROTOCOL.md 18.3). */
function unread(box) {
  const log = storedLines(state.mailboxChannel).map(hashOf);
  return log.slice(log.indexOf(box.lastKnownHash) + 1).filter((hash) => !box.viewed.includes(hash));
}

/** Dismisses as a CryptPad client does (PROTOCOL.md 18.4). */
function dismiss(box, hash) {
  const log = storedLines(state.mailboxChannel).map(hashOf);
  const history = log.slice(log.indexOf(box.lastKnownHash) + 1);
  const index = history.indexOf(hash);
  if (index === 0) box.lastKnownHash = history.shift();
  else if (index > 0 && !box.viewed.includes(hash)) box.viewed.push(hash);
  while (history.length && box.viewed.includes(history[0])) {
    box.lastKnownHash = history.shift();
    box.viewed.splice(box.viewed.indexOf(box.lastKnownHash), 1);
  }
}

/** A contact without pinfold: keys, a mailbox, and letters through the published package. */
async function contact(displayName) {
  const pair = nacl.box.keyPair();
  const curvePublic = base64(pair.publicKey);
  const keys = { curvePublic, curvePrivate: base64(pair.secretKey) };
  const letters = Crypto.Mailbox.createEncryptor(keys);
  const notifications = randomBytes(16).toString('hex');
  const network = await connect();
  const keeper = (await network.join(`${notifications}`)).members.find((id) => id.length === 16);
  const send = async (type, content) => {
    const text = letters.encrypt(JSON.stringify({ type, content: { ...content, user: { displayName, curvePublic, notifications } } }), state.document.curvePublic);
    const txid = `t${Math.random().toString(32).slice(2)}`;
    const answered = new Promise((resolve) => network.on('message', (answer) => {
      const [id, , time] = JSON.parse(answer);
      if (id === txid) resolve(time);
    }));
    await network.sendto(keeper, JSON.stringify([txid, ['WRITE_PRIVATE_MESSAGE', [state.mailboxChannel, text]]]));
    const time = await answered;
    // A refusal is a text. The time is told only of a mailbox that somebody is in.
    assert.ok(time === null || typeof time === 'number', time);
    return hashOf(text);
  };
  const received = () => storedLines(notifications).map((line) => letters.decrypt(line));
  return { curvePublic, notifications, send, received };
}

/** Runs `body` with a new session of pinfold. */
async function withPinfold(body) {
  const session = await Session.open({ origin: server.origin, username: state.name, password: state.password }, { webSocket: WebSocket });
  try {
    await session.loadDrive();
    return await body(session);
  } finally {
    await session.close();
  }
}

/** What a new session of pinfold finds that is not dismissed. */
const read = () => withPinfold(async (session) => {
  const all = [];
  for await (const delivery of session.mailbox('notifications', { backlogOnly: true })) all.push(delivery);
  return all.filter(({ dismissed }) => !dismissed).map(({ hash }) => hash);
});

before(async () => {
  assert.ok(existsSync(join(artefacts, 'state.json')), 'run tests/interop/peers.test.mjs first: it writes the account');
  state = JSON.parse(readFileSync(join(artefacts, 'state.json'), 'utf8'));
  server = await startServer('--data', data);
  await init();
  bob = await contact('Bob');
});

after(async () => {
  for (const network of networks) network.disconnect();
  await server?.stop();
  setTimeout(() => process.exit(), 1000).unref();
});

interop({ name: 'a contact request, its acceptance and a share go both ways', direction: 'pinfold and JavaScript write and read', compared: 'messages, proven authors' }, () => withPinfold(async (session) => {
  const to = { curvePublic: bob.curvePublic, notifications: bob.notifications };
  await session.send(to, { type: 'FRIEND_REQUEST' });
  const share = { href: '/pad/#/2/pad/edit/abcdefghijklmnopqrstuvwx/', title: 'Zusammen 😀', password: '', isTemplate: false };
  await session.send(to, { type: 'SHARE_PAD', content: share });
  const [request, shared] = bob.received();
  for (const { author, content } of [request, shared]) {
    assert.equal(author, state.document.curvePublic);
    const { user } = JSON.parse(content).content;
    assert.deepEqual(user, {
      displayName: state.document['cryptpad.username'], edPublic: state.document.edPublic,
      curvePublic: state.document.curvePublic, notifications: state.mailboxChannel,
    });
  }
  assert.equal(JSON.parse(request.content).type, 'FRIEND_REQUEST');
  const { user: _, ...content } = JSON.parse(shared.content).content;
  assert.deepEqual(content, share);

  const accepted = await bob.send('ACCEPT_FRIEND_REQUEST', {});
  const given = await bob.send('SHARE_PAD', share);
  const found = [];
  for await (const delivery of session.mailbox('notifications', { backlogOnly: true })) {
    if ([accepted, given].includes(delivery.hash)) found.push(delivery);
  }
  assert.deepEqual(found.map(({ hash, type }) => [hash, type]), [[accepted, 'ACCEPT_FRIEND_REQUEST'], [given, 'SHARE_PAD']]);
  for (const { author, sender } of found) {
    assert.deepEqual([author, sender.claim, sender.displayName], [bob.curvePublic, 'own', 'Bob']);
  }
  assert.deepEqual([found[1].facts.title, found[1].facts.href], [share.title, share.href]);
}));

interop({ name: 'messages are dismissed in turns on one account', direction: 'pinfold and JavaScript write and read', compared: 'lastKnownHash, viewed, what each still shows' }, async () => {
  const peer = await account();
  const box = peer.proxy.mailboxes.notifications;
  const log = storedLines(state.mailboxChannel).map(hashOf);
  assert.deepEqual(unread(box), log, 'nothing is dismissed yet');
  assert.deepEqual(await read(), log);

  // pinfold: the first, then the third.
  await withPinfold(async (session) => {
    for await (const delivery of session.mailbox('notifications')) {
      if (delivery.position === 0 || delivery.position === 2) await delivery.dismiss();
      if (delivery.position === 2) break;
    }
  });
  await until('the peer sees it', () => box.viewed.length === 1);
  assert.deepEqual([box.lastKnownHash, plain(box.viewed)], [log[0], [log[2]]]);
  assert.deepEqual(unread(box), [log[1], ...log.slice(3)]);

  // The peer: the fifth, then the second, which lets the prefix pass the third.
  dismiss(box, log[4]);
  dismiss(box, log[1]);
  await settled(peer);
  assert.deepEqual([box.lastKnownHash, plain(box.viewed)], [log[2], [log[4]]]);
  assert.deepEqual(await read(), [log[3], ...log.slice(5)]);

  // Both at once, while new ones come.
  await withPinfold(async (session) => {
    const mailbox = session.mailbox('notifications');
    const seen = [];
    const news = [];
    for await (const delivery of mailbox) {
      if (!delivery.dismissed) seen.push(delivery.hash);
      if (delivery.hash === log[3]) {
        dismiss(box, log[5]);
        news.push(await bob.send('MOVE_TODO', {}), await bob.send('MENTION', { channel: state.folderChannel }));
        await Promise.all([delivery.dismiss(), settled(peer)]);
      }
      if (delivery.hash === news.at(-1)) break;
    }
    const expected = [log[3], ...log.slice(5), ...news];
    // What the peer dismissed may have been on its way already.
    assert.deepEqual(seen.filter((hash) => hash !== log[5]), expected.filter((hash) => hash !== log[5]));
  });
  await until('the peer sees it', () => !unread(box).includes(log[3]) && !unread(box).includes(log[5]));
  const left = storedLines(state.mailboxChannel).map(hashOf).filter((hash) => !log.slice(0, 6).includes(hash));
  assert.deepEqual(unread(box), left);
  assert.deepEqual(await read(), left);
});

interop({ name: 'a message that was dismissed stays so when it is played again', direction: 'pinfold and JavaScript write, pinfold reads', compared: 'what a new session shows' }, async () => {
  const before = await read();
  await withPinfold(async (session) => {
    for await (const delivery of session.mailbox('notifications')) {
      if (!delivery.dismissed) await delivery.dismiss();
      if (delivery.hash === before.at(-1)) break;
    }
  });
  const peer = await account();
  const box = peer.proxy.mailboxes.notifications;
  assert.deepEqual([box.lastKnownHash, plain(box.viewed)], [before.at(-1), []], 'all is one prefix');
  const again = storedLines(state.mailboxChannel).find((line) => hashOf(line) === before[0]);
  const network = await connect();
  const keeper = (await network.join(bob.notifications)).members.find((id) => id.length === 16);
  await network.sendto(keeper, JSON.stringify(['again', ['WRITE_PRIVATE_MESSAGE', [state.mailboxChannel, again]]]));
  await until('it is stored', () => hashOf(storedLines(state.mailboxChannel).at(-1)) === before[0]);
  assert.deepEqual(unread(box), [before[0]], 'a CryptPad client shows it again');
  assert.deepEqual(await read(), []);
});

interop({ name: 'older messages come page by page', direction: 'JavaScript writes, pinfold reads', compared: 'messages and their order' }, () => withPinfold(async (session) => {
  const log = [...new Set(storedLines(state.mailboxChannel).map(hashOf))];
  const mailbox = session.mailbox('notifications');
  const { value: first } = await mailbox.next();
  const older = [];
  for (let more = true; more;) {
    const page = await mailbox.older(3);
    older.unshift(...page.messages.map(({ hash }) => hash));
    ({ more } = page);
  }
  assert.deepEqual(older, log.slice(0, log.indexOf(first.hash)));
}));
