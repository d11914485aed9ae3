// Signed calls to the history keeper, written down from PROTOCOL.md 11 without any library but the signature.

import nacl from 'tweetnacl';

const base64 = (bytes) => Buffer.from(bytes).toString('base64');

/** `call(command, argument)` resolves to the values behind the cookie, or rejects with the error's name. */
export function rpcClient(network, keeper, keyPair) {
  const waiting = new Map();
  let cookie = null;
  network.on('message', (text, sender) => {
    if (sender !== keeper) return;
    const answer = JSON.parse(text);
    if (!Array.isArray(answer) || !waiting.has(answer[0])) return;
    const { resolve, reject } = waiting.get(answer[0]);
    waiting.delete(answer[0]);
    if (answer[1] === 'ERROR') return reject(new Error(answer[2]));
    cookie = answer[1];
    resolve(answer.slice(2));
  });
  return (command, argument) => new Promise((resolve, reject) => {
    const txid = `tx${Math.random().toString(32).slice(2)}`;
    waiting.set(txid, { resolve, reject });
    const signed = Buffer.from(JSON.stringify([cookie, command, argument]));
    const signature = base64(nacl.sign.detached(signed, keyPair.secretKey));
    const body = [signature, base64(keyPair.publicKey), cookie, command, argument];
    network.sendto(keeper, JSON.stringify([txid, body])).catch(reject);
  });
}
