// A store on this disk, the operator's program, and an S3-compatible server.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export function needed(name) {
  const value = process.env[name];
  assert.ok(value, `${name} is not set: run this by npm test -- --only elsewhere, which installs and builds what is missing`);
  return value;
}

/** In no argument, output or journal may this be. */
export const SECRET = "wJalrXUtnFEMI-never-to-be-seen";
const BUCKET = "cold-storage";
/** The server looks at whose key it is and not at the signature. */
const HEADERS = {
  "content-type": "application/octet-stream",
  authorization: "AWS4-HMAC-SHA256 Credential=operator/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=none",
};
export const ADDRESS = `s3://${BUCKET}/drive.example`;

/** An S3-compatible server as a process of its own; ended with the test. `objects` reads and writes past the program. */
export async function s3Server(t) {
  const child = spawn(needed("PINFOLD_MOTO"), ["-H", "127.0.0.1", "-p", "0"], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, PYTHONUNBUFFERED: "1" } });
  t.after(() => child.kill());
  let said = "";
  const endpoint = await new Promise((resolve, reject) => {
    const hear = (text) => {
      said += text;
      const found = said.match(/Running on (http:\/\/127\.0\.0\.1:\d+)/);
      if (found) resolve(found[1]);
    };
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`moto ended with ${code}: ${said}`)));
  });
  const object = (name) => `${endpoint}/${BUCKET}${name ? `/drive.example/${name}` : ""}`;
  const answer = async (name, init) => {
    const response = await fetch(object(name), { ...init, headers: HEADERS });
    return { status: response.status, text: await response.text() };
  };
  assert.equal((await answer("", { method: "PUT" })).status, 200, said);
  return {
    env: { AWS_ENDPOINT_URL: endpoint, AWS_ALLOW_HTTP: "true", AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "operator", AWS_SECRET_ACCESS_KEY: SECRET },
    get: async (name) => (({ status, text }) => (status === 200 ? text : undefined))(await answer(name)),
    put: async (name, body) => assert.equal((await answer(name, { method: "PUT", body })).status, 200),
    remove: async (name) => assert.equal((await answer(name, { method: "DELETE" })).status, 204),
    names: async () => [...(await answer("")).text.matchAll(/<Key>drive\.example\/([^<]*)<\/Key>/g)].map(([, name]) => name).sort(),
  };
}

const CONFIG = "module.exports = { filePath: './datastore', archivePath: './data/archive', pinPath: './data/pins', taskPath: './data/tasks', blockPath: './block', blobPath: './blob', decreePath: './data/decrees' };\n";

/** A store without documents, on which the program runs. */
export function emptyStore(t) {
  const base = mkdtempSync(join(tmpdir(), "pinfold-store-"));
  t.after(() => rmSync(base, { recursive: true }));
  const write = (path, text) => {
    mkdirSync(dirname(join(base, path)), { recursive: true });
    writeFileSync(join(base, path), text);
  };
  write("config/config.js", CONFIG);
  for (const folder of ["datastore", "data/pins"]) mkdirSync(join(base, folder), { recursive: true });
  return { base, write };
}

export const arguments_ = (base, words) => ["--base", base, "--no-pin-logs", ...words];

/** Runs the program. What it says is checked for the secret. */
export function operator(base, env, ...words) {
  const { status, stdout, stderr } = spawnSync(needed("PINFOLD_OPERATOR"), arguments_(base, words), { encoding: "utf8", env: { ...process.env, ...env } });
  assert.ok(!`${stdout}${stderr}`.includes(SECRET), "the secret is in the output");
  return { code: status, said: stdout + stderr };
}
