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

export function growthTable(results) {
  const lines = results.map(({ name, documents, pins, bytes, ms }) =>
    `  ${name.padEnd(8)} ${String(documents).padStart(7)} documents ${String(pins).padStart(7)} pins ${(bytes / 1e6).toFixed(1).padStart(6)} MB of messages ${time(ms).padStart(9)} ${(ms * 1e6 / bytes).toFixed(1).padStart(7)} ns a byte`);
  return ["", "start-up of accounts of growing size (made for this, like `medium`):", ...lines].join("\n");
}

export function agreement(results) {
  const wrong = results.filter(({ agrees }) => !agrees);
  return wrong.length
    ? `\nWRONG ANSWERS: ${wrong.map(({ name }) => name).join("; ")}`
    : "\nEvery answer is the same on both sides.";
}

function time(ms) {
  if (ms >= 1000) return `${(ms / 1000).toFixed(2)} s`;
  if (ms >= 1) return `${ms.toFixed(1)} ms`;
  return `${(ms * 1000).toFixed(1)} µs`;
}
