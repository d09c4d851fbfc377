/**
 * Seals, records and manifests: a field that is hidden in the log, shown with its salt
 * (`docs/spec/disclosure.md`, `ledger/proofs/disclosure.py`).
 */

import { type Bytes, equal, hexDecode, sha256, toHex, utf8 } from "./bytes.js";
import { type ObjectValue, type Value, encode, isInteger, isObject } from "./canon.js";
import { CheckError, FormatError } from "./errors.js";
import { HASH_SIZE, checkInclusion, foldInclusion, leafHash } from "./merkle.js";

export const MANIFEST_MIN = 64;
export const MANIFEST_MAX = 2 ** 20;
const SALT_SIZE = 32;

/** `kind v` -> names of a record's fields, in byte order: the place of a name is its leaf. */
export const RECORD_FIELDS = new Map<string, readonly string[]>([
  ["disbursement.handout 1", ["lines", "tag"]],
  ["donation.list 1", ["amount", "donor", "offset", "reference"]],
]);

/** `kind v` -> names that may stand in `body.seals`. */
export const SEALED_FIELDS = new Map<string, readonly string[]>([
  ["case.appeal 1", ["words"]],
  ["case.decide 1", ["words"]],
  ["case.open 1", ["contact", "words"]],
  ["case.respond 1", ["words"]],
  ["donation.receive 1", ["contact", "donor", "reference"]],
  ["household.enrol 1", ["address", "document", "name", "phone"]],
  ["stock.receive 1", ["donor"]],
]);

/** `kind v` -> fields whose value is an integer and which every receipt of a record shows. */
export const NUMBERS = new Map<string, readonly string[]>([["donation.list 1", ["amount", "offset"]]]);

export interface Shown {
  readonly name: string;
  readonly value: number | string;
  readonly salt: Bytes;
}

export interface Path {
  readonly index: number;
  readonly path: readonly Bytes[];
}

/** The 32-byte seal of a named value: H("relief/seal/v1" || 00 || salt || canonical [name, value]). */
export function seal(name: string, value: number | string, salt: Uint8Array): Bytes {
  if (salt.length !== SALT_SIZE) throw new FormatError("salt", `${salt.length} bytes, not ${SALT_SIZE}`);
  return sha256(utf8("relief/seal/v1\0"), salt, encode([name, value]));
}

/** Throw `CheckError` unless `shown` is what `body.seals` holds under its name. */
export function checkSeal(seals: ObjectValue, kind: string, v: number, shown: Shown): void {
  if (!SEALED_FIELDS.get(`${kind} ${v}`)?.includes(shown.name)) {
    throw new CheckError("seal", `${kind} ${v} seals no field ${shown.name}`);
  }
  if (seals.get(shown.name) !== toHex(seal(shown.name, shown.value, shown.salt))) {
    throw new CheckError("seal", `the value shown for ${shown.name} does not make the seal logged`);
  }
}

/** The record root to which every field shown leads; one path each, in the same order. */
export function openRecord(
  kind: string,
  v: number,
  shown: readonly Shown[],
  paths: readonly Path[],
): Uint8Array {
  const names = RECORD_FIELDS.get(`${kind} ${v}`);
  const numbers = NUMBERS.get(`${kind} ${v}`) ?? [];
  if (names === undefined) throw new CheckError("record", `${kind} ${v} has no manifest`);
  if (shown.length === 0 || shown.length !== paths.length) {
    throw new CheckError("record", `${shown.length} fields shown, ${paths.length} paths`);
  }
  const missing = numbers.find((name) => !shown.some((field) => field.name === name));
  if (missing !== undefined) throw new CheckError("record", `${missing} is always shown, and is not here`);
  const roots = shown.map((field, at) => {
    const path = paths[at] as Path;
    if (!names.includes(field.name) || names.indexOf(field.name) !== path.index) {
      throw new CheckError("record", `${field.name} is not field ${path.index} of ${kind} ${v}`);
    }
    if (typeof field.value !== (numbers.includes(field.name) ? "number" : "string")) {
      throw new CheckError("record", `the value of ${field.name} is of another type`);
    }
    const leaf = leafHash(seal(field.name, field.value, field.salt));
    return foldInclusion(leaf, path.index, names.length, path.path);
  });
  const first = roots[0] as Uint8Array;
  if (!roots.every((each) => equal(each, first))) {
    throw new CheckError("record", "the fields shown are not of one record");
  }
  return first;
}

/** The name of a row of a donation list. */
export function rowId(statement: string, offset: number, amount: number): string {
  return `${statement}/${offset}-${amount}`;
}

export function parseManifest(value: Value | undefined): { root: Bytes; size: number } {
  if (!isObject(value) || value.size !== 2 || !value.has("root") || !value.has("size")) {
    throw new FormatError("manifest", "not exactly root and size");
  }
  const root = hexDecode(value.get("root"), HASH_SIZE, "manifest root");
  const size = value.get("size");
  if (!isInteger(size) || size < MANIFEST_MIN || size > MANIFEST_MAX || (size & (size - 1)) !== 0) {
    throw new FormatError("manifest", `size is no power of two from ${MANIFEST_MIN} on`);
  }
  return { root, size };
}

/** Throw unless `recordRoot` stands in `body.manifest` (its value) at `path`. */
export function checkManifest(value: Value | undefined, recordRoot: Uint8Array, path: Path): void {
  const { root, size } = parseManifest(value);
  checkInclusion(leafHash(recordRoot), path.index, size, path.path, root);
}
