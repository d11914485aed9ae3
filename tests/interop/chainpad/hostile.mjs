// Messages that nobody should write: some are taken, some are refused, some are no messages.

import { hash } from './published.mjs';

const ELSEWHERE = 'b'.repeat(64);
const INSERTS = ['', '1,', ',1', '"é"', '{"a":0},', '[7]', ']', '}', 'x', '😀', '\ud83d', '\ude00', '"'];

/** One to four messages, in the order in which they arrive; `reader` has read what is there, `past` is that. */
export function hostileMessages(random, reader, past) {
  if (past.length > 0 && random.chance(0.15)) return [respelled(random, random.pick(past))];
  if (random.chance(0.15)) return [noMessage(random, reader)];
  const messages = [];
  let base = pickBase(random, reader);
  for (let left = random.chance(0.5) ? 1 : 1 + random.int(4); left > 0; left -= 1) {
    const { message, next } = follow(random, base);
    messages.push(JSON.stringify(message));
    base = next;
  }
  // A branch that arrives as a block is checked in another way.
  return random.chance(0.3) ? messages.reverse() : messages;
}

/** What a message has to know of the one before it: the newest, or one of those before that. */
function pickBase(random, reader) {
  let back = random.chance(0.6) ? 0 : random.int(8);
  const [newest] = reader.branch();
  for (const block of reader.branch()) {
    const document = block.hashOf === newest.hashOf ? reader.document : contentOf(block);
    if (document === undefined) break;
    if (back === 0 || !block.getParent()) return describe(block, document);
    back -= 1;
  }
  return describe(newest, reader.document);
}

const describe = (block, document) =>
  ({ hashOf: block.hashOf, document, names: block.isCheckpoint ? block.getPatch().parentHash : hash(document) });

/** The library cannot always say. */
function contentOf(block) {
  try {
    return block.getContent().doc;
  } catch {
    return undefined;
  }
}

function follow(random, base) {
  const fault = random.weighted({
    none: 6, document: 1, spelled: 0.5, parent: 1, simplest: 2, beyond: 1, overlap: 1,
    checkpoint: 2, falseContent: 1, falseHash: 1, twoOperations: 0.5, noOperation: 0.5,
  });
  const checkpoint = ['checkpoint', 'falseContent', 'falseHash', 'twoOperations', 'noOperation'].includes(fault);
  const operations = checkpoint ? checkpointOperations(random, base.document, fault) : patchOperations(random, base.document, fault);
  let names = base.names;
  if (fault === 'document' || fault === 'falseHash') names = hash('elsewhere');
  if (fault === 'spelled') names = random.pick([names.toUpperCase(), `x${names}`, `${names}0`, names.slice(1), '']);
  const parent = fault === 'parent' ? random.pick([ELSEWHERE, '0'.repeat(64), '', base.hashOf.toUpperCase()]) : base.hashOf;
  const message = [checkpoint ? 4 : 2, [...operations, names], parent];
  const document = applied(base.document, operations);
  return { message, next: { hashOf: hash(JSON.stringify(message)), document, names: checkpoint ? names : hash(document) } };
}

function checkpointOperations(random, document, fault) {
  switch (fault) {
    case 'falseContent': return [[random.int(3), random.int(document.length + 2), random.pick(['{}', '[]', '[1]', '', '{', 'x', '{"š":"\ud83d"}'])]];
    case 'twoOperations': return [[0, document.length, document], [document.length, 0, random.pick(INSERTS)]];
    case 'noOperation': return [];
    default: return [[0, document.length, document]];
  }
}

function patchOperations(random, document, fault) {
  const at = random.int(document.length + 1);
  const remove = random.int(Math.min(4, document.length + 1 - at));
  const insert = random.pick(INSERTS);
  switch (fault) {
    case 'simplest': return [[at, 0, ''], ...(random.chance(0.3) ? [] : [[at, 1, document.slice(at, at + 1) + insert]])].slice(-1);
    case 'beyond': return [[Math.max(0, document.length + random.int(4) - 1), random.int(3), insert]];
    case 'overlap': return [[at, 2, insert], [at + random.int(2), random.int(3), random.pick(INSERTS)], [random.int(at + 1), 0, 'y']];
    default: break;
  }
  // Whole values, so that JSON often stays JSON.
  if (random.chance(0.5)) {
    const after = /[[{]/.exec(document.slice(at));
    if (after) return [[at + after.index + 1, 0, document[at + after.index] === '[' ? random.pick(['1,', '"é😀",']) : random.pick(['"h":1,', '"\ud83d":[],'])]];
  }
  return [[at, remove, insert]];
}

/** Also of operations that nobody should write, as JavaScript would do it. */
function applied(document, operations) {
  return operations.reduceRight((text, [offset, remove, insert]) => text.substring(0, offset) + (insert || '') + text.substring(offset + remove), document);
}

/** The same message with other spaces and escapes. */
function respelled(random, text) {
  let message;
  try {
    message = JSON.parse(text);
  } catch {
    return text;
  }
  switch (random.int(4)) {
    case 0: return JSON.stringify(message, null, 1);
    case 1: return JSON.stringify(message).replace(/[a-f]/g, (letter) => (random.chance(0.5) ? `\\u00${letter.charCodeAt(0).toString(16)}` : letter));
    case 2: return Array.isArray(message) ? JSON.stringify([...message, 'more']) : text;
    default: return text;
  }
}

function noMessage(random, reader) {
  const base = pickBase(random, reader);
  const good = JSON.stringify([2, [...patchOperations(random, base.document, 'none'), base.names], base.hashOf]);
  const at = random.int(good.length);
  // What is cut within a pair arrives as UTF-8 all the same.
  return random.pick([
    '', ' ', '[]', '[2]', '[2,[]]', 'null', '"x"', '{}', '[[2]]', 'garbage', '\ufeff[]', '[4,[[0,0,"{}"]],""]',
    good.slice(0, at), good.slice(0, at) + good.slice(at + 1), `${good.slice(0, at)}0${good.slice(at)}`, `${good} x`,
    good.replace('[2', '[3'), good.replace('[2', '["2"'), good.replace('[2', '[2.0'), good.replace('[2', '[null'), good.replace('[2', '[20e-1'),
    JSON.stringify([2, [[0, 0, 'x', 0], base.names], base.hashOf]),
    JSON.stringify([2, [[0, 0], base.names], base.hashOf]),
    JSON.stringify([2, [[0, 0, 'x'], [base.names]], base.hashOf]),
    JSON.stringify([2, base.names, base.hashOf]),
    JSON.stringify([2, [base.names], base.hashOf]),
    JSON.stringify([2, [[0, 0, 'x'], base.names]]),
  ]).toWellFormed();
}
