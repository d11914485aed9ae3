// Runs one live example, in a worker of its own: code that never ends cannot hold the page up, and whoever stops it ends the worker, with
// every session and timer in it. Tells the page what is printed, and how it ended.
import { explained, shown, withAddresses } from "./text.js";

/** More lines than a person reads. Code that prints for ever must not fill the memory of the page. */
const MOST_LINES = 1000;
let lines = 0;

function print(level, text) {
  lines += 1;
  if (lines <= MOST_LINES) postMessage({ line: text, level });
  else if (lines === MOST_LINES + 1) postMessage({ ended: "long" });
}

for (const [name, level] of [["log", "log"], ["info", "log"], ["debug", "log"], ["warn", "warn"], ["error", "error"]]) {
  console[name] = (...values) => print(level, shown(values));
}

function fail(error) {
  print("error", explained(error));
  postMessage({ ended: "failed" });
}

addEventListener("error", (event) => fail(event.error ?? event.message));
addEventListener("unhandledrejection", (event) => fail(event.reason));

addEventListener("message", async ({ data: code }) => {
  let address;
  try {
    address = URL.createObjectURL(new Blob([withAddresses(code, import.meta.url)], { type: "text/javascript" }));
    await import(address);
    postMessage({ ended: "done" });
  } catch (error) {
    fail(error);
  } finally {
    if (address) URL.revokeObjectURL(address);
  }
});
