// What the other scripts need on the machine. Each function makes sure of one thing: it installs what it can, and says
// in one line what a person has to do about the rest.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { ask, mustRun, Plain, root, say } from "./shell.mjs";

const WASM_TARGET = "wasm32-unknown-unknown";

const once = new Map();
/** Runs `body` at most once in this process. */
function remembered(name, body) {
  if (!once.has(name)) once.set(name, body());
  return once.get(name);
}

/** The pinned Rust toolchain with its wasm target, and a linker. */
export const ensureRust = () => remembered("rust", async () => {
  await ensureLinker();
  if (await rustIsReady()) return;
  if (!(await ask("rustup", ["--version"]))) {
    const version = await ask("rustc", ["--version"]);
    throw new Plain(version
      ? `${version} has no ${WASM_TARGET} target, and there is no rustup to add it. Install Rust from https://rustup.rs`
      : "Rust is missing. Install it from https://rustup.rs");
  }
  await mustRun("rustup", ["toolchain", "install", "--no-self-update"], { label: "installing the Rust toolchain that rust-toolchain.toml names" });
  if (!(await rustIsReady())) throw new Plain(`the Rust toolchain of rust-toolchain.toml cannot build for ${WASM_TARGET}`);
});

async function rustIsReady() {
  const sysroot = await ask("rustc", ["--print", "sysroot"]);
  return sysroot !== undefined && existsSync(join(sysroot, "lib/rustlib", WASM_TARGET)) && (await ask("cargo", ["--version"])) !== undefined;
}

async function ensureLinker() {
  if (process.platform !== "linux" || (await ask("cc", ["--version"]))) return;
  await aptInstall(["gcc", "libc6-dev"], "a C linker (Rust needs one)");
}

/** Where cargo puts what it builds. */
export const targetDirectory = () => remembered("target", async () => {
  const metadata = await mustRun("cargo", ["metadata", "--no-deps", "--format-version", "1", "--offline"], { show: "never" })
    .catch(() => mustRun("cargo", ["metadata", "--no-deps", "--format-version", "1"], { show: "never" }));
  return JSON.parse(metadata.output.slice(metadata.output.indexOf("{"))).target_directory;
});

/** How a compiler is to name the directories of this machine, by an option of its: so another machine makes the same bytes. */
export function remapping(option) {
  return [[root, "/pinfold"], [process.env.CARGO_HOME ?? join(homedir(), ".cargo"), "/cargo"]].map(([from, to]) => `${option}=${from}=${to}`);
}

/** The npm packages of package-lock.json. */
export const ensureNodeModules = () => remembered("npm", async () => {
  const lock = join(root, "package-lock.json");
  const stamp = join(root, "node_modules/.pinfold-lock");
  const wanted = createHash("sha256").update(await readFile(lock)).digest("hex");
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted) return;
  await mustRun("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { label: "installing the npm packages", show: "failure" });
  await writeFile(stamp, wanted);
});

/**
 * What makes the glue of a WebAssembly file, of the version that Cargo.lock names. Returns the command for a file, a directory and
 * a name. A `wasm-bindgen` that is there does it; otherwise the small program over its library, which has less to compile.
 */
export const ensureBindings = () => remembered("bindings", async () => {
  const version = await lockedVersion("wasm-bindgen");
  // It may be on its way: then there is nothing to compile here.
  await once.get("test-runner")?.catch(() => {});
  const installed = await installedBindgen(version);
  if (installed) {
    return (wasm, directory, name) => [installed.bindgen, ["--target", "web", "--omit-default-module-path", "--out-dir", directory, "--out-name", name, wasm]];
  }
  const sources = join(root, "pkg-scripts/bindings");
  const pinned = (await readFile(join(sources, "Cargo.toml"), "utf8")).match(/wasm-bindgen-cli-support = "=([^"]+)"/)?.[1];
  if (pinned !== version) throw new Plain(`pkg-scripts/bindings is for wasm-bindgen ${pinned}, and Cargo.lock names ${version}`);
  const made = createHash("sha256");
  for (const file of ["Cargo.lock", "src/main.rs"]) made.update(await readFile(join(sources, file)));
  const directory = join(await targetDirectory(), "tools", `bindings-${made.digest("hex").slice(0, 12)}`);
  const program = join(directory, "release/pinfold-bindings");
  if (!existsSync(program)) {
    await mustRun("cargo", ["build", "--release", "--locked", "--quiet", "--manifest-path", join(sources, "Cargo.toml"), "--target-dir", directory], {
      label: `building what makes the bindings, over wasm-bindgen ${version} (once)`,
      env: { RUSTFLAGS: undefined },
    });
    // What it was made from is not needed again.
    await Promise.all(["deps", "build", ".fingerprint"].map((name) => rm(join(directory, "release", name), { recursive: true, force: true })));
  }
  return (wasm, out, name) => [program, [wasm, out, name]];
});

