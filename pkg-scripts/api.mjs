// The public API as text, under version control: a change of it is a difference that a reviewer sees.
// `npm run api` compares what is in dist/ with api/*.api.md; `npm run api -- --write` makes them anew.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { Extractor, ExtractorConfig } from "@microsoft/api-extractor";
import { main, Plain, root, run, say } from "./shell.mjs";

/** What a program can import, and the report of each. `pinfold/worker` exports nothing. */
const ENTRIES = { "pinfold.api.md": "dist/index.d.ts", "recovery.api.md": "dist/recovery.d.ts", "inspect.api.md": "dist/inspect.d.ts", "testing.api.md": "dist/testing.d.ts" };
const REPORTS = join(root, "api");

/**
 * The report of one file of declarations: every exported name with all that it refers to, sorted by name, without the texts of its
 * comments. `@microsoft/api-extractor`, because it follows re-exports and inferred types as the compiler does, and is kept by
 * the makers of TypeScript's larger projects. `packageFile`: the package's `package.json`.
 */
export async function reportOf(declarations, packageFile = join(root, "package.json")) {
  const folder = await mkdtemp(join(tmpdir(), "pinfold-api-"));
  const quiet = { default: { logLevel: "none" } };
  const compilerOptions = { target: "ES2022", module: "ESNext", moduleResolution: "Bundler", lib: ["ES2022"], types: [], strict: true, skipLibCheck: false };
  try {
    const config = ExtractorConfig.prepare({
      packageJsonFullPath: packageFile,
      configObjectFullPath: undefined,
      configObject: {
        projectFolder: join(packageFile, ".."),
        mainEntryPointFilePath: declarations,
        compiler: { overrideTsconfig: { compilerOptions, files: [declarations] } },
        apiReport: { enabled: true, reportFolder: folder, reportTempFolder: join(folder, "seen"), reportFileName: "report.api.md", includeForgottenExports: true },
        docModel: { enabled: false },
        dtsRollup: { enabled: false },
        tsdocMetadata: { enabled: false },
        newlineKind: "lf",
        messages: { compilerMessageReporting: { default: { logLevel: "error" } }, extractorMessageReporting: quiet, tsdocMessageReporting: quiet },
      },
    });
    const faults = [];
    const messageCallback = (message) => {
      message.handled = true;
      if (message.logLevel === "error") faults.push(message.text);
    };
    const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback });
    if (!succeeded && faults.length > 0) throw new Plain(`${basename(declarations)}: ${faults.join("\n")}`);
    const text = await readFile(join(folder, "report.api.md"), "utf8");
    // Which members have no comment is no part of the API.
    return text.replaceAll(/^ *\/\/ \(undocumented\)\n/gm, "").replaceAll(/ ?\/\/ \(undocumented\)$/gm, "").replaceAll(" (undocumented)", "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The lines in which two texts differ, as `diff` prints them; "" where they do not. */
export async function difference(kept, seen) {
  if (kept === seen) return "";
  const folder = await mkdtemp(join(tmpdir(), "pinfold-api-"));
  try {
    const [before, after] = [join(folder, "before"), join(folder, "after")];
    await Promise.all([writeFile(before, kept), writeFile(after, seen)]);
    const { output } = await run("diff", ["-U2", "--label", "under version control", "--label", "as built", before, after], { show: "never" });
    return output.trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function compare({ write }) {
  await mkdir(REPORTS, { recursive: true });
  let changed = 0;
  for (const [name, declarations] of Object.entries(ENTRIES)) {
    const seen = await reportOf(join(root, declarations));
    const file = join(REPORTS, name);
    const kept = await readFile(file, "utf8").catch(() => "");
    if (write) await writeFile(file, seen);
    else if (kept !== seen) {
      changed += 1;
      say(await difference(kept, seen));
    }
    say(`api/${name}: ${seen.match(/^export /gm)?.length ?? 0} exports${write && kept !== seen ? ", written anew" : ""}`);
  }
  if (changed > 0) throw new Plain("the public API is not the one that api/ holds. If that is wanted: `npm run api -- --write`, and a line in CHANGELOG.md");
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => compare(parseArgs({ options: { write: { type: "boolean" } } }).values));
}
