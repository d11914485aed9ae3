// Versions of TypeScript that are no packages of this project, whatever libraries a project names, without `skipLibCheck`.
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { mustRun, root } from "../../pkg-scripts/shell.mjs";
import { host } from "../packaging/host.mjs";
import { LIBRARIES, TYPES } from "../packaging/types.mjs";

for (const version of ["5.2", "5.4", "5.6", "5.9", "6", "7"]) {
  const ran = `${LIBRARIES.length} selections of libraries, \`skipLibCheck: false\``;
  host({ group: "types", name: `TypeScript ${version}`, ran, older: version !== "7" }, async (t, install) => {
    const directory = await install(TYPES, [`typescript@${version}`]);
    for (const name of ["@types/node", "undici-types"]) await cp(join(root, "node_modules", name), join(directory, "node_modules", name), { recursive: true });
    for (const [name, lib, types, file] of LIBRARIES) {
      // The oldest way of resolving, which knows no map of exports, is gone in version 7.
      for (const moduleResolution of version.startsWith("5") && file === "file.ts" ? ["Bundler", "Node10"] : ["Bundler"]) {
        await t.test(`${name}, ${moduleResolution}`, async () => {
          const compilerOptions = { target: "ES2022", module: "ESNext", moduleResolution, lib, types, strict: true, noEmit: true, skipLibCheck: false };
          await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, include: [file] }));
          await mustRun(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "."], { cwd: directory, show: "failure" });
        });
      }
    }
  });
}
