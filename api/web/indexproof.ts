/** Index proofs: "these are all entries about X" (`docs/spec/state-root.md`, `ledger/proofs/indexproof.py`). */

import { type Bytes, b64decode, concat, equal, fromHex, isHex, u64 } from "./bytes.js";
import { ENTRY_MAX, type Value, decode, isInteger } from "./canon.js";
import { CheckError, FormatError } from "./errors.js";
import * as fields from "./fields.js";
import { leafHash, root } from "./merkle.js";
import {
  PROOF_FILE_MAX,
  type StateProof,
  type StateShown,
  checkRow,
  checkStateProof,
  readStateProof,
} from "./stateproof.js";
import { type TrustFile } from "./trust.js";

export const ENTRIES_MAX = 65_536;
const THING = "index proof";

export interface IndexProof {
  readonly entries: readonly (readonly [index: number, entry: Bytes])[];
  readonly proof: StateProof;
}

export function parseIndexProof(data: Uint8Array): IndexProof {
  return readIndexProof(decode(data, PROOF_FILE_MAX), false);
}

/** The index proof in a decoded value; `inside` a receipt its row has no `batch` of its own. */
export function readIndexProof(value: Value | undefined, inside: boolean): IndexProof {
  const found = fields.exactly(value, THING, "", ["entries", "proof", "type", "v"]);
  fields.checkType(found, THING, "index-proof");
  let last = -1;
  const entries = fields.items(found.get("entries"), THING, "entries", ENTRIES_MAX).map((each) => {
    const pair = fields.items(each, THING, "entries", 2);
    if (pair.length !== 2) throw new FormatError(THING, "not an index and an entry");
    const index = fields.whole(pair[0], THING, "entries");
    if (index <= last) throw new FormatError(THING, "the indexes do not rise");
    last = index;
    const entry = b64decode(fields.text(pair[1], THING, "entries"), THING);
    if (entry.length > ENTRY_MAX) throw new FormatError(THING, `${entry.length} bytes`);
    return [index, entry] as const;
  });
  return { entries, proof: readStateProof(found.get("proof"), inside) };
}

/** (count, last index, root) of a row of the index; `CheckError` for any other value. */
export function readIndexRow(row: Value): { count: number; last: number; root: Bytes } {
  if (Array.isArray(row) && row.length === 3) {
    const [count, last, hash] = row;
    if (isInteger(count) && isInteger(last) && count > 0 && isHex(hash, 32)) {
      return { count, last, root: fromHex(hash) };
    }
  }
  throw new CheckError(THING, "the row is not [count, last index, root]");
}

/** Throw `CheckError` unless the entries are all about the subject, under a known state root. */
export function checkIndex(proof: IndexProof, stateRoot: Uint8Array): void {
  checkRow(proof.proof, stateRoot);
  checkEntries(proof);
}

export async function checkIndexProof(
  proof: IndexProof,
  trust: TrustFile,
  now: bigint | null = null,
): Promise<StateShown> {
  const shown = await checkStateProof(proof.proof, trust, now);
  checkEntries(proof);
  return shown;
}

function checkEntries({ entries, proof }: IndexProof): void {
  if (proof.table !== "index") throw new CheckError(THING, `the row is of table ${proof.table}, not index`);
  if (proof.row === undefined) {
    if (entries.length > 0) throw new CheckError(THING, `${proof.key} has no row, and entries are shown`);
    return;
  }
  const { count, last, root: expected } = readIndexRow(proof.row);
  const leaves = entries.map(([index, entry]) => leafHash(concat(u64(index), leafHash(entry))));
  const good = leaves.length === count && entries.at(-1)?.[0] === last && equal(root(leaves), expected);
  if (!good) throw new CheckError(THING, `the entries shown are not all ${count} about ${proof.key}`);
}
