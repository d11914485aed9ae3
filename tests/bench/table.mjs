// Results in words and columns.

/** `heading` is wanted once. */
export function table(results, { heading = true } = {}) {
  const lines = results.map(({ name, peers, ours, ratio, bar, later, agrees }) => [
    name,
    time(peers.median),
    time(ours.median),
    `${ratio.toFixed(1)}×`,
    bar ? `${bar}×${later ? ` (${later}×)` : ""}` : "",
    agrees ? (bar ? (ratio >= bar ? "met" : "missed") : "") : "WRONG",
    `${time(peers.first)} / ${time(ours.first)}`,
  ]);
  const all = heading ? [["", "peers", "pinfold", "faster", "bar", "", "first calls"], ...lines] : lines;
  const widths = [46, 10, 10, 9, 11, 7, 20];
  return all.map((line) => line.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(" ").trimEnd()).join("\n");
}

/** A line for each account, the first under a heading. Megabytes are millions of bytes. */
export function growthLine({ name, documents, pins, ms, node, page, longest, agrees }, { heading }) {
  const mb = (bytes) => (bytes / 1e6).toFixed(1);
  const cells = [
    name, documents.toLocaleString("en"), pins.toLocaleString("en"), time(ms), time(ms / documents),
    mb(node.peak), mb(page.wasm), mb(page.heap), mb(page.peak - page.before), time(longest.page[0] ?? 0), time(longest.worker[0] ?? 0), agrees ? "" : "WRONG",
  ];
  const words = ["documents in drive, folders", "documents", "pins", "processor", "a document", "Node", "wasm", "heap", "page", "task", "in worker", ""];
  const widths = [28, 10, 9, 10, 11, 8, 8, 8, 8, 10, 10, 6];
  const line = (cells) => cells.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join(" ").trimEnd();
  return heading ? `\nstart-up of accounts made from a seed; processor time in Node, memory in MB (see growth.mjs):\n${line(words)}\n${line(cells)}` : line(cells);
}

/** What a page feels of a long mailbox. */
export function inboxLine({ name, count, first, ms, longest, agrees }) {
  const rate = Math.round(count / (ms / 1000)).toLocaleString("en");
  return `${count.toLocaleString("en")} letters, ${name}: the first after ${time(first)}, all after ${time(ms)} (${rate} a second); ` +
    `longest tasks of the page's main thread ${longest.map(time).join(", ")}${agrees ? "" : "  WRONG"}`;
}

/** How long it takes until one can sign in. */
export function coldLine({ ours, synthetic, ratio, bar }) {
  const side = ({ ms, bytes }) => `${time(ms)} (${(bytes / 1000).toFixed(1)} KB)`;
  return `\ncold start, slow 4G and a processor of a quarter, until one can sign in: ${side(ours)}; ` +
    `a script of the weight of the real worker ${side(synthetic)}; ${ratio.toFixed(2)} times as quick (bar ${bar}, ${ratio >= bar ? "met" : "missed"})`;
}

/** So many times faster than the peers we mean to be, and in so many bytes. */
const HISTORY_BAR = { ratio: 20, bytes: 150_000_000 };

export function historyLine({ name, ratio, ours, peers, agrees }) {
  return `\nwhole history, ${name}: ${ours.events.toLocaleString("en")} events; the peers ${time(peers.ms)}, ours ${time(ours.ms)} ` +
    `(${ratio.toFixed(1)} times, bar ${HISTORY_BAR.ratio}), ${(ours.peak / 1e6).toFixed(1)} MB (bar ${HISTORY_BAR.bytes / 1e6})${agrees ? "" : "  WRONG"}`;
}

/** A line of an operator's work. `name` is the work, or `ids` for a store that is nowhere on the disk. */
export function operatorLine({ name, count, ids, seconds, measured, calibration, peak, bar, cryptpad }) {
  const number = (value) => value.toLocaleString("en");
  const range = ([low, high]) => (low === high ? `${low}` : `${low}-${high}`);
  const what = name === "ids" ? `walk and plan of ${number(ids)} ids without files` : `${name}, ${number(count)} of ${number(ids)} ids`;
  return `operator: ${what}: ${seconds.toFixed(2)} s${bar ? ` (bar ${bar} s, ${seconds <= bar ? "met" : "missed"})` : ""}, ` +
    `measured ${measured.toFixed(2)} s at a calibration of ${calibration.toFixed(2)} s; ` +
    `at most ${(peak / 1e6).toFixed(1)} MB, ${Math.round(peak / ids)} bytes an id` +
    (cryptpad ? `; recorded of CryptPad's ${cryptpad.what}: ${range(cryptpad.seconds)} s, ${range(cryptpad.megabytes)} MB` : "");
}

export function agreement(results) {
  const wrong = results.filter(({ agrees }) => !agrees);
  return wrong.length
    ? `\nWRONG ANSWERS: ${wrong.map(({ name }) => name).join("; ")}`
    : "\nEvery answer is the same on both sides.";
}

/** Milliseconds in words. */
export function time(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return `${(ms * 1000).toFixed(1)} µs`;
}
