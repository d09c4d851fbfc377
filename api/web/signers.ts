/**
 * Who signed: the key row of every signer, proved, and in force at the entry's index
 * (`docs/spec/receipt.md`, step 7; `ledger/proofs/signers.py`).
 */

import { type Bytes, fromHex, isHex } from "./bytes.js";
import { type Value, isInteger } from "./canon.js";
import { type Statement, checkSignatures } from "./envelope.js";
import { CheckError } from "./errors.js";
import { keyId } from "./keys.js";
import { type StateProof, checkRow } from "./stateproof.js";

const SIGNING_USES = ["author", "device"];

export interface Signer {
  readonly keyId: string;
  readonly actor: string;
  readonly use: string;
}

/** The signers of the statement logged at `index` of the log `origin`; `rows` are their key rows. */
export async function checkSigners(
  statement: Statement,
  index: number,
  rows: readonly StateProof[],
  origin: string,
  stateRoot: Uint8Array,
): Promise<Signer[]> {
  if (statement.log !== origin) {
    throw new CheckError("origin", `the statement is for ${statement.log}, not for ${origin}`);
  }
  const publics = new Map<string, Bytes>();
  const signers = statement.signatures.map(([named], at) => {
    const row = rows[at];
    if (row === undefined) throw new CheckError("signers", `no key row for ${named}`);
    const { signer, publicKey } = checkKey(row, named, index, stateRoot);
    publics.set(named, publicKey);
    return signer;
  });
  await checkSignatures(statement, publics);
  return signers;
}

function checkKey(
  row: StateProof,
  named: string,
  index: number,
  stateRoot: Uint8Array,
): { signer: Signer; publicKey: Bytes } {
  if (row.table !== "keys" || row.key !== named) {
    throw new CheckError("signers", `${row.table} ${row.key} where the row of ${named} is due`);
  }
  checkRow(row, stateRoot);
  const parts: readonly Value[] = Array.isArray(row.row) ? row.row : [];
  const [start, end, use, actor, algorithm, hex] = parts;
  const good =
    parts.length === 6 && isInteger(start) && isInteger(end) && typeof use === "string" && algorithm === 1;
  if (!good || typeof actor !== "string" || !isHex(hex, 32)) {
    throw new CheckError("signers", `the row of ${named} is no key row`);
  }
  const publicKey = fromHex(hex);
  if (keyId(publicKey) !== named) {
    throw new CheckError("signers", `the public key in the row of ${named} is another's`);
  }
  if (!SIGNING_USES.includes(use)) {
    throw new CheckError("signers", `${named} is a key of use ${use}, which signs no statement`);
  }
  if (!(start <= index && index < end)) {
    throw new CheckError("signers", `${named} was in force from ${start} to ${end}, not at ${index}`);
  }
  return { signer: { keyId: named, actor, use }, publicKey };
}
