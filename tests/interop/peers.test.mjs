// The published CryptPad peers against the embedded server: if these libraries can write and read through it, then
// what pinfold reads there is what it would read from an instance.
//
// What they leave behind in tests/artefacts/interop - a data directory and state.json - is a whole account that
// other tests let pinfold open.

import assert from 'node:assert/strict';
import { createHash, scryptSync } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import nacl from 'tweetnacl';
import WebSocket from 'ws';
import { interop } from './cases.mjs';
import { rpcClient } from './rpc.mjs';
import { startServer } from './server.mjs';

const require = createRequire(import.meta.url);
globalThis.WebSocket = WebSocket;
const ChainPad = require('chainpad');
const ChainPadNetflux = require('chainpad-netflux');
const Crypto = require('chainpad-crypto');
const Listmap = require('chainpad-listmap');
const Netflux = require('netflux-websocket');

const artefacts = new URL('../artefacts/interop', import.meta.url).pathname;
const data = join(artefacts, 'data');
const base64 = (bytes) => Buffer.from(bytes).toString('base64');
const slashSafe = (bytes) => base64(bytes).replaceAll('/', '-');

const account = { name: 'interop', password: 'correct horse' };
const user = nacl.sign.keyPair();
const curve = nacl.box.keyPair();
const drive = document('drive');
const folder = document('drive');
const mailbox = Buffer.from(nacl.randomBytes(16)).toString('hex');
let server;
let networks = [];

/** The keys of a new document, as a version-2 link derives them. */
function document(app) {
  const keys = Crypto.createEditCryptor2();
  // The library writes "-" for "/", which Node would read as "+".
  const channel = Buffer.from(keys.chanId.replaceAll('-', '/'), 'base64').toString('hex');
  return { hash: `/2/${app}/edit/${Crypto.b64RemoveSlashes(keys.editKeyStr)}/`, channel, keys };
}

async function connect() {
  const network = await Netflux.connect(`${server.origin.replace('http', 'ws')}/cryptpad_websocket`);
  networks.push(network);
  return network;
}

/** A list-map peer, ready. */
async function peer(target, network) {
  const listmap = Listmap.create({
    data: {},
    network: network ?? await connect(),
    channel: target.channel,
    crypto: Crypto.createEncryptor(target.keys),
    validateKey: target.keys.validateKey,
    owners: [base64(user.publicKey)],
    metadata: { validateKey: target.keys.validateKey, owners: [base64(user.publicKey)] },
    userName: 'interop',
    logLevel: 0,
    ChainPad,
    classic: true,
  });
  await new Promise((resolve) => listmap.proxy.on('ready', resolve));
  return listmap;
}

async function until(what, condition) {
  for (const start = Date.now(); Date.now() - start < 120_000;) {
    if (condition()) return;
    await sleep(5);
  }
  assert.fail(`never: ${what}`);
}

/** Until everything this peer wrote has reached its ChainPad document and was acknowledged. */
async function settled({ proxy, realtime }) {
  await until('the change is in the document', () =>
    isDeepStrictEqual(JSON.parse(realtime.getUserDoc() || 'null'), plain(proxy)));
  realtime.sync();
  await until('it is acknowledged', () => realtime.getAuthDoc() === realtime.getUserDoc());
}

