// `pinfold/testing` out of the packed tarball: the examples of docs/testing.md, each under its runner, and the same in a page.
import assert from "node:assert/strict";
import { cp, mkdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";
import { build } from "vite";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { html, project } from "./project.mjs";
import { openPage, serveAccount } from "./support.mjs";

/** A stranger's project with the examples in it, and the runners, which are here already. */
async function stranger(t, files) {
  const directory = await project(t, files);
  for (const name of ["testing", "page"]) await cp(join(root, "examples", name), join(directory, name), { recursive: true });
  await mkdir(join(directory, "node_modules/@playwright"));
  for (const name of ["vitest", "@playwright/test"]) await symlink(join(root, "node_modules", name), join(directory, "node_modules", name));
  return directory;
}

/** The page that the last test builds. */
const PAGE = {
  "index.html": html("/page.js"),
  "page.js": `
    import { init } from "pinfold";
    import { testWorld } from "pinfold/testing";
    import { open } from "./testing/front-end.js";
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
};

/** All of them share it: none reads what another writes. */
const directory = await stranger({ after }, PAGE);
const testing = join(directory, "testing");

/** A program of this Node in the folder of the examples. */
async function says(args, env) {
  // Without it the first would be taken for a part of this test, and run nothing.
  const { output } = await mustRun(process.execPath, args, { cwd: testing, show: "failure", env: { NODE_TEST_CONTEXT: undefined, NO_COLOR: "1", FORCE_COLOR: undefined, ...env } });
  return output;
}

test("Node's test runner: the example, as it stands", async () => {
  const output = await says(["--test", "--test-reporter=tap"]);
  assert.match(output, /^# pass 9$/m);
  assert.match(output, /^# fail 0$/m);
});

test("Vitest: the example, as it stands", async () => {
  assert.match(await says([join(root, "node_modules/vitest/vitest.mjs"), "run", "--root", "vitest"]), /Tests +7 passed \(7\)/);
});

test("Playwright: a page in Chromium on a world in the test, as it stands", async () => {
  const CHROMIUM = process.env.PINFOLD_CHROMIUM ?? "/usr/bin/chromium";
  assert.match(await says([join(root, "node_modules/@playwright/test/cli.js"), "test", "--config", "playwright", "--reporter", "line"], { CHROMIUM }), /^ *4 passed/m);
});

test("a page under Vite: the same world, in a browser", async (t) => {
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
