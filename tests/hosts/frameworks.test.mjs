// The packed tarball in what whole sites are built with, newest version from the registry, built as its guide says.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun } from "../../pkg-scripts/shell.mjs";
import { front, host, weigh } from "../packaging/host.mjs";
import { answersOf } from "../packaging/project.mjs";
import { checkAnswers } from "../packaging/support.mjs";

const group = "framework";

async function write(directory, files) {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(directory, name, ".."), { recursive: true });
    await writeFile(join(directory, name), text);
  }
}

/** In the page and in a worker of its own, as the framework's bundler makes one. */
const MOUNTED = `
  globalThis.runJob = async (account) => {
    await pinfold.init();
    return run(pinfold, account);
  };
  globalThis.runInWorker = (account) => {
    const worker = new Worker(new URL("WORKER", import.meta.url), { type: "module" });
    return run(pinfold, account, { worker });
  };
  if (location.hash === "#worker") globalThis.runJob = globalThis.runInWorker;
`;

async function pages(t, directory) {
  const origin = await front(t, directory);
  checkAnswers(await answersOf(t, origin));
  checkAnswers(await answersOf(t, origin, "/#worker"));
  return { bytes: await weigh(directory) };
}

host({ group, name: "Next", ran: "static export: page, worker" }, async (t, install) => {
  const directory = await install({}, ["next", "react", "react-dom"]);
  await write(directory, {
    "next.config.mjs": `export default { output: "export", turbopack: { root: ${JSON.stringify(directory)} } };`,
    "app/layout.js": `export default function Layout({ children }) { return <html lang="en"><body>{children}</body></html>; }`,
    "app/worker.js": `import "pinfold/worker";`,
    "app/page.js": `
      "use client";
      import { useEffect } from "react";
      import * as pinfold from "pinfold";
      import { run } from "../job.js";
      export default function Page() {
        useEffect(() => { ${MOUNTED.replace("WORKER", "./worker.js")} }, []);
        return <p>stranger</p>;
      }
    `,
  });
  await mustRun(process.execPath, ["node_modules/next/dist/bin/next", "build"], { cwd: directory, show: "failure", env: { NEXT_TELEMETRY_DISABLED: "1" } });
  return pages(t, join(directory, "out"));
});

// The adapter's version 4 is for the next SvelteKit, which is no release yet.
host({ group, name: "SvelteKit", ran: "static build: page, worker" }, async (t, install) => {
  const directory = await install({}, ["@sveltejs/kit", "@sveltejs/adapter-static@3", "@sveltejs/vite-plugin-svelte", "svelte", "vite"]);
  await write(directory, {
    "vite.config.js": `
      import { sveltekit } from "@sveltejs/kit/vite";
      export default { plugins: [await sveltekit()] };
    `,
    "svelte.config.js": `import adapter from "@sveltejs/adapter-static"; export default { kit: { adapter: adapter() } };`,
    "src/app.html": `<!doctype html><html lang="en"><head><meta charset="utf-8" />%sveltekit.head%</head><body><div>%sveltekit.body%</div></body></html>`,
    "src/routes/+layout.js": "export const prerender = true;",
    "src/worker.js": `import "pinfold/worker";`,
    "src/routes/+page.svelte": `
      <script>
        import { onMount } from "svelte";
        import * as pinfold from "pinfold";
        import { run } from "../../job.js";
        onMount(() => { ${MOUNTED.replace("WORKER", "../worker.js")} });
      </script>
      <p>stranger</p>
    `,
  });
  await mustRun(process.execPath, ["node_modules/vite/bin/vite.js", "build"], { cwd: directory, show: "failure" });
  return pages(t, join(directory, "build"));
});
