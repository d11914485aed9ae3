// Random sessions of concurrent editors, of both kinds: whatever the published chainpad makes of the messages, pinfold
// makes of them, after every message. How many and from which seed: PINFOLD_HISTORIES and PINFOLD_SEED.

import { after } from 'node:test';
import { interop } from './cases.mjs';
import { Chains } from './chainpad/pinfold.mjs';
import { Random } from './chainpad/random.mjs';
import { compare, publishedReading, readings } from './chainpad/readings.mjs';
import { plan, play } from './chainpad/session.mjs';

const histories = Number(process.env.PINFOLD_HISTORIES ?? 200);
const first = Number(process.env.PINFOLD_SEED ?? 1);
const chains = new Chains();

after(() => chains.stop());

/** Plays and compares the sessions of one kind. A failure is one line that shows it again. */
async function playAll(hostile) {
  const count = { histories: 0, readings: 0, messages: 0, ours: 0 };
  for (let seed = first; seed < first + histories; seed += 1) {
    if (plan(seed).hostile !== hostile) continue;
    try {
      await playOne(seed, count);
    } catch (error) {
      throw new Error(`npm run interop -- --only histories --histories 1 --seed ${seed}: ${error.message}`, { cause: error });
    }
  }
  const number = (name) => count[name].toLocaleString('en');
  return `${number('histories')} histories, ${number('readings')} readings, ${number('messages')} messages, ${number('ours')} written by pinfold`;
}

async function playOne(seed, count) {
  const session = await play(seed, chains);
  count.histories += 1;
  count.ours += session.ours;
  for (const { name, messages } of readings(new Random(seed), session.log)) {
    const published = name === 'whole' ? session : publishedReading(session.mode, messages);
    await compare(chains, session.mode, messages, published);
    count.readings += 1;
    count.messages += messages.length;
  }
}

interop({
  name: 'editors of both kinds at once',
  direction: 'both write, both read',
  compared: 'newest message and document after each message; all editors at the end',
}, () => playAll(false));

interop({
  name: 'the same, and somebody breaks the rules',
  direction: 'both write, both read',
  compared: 'newest message and document after each message',
}, () => playAll(true));
