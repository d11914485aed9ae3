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

/** The page of an example, with an account filled in, under the embedded server's content security policy: the one that README asks for. */
async function openExample(t, name, { username, password }) {
  const directory = await project(t, {});
  await cp(join(root, "examples", name), directory, { recursive: true });
  const { page, problems } = await openPage(t, await serveAccount(t, directory));
  const fill = async (tab = page, secret = password) => {
    await tab.getByLabel("Name").fill(username);
    await tab.getByLabel("Password").fill(secret);
  };
  const logIn = async (tab = page, secret = password) => {
    await fill(tab, secret);
    await tab.locator("#login button").first().click();
  };
  return { page, problems, fill, logIn, says: (text, tab = page) => tab.locator("#verdict", { hasText: text }).waitFor() };
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

for (const [name, done] of [["page", "pins, confirmed"], ["worker", "in order; the drive is partial"]]) {
  test(`${name}: a wrong password is told and the form stays; two clicks open one session; no password is ever in an address`, async (t) => {
    const { page, fill, logIn, says } = await openExample(t, name, partial);
    const addresses = [];
    page.on("request", (request) => addresses.push(request.url()));
    let sockets = 0;
    page.on("websocket", () => (sockets += 1));
    await logIn(page, "not the password");
    await says("(login/refused)");
    assert.equal(await page.locator("#login").isVisible(), true);
    assert.equal(await page.getByLabel("Password").inputValue(), "");
    await fill();
    // The error is gone as soon as the next try begins.
    const [before, shown] = await page.evaluate(() => {
      const button = document.querySelector("#login button");
      button.click();
      button.click();
      return [location.href, document.getElementById("verdict").textContent];
    });
    assert.match(shown, /^opening|^\w+: /);
    const earlier = sockets;
    await says(done);
    assert.ok(sockets - earlier <= 1, `${sockets - earlier} connections`);
    assert.equal(page.url(), before);

    // A page whose script never comes: nothing is sent by the key, and what a browser would send by force is in no address.
    await page.route("**/main.js", (route) => route.abort());
    await page.reload();
    await fill();
    await page.getByLabel("Password").press("Enter");
    const sent = page.waitForRequest((request) => request.isNavigationRequest());
    await page.evaluate(() => document.querySelector("form").submit());
    assert.equal((await sent).method(), "POST");
    assert.deepEqual(addresses.filter((address) => address.includes("password=") || address.includes(encodeURIComponent(partial.password))), []);
  });
}
