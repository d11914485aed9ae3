// The examples whose framework comes from the registry, built with Vite as a stranger does, used as a person does: log in, log out, again.
import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { front, host } from "../packaging/host.mjs";
import { manifest, openPage } from "../packaging/support.mjs";
import { bin } from "./support.mjs";

const group = "framework";

async function example(t, install, name, packages) {
  const directory = await install({}, [...packages, "vite"]);
  await cp(join(root, "examples", name), directory, { recursive: true });
  await mustRun(bin(directory, "vite"), ["build"], { cwd: directory, show: "failure" });
  const { page, problems } = await openPage(t, await front(t, join(directory, "dist")));
  const sockets = [];
  page.on("websocket", (socket) => sockets.push(socket));
  const logIn = async (password, press) => {
    await page.getByLabel("Name").fill(manifest.username);
    await page.getByLabel("Password").fill(password);
    await press(page.getByRole("button", { name: "Log in" }));
  };
  // The form is there again, with what went wrong.
  await logIn("not the password", (button) => button.click());
  await page.getByRole("alert").filter({ hasText: "login/refused" }).waitFor();
  for (let times = 0; times < 2; times += 1) {
    // Pressed twice it is one session all the same.
    await logIn(manifest.password, (button) => button.dblclick());
    await page.locator("#verdict", { hasText: `${manifest.pin.hashedList.length} pins, the drive is partial` }).waitFor();
    await page.locator("#safe", { hasText: "everything is stored" }).waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();
  }
  assert.ok(sockets.length >= 2);
  await Promise.all(sockets.map((socket) => socket.isClosed() || socket.waitForEvent("close")));
  // Of a wrong password there is no log-in block, and browsers write of what is absent.
  assert.deepEqual(problems.filter((problem) => !problem.includes("404")), []);
}

host({ group, name: "React, StrictMode", ran: "the example: page" }, (t, install) =>
  example(t, install, "react", ["react", "react-dom", "@vitejs/plugin-react"]));

host({ group, name: "Svelte", ran: "the example: page" }, (t, install) =>
  example(t, install, "svelte", ["svelte", "@sveltejs/vite-plugin-svelte"]));
