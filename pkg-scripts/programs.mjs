// The programs that go out beside the tarball, as static Linux binaries: they need nothing of the machine but its kernel. `node
// pkg-scripts/programs.mjs DIR` builds them into a folder and tries each in an empty root.
import { constants } from "node:fs";
import { access, chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, main, mustRun, Plain, run, say } from "./shell.mjs";
import { ensureRust, remapping, targetDirectory } from "./tools.mjs";

/**
 * Each with what it is built with, and how it is tried: arguments, and what it says in an empty root, where there is nothing to work on. The
 * companion is without `serve` and `explore`, which are for tests.
 */
export const PROGRAMS = [
  { name: "pinfold-operator", crate: "pinfold-operator", features: [], tries: [[["--version"], /^pinfold-operator \d/], [["audit", "--base", "/nowhere"], /nowhere\/config\/config\.js: No such file/]] },
  {
    name: "pinfold-companion", crate: "pinfold-companion", features: ["--no-default-features", "--features", "lost"],
    // It resolves a name, from a file, and finds nobody there.
    tries: [[["--version"], /^pinfold-companion \d/], [["sync", "--origin", "http://nobody.example:9", "--user", "alice"], /net\/unreachable[^]*Connection refused/]],
  },
];

/** The targets that make static programs, the better one first: musl asks no other library at run time, glibc may (docs/cli.md). */
const TARGETS = [
  { target: "x86_64-unknown-linux-musl", linker: "musl-gcc" },
  { target: "x86_64-unknown-linux-gnu", linker: "cc" },
];

/** The first target that is installed here, with its C compiler. */
async function staticTarget() {
  const sysroot = await ask("rustc", ["--print", "sysroot"]);
  for (const one of TARGETS) {
    const standard = await access(join(sysroot, "lib/rustlib", one.target, "lib")).then(() => true, () => false);
    if (standard && (await ask(one.linker, ["--version"]))) return one;
  }
  throw new Plain("static programs are built on Linux with an x86-64 processor");
}

/** Builds all of them into `directory`; returns their paths. */
export async function buildPrograms(directory) {
  await ensureRust();
  const { target, linker } = await staticTarget();
  const flags = ["-C", "target-feature=+crt-static", ...remapping("--remap-path-prefix")];
  const files = [];
  await mkdir(directory, { recursive: true });
  for (const { name, crate, features } of PROGRAMS) {
    await mustRun("cargo", [
      "build", "--locked", "--package", crate, "--bin", name, ...features, "--profile", "native", "--target", target,
      "--config", `target.${target}.rustflags=${JSON.stringify(flags)}`, "--config", `target.${target}.linker=${JSON.stringify(linker)}`, "--config", 'profile.native.strip="symbols"',
    ], {
      label: `compiling ${name} as a static program (${target})`,
      // Parts that are compiled anew one by one depend on what was there before.
      env: { RUSTFLAGS: undefined, CARGO_INCREMENTAL: "0", CFLAGS: remapping("-ffile-prefix-map").join(" ") },
    });
    const file = join(directory, name);
    await copyFile(join(await targetDirectory(), target, "native", name), file);
    await chmod(file, 0o755);
    files.push(file);
  }
  return files;
}

/** Whether a file is a program for Linux that names no loader: then the kernel starts it by itself. */
export function isStatic(bytes) {
  const LOADER = 3;
  if (bytes.length < 64 || bytes.toString("latin1", 0, 5) !== "\x7fELF\x02") return false;
  const [table, size, count] = [Number(bytes.readBigUInt64LE(32)), bytes.readUInt16LE(54), bytes.readUInt16LE(56)];
  const kinds = Array.from({ length: count }, (_, at) => bytes.readUInt32LE(table + at * size));
  return count > 0 && !kinds.includes(LOADER);
}

/** What runs a command in another root: this user if it is allowed to, `sudo` without a question, or a namespace of its own. */
async function changeRoot() {
  if (process.getuid() === 0) return ["chroot"];
  for (const way of [["sudo", "-n", "chroot"], ["unshare", "--user", "--map-root-user", "chroot"]]) {
    if ((await ask(way[0], [...way.slice(1, -1), "true"])) !== undefined) return way;
  }
  throw new Plain("nobody here may change the root: run it as root, or with sudo");
}

/** Runs each in a folder that holds it alone, and a list of names. Throws where one is not static, or does not say what it should. */
export async function tryPrograms(files) {
  const [command, ...before] = await changeRoot();
  for (const { name, tries } of PROGRAMS) {
    const file = files.find((path) => path.endsWith(`/${name}`));
    if (!file) throw new Plain(`there is no ${name}`);
    if (!isStatic(await readFile(file))) throw new Plain(`${name} is no static program`);
    const empty = await mkdtemp(join(tmpdir(), "pinfold-root-"));
    try {
      await mkdir(join(empty, "etc"));
      await writeFile(join(empty, "etc/hosts"), "127.0.0.1 nobody.example\n");
      await copyFile(file, join(empty, name), constants.COPYFILE_FICLONE);
      for (const [args, says] of tries) {
        const { output } = await run(command, [...before, empty, `/${name}`, ...args], { show: "never", env: { PINFOLD_PASSWORD: "a password for tests" } });
        if (!says.test(output)) throw new Plain(`${name} ${args.join(" ")} in an empty root: ${output.trim() || "it said nothing"}`);
      }
    } finally {
      await rm(empty, { recursive: true, force: true });
    }
    say(`  ${name}: static, and runs in an empty root`);
  }
}

if (process.argv[1] === import.meta.filename) {
  await main(async () => {
    const [directory] = process.argv.slice(2);
    if (directory === undefined) throw new Plain("say a folder for the programs");
    await tryPrograms(await buildPrograms(directory));
  });
}
