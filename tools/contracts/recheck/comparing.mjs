// One recorded decision against what CEL says, and the tests that a document carries.
import { canonical, CannotTell, Contract, ORDER, recordOf, sha256, worst } from "./judging.mjs";

export const FORM = "relief/decision/v1";
const DSSE = "DSSEv1";
const CORRECTION = "correction.declare";
const CODES = {
  deny: ["contract_denied"], hold: ["held"], flag: ["flagged"], allow: ["ok"],
};

const known = new Map();

// A document compiled once, however many decisions it made.
function contractOf(document) {
  const text = canonical(document);
  if (!known.has(text)) known.set(text, new Contract(document));
  return known.get(text);
}

// ---- one decision ----------------------------------------------------------------------------------

// {entry, leaf, differences: [text], untold: [text], contracts, rows}
export function recheck(decision) {
  const found = { entry: decision.entry, leaf: "", differences: [], untold: [], contracts: 0, rows: 0 };
  try {
    if (decision.form !== FORM) throw new CannotTell(`the form ${decision.form} is not known here`);
    if (!["A", "F"].includes(decision.nature)) throw new CannotTell(`nature ${decision.nature}`);
    compare(decision, found);
  } catch (error) {
    // What is broken is told as it is: a program that stops has not said that anything is right.
    found.untold.push(error instanceof CannotTell ? error.message : `this could not be read: ${error}`);
  }
  return found;
}

function compare(decision, found) {
  const raw = Buffer.from(decision.text);
  found.leaf = sha256(Buffer.from([0]), raw);
  const entry = JSON.parse(decision.text);
  if (canonical(entry) !== decision.text) {
    found.differences.push("the entry is no canonical JSON");
    return;
  }
  const { outcome } = entry;
  if (!Array.isArray(outcome.contracts)) {
    throw new CannotTell("what contracts said stands in the entry as a fingerprint of all of it");
  }
  if (outcome.contracts.length !== decision.judged.length) {
    const [a, b] = [outcome.contracts.length, decision.judged.length];
    found.differences.push(`the entry tells of ${a} contracts, ${b} are given`);
    return;
  }
  const own = statementOf(entry, decision.log);
  const settled = outcome.posted ?? outcome.voided ?? own.body.held;
  const told = outcome.contracts.map((record, n) =>
    compareRecord(record, decision.judged[n], { entry, own, settled }, found));
  compareOutcome({ outcome, own, told, nature: decision.nature, auto: entry.type === "auto" }, found);
}

// Kind, body and id of the statement in an entry: docs/spec/statement.md, docs/spec/entry.md.
function statementOf(entry, log) {
  if (entry.type === "auto") {
    const { kind, body } = entry.statement;
    return { kind, body, id: sha256("relief/auto/v1\0", canonical({ cause: entry.cause, log })) };
  }
  const { payload, payloadType: type } = entry.statement;
  const raw = Buffer.from(payload, "base64");
  const { kind, body } = JSON.parse(raw.toString("utf8"));
  const head = `${DSSE} ${Buffer.byteLength(type)} ${type} ${raw.length} `;
  return { kind, body, id: sha256(head, raw) };
}

function compareRecord(record, { document, rows, of }, { entry, own, settled }, found) {
  const differs = (text) => found.differences.push(`${record.id}: ${text}`);
  found.contracts += 1;
  found.rows += rows.length;
  const contract = contractOf(document);
  const about = new Set(rows.map((row) => row.it.statement));
  const isSettled = about.size === 1 && about.has(settled) && settled !== own.id;
  if (!isSettled && !(about.size === 1 && about.has(own.id))) differs("the rows are of another statement");
  for (const row of rows) {
    if (row.it.recorded !== entry.time) differs("a row is of another time");
  }
  if (!isSettled && own.kind !== CORRECTION && !document.kinds.includes(own.kind)) {
    differs(`it does not speak of ${own.kind}`);
  }
  if (document.kind !== "gate") differs("it is no gate");
  for (const text of wrongNumbers(rows, of, own.kind === CORRECTION, isSettled)) differs(text);
  if (!["shadow", "warn", undefined].includes(record.mode)) differs(`mode ${record.mode}`);
  const judged = rows.map((row) => [row.n, contract.decide(row)]);
  const [wanted] = waysToNumber(record, rows, of)
    .map((numbered) => recordOf(contract, judged, numbered))
    .sort((one, other) => partsThatDiffer(record, one).length - partsThatDiffer(record, other).length);
  if (wanted === null) differs("by CEL it does not apply");
  else partsThatDiffer(record, wanted).forEach(differs);
  return {
    enforces: record.mode === undefined,
    isSettled,
    outcome: record.outcome,
    error: judged.some(([, one]) => one.applies && one.error),
    covers: judged.filter(([, one]) => one.applies).map(([n]) => n),
    of,
  };
}

// All rows of a statement, each once and in order; of a correction those that this gate judged.
function wrongNumbers(rows, of, corrects, isSettled) {
  const wrong = [];
  if ((of === undefined) !== corrects) wrong.push("of a correction alone it is not said how many rows there are");
  if (of !== undefined && of !== rows.length) wrong.push(`${rows.length} rows are given of ${of}`);
  const inOrder = rows.every(({ n }, at) =>
    Number.isInteger(n) && n >= 0 && (at === 0 || n > rows[at - 1].n));
  const whole = corrects || isSettled || rows.every(({ n }, at) => n === at);
  if (!inOrder || !whole) wrong.push("the rows are not numbered in their order");
  return wrong;
}

