/** Reading the fields of proof files: exactly those of the form (`ledger/proofs/fields.py`). */

import { type Bytes, hexDecode } from "./bytes.js";
import { type ObjectValue, type Value, isInteger, isObject } from "./canon.js";
import { FormatError } from "./errors.js";
import { HASH_SIZE } from "./merkle.js";

/** The object `value`, which has all fields `wanted` and none beside `optional`. */
export function exactly(
  value: Value | undefined,
  thing: string,
  where: string,
  wanted: readonly string[],
  optional: readonly string[] = [],
): ObjectValue {
  if (!isObject(value)) throw new FormatError(thing, "not an object", where);
  const missing = wanted.find((name) => !value.has(name));
  if (missing !== undefined) throw new FormatError(thing, `field ${missing} is missing`, where);
  const unknown = [...value.keys()].find((name) => !wanted.includes(name) && !optional.includes(name));
  if (unknown !== undefined) throw new FormatError(thing, `unknown field ${unknown}`, where);
  return value;
}

/** Throw unless `type` is `name` and `v` is 1: no other version is known. */
export function checkType(value: ObjectValue, thing: string, name: string): void {
  if (value.get("type") !== name) throw new FormatError(thing, `type is not ${name}`, "type");
  if (value.get("v") !== 1) throw new FormatError(thing, "v names no known version", "v");
}

export function items(value: Value | undefined, thing: string, where: string, most: number): Value[] {
  if (!Array.isArray(value)) throw new FormatError(thing, "not a list", where);
  if (value.length > most) throw new FormatError(thing, `${value.length} items, at most ${most}`, where);
  return value;
}

export function text(value: Value | undefined, thing: string, where: string): string {
  if (typeof value !== "string") throw new FormatError(thing, "not text", where);
  return value;
}

/** The whole number `value`, 0 to 2^53 - 1. */
export function whole(value: Value | undefined, thing: string, where: string): number {
  if (!isInteger(value) || value < 0) throw new FormatError(thing, "not a whole number", where);
  return value;
}

export function hashes(value: Value | undefined, thing: string, where: string, most: number): Bytes[] {
  return items(value, thing, where, most).map((each) => hexDecode(each, HASH_SIZE, `${thing} ${where}`));
}