const plain = (value) => JSON.parse(JSON.stringify(value));
const storedLines = (channel) =>
  readFileSync(join(data, 'datastore', channel.slice(0, 2), `${channel}.ndjson`), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

before(async () => {
  mkdirSync(artefacts, { recursive: true });
  server = await startServer('--data', data, '--fresh');
});

after(async () => {
  for (const network of networks) network.disconnect();
  await server?.stop();
  // The peers try to reconnect for ever, which would keep this process alive.
  setTimeout(() => process.exit(), 1000).unref();
});

interop({ name: 'a drive grows over several checkpoints and a second peer reads the same', direction: 'JavaScript writes, JavaScript reads', compared: 'document' }, async () => {
  const writer = await peer(drive);
  Object.assign(writer.proxy, {
    login_name: account.name,
    'cryptpad.username': account.name,
    edPublic: base64(user.publicKey),
    edPrivate: base64(user.secretKey),
    curvePublic: base64(curve.publicKey),
    curvePrivate: base64(curve.secretKey),
    version: 11,
    mailboxes: { notifications: { channel: mailbox, viewed: [], keys: {} } },
    drive: {
      filesData: {}, root: {}, template: [], trash: {}, sharedFolders: {
        1000000000001: {
          href: `/drive/#${folder.hash}`, roHref: `/drive/#/2/drive/view/${folder.keys.viewKeyStr}/`,
          channel: folder.channel, ctime: Date.now(), lastTitle: 'Zusammen 日本語 😀',
        },
      },
    },
  });
  writer.proxy.drive.root.shared = 1000000000001;
  await settled(writer);
  for (let n = 0; n < 130; n++) {
    const id = 2000000000000 + n;
    writer.proxy.drive.filesData[id] = {
      title: `pad ${n} – é日😀`, channel: createHash('md5').update(`pad ${n}`).digest('hex'),
      href: `/pad/#/2/pad/edit/${'A'.repeat(20)}${String(n).padStart(4, '0')}/`, ctime: n, atime: n,
    };
    writer.proxy.drive.root[`file ${n}`] = id;
    await settled(writer);
  }
  const stored = storedLines(drive.channel);
  const checkpoints = stored.filter((line) => line[4].startsWith('cp|')).length;
  assert.ok(checkpoints >= 2, `${checkpoints} checkpoints in ${stored.length} messages`);
  const reader = await peer(drive);
  assert.deepEqual(plain(reader.proxy), plain(writer.proxy));
  assert.equal(Object.keys(reader.proxy.drive.filesData).length, 130);
});

interop({ name: 'two peers write into a shared folder at once and agree', direction: 'JavaScript writes, JavaScript reads', compared: 'documents of all peers' }, async () => {
  const peers = [await peer(folder), await peer(folder)];
  peers[0].proxy.version = 2;
  peers[0].proxy.filesData = {};
  peers[0].proxy.root = {};
  await settled(peers[0]);
  await until('the second peer sees the folder', () => peers[1].proxy.filesData && peers[1].proxy.root);
  await Promise.all(peers.map(async ({ proxy, realtime }, who) => {
    for (let n = 0; n < 40; n++) {
      const id = 3000000000000 + who * 1000 + n;
      proxy.filesData[id] = { title: `${who}/${n}`, channel: createHash('md5').update(`${who}/${n}`).digest('hex') };
      proxy.root[`${who}-${n}`] = id;
      realtime.sync();
      await sleep(5);
    }
  }));
  await Promise.all(peers.map(settled));
  await until('both have the same', () => isDeepStrictEqual(plain(peers[0].proxy), plain(peers[1].proxy)));
  // Of two edits at the same place ChainPad may give one up, at both peers alike.
  const files = Object.keys(peers[0].proxy.filesData).length;
  assert.ok(files > 60 && files <= 80, `${files} of 80`);
  const reader = await peer(folder);
  assert.deepEqual(plain(reader.proxy), plain(peers[0].proxy));
});

interop({ name: 'a plain chainpad-netflux document goes through as well', direction: 'JavaScript writes, JavaScript reads', compared: 'document' }, async () => {
  const pad = document('code');
  const start = async () => {
    const network = await connect();
    return new Promise((resolve) => {
      ChainPadNetflux.start({
        network, channel: pad.channel, crypto: Crypto.createEncryptor(pad.keys), validateKey: pad.keys.validateKey,
        metadata: { validateKey: pad.keys.validateKey }, initialState: '', ChainPad, logLevel: 0,
        onReady: ({ realtime }) => resolve(realtime),
      });
    });
  };
  const writer = await start();
  writer.contentUpdate('hello 😀');
  await new Promise((resolve) => { writer.onSettle(resolve); writer.sync(); });
  const reader = await start();
  assert.equal(reader.getUserDoc(), 'hello 😀');
});

interop({ name: 'letters lie in the mailbox in the order they were sent', direction: 'JavaScript writes, JavaScript reads', compared: "order in the server's log" }, async () => {
  const network = await connect();
  const channel = await network.join(`${mailbox}ee`);
  const keeper = channel.members.find((id) => id.length === 16);
  const sender = nacl.box.keyPair();
  const keys = { curvePublic: base64(sender.publicKey), curvePrivate: base64(sender.secretKey) };
  const letters = Crypto.Mailbox.createEncryptor(keys);
  const sent = [];
  for (let n = 0; n < 5; n++) {
    const content = { type: 'FRIEND_REQUEST', content: { user: { displayName: `friend ${n}`, curvePublic: keys.curvePublic } } };
    const text = letters.encrypt(JSON.stringify(content), base64(curve.publicKey));
    const answered = new Promise((resolve) => network.on('message', (answer) => {
      const [txid, , time] = JSON.parse(answer);
      if (txid === `letter${n}`) resolve(time);
    }));
    // The server tells the time only of a mailbox that somebody is in (recorded on a real one).
    if (n === 2) await network.join(mailbox);
    await network.sendto(keeper, JSON.stringify([`letter${n}`, ['WRITE_PRIVATE_MESSAGE', [mailbox, text]]]));
    const time = await answered;
    if (n < 2) assert.equal(time, null);
    else assert.equal(typeof time, 'number');
    sent.push({ hash: text.slice(0, 64), author: keys.curvePublic, content });
  }
  assert.deepEqual(storedLines(mailbox).map((line) => line[4].slice(0, 64)), sent.map(({ hash }) => hash));
  writeFileSync(join(artefacts, 'letters.json'), JSON.stringify(sent, null, 1));
});

interop({ name: 'pins are reset, hashed with their suffixes, and read back plain by the next session', direction: 'JavaScript writes, JavaScript reads', compared: "hash of the server's list" }, async () => {
  const network = await connect();
  const channel = await network.join(`${mailbox}ff`);
  const keeper = channel.members.find((id) => id.length === 16);
  const call = rpcClient(network, keeper, user);
  await assert.rejects(call('GET_HASH', base64(user.publicKey)), { message: 'NO_COOKIE' });
  await call('COOKIE', '');
  const hash = (list) => createHash('sha512').update(JSON.stringify([...list].sort())).digest('base64');
  const plainList = [drive.channel, folder.channel];
  const sent = [`${drive.channel}#drive`, folder.channel];
  assert.deepEqual(await call('GET_HASH', base64(user.publicKey)), [hash([])]);
  await call('RESET', sent);
  assert.deepEqual(await call('GET_HASH', base64(user.publicKey)), [hash(sent)]);
  await call('EXPIRE_SESSION', '');
  await call('COOKIE', '');
  assert.deepEqual(await call('GET_HASH', base64(user.publicKey)), [hash(plainList)]);
  const [size] = await call('GET_TOTAL_SIZE', null);
  assert.ok(size > 10_000);
});

interop({ name: 'the log-in block is written through the challenge and the account can be opened by name and password', direction: 'JavaScript writes, JavaScript reads', compared: 'block, byte for byte' }, async () => {
  const stretched = scryptSync(account.password, account.name, 192, { N: 256, r: 1024, p: 1, maxmem: 1 << 28 });
  const signing = nacl.sign.keyPair.fromSeed(stretched.subarray(98, 130));
  const nonce = nacl.randomBytes(24);
  const content = Buffer.from(JSON.stringify({ User_hash: drive.hash, edPublic: base64(user.publicKey) }));
  const block = Buffer.concat([Buffer.from([0]), nonce, nacl.secretbox(content, nonce, stretched.subarray(130, 162))]);
  const publicKey = base64(signing.publicKey);
  const digest = createHash('sha512').update(block).digest();
  const command = {
    command: 'WRITE_BLOCK',
    content: { publicKey, signature: base64(nacl.sign.detached(digest, signing.secretKey)), ciphertext: base64(block) },
    publicKey,
    nonce: base64(nacl.randomBytes(24)),
  };
  const post = async (body) => {
    const answer = await fetch(`${server.origin}/api/auth/`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.equal(answer.status, 200);
    // A command without a result is answered with an empty body.
    const text = await answer.text();
    return text === '' ? null : JSON.parse(text);
  };
  const challenge = await post(command);
  const signed = Buffer.from(JSON.stringify({ ...command, ...challenge }));
  await post({ sig: base64(nacl.sign.detached(signed, signing.secretKey)), txid: challenge.txid });
  const id = slashSafe(signing.publicKey);
  const fetched = await fetch(`${server.origin}/block/${id.slice(0, 2)}/${id}`);
  assert.deepEqual(Buffer.from(await fetched.arrayBuffer()), block);

  const [driveReader, folderReader] = [await peer(drive), await peer(folder)];
  writeFileSync(join(artefacts, 'state.json'), JSON.stringify({
    about: 'An account written by the published CryptPad peers through the embedded server; its data lies in data/.',
    ...account,
    blockId: id,
    userHash: drive.hash,
    driveChannel: drive.channel,
    folderChannel: folder.channel,
    mailboxChannel: mailbox,
    edPublic: base64(user.publicKey),
    document: plain(driveReader.proxy),
    folder: plain(folderReader.proxy),
    letters: JSON.parse(readFileSync(join(artefacts, 'letters.json'), 'utf8')),
  }, null, 1));
});