/** `wasm-bindgen` with its test runners, of the version that Cargo.lock names: what `npm test` needs. */
export const ensureTestRunner = () => remembered("test-runner", async () => {
  await ensureRust();
  const version = await lockedVersion("wasm-bindgen");
  const installed = await installedBindgen(version);
  if (installed) return installed.testRunner;
  const directory = await bindgenDirectory(version);
  await mkdir(directory, { recursive: true });
  // Not --locked: the lock file of this release names a crate version that was withdrawn.
  await mustRun("cargo", ["install", "wasm-bindgen-cli", "--version", version, "--root", directory, "--quiet"], {
    label: `building wasm-bindgen ${version} with its test runner (once, about two minutes)`,
    cwd: directory,
  });
  return (await installedBindgen(version)).testRunner;
});

/** On the machine, or installed by us before. */
async function installedBindgen(version) {
  if ((await ask("wasm-bindgen", ["--version"])) === `wasm-bindgen ${version}`) {
    return { bindgen: "wasm-bindgen", testRunner: "wasm-bindgen-test-runner" };
  }
  const bin = join(await bindgenDirectory(version), "bin");
  if (!existsSync(join(bin, "wasm-bindgen"))) return undefined;
  return { bindgen: join(bin, "wasm-bindgen"), testRunner: join(bin, "wasm-bindgen-test-runner") };
}

async function bindgenDirectory(version) {
  return join(await targetDirectory(), "tools", `wasm-bindgen-${version}`);
}

async function lockedVersion(crate) {
  const lock = await readFile(join(root, "Cargo.lock"), "utf8");
  const found = lock.match(new RegExp(`name = "${crate}"\\nversion = "([^"]+)"`));
  if (!found) throw new Plain(`Cargo.lock names no ${crate}`);
  return found[1];
}

/** A Chromium for the tests; `PINFOLD_CHROMIUM` overrides the search. */
export const ensureChromium = () => remembered("chromium", async () => {
  const find = () => firstOf([process.env.PINFOLD_CHROMIUM, "chromium", "chromium-browser", "google-chrome"]);
  const found = await find();
  if (found) return found;
  await aptInstall(["chromium"], "Chromium (for the browser tests)");
  return (await find()) ?? fail("Chromium is missing: install it, or name it in PINFOLD_CHROMIUM");
});

/** The driver through which wasm-bindgen's test runner talks to Chromium. */
export const ensureChromedriver = () => remembered("chromedriver", async () => {
  const find = () => firstOf([process.env.CHROMEDRIVER, "chromedriver"]);
  const found = await find();
  if (found) return found;
  await aptInstall(["chromium-driver"], "chromedriver (for the WebAssembly tests in Chromium)");
  return (await find()) ?? fail("chromedriver is missing: install it, or name it in CHROMEDRIVER");
});

/**
 * Firefox and WebKit for the tests of engines, and a screen that nobody sees for the second, which has no headless form. Returns the
 * environment variables that name them; each may be set beforehand.
 */
export const ensureEngines = () => remembered("engines", async () => {
  const wanted = [
    { variable: "PINFOLD_FIREFOX", package: "firefox-esr", find: () => firstOf([process.env.PINFOLD_FIREFOX, "firefox-esr", "firefox"]) },
    { variable: "PINFOLD_WEBKIT_DRIVER", package: "webkit2gtk-driver", find: () => firstOf([process.env.PINFOLD_WEBKIT_DRIVER, "WebKitWebDriver"]) },
    { variable: "PINFOLD_MINIBROWSER", package: "webkit2gtk-driver", find: async () => process.env.PINFOLD_MINIBROWSER ?? miniBrowser() },
    { variable: "PINFOLD_XVFB", package: "xvfb", find: () => firstOf([process.env.PINFOLD_XVFB, "Xvfb"]) },
  ];
  const look = async () => Promise.all(wanted.map(async (one) => ({ ...one, path: await one.find() })));
  const missing = (found) => found.filter(({ path }) => path === undefined);
  const packages = missing(await look()).map((one) => one.package);
  if (packages.length > 0) await aptInstall([...new Set(packages)], "Firefox and WebKit (for the tests of engines)");
  const found = await look();
  for (const one of missing(found)) fail(`${one.package} is missing: install it, or name its program in ${one.variable}`);
  return Object.fromEntries(found.map(({ variable, path }) => [variable, path]));
});

