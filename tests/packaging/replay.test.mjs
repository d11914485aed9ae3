// `replay` and `firstLoss` of `pinfold/testing`, out of the packed tarball: a seed comes to the same in the module as in the native program.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { buildCompanion } from "../../pkg-scripts/companion.mjs";
import { project } from "./project.mjs";
import { temporary } from "./support.mjs";

const program = process.env.PINFOLD_COMPANION ?? (await buildCompanion());
const directory = await project({ after }, { "seeds.js": `export * from "pinfold/testing";` });
const { firstLoss, replay } = await import(pathToFileURL(join(directory, "seeds.js")));

/** What the native program writes: of this seed, or without one of the first that loses. */
async function written(t, client, ...args) {
  const file = join(await temporary(t), "run.json");
  const { stderr } = spawnSync(program, ["explore", "--client", client, ...args, "--json", file], { encoding: "utf8" });
  return readFile(file, "utf8").catch(() => assert.fail(`nothing was written: ${stderr}`));
}

for (const client of ["guarded", "race-2019", "second-fix", "cache-race", "in-place-of-mutant"]) {
  test(`${client}: the module says what the native program writes, byte for byte`, async (t) => {
    for (const seed of [0, 1, 13, 4711, Number.MAX_SAFE_INTEGER]) {
      const run = await replay({ client, seed });
      assert.deepEqual([run.runs[0].client, run.runs[0].seed], [client, seed]);
      assert.equal(JSON.stringify(run), await written(t, client, "--seed", String(seed)), `seed ${seed}`);
    }
  });
}

test("the first seed that loses is the one that the native program finds", async (t) => {
  for (const client of ["race-2019", "second-fix", "cache-race"]) {
    for (const from of [0, 40]) {
      const found = await firstLoss({ client, from });
      assert.equal(JSON.stringify(found), await written(t, client, "--from", String(from)), `${client} from ${from}`);
      assert.ok(found.runs[0].seed >= from && found.runs[0].violation);
    }
  }
  // Seed 0 of this client loses nothing, and no seed is looked at past those that were asked for.
  assert.equal(await firstLoss({ client: "second-fix", from: 0, seeds: 1 }), null);
  assert.equal(await firstLoss({ client: "in-place-of-mutant", from: Number.MAX_SAFE_INTEGER }), null);
});

test("other clients, seeds and options are the caller's mistake, and it is said of which", async () => {
  const refused = (call, argument, words) => assert.rejects(call, ({ code, blame, detail, message }) => {
    assert.deepEqual({ code, blame, argument: detail.argument }, { code: "misuse/bad-argument", blame: "caller", argument });
    assert.match(message, words);
    return true;
  });
  for (const client of ["nobody", "", undefined]) {
    await refused(replay({ client, seed: 0 }), "client", /there is no client .*; there are guarded, race-2019/);
    await refused(firstLoss({ client, from: 0 }), "client", /there is no client/);
  }
  for (const seed of [Number.MAX_SAFE_INTEGER + 1, -1, 0.5, Number.NaN, "0", 0n, undefined]) {
    await refused(replay({ client: "race-2019", seed }), "seed", /whole number from 0 to 2\^53 - 1/);
    await refused(firstLoss({ client: "race-2019", from: seed }), "from", /whole number from 0 to 2\^53 - 1/);
  }
  for (const seeds of [0, 101, 1.5, "5"]) await refused(firstLoss({ client: "race-2019", from: 0, seeds }), "seeds", /whole number from 1 to 100/);
  await refused(replay({ client: "race-2019", seed: 0, seeds: 1 }), "seeds", /there is no "seeds"/);
  await refused(firstLoss(undefined), "options", /must be an object/);
});
