// `pinfold/testing` out of the packed tarball: the example of docs/testing.md under Node's test runner, and the same in a page.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build } from "vite";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { html, project } from "./project.mjs";
import { openPage, serveAccount } from "./support.mjs";

/** A stranger's project with the example in it. */
async function stranger(t, files = {}) {
  const directory = await project(t, files);
  await cp(join(root, "examples/testing"), directory, { recursive: true });
  return directory;
}

test("Node's test runner: the example, as it stands", async (t) => {
  const directory = await stranger(t);
  const { output } = await mustRun(process.execPath, ["--test", "--test-reporter=tap"], {
    cwd: directory,
    show: "failure",
    // Otherwise it would be taken for a part of this test, and run nothing.
    env: { NODE_TEST_CONTEXT: undefined },
  });
  assert.match(output, /^# pass 8$/m);
  assert.match(output, /^# fail 0$/m);
});

test("a page under Vite: the same world, in a browser", async (t) => {
  const directory = await stranger(t, {
    "index.html": html("/page.js"),
    "page.js": `
      import { init } from "pinfold";
      import { testWorld } from "pinfold/testing";
      import { open } from "./front-end.js";
      globalThis.runJob = async () => {
        await init();
        const world = await testWorld({ seed: 11, folders: 3, closedFolders: 1, letters: 4 });
        const { session, complete, missing } = await open(world.credentials, world.options);
        const letters = [];
        for await (const { hash } of session.mailbox("notifications", { backlogOnly: true })) letters.push(hash);
        const answer = { complete, missing, letters, expected: world.expected.mailbox.messages.map(({ hash }) => hash), unpinned: world.unpinned() };
        await session.close();
        world.close();
        return answer;
      };
    `,
  });
  await build({ root: directory, logLevel: "warn", build: { outDir: "built", target: "esnext" } });
  const { page, problems } = await openPage(t, `${await serveAccount(t, join(directory, "built"))}/`);
  await page.waitForFunction(() => typeof globalThis.runJob === "function");
  const { complete, missing, letters, expected, unpinned } = await page.evaluate(() => globalThis.runJob());
  // The page has no icon.
  assert.deepEqual(problems.filter((text) => !/404/.test(text)), []);
  assert.equal(complete, false);
  assert.equal(missing.length, 1);
  assert.deepEqual(letters, expected);
  assert.equal(letters.length, 4);
  assert.deepEqual(unpinned, []);
});
