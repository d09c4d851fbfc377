/** Receipts: a proof for a person, and what it discloses; the form (`docs/spec/receipt.md`, `ledger/proofs/receipt.py`). */

import { type Bytes, b64decode, compareBytes, utf8 } from "./bytes.js";
import { ENTRY_MAX, type Value, decode } from "./canon.js";
import { openCheckpointText } from "./checkpoint.js";
import { NUMBERS, type Path, type Shown, rowId } from "./disclosure.js";
import { type SubjectEntry, codeOf, idOf, parseEntry } from "./entry.js";
import { SIGNERS_MAX } from "./envelope.js";
import { FormatError } from "./errors.js";
import * as fields from "./fields.js";
import { type IndexProof, readIndexProof } from "./indexproof.js";
import { PATH_MAX } from "./merkle.js";
import { PROOF_FILE_MAX, type StateProof, openBatch, readStateProof } from "./stateproof.js";
import { type TlogProof, parseProof } from "./tlogproof.js";

const SHOWN_MAX = 16;
const THING = "receipt";
const WANTED = ["batch", "corrections", "proof", "shown", "signers", "type", "v"];
const OPTIONAL = ["corrected", "entry", "gov", "line", "paths", "posted"];

export interface Paths {
  readonly manifest: Path;
  readonly record: readonly Path[];
}

export interface Receipt {
  readonly proof: TlogProof;
  readonly entry: Bytes;
  readonly batch: TlogProof;
  readonly signers: readonly StateProof[];
  readonly corrections: readonly StateProof[];
  readonly shown: readonly Shown[];
  readonly paths: Paths | null;
  readonly line: { readonly number: number; readonly tag: string } | null;
  readonly posted: TlogProof | null;
  readonly corrected: IndexProof | null;
  readonly gov: IndexProof | null;
}

/** The entry that a receipt may be about; `FormatError` for a batch entry. */
export function openEntry(data: Uint8Array): SubjectEntry {
  const entry = parseEntry(data);
  if (entry.type === "batch") throw new FormatError(THING, "a batch entry is no subject of a receipt", "entry");
  return entry;
}

/** The keys of table `index` under which a correction of what is shown would be found. */
export function correctionSubjects(
  entry: SubjectEntry,
  origin: string,
  shown: readonly Shown[],
  paths: Paths | null,
): string[] {
  const id = idOf(entry, origin);
  const subjects = [`correction/${id}`];
  if (entry.type === "statement" && paths !== null) {
    const { kind, v } = entry.statement;
    const number = (name: string): number | undefined => {
      const value = shown.find((field) => field.name === name)?.value;
      return typeof value === "number" ? value : undefined;
    };
    const [amount, offset] = [number("amount"), number("offset")];
    if (NUMBERS.has(`${kind} ${v}`) && amount !== undefined && offset !== undefined) {
      subjects.push(`correction/${rowId(id, offset, amount)}`);
    }
  }
  return subjects;
}

/** The receipt in a file: step 1. Nothing is checked but its form. */
export function parseReceipt(data: Uint8Array): Receipt {
  const found = fields.exactly(decode(data, PROOF_FILE_MAX), THING, "", WANTED, OPTIONAL);
  fields.checkType(found, THING, "receipt");
  const proof = readProof(found.get("proof"), "proof");
  let entry = proof.extra;
  if ((entry === null) !== found.has("entry")) {
    throw new FormatError(THING, "the entry stands in proof or beside it, once", "entry");
  }
  if (entry === null) {
    entry = b64decode(fields.text(found.get("entry"), THING, "entry"), "receipt entry");
    if (entry.length > ENTRY_MAX) throw new FormatError(THING, `${entry.length} bytes`, "entry");
  }
  const opened = openEntry(entry);
  const batch = readProof(found.get("batch"), "batch");
  openBatch(batch);
  let posted: TlogProof | null = null;
  if (found.has("posted")) {
    posted = readProof(found.get("posted"), "posted");
    if (codeOf(opened) !== "held") throw new FormatError(THING, "only a held entry is posted by another");
    if (posted.extra === null) throw new FormatError(THING, "no extra line with the entry", "posted");
    openEntry(posted.extra);
  }
  const shown = readShown(found.get("shown"));
  const paths = found.has("paths") ? readPaths(found.get("paths"), shown.length) : null;
  const line = found.has("line") ? readLine(found.get("line")) : null;
  if (line !== null && (shown.length > 0 || paths !== null)) {
    throw new FormatError(THING, "with a line no field is shown", "line");
  }
  return {
    proof,
    entry,
    batch,
    signers: readStates(found.get("signers"), "signers", 2 * SIGNERS_MAX),
    corrections: readStates(found.get("corrections"), "corrections", 2),
    shown,
    paths,
    line,
    posted,
    corrected: found.has("corrected") ? readIndexProof(found.get("corrected"), true) : null,
    gov: found.has("gov") ? readIndexProof(found.get("gov"), true) : null,
  };
}

function readProof(value: Value | undefined, where: string): TlogProof {
  const proof = parseProof(utf8(fields.text(value, THING, where)));
  openCheckpointText(proof.checkpoint);
  return proof;
}

function readStates(value: Value | undefined, where: string, most: number): StateProof[] {
  return fields.items(value, THING, where, most).map((each) => readStateProof(each, true));
}

function readShown(value: Value | undefined): Shown[] {
  let last: Bytes | null = null;
  return fields.items(value, THING, "shown", SHOWN_MAX).map((each) => {
    const triple = fields.items(each, THING, "shown", 3);
    if (triple.length !== 3) throw new FormatError(THING, "not a name, a value and a salt", "shown");
    const name = fields.text(triple[0], THING, "shown");
    const field = triple[1];
    if (typeof field !== "number" && typeof field !== "string") {
      throw new FormatError(THING, "a value is text or an integer", "shown");
    }
    const bytes = utf8(name);
    if (last !== null && compareBytes(bytes, last) <= 0) {
      throw new FormatError(THING, "fields are not sorted by name", "shown");
    }
    last = bytes;
    const salt = fields.hashes([triple[2] as Value], THING, "shown", 1)[0] as Bytes;
    return { name, value: field, salt };
  });
}

function readPaths(value: Value | undefined, count: number): Paths {
  const found = fields.exactly(value, THING, "paths", ["manifest", "record"]);
  const record = fields.items(found.get("record"), THING, "paths.record", SHOWN_MAX);
  if (record.length !== count) {
    throw new FormatError(THING, "not one path for each field shown", "paths.record");
  }
  return { manifest: readPath(found.get("manifest")), record: record.map(readPath) };
}

function readPath(value: Value | undefined): Path {
  const found = fields.exactly(value, THING, "paths", ["index", "path"]);
  const index = fields.whole(found.get("index"), THING, "paths");
  return { index, path: fields.hashes(found.get("path"), THING, "paths", PATH_MAX) };
}

function readLine(value: Value | undefined): { number: number; tag: string } {
  const found = fields.exactly(value, THING, "line", ["number", "tag"]);
  const number = fields.whole(found.get("number"), THING, "line.number");
  return { number, tag: fields.text(found.get("tag"), THING, "line.tag") };
}
