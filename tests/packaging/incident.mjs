// A recorded incident to be served and changed: each test has a copy of its own.
import { cp } from "node:fs/promises";
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
