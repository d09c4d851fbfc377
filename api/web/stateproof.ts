/**
 * State proofs: one row of the state as of a checkpoint, or that there is no such row
 * (`docs/spec/state-root.md`; `ledger/proofs/stateproof.py`, `sparse.py`, `stateroot.py`).
 *
 *     node({row}) = H(00 || p || r)      p = H(key), r = H(canonical [key, value])
 *     node(S)     = H(01 || node(S with bit 0) || node(S with bit 1)) at the next bit of p
 *
 * The bits walked are always those of the key; another row in its place must lie on the key's way.
 */

import { type Bytes, concat, equal, hexDecode, sha256, utf8 } from "./bytes.js";
import { type Value, decode, encode } from "./canon.js";
import { type Checkpoint, openCheckpointText } from "./checkpoint.js";
import { type BatchEntry, parseEntry } from "./entry.js";
import { CheckError, FormatError } from "./errors.js";
import * as fields from "./fields.js";
import { PATH_MAX, checkInclusion, leafHash } from "./merkle.js";
import { type TlogProof, parseProof } from "./tlogproof.js";
import { type Quorum, type TrustFile } from "./trust.js";

/** Bytes of a state proof, an index proof or a receipt. */
export const PROOF_FILE_MAX = 4_194_304;
export const PROTOCOL = 1;
const DEPTH_MAX = 256;
const KEY_MAX = 192;
const THING = "state proof";

/** The state tables of protocol 1, by name: frozen, for every proof depends on the list. */
export const TABLES: readonly string[] =
  `accounts adoptions breaches catalogue entitlements facts flags gifts heads holds households index keys
   legs line lots members origin proposals references reserved runs totals trust`.split(/\s+/);

export interface StateProof {
  readonly table: string;
  readonly key: string;
  readonly siblings: readonly Bytes[];
  readonly tables: readonly Bytes[];
  /** The value of the key's row; undefined when the proof shows none. */
  readonly row: Value | undefined;
  readonly other: { readonly p: Bytes; readonly r: Bytes } | null;
  readonly batch: TlogProof | null;
}

export interface StateShown {
  readonly table: string;
  readonly key: string;
  readonly row: Value | undefined;
  readonly batch: BatchEntry;
  readonly checkpoint: Checkpoint;
  readonly quorum: Quorum;
}

/** The 32-byte path of a row key: SHA-256 of its UTF-8 bytes. */
export function pathOf(key: string): Bytes {
  const data = utf8(key);
  if (data.length < 1 || data.length > KEY_MAX) throw new FormatError("state row key", `${data.length} bytes`);
  return sha256(data);
}

function rowLeaf(path: Uint8Array, rowHash: Uint8Array): Bytes {
  return sha256(new Uint8Array([0]), path, rowHash);
}

function bit(path: Uint8Array, at: number): number {
  return ((path[at >> 3] as number) >> (7 - (at & 7))) & 1;
}

/** The root that follows when `start` stands at the end of the way of `path`; siblings root first. */
function fold(path: Uint8Array, start: Uint8Array, siblings: readonly Uint8Array[]): Uint8Array {
  const inner = new Uint8Array([1]);
  let node = start;
  for (let at = siblings.length - 1; at >= 0; at -= 1) {
    const sibling = siblings[at] as Uint8Array;
    node = bit(path, at) === 1 ? sha256(inner, sibling, node) : sha256(inner, node, sibling);
  }
  return node;
}

// --- reading

export function parseStateProof(data: Uint8Array): StateProof {
  return readStateProof(decode(data, PROOF_FILE_MAX), false);
}

