// Checks a completeness report of pinfold offline: `node check-report.mjs FILE [ACCOUNT]`.
//
// None of pinfold's code is used, on purpose: what is checked here was written down in docs/reports.md. It rebuilds the text
// that was signed from the JSON, and checks the signature over it with the Ed25519 of node:crypto.
//
// Exit codes: 0 it was signed by the account it names (and by ACCOUNT, if that is given); 1 it was not, or is no report.
import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const FIRST_LINE = "pinfold completeness report, version 1";
// What stands before the 32 bytes of an Ed25519 key in the form that node:crypto reads (RFC 8410).
const SPKI = Buffer.from("302a300506032b6570032100", "hex");

/** Throws for what is no report, or was not signed by the account it names. */
export function checkReport(text, account) {
  const report = JSON.parse(text);
  if (report?.type !== "pinfold-completeness" || report.version !== 1) throw new Error("another kind of file, or another version");
  if (account !== undefined && report.account !== account) throw new Error(`it is of another account: ${report.account}`);
  const key = createPublicKey({ key: Buffer.concat([SPKI, bytes(report.account, 32)]), format: "der", type: "spki" });
  if (!verify(null, Buffer.from(signedText(report)), key, bytes(report.signature, 64))) throw new Error("it was not signed so by its account");
  return report;
}

/** The text that was signed, line by line as docs/reports.md says. */
export function signedText(report) {
  const lines = [
    FIRST_LINE,
    `account ${word(report.account)}`,
    `origin ${word(report.origin)}`,
    `begun ${whole(report.begun)}`,
    `made ${whole(report.made)}`,
    `complete ${yes(report.complete)}`,
  ];
  for (const { key, count, digest, server, confirmed } of report.lists) {
    lines.push(`list ${word(key)} ${whole(count)} ${word(digest)} ${maybe(server, word)} ${yes(confirmed)}`);
  }
  for (const { name, count } of report.findings) lines.push(`finding ${word(name)} ${whole(count)}`);
  if (report.rows === null) {
    lines.push("rows withheld");
  } else {
    let last = "";
    for (const { id, kind, state, head, time } of report.rows) {
      // Each once, in order: otherwise two readers could see two reports in one.
      if (!(word(id) > last)) throw new Error("its rows are not in order");
      last = id;
      lines.push(`row ${id} ${word(kind)} ${word(state)} ${maybe(head, word)} ${maybe(time, whole)}`);
    }
    lines.push(`rows ${report.rows.length}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** A word: visible ASCII, and not `-`, which stands for none. Nothing else may be in the signed text. */
function word(text) {
  if (typeof text !== "string" || text === "-" || !/^[!-~]{1,400}$/.test(text)) throw new Error("something is no word");
  return text;
}

function whole(number) {
  if (!Number.isSafeInteger(number) || number < 0) throw new Error("something is no whole number");
  return String(number);
}

function yes(value) {
  if (typeof value !== "boolean") throw new Error("something is neither true nor false");
  return value ? "yes" : "no";
}

function maybe(value, read) {
  return value === null ? "-" : read(value);
}

function bytes(base64, length) {
  const read = Buffer.from(word(base64), "base64");
  if (read.length !== length || read.toString("base64") !== base64) throw new Error("a key or a signature is malformed");
  return read;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const [path, account] = process.argv.slice(2);
  try {
    const report = checkReport(await readFile(path, "utf8"), account);
    const rows = report.rows === null ? "withheld" : report.rows.length;
    console.log(`signed by ${report.account}\nmade ${report.made} at ${report.origin}\n${report.complete ? "complete" : "NOT complete"}, ${rows} rows`);
  } catch (error) {
    console.error(`not a valid report: ${error.message}`);
    process.exitCode = 1;
  }
}
