// Two ways to the same answer, timed in turns.

/** Shorter than this, a batch would measure the clock. */
const BATCH_MS = 40;

/**
 * Runs both sides of a row in turns and compares their answers.
 *
 * A side is a function that gives its answer or a promise of it; it is called in batches long enough to be timed. One
 * that does more than is measured takes a timer and calls `timer.start()` where its work begins; it is called once a
 * round. `clock` gives milliseconds; `collect` empties the heap, so that nobody pays for the other's garbage.
 */
export async function compare({ peers, ours, same = equal, rounds }, { clock, collect }) {
  const sides = [peers, ours].map((run) => ({ run, batch: 1, times: [], first: undefined }));
  const answers = [];
  for (const side of sides) {
    const { ms, answer } = await timed(side, clock);
    side.first = ms;
    answers.push(answer);
    await calibrate(side, clock);
  }
  const agrees = same(...answers);
  for (let round = 0; round < rounds; round += 1) {
    // Who goes first changes, so that a slow drift of the machine favours neither.
    for (const side of round % 2 ? sides : sides.toReversed()) {
      collect();
      side.times.push((await timed(side, clock)).ms);
    }
  }
  const [theirs, own] = sides;
  return {
    agrees,
    peers: { median: median(theirs.times), first: theirs.first },
    ours: { median: median(own.times), first: own.first },
    // Of neighbours in time, not of the medians: what else the machine does hits both.
    ratio: median(theirs.times.map((ms, round) => ms / own.times[round])),
  };
}

/** Milliseconds of one call, and its answer. */
async function timed({ run, batch }, clock) {
  let began = clock();
  let answer;
  if (run.length > 0) {
    answer = await run({ start: () => (began = clock()) });
    return { ms: clock() - began, answer };
  }
  for (let call = 0; call < batch; call += 1) {
    answer = run();
    if (answer instanceof Promise) answer = await answer;
  }
  return { ms: (clock() - began) / batch, answer };
}

/** Warms a side up and finds how many calls make a batch. */
async function calibrate(side, clock) {
  if (side.run.length > 0) return;
  for (;;) {
    const { ms } = await timed(side, clock);
    if (ms * side.batch >= BATCH_MS) return;
    side.batch = Math.ceil(Math.min(side.batch * 8, 1.3 * BATCH_MS / Math.max(ms, 1e-6)));
  }
}

export function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function equal(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}
