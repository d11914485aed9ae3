// One log, read in several ways by both libraries and compared after every message.

import assert from 'node:assert/strict';
import { Reader, hash } from './published.mjs';

/** The ways in which a log reaches a reader: `{ name, messages }`. */
export function readings(random, log) {
  const checkpoints = log.map((message, at) => (message.startsWith('[4') ? at : -1)).filter((at) => at >= 0);
  const ways = [{ name: 'whole', messages: log }];
  if (checkpoints.length > 0) {
    ways.push({ name: 'from the checkpoint before the last', messages: log.slice(checkpoints.at(-2) ?? checkpoints[0]) });
    ways.push({ name: 'from a place', messages: log.slice(random.int(log.length)) });
  }
  ways.push({ name: 'lost, late, twice', messages: disturbed(random, random.chance(0.5) ? log : ways.at(-1).messages) });
  return ways;
}

function disturbed(random, log) {
  const rate = random.pick([0.01, 0.05, 0.2]);
  const arrivals = [];
  log.forEach((message, at) => {
    if (!random.chance(rate)) arrivals.push([at + (random.chance(rate) ? random.int(random.pick([4, 60])) : 0), message]);
    if (random.chance(rate)) arrivals.push([at + random.int(30), message]);
  });
  return arrivals.sort(([a], [b]) => a - b).map(([, message]) => message);
}

/** Reads a log with the published library. */
export function publishedReading(mode, messages) {
  const reader = new Reader(mode);
  return { reader, steps: messages.map((message) => reader.push(message)) };
}

/** Reads the same with pinfold, and fails where they differ. */
export async function compare(chains, mode, messages, { reader, steps }) {
  const chain = await chains.open(mode);
  const ours = await chain.push(messages);
  const end = pastComesLate(messages, ours);
  for (const [at, { threw, best, digest }] of steps.slice(0, end).entries()) {
    const step = ours[at];
    const where = `message ${at} (${step.outcome}, chainpad ${threw === null ? 'took it' : `threw ${JSON.stringify(threw)}`})`;
    assert.equal(step.best, best, `newest message after ${where}`);
    assert.equal(step.digest, digest, `document after ${where}`);
    if (threw !== null) assert.match(step.outcome, /^(Malformed|Refused)/, `chainpad threw at ${where}`);
    if (step.outcome.startsWith('Malformed')) assert.notEqual(threw, null, `malformed: ${where}`);
  }
  if (end === steps.length) {
    const { document, best, root, depth, known } = await chain.read();
    assert.deepEqual({ document, best, root, depth }, reader.read());
    for (const hashOf of known) assert.ok(reader.knows(hashOf), `only pinfold knows ${hashOf}`);
    for (const hashOf of messages.map(hash)) assert.equal(known.includes(hashOf), reader.knows(hashOf), `known: ${hashOf}`);
  }
  await chain.close();
}

/**
 * Where a message arrives that a checkpoint follows which was taken as the start before. From there on chainpad counts
 * branches from two beginnings, and at a later checkpoint throws a TypeError or makes one of those messages its root:
 * what pinfold makes of it is in crate/core/tests/suite/chainpad/published.rs, and is the same but for the choice between
 * branches that are counted differently.
 */
function pastComesLate(messages, ours) {
  const adopted = ours.findIndex(({ outcome }) => outcome === 'Adopted');
  if (adopted < 0) return messages.length;
  const [, , parent] = JSON.parse(messages[adopted]);
  const at = messages.findIndex((message, place) => place > adopted && hash(message) === parent);
  return at < 0 ? messages.length : at;
}
