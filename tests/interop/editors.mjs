// Published list-map peers that edit beside sessions, and the wait until all have the same documents.

import assert from 'node:assert/strict';
import { scryptSync } from 'node:crypto';
import { createRequire } from 'node:module';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import nacl from 'tweetnacl';
import WebSocket from 'ws';

const require = createRequire(import.meta.url);
globalThis.WebSocket = WebSocket;
const ChainPad = require('chainpad');
const Crypto = require('chainpad-crypto');
const Listmap = require('chainpad-listmap');
const Netflux = require('netflux-websocket');

const networks = [];

/** What a proxy holds. */
export const plain = (value) => JSON.parse(JSON.stringify(value));

/** A published list-map peer of an edit hash, ready. */
export async function peer(server, hash, password) {
  const keys = Crypto.createEditCryptor2(hash.split('/')[4].replaceAll('-', '/'), undefined, password);
  const channel = Buffer.from(keys.chanId.replaceAll('-', '/'), 'base64').toString('hex');
  const network = await Netflux.connect(`${server.origin.replace('http', 'ws')}/cryptpad_websocket`);
  networks.push(network);
  const { validateKey } = keys;
  const listmap = Listmap.create({
    data: {}, network, channel, crypto: Crypto.createEncryptor(keys), validateKey, metadata: { validateKey },
    userName: 'together', logLevel: 0, ChainPad, classic: true,
  });
  await new Promise((resolve) => listmap.proxy.on('ready', resolve));
  return listmap;
}

/** The account's hash, as any client finds it from a name and a password. */
export async function userHash(server, { username, password }) {
  const stretched = scryptSync(password, username, 192, { N: 256, r: 1024, p: 1, maxmem: 1 << 28 });
  const id = Buffer.from(nacl.sign.keyPair.fromSeed(stretched.subarray(98, 130)).publicKey).toString('base64').replaceAll('/', '-');
  const block = new Uint8Array(await (await fetch(`${server.origin}/block/${id.slice(0, 2)}/${id}`)).arrayBuffer());
  const opened = nacl.secretbox.open(block.subarray(25), block.subarray(1, 25), stretched.subarray(130, 162));
  return JSON.parse(Buffer.from(opened).toString()).User_hash;
}

/** All peers go. */
export function leave() {
  for (const network of networks) network.disconnect();
  // They try to reconnect for ever, which would keep this process alive.
  setTimeout(() => process.exit(), 1000).unref();
}

/** The documents under each name once all of a name are the same. */
export async function agreement(documents) {
  for (const start = Date.now(); Date.now() - start < 120_000; await sleep(20)) {
    const all = await documents();
    if (Object.values(all).every(([one, ...others]) => others.every((other) => isDeepStrictEqual(other, one)))) return all;
  }
  return assert.fail('never: all have the same documents');
}
