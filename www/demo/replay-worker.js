// Runs seeds for replay.js, beside the page: a run computes without a pause.
import { firstLoss, replay } from "./dist/testing.js";

/** So many seeds that lose nothing may lie between two that do. */
const MOST_SEEDS = 100;
/** After so many the page hears how far it is. */
const AT_A_TIME = 5;
const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** The first seed from this one on that loses something; tells how many were looked at. */
async function nextLoss(client, from) {
  for (let looked = 0; looked < MOST_SEEDS && from + looked <= LARGEST_SEED; looked += AT_A_TIME) {
    postMessage({ looked, of: MOST_SEEDS });
    const found = await firstLoss({ client, from: from + looked, seeds: AT_A_TIME });
    if (found) return found;
  }
  return null;
}

addEventListener("message", async ({ data: { client, seed, next } }) => {
  try {
    postMessage({ done: await (next ? nextLoss(client, seed) : replay({ client, seed })) });
  } catch (error) {
    postMessage({ failed: error.message });
  }
});
