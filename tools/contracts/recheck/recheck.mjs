// Decisions of a relief ledger, checked again by another engine of CEL, in another language.
//
//     npm install @bufbuild/cel@0.6.1
//     node recheck.mjs decisions.jsonl             what `relief contract decisions` has written
//     node recheck.mjs - < explanation.json        `relief contract explain N --replay --json`
//     node recheck.mjs --cases document.json       the tests that a contract document carries
//     node recheck.mjs --json ..                   the same as JSON
//
// Exit status: 0 all agree; 1 at least one is FALSE; 2 nothing is false, and at least one cannot be
// told. Specification: docs/spec/decision-file.md.
import { readFileSync } from "node:fs";

const { recheck, runCases } = await import("./comparing.mjs").catch((error) => {
  if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
  console.error("CANNOT TELL: the engine is not there: npm ci, or npm install @bufbuild/cel@0.6.1");
  process.exit(2);
});

const args = process.argv.slice(2);
const flags = new Set(args.filter((one) => one.startsWith("--")));
const files = args.filter((one) => !one.startsWith("--"));
const wrong = [...flags].filter((one) => one !== "--json" && one !== "--cases");
if (files.length === 0 || wrong.length > 0) {
  console.error("usage: node recheck.mjs [--json] [--cases] FILE.. (- is standard input)");
  process.exit(2);
}

let told;
try {
  const values = files.flatMap(read);
  told = flags.has("--cases") ? cases(values) : decisions(values);
} catch (error) {
  console.error(`CANNOT TELL: ${error.message}`);
  process.exit(2);
}
if (flags.has("--json")) console.log(JSON.stringify(told));
process.exitCode = told.false > 0 ? 1 : told.cannot_tell > 0 || told.checked === 0 ? 2 : 0;

// One JSON value, or one a line.
function read(file) {
  const text = readFileSync(file === "-" ? 0 : file, "utf8");
  try {
    return [JSON.parse(text)].flat();
  } catch {
    return text.split("\n").filter((line) => line.trim() !== "").map((line) => JSON.parse(line));
  }
}

function decisions(values) {
  const found = values.map((value) => recheck(value.decision ?? value));
  const bad = found.filter((one) => one.differences.length > 0);
  const untold = found.filter((one) => one.differences.length === 0 && one.untold.length > 0);
  const sum = (name) => found.reduce((total, one) => total + one[name], 0);
  for (const one of bad) for (const text of one.differences) say(`entry ${one.entry}: FALSE: ${text}`);
  for (const one of untold) for (const text of one.untold) say(`entry ${one.entry}: CANNOT TELL: ${text}`);
  const agree = found.length - bad.length - untold.length;
  say(`${found.length} decisions, ${sum("contracts")} verdicts of contracts on ${sum("rows")} rows: `
    + `${agree} agree, ${bad.length} FALSE, ${untold.length} cannot be told`);
  return {
    checked: found.length, agree, false: bad.length, cannot_tell: untold.length,
    contracts: sum("contracts"), rows: sum("rows"), decisions: found,
  };
}

function cases(values) {
  const found = values.map((value) => {
    const document = value.document ?? value;
    return { contract: document.contract, cases: runCases(document) };
  });
  const all = found.flatMap((one) => one.cases);
  const bad = all.filter((one) => one.differences.length > 0);
  for (const { contract, cases: some } of found) {
    for (const { name, differences } of some) {
      for (const text of differences) say(`${contract}, "${name}": FALSE: ${text}`);
    }
  }
  say(`${all.length} tests of ${found.length} contracts: ${all.length - bad.length} agree, ${bad.length} FALSE`);
  return { checked: all.length, agree: all.length - bad.length, false: bad.length, cannot_tell: 0, contracts: found };
}

function say(text) {
  if (!flags.has("--json")) console.log(text);
}
