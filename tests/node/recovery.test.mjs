// The page about losses: its words cover whatever the module can say, and its plain functions group and arrange.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { arranged, gathered, isLoss, momentsOf } from "../../www/demo/recovery-events.js";
import { ALL_KINDS, CAUSES, DOERS, FATES, HARMS, KEPT, KEYS, LEFT, MARKS, PROBLEMS, REASONS, REFUSED, REPORTED, REPORT_FATES } from "../../www/demo/recovery-words.js";

const types = await readFile(new URL("../../dist/pinfold-recovery.d.ts", import.meta.url), "utf8");

function union(name) {
  const [, members] = types.match(new RegExp(`type ${name} =([^;]+);`));
  return [...members.matchAll(/"([^"]+)"/g)].map(([, text]) => text).sort();
}

test("the page has words for every name of the module, and no more", () => {
  for (const [name, words] of Object.entries({ LossCause: CAUSES, AccidentReason: REASONS, KeyAt: KEYS, LeftBecause: LEFT, KeptBecause: KEPT, Harm: HARMS, Doer: DOERS, FateName: FATES, DeleteRefused: REFUSED, DiagnosisProblem: PROBLEMS, ReportFate: REPORT_FATES, ReportedKind: REPORTED })) {
    assert.deepEqual(Object.keys(words).sort(), union(name), name);
  }
  assert.deepEqual([...ALL_KINDS].sort(), union("EntryKind"));
});

test("a name of the main module is the same in both", async () => {
  const main = await readFile(new URL("../../dist/pinfold.d.ts", import.meta.url), "utf8");
  const unions = (text) => new Map([...text.matchAll(/export type (\w+) =((?:\s*\| "[^"]+")+);/g)].map(([, name, members]) => [name, members]));
  const both = unions(types);
  assert.ok(unions(main).size > 8);
  for (const [name, members] of unions(main)) assert.equal(both.get(name), members, name);
});

const at = (time, line, author = "a", own = true) => ({ time, line, author, own });
const change = (did, document, id, when, more = {}) => ({ did, document, id, channel: `c${id}`, kind: "file", title: `T${id}`, at: when, ...more });

test("what one session did within ten seconds is one moment, whatever the document", () => {
  const changes = [
    change("vanished", "two", "3", at(12_000, 5)), change("vanished", "one", "2", at(3_000, 9)), change("vanished", "one", "1", at(0, 8)),
    change("vanished", "one", "4", at(4_000, 10, "b", false)), change("appeared", "one", "5", at(40_000, 11)),
  ];
  const lost = changes.slice(0, 4).map(({ document, channel, at: when }) => ({ document, channel, at: when, cause: "user-burst", intent: "accident" }));
  const moments = momentsOf({ changes, lost });
  assert.deepEqual(moments.map(({ author, entries, worst, who }) => [author, entries.map(({ id }) => id), worst, who]), [
    ["a", ["1", "2", "3"], "lost", "you"], ["b", ["4"], "lost", "other"], ["a", ["5"], "added", "you"],
  ]);
  assert.deepEqual(moments[0].documents.map(({ channel, mark }) => [channel, mark]), [["one", "lost"], ["two", "lost"]]);
  assert.deepEqual(moments.map(isLoss), [true, true, false]);
});

test("what moved is no loss, an erased key is a client's doing, a tagged entry was put back", () => {
  const changes = [change("vanished", "one", "1", at(0, 1)), change("erased", "one", "2", at(60_000, 2)), change("appeared", "one", "3", at(120_000, 3)), change("thrown", "one", "4", at(180_000, 4))];
  const moments = momentsOf({ changes, lost: [], anew: [{ channel: "f", at: at(240_000, 0), title: null, kind: "sharedFolder" }], tagged: [{ document: "one", id: "3" }] });
  assert.deepEqual(moments.map(({ worst, who }) => [worst, who]), [["left", "you"], ["erased", "client"], ["restored", "you"], ["thrown", "you"], ["anew", "client"]]);
  for (const { worst } of moments) assert.ok(MARKS[worst]);
});

test("an entry that was put back was only added when it first came, and what was meant is no loss", () => {
  const changes = [change("appeared", "one", "1", at(0, 1)), change("vanished", "one", "1", at(60_000, 2)), change("appeared", "one", "1", at(120_000, 3)), change("vanished", "one", "2", at(180_000, 4))];
  const lost = [{ document: "one", channel: "c2", at: at(180_000, 4), cause: "user-trash", intent: "deliberate" }];
  const moments = momentsOf({ changes, lost, tagged: [{ document: "one", id: "1" }] });
  assert.deepEqual(moments.map(({ worst }) => worst), ["added", "mended", "restored", "gone"]);
  assert.ok(!moments.some(isLoss));
});

test("neighbours that left together are told together", () => {
  const row = (channel, time, more) => ({ channel, at: at(time, 1), cause: "user-burst", reasons: ["burst"], ...more });
  const groups = gathered([row("a", 0), row("b", 9_000), row("c", 30_000), row("d", 30_000, { cause: "user-removed" }), { ...row("e", 0), at: null }, { ...row("f", 0), at: null }]);
  assert.deepEqual(groups.map((group) => group.map(({ channel }) => channel)), [["a", "b"], ["c"], ["d"], ["e"], ["f"]]);
});

test("lines without a time or an author are moments too", () => {
  const changes = [change("vanished", "one", "1", at(null, 1, null, false)), change("vanished", "one", "2", at(null, 2, null, false))];
  const moments = momentsOf({ changes, lost: [] });
  assert.equal(moments.flatMap(({ entries }) => entries).length, 2);
  assert.ok(moments.every(({ who }) => who === "unknown"));
});

test("what returns with its folder stands below it, accidents come first", () => {
  const item = (channel, more) => ({ channel, kind: "file", document: "d", intent: "deliberate", left: null, withFolder: false, at: at(1, 1), ...more });
  const rows = arranged([
    item("old", {}), item("f", { kind: "sharedFolder", intent: "accident" }), item("in", { document: "f", intent: "accident", withFolder: true, at: null }), item("by", { intent: "other" }),
  ]);
  assert.deepEqual(rows.map(({ channel, inside }) => [channel, inside.map((one) => one.channel)]), [["f", ["in"]], ["by", []], ["old", []]]);
});
