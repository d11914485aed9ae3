// A whole page in a real browser, without a server: `npx playwright test --config playwright`. The page is examples/page, as it stands.
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { testWorld } from "pinfold/testing";
import { serveWorld } from "./serve-world.js";

const files = fileURLToPath(new URL("../../page/", import.meta.url));
/** The page's script takes the package from there. */
const PACKAGE = "/node_modules/pinfold";
const installed = dirname(createRequire(import.meta.url).resolve("pinfold/package.json"));

function fileOf(pathname) {
  if (pathname.startsWith(`${PACKAGE}/`)) return join(installed, pathname.slice(PACKAGE.length));
  return join(files, pathname === "/" ? "index.html" : pathname);
}

let world;
test.afterEach(() => world.close());

/** The page on a world with these options, logged in. */
async function logIn(page, options, password) {
  world = await testWorld(options);
  await serveWorld(page, world, fileOf);
  await page.goto(`${world.origin}/`);
  await page.getByLabel("Name").fill(world.credentials.username);
  await page.getByLabel("Password").fill(password ?? world.credentials.password);
  await page.getByRole("button", { name: "Log in" }).click();
}

test("a person logs in, and everything in the drive is pinned", async ({ page }) => {
  await logIn(page, { seed: 1, folders: 4 });
  await expect(page.locator("#verdict")).toHaveText(`${world.expected.pin.hashedList.length} pins, confirmed`);
  await expect(page.locator("#missing li")).toHaveCount(0);
  expect(world.unpinned()).toEqual([]);
});

test("a folder that the server says is empty is named, and nothing leaves the list", async ({ page }) => {
  await logIn(page, { seed: 2, folders: 3, faults: [{ command: "GET_HISTORY", folder: 1, fault: "empty" }] });
  await expect(page.locator("#missing li")).toHaveText(/could not be read \(\w+\/[\w-]+\)\. What is in it keeps its pins\.$/);
  await expect(page.locator("#verdict")).toHaveText(/^\d+ pins, /);
  expect(world.struck()).toEqual([0]);
  expect(world.holds().commands.map(([command]) => command)).not.toContain("RESET");
});

test("a wrong password is told in words", async ({ page }) => {
  await logIn(page, { seed: 3 }, "not the password");
  await expect(page.locator("#verdict")).toHaveText(/\(login\/refused\)$/);
});

test("a lost connection is said, and is made anew", async ({ page }) => {
  await logIn(page, { seed: 4 });
  await expect(page.locator("#connection")).toHaveText("connected");
  world.online = false;
  world.cut();
  await expect(page.locator("#connection")).toHaveText(/^no connection, next try at /);
  world.online = true;
  await expect(page.locator("#connection")).toHaveText("connected");
});