// Whether rules stand with their rows. Rows of a correction are numbered over all its replacements, of
// which not all may be this gate's: of a single one only the rules tell, and, as a hash, either may be.
function waysToNumber(record, rows, of) {
  if (of !== undefined) return [of > 1];
  if (rows.length > 1) return [true];
  if (Object.hasOwn(record.rules, "sha256")) return [false, true];
  return [Object.values(record.rules).some((one) => typeof one === "object")];
}

function partsThatDiffer(record, wanted) {
  const found = [];
  if (wanted === null) return found;
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(record)])) {
    if (name === "mode") continue;
    const [there, here] = [record[name], wanted[name]];
    if (there !== undefined && here !== undefined) {
      if (canonical(there) === canonical(here)) continue;
      // Of a long outcome facts, then rules, stand as their hash.
      const hashed = name === "facts" || name === "rules";
      if (hashed && canonical(there) === canonical({ sha256: sha256(canonical(here)) })) continue;
    }
    const say = (value) => (value === undefined ? "nothing" : canonical(value));
    found.push(`${name}: the entry says ${say(there)}, CEL says ${say(here)}`);
  }
  return found;
}

// ---- what follows from all contracts together: docs/spec/judging.md ----------------------------------

function compareOutcome({ outcome, own, told, nature, auto }, found) {
  const enforcing = told.filter((one) => one.enforces);
  const all = worst(enforcing.map((one) => one.outcome));
  const mine = enforcing.filter((one) => !one.isSettled);
  const said = worst(mine.map((one) => one.outcome));
  const bad = (one) => one === "hold" || one === "deny";
  const wanted = { outcome: all };
  if (nature === "F" && bad(all)) Object.assign(wanted, { outcome: "flag", would: all });
  const letThrough = outcome.outcome === "flag" && outcome.code === "flagged" && outcome.would === undefined;
  if (nature === "A" && !auto && bad(said) && letThrough) {
    found.untold.push(`a ${said} that was let through: whether it was overridden stands elsewhere on the log`);
    return;
  }
  for (const name of ["outcome", "would"]) {
    if (outcome[name] !== wanted[name]) {
      found.differences.push(`${name}: the entry says ${outcome[name]}, the contracts say ${wanted[name]}`);
    }
  }
  const codes = codesOf({ outcome, own, mine, said, nature, all, auto });
  if (!codes.includes(outcome.code)) {
    found.differences.push(`code: the entry says ${outcome.code}, the contracts say ${codes.join(" or ")}`);
  }
}

function codesOf({ outcome, own, mine, said, nature, all, auto }) {
  const broken = outcome.breaches !== undefined || outcome.late !== undefined;
  if (nature === "F") return [said === "allow" && !broken ? "ok" : "flagged"];
  if (said === "deny" && mine.some((one) => one.error)) return ["contract_error"];
  if (said === "hold" && own.kind.startsWith("approval.")) return ["contract_denied"];
  if (said !== "allow") return CODES[said];
  if (broken || (outcome.posted !== undefined && all === "flag")) return ["flagged"];
  // A derived statement may be held for what its contract asks for; `no_gate`, unless every row was
  // judged by one that enforces.
  const codes = [...CODES.allow, ...(auto ? ["held"] : [])];
  const rows = new Set(mine.flatMap((one) => one.covers));
  const whole = mine.length > 0 && (mine[0].of === undefined || rows.size === mine[0].of);
  return whole ? codes : [...codes, "no_gate"];
}

// ---- the tests that a document carries ---------------------------------------------------------------

// [{name, differences}] of one document: docs/spec/contract-document.md, tests.
export function runCases(document) {
  const contract = contractOf(document);
  return document.tests.map((test) => ({ name: test.name, differences: runCase(contract, test) }));
}

// What CEL says of one test, in the words of `expect`, with the effects.
export function judgeCase(contract, test) {
  const { document } = contract;
  const given = merge(document.defaults ?? {}, test.given);
  const facts = {};
  for (const [name, form] of Object.entries(document.facts ?? {})) {
    if (Object.hasOwn(given, name)) facts[name] = given[name];
    else if (form.optional === true) facts[name] = {};
  }
  const view = { it: given.it, facts };
  let said = contract.decide(view);
  if (document.foreach !== undefined && said.applies && !said.error) {
    const foreach = document.foreach.as;
    said = contract.decide(view, { item: given[foreach] ?? {}, foreach });
  }
  return { ...said, word: !said.applies ? "skip" : said.error ? "error" : said.outcome };
}

function runCase(contract, test) {
  const { word, failed, effects } = judgeCase(contract, test);
  const { expect } = test;
  const outcome = typeof expect === "string" ? expect : ORDER.find((one) => Object.hasOwn(expect, one)) ?? "allow";
  const rules = typeof expect === "string" ? [] : expect[outcome] ?? [];
  const differences = [];
  if (word !== outcome) differences.push(`expected ${outcome}, CEL says ${word}`);
  const names = canonical(Object.keys(failed).sort());
  if (canonical([...rules].sort()) !== names) {
    differences.push(`rules: expected ${canonical(rules)}, CEL says ${names}`);
  }
  if (typeof expect === "object" && expect.effects !== undefined) {
    const wanted = expect.effects.map((one) => Object.entries(one)[0]);
    const same = wanted.length === effects.length && wanted.every(([verb, fields], n) =>
      verb === effects[n].verb && Object.entries(fields).every(([name, value]) =>
        canonical(effects[n].fields[name]) === canonical(value)));
    if (!same) {
      differences.push(`effects: expected ${canonical(expect.effects)}, CEL says ${canonical(effects)}`);
    }
  }
  return differences;
}

// Objects field by field, everything else as a whole.
function merge(below, above) {
  const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
  const merged = { ...below };
  for (const [name, value] of Object.entries(above)) {
    merged[name] = isObject(merged[name]) && isObject(value) ? merge(merged[name], value) : value;
  }
  return merged;
}
