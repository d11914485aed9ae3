// The examples whose framework comes from the registry, built with Vite as a stranger does, used as a person does: log in, log out, again.
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { front, host } from "../packaging/host.mjs";
import { project } from "../packaging/project.mjs";
import { manifest, openPage } from "../packaging/support.mjs";
import { bin, versionOf } from "./support.mjs";

const group = "framework";

async function example(t, name, packages, config) {
  const directory = await project(t, {}, ["vite", ...packages]);
  await cp(join(root, "examples", name), directory, { recursive: true });
  await writeFile(join(directory, "vite.config.js"), config);
  await mustRun(bin(directory, "vite"), ["build"], { cwd: directory, show: "failure" });
  const { page, problems } = await openPage(t, await front(t, join(directory, "dist")));
  for (let times = 0; times < 2; times += 1) {
    await page.getByLabel("Name").fill(manifest.username);
    await page.getByLabel("Password").fill(manifest.password);
    await page.getByRole("button", { name: "Log in" }).click();
    await page.locator("#verdict", { hasText: `${manifest.pin.hashedList.length} pins, the drive is partial` }).waitFor();
    await page.locator("#safe", { hasText: "everything is stored" }).waitFor();
    await page.getByRole("button", { name: "Log out" }).click();
    await page.getByRole("button", { name: "Log in" }).waitFor();
  }
  assert.deepEqual(problems, []);
  return { version: await versionOf(directory, packages[0]) };
}

host({ group, name: "React, StrictMode", ran: "the example: page" }, (t) =>
  example(t, "react", ["react", "react-dom", "@vitejs/plugin-react"], `import react from "@vitejs/plugin-react"; export default { plugins: [react()] };`));

host({ group, name: "Svelte", ran: "the example: page" }, (t) =>
  example(t, "svelte", ["svelte", "@sveltejs/vite-plugin-svelte"], `import { svelte } from "@sveltejs/vite-plugin-svelte"; export default { plugins: [svelte()] };`));
