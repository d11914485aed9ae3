// `npm run docs`: README, the documents, a page for each error code and the reference of the types as a site, in target/docs-site.
// VitePress makes it, and TypeDoc the reference; both come from the registry into a folder below the target directory, with their versions
// fixed here: nobody who only builds or tests the package has to have them. A link that leads nowhere fails. Options: --base PATH, where the
// site will be served ("/" without). Its live examples are made by live.mjs.
import { cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, posix, relative } from "node:path";
import { parseArgs } from "node:util";
import { buildPackage } from "./build.mjs";
import { copyLive, withLive } from "./live.mjs";
import { main, mustRun, Plain, root, say } from "./shell.mjs";
import { fromNpm, targetDirectory } from "./tools.mjs";

const TOOLS = ["vitepress@1.6.4", "typedoc@0.28.20", "typedoc-plugin-markdown@4.14.1", "typescript@6.0.3"];
const REPOSITORY = "https://github.com/pinfold/pinfold/blob/main/";

/** What a program can import and has names: the reference describes them. */
const ENTRIES = ["index", "inline", "recovery", "inspect", "testing"].map((name) => join(root, `dist/${name}.d.ts`));

/** What is in the site: the documents of the root, `docs` and `examples`, as paths from the root. */
export async function sources() {
  const inside = async (folder) => (await readdir(join(root, folder), { recursive: true })).map((name) => `${folder}/${name}`);
  const all = [...(await readdir(root)), ...(await inside("docs")), "examples/README.md"];
  return all.filter((name) => name.endsWith(".md")).sort();
}

/** Links to what is no page of the site lead to the repository. `isPage` is asked for paths from the root. */
export function withLinks(file, text, isPage) {
  return text.replaceAll(/\]\((?!https?:|#|mailto:)([^)\s#]+)(#[^)\s]*)?\)/g, (whole, target, anchor = "") => {
    const path = posix.normalize(posix.join(posix.dirname(file), target));
    return isPage(path) || /\.(png|svg)$/.test(path) ? whole : `](${REPOSITORY}${path}${anchor})`;
  });
}

/** What stands at the side: a first line of its own for each document. */
async function sidebar(files, reference) {
  const titleOf = async (file) => (await readFile(join(root, file), "utf8")).match(/^# `?(.*?)`?$/m)?.[1] ?? file;
  const items = async (names) => Promise.all(names.map(async (name) => ({ text: await titleOf(name), link: `/${name.replace(/(README)?\.md$/, "")}` })));
  const inDocs = files.filter((name) => /^docs\/[^/]+\.md$/.test(name));
  return [
    { text: "Start", items: await items(["README.md", "docs/first-pin.md", "docs/coming-from-cryptpad.md", "docs/session.md", "docs/events.md", "docs/workers.md", "examples/README.md", "docs/hosts.md", "docs/testing.md", "docs/inspecting.md", "docs/unreadable-folders.md", "docs/mailbox.md", "docs/recovery.md", "docs/versioning.md", "SECURITY.md"]) },
    { text: "Reference", items: [...reference, ...(await items(["docs/errors/README.md", "docs/cli.md", "docs/reports.md", "CHANGELOG.md"]))] },
    { text: "Operating", items: await items(["docs/operators.md", "docs/OPERATIONS.md"]) },
    { text: "Inside", collapsed: true, items: await items(["ARCHITECTURE.md", "CONTRIBUTING.md", ...inDocs.filter((name) => !/first-pin|coming-from|session|events|workers|versioning|hosts|testing|inspecting|unreadable|mailbox|recovery|cli|reports|operators|OPERATIONS/.test(name))]) },
    { text: "Decisions", collapsed: true, items: await items(files.filter((name) => name.startsWith("docs/adr/"))) },
  ];
}

/** The site of the package that is in dist, to be served below `base`. */
export async function makeSite({ base = "/", name = "docs-site" } = {}) {
  const target = await targetDirectory();
  const tools = await fromNpm("docs-site", TOOLS, "VitePress and TypeDoc, which make the site");
  const source = join(target, "docs-source");
  await rm(source, { recursive: true, force: true });
  const files = await sources();
  const isPage = (path) => files.includes(path);
  for (const file of files) {
    await mkdir(dirname(join(source, file)), { recursive: true });
    await writeFile(join(source, file), withLinks(file, withLive(file, await readFile(join(root, file), "utf8")), isPage));
  }
  await cp(join(root, "docs/images"), join(source, "docs/images"), { recursive: true });

  await writeFile(join(source, "tsconfig.json"), JSON.stringify({ compilerOptions: { lib: ["ES2022", "ESNext.Disposable", "DOM"], module: "NodeNext", skipLibCheck: true, types: [] }, files: ENTRIES }));
  await mustRun(process.execPath, [join(tools, "typedoc/bin/typedoc"), "--tsconfig", join(source, "tsconfig.json"), "--plugin", join(tools, "typedoc-plugin-markdown/dist/index.js"),
    "--entryPoints", ...ENTRIES, "--out", join(source, "reference"), "--readme", "none", "--hideBreadcrumbs", "--disableSources", "--logLevel", "Error"],
  { label: "the reference of the types", cwd: source, show: "failure" });

  const live = await copyLive(join(source, "public"));
  await cp(join(root, "www/demo/favicon.svg"), join(source, "public/favicon.svg"));
  const config = {
    title: "pinfold", description: "Every folder settled before a pin is given up.", base, outDir: join(target, name), cacheDir: join(target, "docs-cache"),
    rewrites: { "README.md": "index.md", "docs/errors/README.md": "docs/errors/index.md", "examples/README.md": "examples/index.md", "reference/README.md": "reference/index.md" },
    themeConfig: { search: { provider: "local" }, sidebar: await sidebar(files, [{ text: "Types", link: "/reference/" }]), outline: "deep" },
    // The usual themes have a red and a grey that are hard to read on the colour of a block.
    markdown: { theme: { light: "github-light-high-contrast", dark: "github-dark-default" } },
    head: [["link", { rel: "icon", href: `${base}favicon.svg` }], ["script", { type: "module", src: `${base}${live}/live-example.js` }]],
  };
  await mkdir(join(source, ".vitepress"), { recursive: true });
  await writeFile(join(source, ".vitepress/config.mjs"), `export default {
  ...${JSON.stringify(config, null, 2)},
  vue: { template: { compilerOptions: { isCustomElement: (tag) => tag === "live-example" } } },
};\n`);
  await mustRun(process.execPath, [join(tools, "vitepress/bin/vitepress.js"), "build", source], { label: "the site", show: "failure" });
  say(`${files.length} documents and the reference: ${relative(root, join(target, name))}/index.html`);
  return join(target, name);
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const { values } = parseArgs({ options: { base: { type: "string" } } });
    // Before minutes of building.
    if (!/^\/(.*\/)?$/.test(values.base ?? "/")) throw new Plain(`--base begins and ends with "/": "${values.base}" does not`);
    await buildPackage();
    await makeSite(values);
  });
}
