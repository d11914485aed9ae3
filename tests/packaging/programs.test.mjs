// Programs for this Node beside the plain one of packaging.test.mjs. Other versions, Deno, Bun and workerd: tests/hosts.
import { test } from "node:test";
import { project } from "./project.mjs";
import { checkProgram, PROGRAMS } from "./programs.mjs";

test("Node, required from CommonJS", async (t) => checkProgram(t, await project(t, PROGRAMS), process.execPath, ["main.cjs"]));

test("Node, in a thread of worker_threads", async (t) => checkProgram(t, await project(t, PROGRAMS), process.execPath, ["threads.js"]));
