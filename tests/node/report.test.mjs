// The offline checker in JavaScript, on the report that the product made (examples/check-report/tests/check.rs holds that it
// is what the product writes), and on changed ones.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkReport, signedText } from "../../examples/check-report-js/check-report.mjs";

const examples = new URL("../../examples/", import.meta.url);
const kept = await readFile(new URL("report.json", examples), "utf8");
const { account } = JSON.parse(kept);

test("a report of the product is valid, for its account alone", () => {
  assert.equal(checkReport(kept, account).rows.length, 3);
  assert.throws(() => checkReport(kept, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), /another account/);
  assert.match(signedText(JSON.parse(kept)), /^pinfold completeness report, version 1\naccount \S+\n(?:.+\n)*rows 3\n$/);
});

test("no word of it can be changed, no row left out, added or moved", () => {
  const changed = (change) => {
    const report = JSON.parse(kept);
    change(report);
    return JSON.stringify(report);
  };
  for (const change of [
    (report) => { report.complete = false; },
    (report) => { report.made += 1; },
    (report) => { report.origin = "https://pad.example.com"; },
    (report) => { report.rows[1].state = "read"; },
    (report) => { report.rows[0].head = `x${report.rows[0].head.slice(1)}`; },
    (report) => { report.rows[0].time = null; },
    (report) => { report.rows.pop(); },
    (report) => { report.rows = null; },
    (report) => { report.rows.reverse(); },
    (report) => { report.rows.push({ ...report.rows[0], id: "d" }); },
    (report) => { report.rows[0].id = "a document"; },
    (report) => { report.lists[0].confirmed = false; },
    (report) => { report.findings = []; },
    (report) => { report.findings[0].name = "document-missing 1\nfinding other"; },
    (report) => { report.version = 2; },
    (report) => { report.signature = report.signature.replace(/^./, (first) => (first === "A" ? "B" : "A")); },
    (report) => { delete report.signature; },
  ]) assert.throws(() => checkReport(changed(change)), Error, String(change));
  for (const text of ["", "null", "[]", "{}"]) assert.throws(() => checkReport(text), Error, text);
});

test("the program says so, and its exit code too", async () => {
  const program = fileURLToPath(new URL("check-report-js/check-report.mjs", examples));
  const run = (...more) => promisify(execFile)(process.execPath, [program, ...more]);
  const { stdout } = await run(fileURLToPath(new URL("report.json", examples)), account);
  assert.match(stdout, /^signed by .+\nmade \d+ at https:\/\/pad\.example\.org\ncomplete, 3 rows\n$/);
  await assert.rejects(run(program), /not a valid report/);
});

test("both checkers are shorter than 200 lines, and know nothing of pinfold's code", async () => {
  for (const [path, libraries] of [["check-report/src/main.rs", /^use (ed25519_dalek|serde_json|std)::/], ["check-report-js/check-report.mjs", /^import .* from "node:/]]) {
    const lines = (await readFile(new URL(path, examples), "utf8")).split("\n");
    assert.ok(lines.length < 200, path);
    for (const line of lines.filter((line) => /^(use|import) /.test(line))) assert.match(line, libraries);
  }
});
