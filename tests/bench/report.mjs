// What a run says of the rows with peers, for people: a table in README and a picture beside it. `--record` writes both. Rows that were
// not run stay as they were.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { placedBetween } from "../../pkg-scripts/marked.mjs";
import { root } from "../../pkg-scripts/shell.mjs";
import { time } from "./table.mjs";

const RESULTS = join(root, "tests/bench/results.json");
const README = join(root, "README.md");
const PICTURE = join(root, "docs/images/bench.svg");
const MARKS = ["<!-- bench: made by `npm run bench -- --record` -->\n", "<!-- end of bench -->\n"];
const HOSTS = ["Node", "Chromium"];

/** Keeps these results, of one host, and makes the table and the picture anew. */
export async function record(host, results) {
  const before = JSON.parse(await readFile(RESULTS, "utf8").catch(() => "[]"));
  const made = results.filter(({ agrees, itself, peers, ratio }) => agrees && !itself && peers?.median !== undefined && ratio !== undefined)
    .map(({ name, peers, ours, ratio }) => ({ name, host, peers: peers.median, ours: ours.median, ratio }));
  const rows = merged(before, made);
  await writeFile(RESULTS, `${JSON.stringify(rows, null, 1)}\n`);
  await writeFile(README, placed(await readFile(README, "utf8"), table(rows)));
  await writeFile(PICTURE, picture(rows));
}

/** Those that were run replace those of before; new ones come behind. */
export function merged(before, made) {
  const key = ({ name, host }) => `${host} ${name}`;
  const all = new Map(before.map((row) => [key(row), row]));
  for (const row of made) all.set(key(row), row);
  return [...all.values()];
}

/** Each work once, with what each host took. */
function byName(rows) {
  const works = new Map();
  for (const row of rows) works.set(row.name, { ...works.get(row.name), [row.host]: row });
  return [...works];
}

/** The table of these rows, as README has it. */
export function table(rows) {
  const cell = (row) => (row ? `${time(row.peers)} / ${time(row.ours)} | **${row.ratio.toFixed(1)}** times` : " | ");
  const lines = byName(rows).map(([name, hosts]) => `| ${[name, ...HOSTS.map((host) => cell(hosts[host]))].join(" | ")} |`);
  const heads = HOSTS.flatMap((host) => [`${host}: packages / pinfold`, "faster"]);
  return [`| work | ${heads.join(" | ")} |`, "|---|---|---|---|---|", ...lines, ""].join("\n");
}

/** The README with this table between its two marks. */
export const placed = (text, made) => placedBetween(text, MARKS, made, "the table of the bench");

const LINE = 44;
const LEFT = 340;
const WIDE = 420;

/** Bars of how many times faster each work is, of each host. */
export function picture(rows) {
  const works = byName(rows);
  const most = Math.max(...rows.map(({ ratio }) => ratio), 1);
  const bars = works.flatMap(([name, hosts], at) => [
    `<text class="name" x="${LEFT - 12}" y="${at * LINE + 62}" text-anchor="end">${escaped(name)}</text>`,
    ...HOSTS.map((host, index) => [hosts[host], index]).filter(([row]) => row).map(([{ ratio }, index]) => {
      const [width, y] = [Math.max((ratio / most) * WIDE, 1), at * LINE + 42 + index * 16];
      return `<rect class="h${index}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="13" rx="2"/>` +
        `<text x="${(LEFT + width + 6).toFixed(1)}" y="${y + 11}">${ratio.toFixed(1)}</text>`;
    }),
  ]);
  const legend = HOSTS.map((host, index) => `<rect class="h${index}" x="${LEFT + index * 110}" y="12" width="13" height="13" rx="2"/><text x="${LEFT + 19 + index * 110}" y="23">${host}</text>`);
  const [width, height] = [LEFT + WIDE + 60, works.length * LINE + 48];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="How many times faster pinfold is than the published JavaScript packages">
<style>text{font:12px system-ui,sans-serif;fill:#1f2328}.name{font-size:13px}.h0{fill:#1f6feb}.h1{fill:#8250df}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.h0{fill:#58a6ff}.h1{fill:#bc8cff}}</style>
${[...legend, ...bars].join("\n")}
</svg>
`;
}

const escaped = (text) => text.replaceAll("`", "").replace(/[&<>]/g, (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[letter]);
