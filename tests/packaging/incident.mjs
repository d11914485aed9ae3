// A recorded incident to be served and changed: each test has a copy of its own.
import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { recordedIncidents } from "../../pkg-scripts/accounts.mjs";
import { buildCompanion, serve } from "../../pkg-scripts/companion.mjs";
import { temporary } from "./support.mjs";

const incidents = await recordedIncidents();

/** A copy of an incident, and the embedded server on it, as often as it is started. */
export async function copyOf(t, name, www) {
  const { directory, manifest } = incidents.find((incident) => incident.name === name);
  const data = join(await temporary(t), "data");
  await cp(join(directory, "data"), data, { recursive: true });
  const program = process.env.PINFOLD_COMPANION ?? (await buildCompanion());
  const start = async () => {
    const server = await serve(program, ["--data", data, "--port", "0", ...(www ? ["--www", www] : [])]);
    t.after(() => server.stop());
    return server;
  };
  const { username, password } = manifest.users.alice;
  return { manifest, data, account: { username, password }, start };
}

/** Shortens the log of a channel as its owner may: up to its last checkpoint. A line of metadata stays. */
export async function shorten(data, channel) {
  const log = join(data, "datastore", channel.slice(0, 2), `${channel}.ndjson`);
  const lines = (await readFile(log, "utf8")).trimEnd().split("\n");
  const at = lines.findLastIndex((line) => line.includes('"cp|'));
  assert.ok(at > 0, "there is a checkpoint");
  await writeFile(log, `${[...lines.filter((line) => line.startsWith("{")), ...lines.slice(at)].join("\n")}\n`);
}