/** The state proof in a decoded value; `inside` a receipt it has no `batch` of its own. */
export function readStateProof(value: Value | undefined, inside: boolean): StateProof {
  const wanted = ["key", "siblings", "table", "tables", "type", "v", ...(inside ? [] : ["batch"])];
  const found = fields.exactly(value, THING, "", wanted, ["row", "other"]);
  fields.checkType(found, THING, "state-proof");
  if (found.has("row") && found.has("other")) throw new FormatError(THING, "row and other exclude each other");
  const key = fields.text(found.get("key"), THING, "key");
  pathOf(key);
  let other: StateProof["other"] = null;
  if (found.has("other")) {
    const parts = fields.exactly(found.get("other"), THING, "other", ["p", "r"]);
    const [p, r] = ["p", "r"].map((name) => hexDecode(parts.get(name), 32, `${THING} other`));
    other = { p: p as Bytes, r: r as Bytes };
  }
  let batch: TlogProof | null = null;
  if (!inside) {
    batch = parseProof(utf8(fields.text(found.get("batch"), THING, "batch")));
    openBatch(batch);
  }
  return {
    table: fields.text(found.get("table"), THING, "table"),
    key,
    siblings: fields.hashes(found.get("siblings"), THING, "siblings", DEPTH_MAX),
    tables: fields.hashes(found.get("tables"), THING, "tables", PATH_MAX),
    row: found.get("row"),
    other,
    batch,
  };
}

// --- checking

/** Throw `CheckError` unless the proof leads to `stateRoot`, which is known by other means. */
export function checkRow(proof: StateProof, stateRoot: Uint8Array): void {
  const place = TABLES.indexOf(proof.table);
  if (place < 0) throw new CheckError(THING, `protocol ${PROTOCOL} has no table ${proof.table}`);
  const path = pathOf(proof.key);
  let start: Uint8Array = new Uint8Array(32);
  if (proof.row !== undefined) {
    start = rowLeaf(path, sha256(encode([proof.key, proof.row])));
  } else if (proof.other !== null) {
    const { p, r } = proof.other;
    if (equal(p, path)) throw new CheckError(THING, `${proof.key}: its own row is shown as another's`);
    for (let at = 0; at < proof.siblings.length; at += 1) {
      if (bit(p, at) !== bit(path, at)) {
        throw new CheckError(THING, `${proof.key}: the other row is not on the way of the key`);
      }
    }
    start = rowLeaf(p, r);
  }
  const tableRoot = fold(path, start, proof.siblings);
  const leaf = leafHash(concat(utf8(`${proof.table}\0`), tableRoot));
  try {
    checkInclusion(leaf, place, TABLES.length, proof.tables, stateRoot);
  } catch (error) {
    if (error instanceof CheckError) throw new CheckError(THING, `${proof.table} ${proof.key}: ${error.why}`);
    throw error;
  }
}

/** What a state-proof file shows: log signature, quorum, end of the batch, row, in this order. */
export async function checkStateProof(
  proof: StateProof,
  trust: TrustFile,
  now: bigint | null = null,
): Promise<StateShown> {
  if (proof.batch === null) throw new CheckError(THING, "it has no batch of its own");
  const { checkpoint, note } = await trust.checkLog(proof.batch.checkpoint);
  const quorum = trust.quorumOf(note, now);
  const batch = checkBatch(proof.batch, checkpoint);
  checkRow(proof, batch.stateRoot);
  return { table: proof.table, key: proof.key, row: proof.row, batch, checkpoint, quorum };
}

/** The batch entry that a proof carries; `FormatError` when it carries none. */
export function openBatch(proof: TlogProof): BatchEntry {
  openCheckpointText(proof.checkpoint);
  if (proof.extra === null) throw new FormatError("proof of the batch entry", "no extra line with the entry");
  const entry = parseEntry(proof.extra);
  if (entry.type !== "batch") {
    throw new FormatError("proof of the batch entry", "the entry is not one of type batch");
  }
  return entry;
}

/** The batch entry that closes `checkpoint`, which the caller has checked. */
export function checkBatch(proof: TlogProof, checkpoint: Checkpoint): BatchEntry {
  const batch = openBatch(proof);
  if (proof.index !== checkpoint.size - 1 || batch.first + batch.count !== proof.index) {
    throw new CheckError("batch entry", `it is not the last of ${checkpoint.size} entries`);
  }
  if (batch.protocol !== PROTOCOL) {
    throw new CheckError("batch entry", `protocol ${batch.protocol} is not known here`);
  }
  try {
    const leaf = leafHash(proof.extra as Bytes);
    checkInclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root);
  } catch (error) {
    if (error instanceof CheckError) throw error.renamed("batch entry");
    throw error;
  }
  return batch;
}
