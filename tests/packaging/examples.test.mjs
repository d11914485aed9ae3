// The fifteen lines of README and the programs in `examples`, as they stand, from the packed tarball.
import assert from "node:assert/strict";
import { cp, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { root, run } from "../../pkg-scripts/shell.mjs";
import { snippetsOf } from "../../pkg-scripts/snippets.mjs";
import { project } from "./project.mjs";
import { accounts, openPage, serveAccount } from "./support.mjs";

const [complete, partial] = ["carol", "fixture"].map((name) => accounts.find((account) => account.name === name).manifest);

/** A project with what these programs take from the registry, which is here already. */
async function stranger(t, files) {
  const directory = await project(t, files);
  await symlink(join(root, "node_modules/ws"), join(directory, "node_modules/ws"));
  return directory;
}

test("the fifteen lines run as they stand and end by themselves, on a complete drive and on a partial one", async (t) => {
  const [{ lines }] = snippetsOf("README.md", await readFile(join(root, "README.md"), "utf8")).filter(({ language }) => language === "js");
  const directory = await stranger(t, {
    "lines.mjs": lines.join("\n"),
    "given.mjs": `
      import { WebSocket } from "ws";
      Object.assign(globalThis, JSON.parse(process.env.GIVEN));
      globalThis.WebSocket ??= WebSocket;
    `,
  });
  const origin = await serveAccount(t, directory);
  for (const { username, password, mailbox, folders } of [complete, partial]) {
    const { code, output } = await run(process.execPath, ["--import", "./given.mjs", "lines.mjs"], {
      cwd: directory, show: "never", env: { GIVEN: JSON.stringify({ origin, username, password }), NODE_NO_WARNINGS: "1" },
    });
    assert.equal(code, 0, output);
    const closed = Object.values(folders).filter(({ restricted }) => restricted).length;
    const said = output.trim().split("\n").filter(Boolean);
    assert.equal(said.filter((line) => line.endsWith("folder/restricted")).length, closed, output);
    assert.equal(said.length, closed + (mailbox?.messages.length ?? 0), output);
  }
});

test("the Node script pins, says what it could not read, and ends with a code for each", async (t) => {
  const directory = await stranger(t, {});
  await cp(join(root, "examples/node"), directory, { recursive: true });
  const origin = await serveAccount(t, directory);
  const pins = ({ username, password }) => run(process.execPath, ["pins.mjs", origin, username], { cwd: directory, show: "never", env: { PINFOLD_PASSWORD: password } });
  const ids = ({ pin }) => pin.hashedList.length;
  assert.deepEqual(await pins(complete).then(({ code, output }) => [code, output.trim()]), [0, `${ids(complete)} pins, confirmed`]);
  const second = await pins(partial);
  assert.equal(second.code, 3, second.output);
  assert.match(second.output, new RegExp(`^not read: .*\\(folder/restricted\\)\n${ids(partial)} pins, confirmed\n$`));
  const refused = await pins({ ...partial, password: "not the password" });
  assert.deepEqual([refused.code, /\(login\/refused/.test(refused.output)], [1, true], refused.output);
});

/** The page of an example, under the policy that README says is enough, with an account filled in. */
async function openExample(t, name, { username, password }, options = {}) {
  const directory = await project(t, {});
  await cp(join(root, "examples", name), directory, { recursive: true });
  const { page, problems } = await openPage(t, await serveAccount(t, directory), options);
  const logIn = async (tab = page) => {
    await tab.getByLabel("Name").fill(username);
    await tab.getByLabel("Password").fill(password);
    await tab.locator("#login button").first().click();
  };
  return { page, problems, logIn, says: (text, tab = page) => tab.locator("#verdict", { hasText: text }).waitFor() };
}

test("the page pins, names what it could not read, logs out and in again, in two tabs and after a reload", async (t) => {
  const { page, problems, logIn, says } = await openExample(t, "page", partial);
  for (let times = 0; times < 2; times += 1) {
    await logIn();
    await says(`${partial.pin.hashedList.length} pins, confirmed`);
    assert.equal(await page.locator("#missing li").count(), 1);
    assert.equal(await page.locator("#connection").textContent(), "connected");
    await page.locator("#logout").click();
    await page.locator("#login").waitFor();
    assert.equal(await page.locator("#verdict").textContent(), "");
  }
  // Two tabs of one browser share the store: the end of one is none of the other's.
  const done = `${partial.pin.hashedList.length} pins, confirmed`;
  await logIn();
  await says(done);
  const [tab] = await Promise.all([page.waitForEvent("popup"), page.evaluate(() => void open(location.href))]);
  // Before its script runs, the form would be sent as forms are.
  await tab.waitForLoadState();
  await logIn(tab);
  await says(done, tab);
  await page.locator("#logout").click();
  await page.locator("#login").waitFor();
  assert.equal(await tab.locator("#connection").textContent(), "connected");
  await tab.reload();
  await logIn(tab);
  await says(done, tab);
  await tab.close();
  assert.deepEqual(problems, []);
});

test("where the script does not run, no form sends the password anywhere", async (t) => {
  for (const name of ["page", "worker"]) {
    const { page } = await openExample(t, name, partial, { javaScriptEnabled: false });
    const before = page.url();
    const sent = [];
    page.on("request", (request) => sent.push(request.url()));
    await page.getByLabel("Name").fill("anna");
    await page.getByLabel("Password").fill("hunter2 hunter2");
    await page.keyboard.press("Enter");
    await page.locator("#login button").first().click({ force: true });
    await page.reload();
    assert.equal(page.url(), before);
    assert.deepEqual(sent.filter((url) => url.includes("?") || url.includes("hunter2")), []);
  }
});

test("the page with a worker reads the messages in order, and stops when it is told to", async (t) => {
  const { page, problems, logIn, says } = await openExample(t, "worker", partial);
  await logIn();
  await page.locator("#stop").click();
  await says("stopped");
  await logIn();
  await says("in order; the drive is partial");
  const shown = await page.locator("#letters li").allTextContents();
  assert.deepEqual(shown.map((text) => text.split(":")[0]), partial.mailbox.messages.map(({ msg }) => msg.type));
  assert.deepEqual(problems, []);
});
