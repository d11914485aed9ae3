// Has seeds run in a worker. There is one run at a time: a later one ends the worker of an earlier one, which could not be told to stop.

const NO_MODULE = "the module that runs seeds is not here: `npm start` builds it after the rest, and says when it is done";

let worker; // kept for the next run, so that its module is loaded once
let ending; // what ends the run that goes on

/** Ends the run that goes on, if one does: nothing more is heard of it. */
export function stopRun() {
  ending?.();
}

/**
 * Runs a seed, or with `next` looks for the first from this one on that loses something; `looked(count, most)` hears how far it is.
 * Resolves to what was found, to `null` if nothing was, and to `undefined` when it was ended.
 */
export function runSeed(order, looked) {
  stopRun();
  worker ??= new Worker(new URL("./replay-worker.js", import.meta.url), { type: "module" });
  const mine = worker;
  return new Promise((resolve, reject) => {
    const over = (keep) => {
      ending = mine.onmessage = mine.onerror = undefined;
      if (keep) return;
      mine.terminate();
      worker = undefined;
    };
    ending = () => {
      over(false);
      resolve(undefined);
    };
    mine.onmessage = ({ data }) => {
      if (data.looked !== undefined) return looked(data.looked, data.of);
      // After an error its module may be in the middle of something.
      over(data.failed === undefined);
      if (data.failed === undefined) resolve(data.done);
      else reject(new Error(data.failed));
    };
    mine.onerror = (event) => {
      event.preventDefault();
      over(false);
      reject(new Error(event.message || NO_MODULE));
    };
    mine.postMessage(order);
  });
}
