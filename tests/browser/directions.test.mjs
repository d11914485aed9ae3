// Titles of every script, and narrow windows: whatever a person wrote has the direction of its own first letter, and nothing leaves the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { openBuilt, picture, press, runJob } from "./support.mjs";

const TITLES = ["פרוטוקול הישיבה (טיוטה 3)", "محضر الاجتماع ٢٠٢٥", "סיכום: budget 2026!"];
const FOLDER = "תיקייה משותפת";

/** Run in the page: gives documents of the drive, and its first folder, these titles. */
async function rename({ credentials, titles, folderTitle }) {
  const { init, Session } = await import("/dist/index.js");
  await init();
  const session = await Session.open({ origin: location.origin, ...credentials }, { store: null });
  const drive = await session.loadDrive();
  const { filesData } = (await drive.document()).drive;
  await session.edit(Object.keys(filesData).slice(0, titles.length).map((id, at) => ({ type: "rename", id, title: titles[at] })));
  await session.edit({ type: "setTitle", title: folderTitle }, { folder: drive.folders[0].id });
  await session.close();
}

/** Run in the page: texts in a script from right to left that stand in no element which asks for their direction. */
function undirected() {
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (!/[\u0590-\u08ff]/.test(data) || parentElement.closest("script, option, [hidden]")) continue;
    if (!parentElement.closest("[dir=auto], bdi, textarea, pre")) found.push(`${parentElement.outerHTML.slice(0, 120)}: ${data.slice(0, 60)}`);
  }
  return found;
}

const tooWide = () => document.scrollingElement.scrollWidth - document.scrollingElement.clientWidth;

test("titles from right to left have their direction, on each page and at each width", async (t) => {
  const { page, built } = await openBuilt(t, ["--folders", "2", "--letters", "2", "--plain"]);
  const credentials = { username: built.username, password: built.password };
  await page.evaluate(rename, { credentials, titles: TITLES, folderTitle: FOLDER });
  await runJob(page);
  await page.locator(".folder-row", { hasText: FOLDER }).locator("summary").first().click();
  assert.deepEqual(await page.evaluate(undirected), []);
  const wide = async (name) => {
    for (const width of [1024, 390]) {
      await page.setViewportSize({ width, height: 900 });
      assert.ok((await page.evaluate(tooWide)) <= 0, `${name} at ${width}`);
      await picture(page, `directions-${name}-${width}`, { fullPage: true });
    }
    await page.setViewportSize({ width: 1440, height: 1000 });
  };
  await wide("index");

  await page.goto(new URL("recovery.html", page.url()).href);
  await page.locator("body[data-ready=true]").waitFor();
  await page.locator("#username").fill(built.username);
  await page.locator("#password").fill(built.password);
  await press(page, "Read the history");
  await page.locator('body[data-runs="1"]').waitFor();
  // What was changed last stands in the list of moments, and everything in the tree of what could be deleted.
  for (const moment of await page.locator(".moment summary").all()) await moment.click();
  await page.getByText(TITLES[0]).first().waitFor();
  assert.deepEqual(await page.evaluate(undirected), []);
  await wide("recovery");

  for (const name of ["replay", "drill"]) {
    await page.goto(new URL(`${name}.html`, page.url()).href);
    await page.locator("h1").waitFor();
    await wide(name);
  }
});
