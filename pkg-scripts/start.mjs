// `npm start`: builds what changed, starts the embedded server with the recorded accounts, prints the page's address.
import { homedir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { accountsMissingFrom, seedDirectory } from "./accounts.mjs";
import { addTesting, assembleSite, buildPackage } from "./build.mjs";
import { buildServer, serve } from "./companion.mjs";
import { main, named, Plain, say, seconds } from "./shell.mjs";

const HELP = `npm start [-- OPTIONS]

  --data DIR          where the server keeps its data (default: pinfold/ in your cache directory)
  --fresh             start over: forget what is in that directory
  --upstream ORIGIN   use a real instance instead of the embedded server
  --port PORT         listen on this port of 127.0.0.1 (default: a free one near 4300)
  --help              this text`;

await main(async () => {
  const began = performance.now();
  const options = readOptions();
  if (options.help) return say(HELP);
  say("pinfold: building what changed");
  // Each alone leaves a core idle for a third of its time.
  const [{ target }, program] = await Promise.all([
    named("page", () => buildPackage({ testing: false })),
    named("server", buildServer),
  ]);
  const site = await assembleSite(target, { upstream: options.upstream !== undefined });

  const data = options.data ?? join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pinfold");
  const args = ["--www", site, "--port", options.port ?? "4300"];
  if (options.upstream) args.push("--upstream", options.upstream);
  else args.push("--data", data, "--seed-account", await seedDirectory(target), ...(options.fresh ? ["--fresh"] : []));
  say(options.upstream ? `· passing everything but the page through to ${options.upstream}` : `· starting the embedded server on ${data}`);

  const server = await serve(program, args, { onLine: say }).catch((error) => {
    // The default port is a convenience: any free one will do.
    if (options.port || !/in use/i.test(error.message)) throw error;
    return serve(program, args.with(args.indexOf("--port") + 1, "0"), { onLine: say });
  });
  if (!options.upstream) {
    const missing = (await accountsMissingFrom(data)).map(({ manifest }) => manifest.username);
    if (missing.length) say(`  This data directory was there before ${missing.join(" and ")}: --fresh starts over with all recorded accounts.`);
  }
  say(`\n  Ready after ${seconds(performance.now() - began)}. Open\n\n    ${server.origin}/\n\n  Ctrl+C ends it.${options.upstream ? "" : " What the page changes is kept for the next time; --fresh starts over."}\n`);
  // Only the page that replays seeds needs it, and nobody else waits for it.
  const later = new AbortController();
  const adding = named("seeds", () => addTesting(site, { modest: true, signal: later.signal })).then(
    () => say(`  ${server.origin}/replay.html can run seeds now.`),
    (error) => later.signal.aborted || say(`  ${server.origin}/replay.html can run no seeds: ${error.message}`),
  );
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.child.kill(signal));
  const code = await server.ended;
  later.abort();
  await adding;
  if (code) throw new Plain(`the server ended (${code})`);
});

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        data: { type: "string" }, fresh: { type: "boolean" }, upstream: { type: "string" }, port: { type: "string" }, help: { type: "boolean", short: "h" },
      },
    });
    if (values.upstream !== undefined) values.upstream = originOf(values.upstream);
    if (values.upstream && (values.data || values.fresh)) throw new Plain("--upstream has no data directory: leave out --data and --fresh");
    return values;
  } catch (error) {
    throw new Plain(`${error.message}\n\n${HELP}`);
  }
}

/** The origin of an address, as it is copied from a browser: what stands behind it names a page. */
function originOf(typed) {
  const url = URL.canParse(typed) ? new URL(typed) : undefined;
  if (!/^https?:$/.test(url?.protocol ?? "")) throw new Plain(`--upstream takes an origin such as https://drive.example, not "${typed}"`);
  return url.origin;
}
