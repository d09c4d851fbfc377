// A contract document judged in JavaScript, and the record that must stand in an entry.
//
// The steps are those of docs/spec/contract-document.md (judging) and docs/spec/judging.md (in the
// entry): `where`, every `let` after what it reads, every rule, the worst of those that fail; an error
// denies. Nothing here comes from the Python side but the document, `it`, and the facts.
import { createHash } from "node:crypto";

import { compile, fromCel, isCelError, missing, toCel } from "./rcel.mjs";

export const ORDER = ["allow", "flag", "hold", "deny"];
const SAID = ["flag", "hold", "deny", "error"];
const TEXT_MAX = 128;
const FACTS_MAX = 640;
const INT_MAX = 9007199254740991n;

// What this program does not know how to judge: never taken for right, never for wrong.
export class CannotTell extends Error {}

// ---- canonical JSON (docs/spec/canonical-json.md) --------------------------------------------------

export function canonical(value) {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "boolean":
      return String(value);
    case "bigint":
      return value.toString();
    case "number":
      // Beyond 2^53 a number of JSON is not what was written.
      if (!Number.isSafeInteger(value)) throw new CannotTell(`${value} is no integer within 2^53-1`);
      return String(value);
  }
  if (value === null) throw new CannotTell("null");
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(",")}}`;
}

export const sha256 = (...parts) => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
};

export const documentHash = (document) => sha256("relief/contract/v1\0", canonical(document));

// ---- one contract ----------------------------------------------------------------------------------

// Fields of effects are held against their types (docs/spec/contract-document.md, effects; named types
// in docs/spec/facts.md). Gates have the last four verbs.
const text = (value) => typeof value === "string";
const whole = (low, high) => (value) => typeof value === "bigint" && low <= value && value <= high;
const money = whole(0n, INT_MAX);
const span = whole(0n, 31_622_400n);
const quantity = whole(1n, 1_000_000_000n);
export const VERBS = {
  pay: { to: text, amount: money, fund: text, purpose: text },
  transfer: { from: text, to: text, item: text, qty: quantity },
  request_transfer: { from: text, to: text, mass: money },
  reserve: { site: text, item: text, qty: quantity, expires_in: span },
  open_approval: { subject: text, min_orgs: whole(1n, 9n), expires_in: span },
  raise_alert: { code: text, subject: text },
  notify: { to: text, code: text, subject: text },
  set_flag: { subject: text, flag: text, on: (value) => typeof value === "boolean" },
};

// A document made ready to judge.
export class Contract {
  constructor(document) {
    if (document.engine !== "rcel/1") throw new CannotTell(`engine ${document.engine}`);
    this.document = document;
    this.hash = documentHash(document);
    this.facts = Object.keys(document.facts ?? {});
    this.params = Object.entries(document.params ?? {}).map(([name, one]) => [name, toCel(one.value)]);
    this.where = compile(document.where ?? "true");
    this.lets = inOrder(document.let ?? {});
    this.rules = (document.rules ?? []).map((rule) => ({
      id: rule.id, require: compile(rule.require), otherwise: rule.else ?? "deny",
    }));
    this.effects = (document.effects ?? []).map(effectOf);
    const all = [
      this.where, ...this.lets.map(([, one]) => one), ...this.rules.map((rule) => rule.require),
      ...this.effects.flatMap((effect) => [effect.when, ...effect.fields.map(([, one]) => one)]),
    ];
    const paths = new Set(all.flatMap((one) => [...one.reads]));
    this.reads = [...paths].filter((path) => this.facts.includes(path.split(".")[0])).sort();
  }

  // `it`, `facts` and `item` are JSON; `failed`: name of a fact -> why there is none.
  decide({ it, facts = {}, failed = {} }, { item, foreach = "" } = {}) {
    const values = Object.fromEntries(this.params);
    if (it !== undefined) values.it = toCel(it);
    for (const name of this.facts) {
      if (Object.hasOwn(facts, name)) values[name] = toCel(facts[name]);
      else values[name] = missing(failed[name] ?? "fact_missing");
    }
    if (item !== undefined) values[foreach] = toCel(item);
    const said = {
      applies: true, outcome: "allow", failed: {}, effects: [], error: false, read: this.readIn(facts),
    };
    if (item === undefined) {
      const applies = this.where.evaluate(values);
      if (isCelError(applies)) return { ...said, outcome: "deny", error: true };
      if (applies !== true) return { ...said, applies: false, read: {} };
      if (this.document.foreach !== undefined) return said;
    }
    for (const [name, one] of this.lets) {
      values[name] = one.evaluate(values);
      said.error ||= isCelError(values[name]);
    }
    for (const rule of this.rules) {
      const holds = rule.require.evaluate(values);
      said.error ||= isCelError(holds);
      if (isCelError(holds)) said.failed[rule.id] = "error";
      else if (holds !== true) said.failed[rule.id] = rule.otherwise;
    }
    said.outcome = worst(Object.values(said.failed).filter((one) => one !== "error"));
    if (!said.error && said.outcome !== "deny") this.fire(values, said);
    if (said.error) said.outcome = "deny";
    return said;
  }

  // Effects that happen; none where one of them has no value.
  fire(values, said) {
    for (const { id, verb, when, fields } of this.effects) {
      const fires = when.evaluate(values);
      if (isCelError(fires)) said.error = true;
      if (fires !== true) continue;
      const found = fields.map(([name, one]) => [name, one.evaluate(values)]);
      const fit = ([name, one]) => !isCelError(one) && VERBS[verb][name](one);
      if (!found.every(fit)) said.error = true;
      else said.effects.push({ id, verb, fields: Object.fromEntries(found.map(([n, v]) => [n, fromCel(v)])) });
    }
    if (said.error) said.effects = [];
  }

  readIn(facts) {
    const read = {};
    for (const path of this.reads) {
      let value = facts;
      for (const name of path.split(".")) {
        const there = value !== null && typeof value === "object" && !Array.isArray(value);
        value = there && Object.hasOwn(value, name) ? value[name] : undefined;
      }
      if (value !== undefined) read[path] = value;
    }
    return read;
  }
}

function effectOf(form) {
  const verb = Object.keys(form).find((name) => Object.hasOwn(VERBS, name));
  if (verb === undefined) throw new CannotTell(`effect ${form.id}: a verb that is not known`);
  const fields = Object.keys(VERBS[verb]).map((name) => [name, compile(form[verb][name])]);
  return { id: form.id, verb, when: compile(form.when ?? "true"), fields };
}

// Each `let` after all it reads; of several, the first by alphabet.
function inOrder(lets) {
  const compiled = Object.entries(lets).map(([name, text]) => [name, compile(text)]);
  const left = new Map(compiled.sort(([a], [b]) => (a < b ? -1 : 1)));
  const ordered = [];
  while (left.size > 0) {
    const ready = [...left].find(([, one]) => ![...one.reads].some((path) => left.has(path.split(".")[0])));
    if (ready === undefined) throw new CannotTell("lets that wait for one another");
    ordered.push(ready);
    left.delete(ready[0]);
  }
  return ordered;
}

export const worst = (outcomes) =>
  ORDER[Math.max(0, ...outcomes.map((one) => ORDER.indexOf(one)))];

// ---- the record ------------------------------------------------------------------------------------

// What must stand in the entry of one contract. `judged`: [[number of the row, what was said]].
// `numbered`: the statement has several rows.
export function recordOf(contract, judged, numbered) {
  const applied = judged.filter(([, one]) => one.applies);
  if (applied.length === 0) return null;
  const { contract: id, version } = contract.document;
  return {
    facts: factsOf(applied.map(([, one]) => one.read)),
    hash: contract.hash,
    id,
    outcome: worst(applied.map(([, one]) => one.outcome)),
    rules: rulesOf(applied, numbered),
    version,
  };
}

function rulesOf(applied, numbered) {
  const names = new Set(applied.flatMap(([, one]) => Object.keys(one.failed)));
  const rules = {};
  for (const name of [...names].sort()) {
    const rows = applied.filter(([, one]) => Object.hasOwn(one.failed, name));
    const verdict = SAID[Math.max(...rows.map(([, one]) => SAID.indexOf(one.failed[name])))];
    rules[name] = numbered ? { rows: rows.map(([n]) => n), verdict } : verdict;
  }
  return rules;
}

function factsOf(reads) {
  const names = [...new Set(reads.flatMap((read) => Object.keys(read)))].sort();
  const found = {};
  for (const name of names) {
    const values = reads.filter((read) => Object.hasOwn(read, name)).map((read) => read[name]);
    const first = canonical(values[0]);
    const same = values.length === reads.length && values.every((one) => canonical(one) === first);
    found[name] = same ? short(values[0]) : digest(values);
  }
  const raw = Buffer.from(canonical(found));
  return raw.length <= FACTS_MAX ? found : { sha256: sha256(raw) };
}

function short(value) {
  if (typeof value === "string") {
    const raw = Buffer.from(value);
    return raw.length <= TEXT_MAX ? value : { n: raw.length, sha256: sha256(raw) };
  }
  if (typeof value !== "object") return value;
  return digest(Array.isArray(value) ? value : [value]);
}

const digest = (values) => ({ n: values.length, sha256: sha256(canonical(values)) });
