// The plan that DuckDB makes of the columns of a store is the plan that this project makes of the store: the same ids, the same reasons.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { DuckDBInstance } from "@duckdb/node-api";
import { needed } from "./support.mjs";

const SEEDS = 40;

async function planned(folder) {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  await connection.run(`SET file_search_path = '${folder}'`);
  for (const view of readFileSync(join(folder, "views.duckdb.sql"), "utf8").split(";").slice(0, -1)) await connection.run(view);
  const rows = await (await connection.runAndReadAll(readFileSync(join(folder, "plan.sql"), "utf8"))).getRowObjectsJson();
  connection.closeSync();
  instance.closeSync();
  return rows;
}

const line = ({ id, does, why, bytes }) => `${id} ${does} ${why} ${bytes}`;

test("DuckDB plans as we do, over recorded stores and stores from seeds", async (t) => {
  const out = mkdtempSync(join(tmpdir(), "pinfold-columns-"));
  t.after(() => rmSync(out, { recursive: true }));
  const seed = Number(process.env.PINFOLD_SEED ?? 1);
  const made = spawnSync(needed("PINFOLD_COLUMNS"), [out, "tests/operators", String(SEEDS), String(seed)], { encoding: "utf8" });
  assert.equal(made.status, 0, made.stderr);
  const reasons = new Map();
  let stores = 0;
  for (const name of readdirSync(out).filter((name) => name.endsWith(".plan.json"))) {
    const ours = JSON.parse(readFileSync(join(out, name), "utf8"));
    const theirs = await planned(join(out, name.replace(/\.plan\.json$/, "")));
    assert.deepEqual(theirs.map(line).sort(), ours.map(line).sort(), `${name}; again with PINFOLD_SEED=${seed}`);
    for (const { does, why } of ours) reasons.set(`${does} ${why}`, (reasons.get(`${does} ${why}`) ?? 0) + 1);
    stores += 1;
  }
  assert.equal(stores, Number(made.stdout));
  assert.ok(stores > SEEDS + 40, `${stores} stores`);
  t.diagnostic(`${stores} stores: ${[...reasons].map(([reason, count]) => `${reason} ${count}`).join(", ")}`);
  // Every reason and every wait came up, or the comparison says nothing of it.
  const keep = ["pinned", "doubtful", "cut", "changed", "future", "spared", "restored", "lone", "no-time"];
  const all = [...keep.map((why) => `keep ${why}`), ...["mark", "until", "walk", "accounts"].map((why) => `wait ${why}`), "take INACTIVE"];
  assert.deepEqual(all.filter((reason) => !reasons.has(reason)), []);
});
