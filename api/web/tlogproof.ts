/**
 * Proof files: "this entry is number i of that log" (C2SP tlog-proof; `ledger/log/proof.py`).
 */

import { type Bytes, b64decode, fromUtf8, utf8 } from "./bytes.js";
import { ENTRY_MAX } from "./canon.js";
import { type Checkpoint, openCheckpointText, parseDecimal } from "./checkpoint.js";
import { CheckError, FormatError } from "./errors.js";
import { HASH_SIZE, PATH_MAX, checkInclusion, leafHash } from "./merkle.js";
import { NOTE_MAX } from "./note.js";
import { type Quorum, type TrustFile } from "./trust.js";

export const MAGIC = "c2sp.org/tlog-proof@v1";
export const PROOF_MAX = NOTE_MAX + 2 * ENTRY_MAX;
const THING = "proof file";

export interface TlogProof {
  readonly index: number;
  readonly path: readonly Bytes[];
  readonly checkpoint: Bytes;
  readonly extra: Bytes | null;
}

/** The index is part of the claim: print it. */
export interface Proved {
  readonly index: number;
  readonly checkpoint: Checkpoint;
  readonly quorum: Quorum;
}

/** The proof in `data`; nothing is checked but its form. */
export function parseProof(data: Uint8Array): TlogProof {
  if (data.length > PROOF_MAX) throw new FormatError(THING, `${data.length} bytes, at most ${PROOF_MAX}`);
  // The checkpoint may hold any UTF-8, the lines above it none: the first blank line divides them.
  const text = fromUtf8(data, THING);
  const split = text.indexOf("\n\n");
  if (split < 0) throw new FormatError(THING, "no blank line before the checkpoint");
  const head = text.slice(0, split);
  if (!/^[\x00-\x7f]*$/.test(head)) throw new FormatError(THING, "not ASCII before the checkpoint");
  const lines = head.split("\n");
  if (lines.shift() !== MAGIC) throw new FormatError(THING, `does not begin with ${MAGIC}`);
  let extra: Bytes | null = null;
  if (lines[0]?.startsWith("extra ")) {
    extra = b64decode((lines.shift() as string).slice("extra ".length), "proof file extra");
    if (extra.length > ENTRY_MAX) throw new FormatError(THING, `${extra.length} bytes`, "extra");
  }
  const first = lines.shift();
  if (first === undefined || !first.startsWith("index ")) throw new FormatError(THING, "no index line");
  const index = parseDecimal(first.slice("index ".length), THING, "index");
  if (lines.length > PATH_MAX) throw new FormatError(THING, `${lines.length} hashes, at most ${PATH_MAX}`);
  const path = lines.map((line) => b64decode(line, "proof file hash"));
  if (path.some((each) => each.length !== HASH_SIZE)) throw new FormatError(THING, "a hash that is not 32 bytes");
  const checkpoint = utf8(text.slice(split + 2));
  openCheckpointText(checkpoint);
  return { index, path, checkpoint, extra };
}

/** What `proof` shows about `entry`: log signature, quorum, inclusion, in this order. */
export async function checkProof(
  proof: TlogProof,
  entry: Uint8Array,
  trust: TrustFile,
  now: bigint | null = null,
): Promise<Proved> {
  const { checkpoint, note } = await trust.checkLog(proof.checkpoint);
  const quorum = trust.quorumOf(note, now);
  if (proof.index >= checkpoint.size) {
    throw new CheckError("inclusion", `no entry ${proof.index} in a log of ${checkpoint.size}`);
  }
  checkInclusion(leafHash(entry), proof.index, checkpoint.size, proof.path, checkpoint.root);
  return { index: proof.index, checkpoint, quorum };
}
