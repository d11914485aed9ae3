// The page about losses tells of what only the vault knows: the log was shortened since, and the account's own document has the key.
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { copyOf, shorten } from "../packaging/incident.mjs";
import { openPage } from "../packaging/support.mjs";
import { picture, press, reads, site } from "./support.mjs";

test("what only the vault knows of is shown with the time at which a device noticed it, and can come back", async (t) => {
  const { openRecovery } = await import("../../dist/recovery.node.js");
  const { data, account, start } = await copyOf(t, "bulk-delete", site);
  const first = await start();
  const [device, other] = await Promise.all([1, 2].map(() => openRecovery({ ...account, origin: first.origin }, { webSocket: WebSocket, store: null })));
  const { filesData, root } = (await (await device.session.loadDrive()).document()).drive;
  const [gone, stays] = Object.values(root).filter((id) => filesData[id]).map(String);
  const { channel, title } = filesData[gone];
  await other.session.loadDrive();
  await other.session.edit([{ type: "erase", id: gone }]);
  // What another client wrote comes when it comes.
  while (!(await device.session.guard()).vault.some((key) => key.channel === channel)) await device.session.loadDrive();
  // The device tells the others, in the account's own document; then so much is written that there is a checkpoint.
  for (let at = 0; at < 60; at += 1) await device.session.edit([{ type: "rename", id: stays, title: `Title ${at}` }]);
  const drive = device.session.account.driveChannel;
  await Promise.all([device.close(), other.close()]);
  await first.stop();
  await shorten(data, drive);

  const { origin } = await start();
  const { page, problems } = await openPage(t, `${origin}/recovery.html`, { viewport: { width: 1440, height: 1100 } });
  await page.locator("body[data-ready=true]").waitFor();
  await page.locator("#username").fill(account.username);
  await page.locator("#password").fill(account.password);
  await press(page, "Read the history");
  await page.locator('body[data-runs="1"]').waitFor();
  const row = page.locator(`.loss[data-channel="${channel}"]`);
  assert.equal(await row.locator("strong").textContent(), title);
  await reads(row, /It stood in your drive; its key is in the vault, where your devices keep what left\./);
  await reads(page.locator(".loss-group", { has: row }).locator(".loss-why").first(), /No history tells who took it; noticed by one of your devices, \d+ \w+ 20\d\d/);
  assert.ok(await row.locator("input").isChecked(), "it is offered");
  await picture(page, "recovery-vault", { fullPage: true });
  // That one alone.
  for (const all of [true, false]) await page.locator("#choose-all").setChecked(all);
  await row.locator("input").check();
  await press(page, "Restore 1");
  await reads(page.locator("#lost .outcome-note"), /^1 entry returned\./);
  await row.waitFor({ state: "detached" });
  assert.deepEqual(problems, []);
});