/** WebKitGTK's small browser stands beside its library, in a directory that has the name of the machine in it. */
async function miniBrowser() {
  const listed = await ask("sh", ["-c", "dpkg -L webkit2gtk-driver libwebkitgtk-6.0-4 libwebkit2gtk-4.1-0 2>/dev/null | grep '/MiniBrowser$' | head -n 1"]);
  return listed || undefined;
}

/**
 * An S3-compatible server that knows "if absent only": moto, from PyPI. Returns the program.
 */
export const ensureMoto = () => remembered("moto", async () => join(await fromPyPI("moto-5.2.5", ["moto[s3]==5.2.5", "flask==3.1.3", "flask-cors==6.0.5"], "moto, the S3-compatible server of the tests"), "moto_server"));

/** Programs that PyPI's packages hold as they are: `typos` reads the spelling, `check-jsonschema` the workflows (it brings their schemas). */
export const ensureReaders = () => remembered("readers", async () => {
  const programs = await fromPyPI("readers", ["typos==1.52.0", "check-jsonschema==0.39.0"], "typos and check-jsonschema, which read spelling and workflows");
  return { typos: join(programs, "typos"), checkJsonschema: join(programs, "check-jsonschema") };
});

/** These packages in a folder of their own below the target directory, installed once. Returns the folder of their programs. */
async function fromPyPI(name, wanted, what) {
  const directory = join(await targetDirectory(), "tools", name);
  const stamp = join(directory, ".pinfold");
  const programs = join(directory, "bin");
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted.join(" ")) return programs;
  if (!(await ask("python3", ["-m", "ensurepip", "--version"]))) await aptInstall(["python3", "python3-venv"], `Python with venv (for ${what})`);
  await mustRun("python3", ["-m", "venv", "--clear", directory], { label: `making a folder for ${what}`, show: "failure" });
  await mustRun(join(programs, "pip"), ["install", "--quiet", "--disable-pip-version-check", ...wanted], { label: "installing it from PyPI (once)", show: "failure" });
  await writeFile(stamp, wanted.join(" "));
  return programs;
}

/** These packages in a folder of their own below the target directory, installed once. Returns its `node_modules`. */
export async function fromNpm(name, wanted, what) {
  const directory = join(await targetDirectory(), "tools", name);
  const stamp = join(directory, ".pinfold");
  const modules = join(directory, "node_modules");
  if ((await readFile(stamp, "utf8").catch(() => "")) === wanted.join(" ")) return modules;
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "package.json"), '{ "private": true }');
  await mustRun("npm", ["install", "--no-audit", "--no-fund", "--loglevel=error", ...wanted], { cwd: directory, label: `installing ${what} (once)`, show: "failure" });
  await writeFile(stamp, wanted.join(" "));
  return modules;
}

async function firstOf(names) {
  for (const name of names) {
    const path = name && (await ask("sh", ["-c", 'command -v "$1"', "sh", name]));
    if (path) return path;
  }
  return undefined;
}

/** One at a time: apt locks its lists, and a step may begin to install before its turn. */
let aptIsFree = Promise.resolve();

function aptInstall(packages, what) {
  const installed = aptIsFree.then(() => aptInstallNow(packages, what));
  aptIsFree = installed.catch(() => {});
  return installed;
}

async function aptInstallNow(packages, what) {
  const apt = process.platform === "linux" && process.getuid() === 0 && (await firstOf(["apt-get"]));
  if (!apt) fail(`${what} is missing. On Debian: sudo apt-get install ${packages.join(" ")}`);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const install = () => mustRun(apt, ["install", "-y", "--no-install-recommends", ...packages], { label: `installing ${what}`, show: "failure", env });
  await install().catch(async () => {
    await mustRun(apt, ["update"], { label: "refreshing the package lists", show: "failure", env });
    await install();
  });
}

function fail(text) {
  throw new Plain(text);
}

if (process.argv[1] === import.meta.filename) {
  for (const ensure of [ensureRust, ensureNodeModules, ensureBindings]) await ensure();
  say("Everything that `npm start` needs is here.");
}
