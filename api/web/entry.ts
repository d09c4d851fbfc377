/** Entries: the records of the log, as typed values (`docs/spec/entry.md`, `ledger/entry.py`). */

import { type Bytes, fromHex, isHex, sha256, toHex, utf8 } from "./bytes.js";
import { ENTRY_MAX, type ObjectValue, type Value, decodeObject, encode, isInteger, isObject } from "./canon.js";
import { type Statement, parseEnvelope } from "./envelope.js";
import { FormatError } from "./errors.js";

export interface StatementEntry {
  readonly type: "statement";
  readonly batch: number;
  readonly time: number;
  readonly statement: Statement;
  readonly outcome: ObjectValue;
}

/** A derived entry: signed by nobody, worked out by every node. */
export interface AutoEntry {
  readonly type: "auto";
  readonly batch: number;
  readonly time: number;
  readonly cause: { readonly entry: number; readonly rule: string };
  readonly kind: string;
  readonly v: number;
  readonly body: ObjectValue;
  readonly outcome: ObjectValue;
}

export interface BatchEntry {
  readonly type: "batch";
  readonly batch: number;
  readonly time: number;
  readonly first: number;
  readonly count: number;
  readonly outcomes: Bytes;
  readonly stateRoot: Bytes;
  readonly protocol: number;
}

export type SubjectEntry = StatementEntry | AutoEntry;
export type Entry = SubjectEntry | BatchEntry;

/** Codes of entries whose effects were booked. */
export const APPLIED: readonly string[] = ["ok", "flagged"];

const FIELDS = new Map<string, readonly string[]>([
  ["statement", ["batch", "outcome", "statement", "time", "type", "v"]],
  ["auto", ["batch", "cause", "outcome", "statement", "time", "type", "v"]],
  ["batch", ["batch", "count", "first", "outcomes", "protocol", "state_root", "time", "type", "v"]],
]);

export function codeOf(entry: SubjectEntry): string {
  return entry.outcome.get("code") as string;
}

/** The statement id of an entry in the log `origin`; that of a derived one follows from its cause. */
export function idOf(entry: SubjectEntry, origin: string): string {
  if (entry.type === "statement") return entry.statement.id;
  const cause = new Map<string, Value>([
    ["entry", entry.cause.entry],
    ["rule", entry.cause.rule],
  ]);
  const named = new Map<string, Value>([
    ["cause", cause],
    ["log", origin],
  ]);
  return toHex(sha256(utf8("relief/auto/v1\0"), encode(named)));
}

/** The typed entry of these bytes; `FormatError` where they are not one, field by field. */
export function parseEntry(data: Uint8Array): Entry {
  const value = decodeObject(data, ENTRY_MAX);
  const type = value.get("type");
  const known = typeof type === "string" ? FIELDS.get(type) : undefined;
  if (known === undefined || value.get("v") !== 1) throw wrong("type and v name no known form");
  if (value.size !== known.length || !known.every((name) => value.has(name))) {
    throw wrong(`not exactly the fields of type ${String(type)}`);
  }
  const [batch, time] = [whole(value, "batch"), whole(value, "time")];
  if (type === "batch") {
    return {
      type,
      batch,
      time,
      first: whole(value, "first"),
      count: whole(value, "count"),
      outcomes: hash(value, "outcomes"),
      stateRoot: hash(value, "state_root"),
      protocol: whole(value, "protocol"),
    };
  }
  const outcome = readOutcome(value.get("outcome"));
  if (type === "statement") {
    return { type, batch, time, statement: parseEnvelope(value.get("statement")), outcome };
  }
  const cause = only(value.get("cause"), ["entry", "rule"]);
  const inner = only(value.get("statement"), ["body", "kind", "v"]);
  const [rule, kind, body] = [cause.get("rule"), inner.get("kind"), inner.get("body")];
  if (typeof rule !== "string" || typeof kind !== "string" || !isObject(body)) {
    throw wrong("rule and kind are texts, body an object");
  }
  return {
    type: "auto",
    batch,
    time,
    cause: { entry: whole(cause, "entry"), rule },
    kind,
    v: whole(inner, "v"),
    body,
    outcome,
  };
}

function wrong(why: string): FormatError {
  return new FormatError("entry", why);
}

function only(value: Value | undefined, names: readonly string[]): ObjectValue {
  if (!isObject(value) || value.size !== names.length || !names.every((name) => value.has(name))) {
    throw wrong(`not exactly ${names.join(", ")}`);
  }
  return value;
}

function whole(value: ObjectValue, name: string): number {
  const found = value.get(name);
  if (!isInteger(found) || found < 0) throw wrong(`${name} is not a whole number`);
  return found;
}

function hash(value: ObjectValue, name: string): Bytes {
  const found = value.get(name);
  if (!isHex(found, 32)) throw wrong(`${name} is not 32 bytes in lower-case hex`);
  return fromHex(found);
}

function readOutcome(value: Value | undefined): ObjectValue {
  if (!isObject(value) || typeof value.get("code") !== "string") throw wrong("an outcome has a code");
  if (!isObject(value.get("effects"))) throw wrong("an outcome has effects");
  return value;
}
