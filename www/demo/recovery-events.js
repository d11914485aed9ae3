// From changes, line by line, to moments that a person remembers: what one session did within ten seconds, in whatever
// documents. Plain functions of plain data, without a page.

/** The rule of 2012: what is not ten seconds apart belongs together. */
const TOGETHER_MS = 10_000;
const WORST = ["lost", "erased", "anew", "restored", "mended", "gone", "thrown", "left", "added", "changed"];

/**
 * `changes` as `recovery.history` tells them; `lost` as `recovery.lost` does; `anew` are folders that were made anew, as
 * `recovery.affected` tells of them; `tagged` what has the tag of a restoring. The oldest moment comes first.
 */
export function momentsOf({ changes, lost, anew = [], tagged = [] }) {
  const losses = new Map(lost.filter(({ at }) => at).map((item) => [`${item.document} ${item.at.line} ${item.channel}`, item]));
  const made = anew.filter(({ at }) => at).map(({ channel, at, title, kind }) => ({ document: channel, id: channel, channel, kind, did: "anew", at, title }));
  const all = [...changes, ...made].toSorted((a, b) => (a.at.time ?? 0) - (b.at.time ?? 0) || a.at.line - b.at.line);
  // A restored entry has the key that it had before: its last coming is that of the restoring.
  const keys = new Set(tagged.map(keyOf));
  const back = new Map(all.filter((change) => change.did === "appeared" && keys.has(keyOf(change))).map((change) => [keyOf(change), change]));
  const moments = [];
  const open = new Map();
  for (const change of all) {
    const loss = losses.get(`${change.document} ${change.at.line} ${change.channel}`);
    const mark = markOf(change, loss, { isBack: back.get(keyOf(change)) === change, isThere: keys.has(keyOf(change)) });
    const last = open.get(change.at.author);
    const together = last && change.at.time !== null && change.at.time - last.until <= TOGETHER_MS;
    const moment = together ? last : { author: change.at.author, from: change.at.time, own: change.at.own, entries: [] };
    if (!together) {
      moments.push(moment);
      open.set(change.at.author, moment);
    }
    moment.until = change.at.time ?? moment.until;
    moment.entries.push({ ...change, mark, loss });
  }
  return moments.map(finished).toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0));
}

/** `Map.groupBy`, which Node 20 has not: the tests run there. */
function grouped(items, of) {
  const groups = new Map();
  for (const item of items) {
    const key = of(item);
    if (groups.has(key)) groups.get(key).push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

const keyOf = ({ document, id }) => `${document} ${id}`;

function markOf({ did }, loss, { isBack, isThere }) {
  if (did === "anew") return "anew";
  if (isThere && !loss && (did === "vanished" || did === "erased")) return "mended";
  if (did === "erased" || loss?.cause === "client-on-server-word") return "erased";
  if (did === "vanished") return !loss ? "left" : loss.intent === "deliberate" ? "gone" : "lost";
  if (did === "thrown") return loss && loss.intent !== "deliberate" ? "lost" : "thrown";
  if (did === "appeared") return isBack ? "restored" : "added";
  return "changed";
}

function finished(moment) {
  const counts = grouped(moment.entries, ({ mark }) => mark);
  const marks = WORST.filter((mark) => counts.has(mark));
  return {
    ...moment,
    worst: marks[0],
    marks,
    who: moment.entries.some(({ mark }) => mark === "erased" || mark === "anew") ? "client" : moment.own ? "you" : moment.author ? "other" : "unknown",
    /** Each document with what happened in it, the worst first. */
    documents: [...grouped(moment.entries, ({ document }) => document)].map(([channel, entries]) => ({
      channel, entries, mark: WORST.find((mark) => entries.some((entry) => entry.mark === mark)),
    })),
  };
}

/** Whether something left in it that was not moved: what the page calls a loss. */
export const isLoss = ({ worst }) => worst === "lost" || worst === "erased" || worst === "anew";

/** What is lost in a folder that returns as a whole stands below that folder. The rest in the order of time, the newest first. */
export function arranged(lost) {
  const folders = new Set(lost.filter(({ kind }) => kind === "sharedFolder").map(({ channel }) => channel));
  const inside = grouped(lost.filter(({ document, withFolder, left }) => folders.has(document) && (withFolder || left)), ({ document }) => document);
  const nested = new Set([...inside.values()].flat());
  const weight = ({ intent }) => ["accident", "other", "doubtful", "deliberate"].indexOf(intent);
  return lost.filter((item) => !nested.has(item))
    .toSorted((a, b) => weight(a) - weight(b) || (b.since ?? 0) - (a.since ?? 0))
    .map((item) => ({ ...item, inside: inside.get(item.channel) ?? [] }));
}

/** Neighbours that left in one moment and for one cause are told together. */
export function gathered(rows) {
  const groups = [];
  for (const row of rows) {
    const last = groups.at(-1)?.[0];
    const same = last && row.at && last.at && row.cause === last.cause && row.at.author === last.at.author && Math.abs(row.at.time - last.at.time) <= TOGETHER_MS
      && row.reasons.join() === last.reasons.join();
    if (same) groups.at(-1).push(row);
    else groups.push([row]);
  }
  return groups;
}
