// A patch that removes fewer than no characters, which no client writes. The published library takes some of them, and
// writes a part of the document twice. Why pinfold does not: to go back over such a patch does not lead back, so the document
// depends on which branch came first, and each way back makes it longer. There is no one document to agree on.

import assert from 'node:assert/strict';
import { after } from 'node:test';
import { interop } from './cases.mjs';
import { Chains } from './chainpad/pinfold.mjs';
import { Reader, hash } from './chainpad/published.mjs';

const chains = new Chains();
after(() => chains.stop());

const DOCUMENT = 'abcdefgh';
const root = new Reader('text').read().best;
const patch = (operations, document, parent) => JSON.stringify([2, [...operations, hash(document)], parent]);

const start = patch([[0, 0, DOCUMENT]], '', root);
const twice = patch([[4, -2, '']], DOCUMENT, hash(start));
const one = patch([[0, 0, 'Y']], DOCUMENT, hash(start));
const two = patch([[0, 0, 'Z']], `Y${DOCUMENT}`, hash(one));

function published(messages) {
  const reader = new Reader('text');
  for (const message of messages) assert.equal(reader.push(message).threw, null);
  return reader.document;
}

async function ours(messages) {
  const chain = await chains.open('text');
  const steps = await chain.push(messages);
  const { document } = await chain.read();
  await chain.close();
  return { document, outcomes: steps.map(({ outcome }) => outcome) };
}

interop({
  name: 'a patch that removes fewer than no characters',
  direction: 'nobody writes it',
  compared: 'that the published reader is at another document in each order, and that pinfold leaves it out',
}, async () => {
  // The longer branch is the same each time.
  assert.equal(published([start, one, two]), 'ZYabcdefgh');
  assert.equal(published([start, one, two, twice]), 'ZYabcdefgh');
  assert.equal(published([start, one, twice, two]), 'ZYabcdcdcdefgh');
  assert.equal(published([start, twice, one, two]), 'abcdcdefgh');
  for (const messages of [[start, one, two, twice], [start, one, twice, two], [start, twice, one, two]]) {
    const { document, outcomes } = await ours(messages);
    assert.equal(document, 'ZYabcdefgh');
    assert.equal(outcomes[messages.indexOf(twice)], 'Malformed(Removal)');
  }
  // A few words become as much as anybody likes: each message writes the whole document twice.
  const reader = new Reader('text');
  reader.push(start);
  for (let at = 0; at < 12; at += 1) {
    const { length } = reader.document;
    reader.push(patch([[length, -length, '']], reader.document, reader.read().best));
  }
  assert.equal(reader.document.length, DOCUMENT.length << 12);
  return '4 orders, 3 documents';
});
