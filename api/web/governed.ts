/**
 * Following governance: how far the trust file in hand still holds (`ledger/proofs/governed.py`).
 *
 * An index proof of `gov` shows every entry that changed who runs the log. Keys that it retired do
 * not count, and who signed besides must suffice; else nothing can be told. Of each entry only the
 * keys of logs and cosigners are read; an entry of a kind that is not known here ends the reading.
 */

import { type Bytes, equal, fromHex, isHex } from "./bytes.js";
import { type ObjectValue, type Value, isObject } from "./canon.js";
import { type Checkpoint } from "./checkpoint.js";
import { APPLIED, type StatementEntry, codeOf, parseEntry } from "./entry.js";
import { CheckError, FormatError } from "./errors.js";
import { type IndexProof, checkIndex } from "./indexproof.js";
import { keyId } from "./keys.js";
import { leafHash } from "./merkle.js";
import { isLineOf } from "./note.js";
import { type Quorum, type TrustFile, isReExecuted } from "./trust.js";

const CHECKPOINT_USES = ["log", "cosigner"];
const USES = ["author", "device", "log", "promise", "cosigner", "validator"];
const MEMBER_KINDS = ["member.enrol", "member.grant", "member.revoke"];
const IN_FORCE = Number.MAX_SAFE_INTEGER;

interface Key {
  readonly fromSize: number;
  readonly toSize: number;
  readonly use: string;
  readonly public: Bytes;
}

export interface Governed {
  readonly genesisHash: Bytes;
  readonly changes: readonly { readonly index: number; readonly kind: string }[];
  readonly keys: readonly Key[];
  /** Public keys, in hex, that the quorum is made of. */
  readonly witnesses: readonly string[];
}

/** What a receipt stands on: the trust file, the checkpoint's note and how its quorum came. */
export interface Ground {
  readonly trust: TrustFile;
  readonly note: Uint8Array;
  readonly checkpoint: Checkpoint;
  readonly quorum: Quorum;
  readonly now: bigint | null;
}

/** How a trust file stands to the governance shown beside it. */
export interface Standing {
  readonly governed: Governed;
  readonly since: number;
  readonly retired: readonly Bytes[];
  readonly added: readonly Bytes[];
  readonly quorum: Quorum;
}

/** How the trust file stands to the governance that a receipt shows; null where it cannot be read. */
export async function checkGovernance(
  listed: IndexProof,
  stateRoot: Uint8Array,
  ground: Ground,
): Promise<{ standing: Standing | null; said: string }> {
  if (listed.proof.key !== "gov" || listed.entries.length === 0) {
    throw new CheckError("governance", `the list is about ${listed.proof.key}`);
  }
  checkIndex(listed, stateRoot);
  let said = `; ${listed.entries.length} governance entries are all there are`;
  const governed = follow(listed, ground.checkpoint.origin);
  if (governed === null) return { standing: null, said: `${said}; not all of them can be read here` };
  let standing = stand(governed, ground);
  said += `; ${standing.since} of them came after the trust file`;
  if (standing.retired.length > 0) {
    standing = { ...standing, quorum: await quorumWithout(standing.retired, ground) };
    said += "; keys that were retired are not needed";
  }
  return { standing, said };
}

/** Read the entries of a checked index proof of `gov`; null when one of them is not known here. */
export function follow(listed: IndexProof, origin: string): Governed | null {
  const keys = new Map<string, Key>();
  const witnesses: string[] = [];
  const changes: { index: number; kind: string }[] = [];
  const first = listed.entries[0];
  if (first === undefined || first[0] !== 0) return null;
  for (const [index, raw] of listed.entries) {
    try {
      const entry = parseEntry(raw);
      if (entry.type !== "statement" || !APPLIED.includes(codeOf(entry))) return null;
      const { log, kind } = entry.statement;
      if (log !== origin || (index === 0) !== (kind === "genesis")) return null;
      if (!apply(keys, witnesses, index, entry)) return null;
      changes.push({ index, kind });
    } catch (error) {
      if (error instanceof FormatError) return null;
      throw error;
    }
  }
  return { genesisHash: leafHash(first[1]), changes, keys: [...keys.values()], witnesses };
}

/** Take over what one entry does to the keys; whether its kind and its form are known. */
function apply(keys: Map<string, Key>, witnesses: string[], index: number, entry: StatementEntry): boolean {
  const { kind, v, body } = entry.statement;
  if (v !== 1) return false;
  if (kind === "genesis") {
    const founding = read(body.get("keys"), readKey);
    const trust = body.get("trust");
    const cosigners = read(isObject(trust) ? trust.get("witnesses") : undefined, (each) => publicOf(each));
    for (const { use, public: hex } of founding) {
      const key = { fromSize: 0, toSize: IN_FORCE, use, public: fromHex(hex) };
      if (CHECKPOINT_USES.includes(use)) keys.set(keyId(key.public), key);
    }
    witnesses.push(...cosigners);
    return true;
  }
  if (kind === "key.enrol") {
    const { use, public: hex } = readKey(body);
    const key = { fromSize: index + 1, toSize: IN_FORCE, use, public: fromHex(hex) };
    keys.set(keyId(key.public), key);
    return true;
  }
  if (kind === "key.retire") {
    const id = body.get("key");
    const key = typeof id === "string" ? keys.get(id) : undefined;
    if (key === undefined) return false;
    keys.set(id as string, { ...key, toSize: Math.min(key.toSize, index + 1) });
    return true;
  }
  // Who is an admin: nothing of it stands in a trust file.
  return MEMBER_KINDS.includes(kind);
}

function read<T>(value: Value | undefined, reader: (value: ObjectValue) => T): T[] {
  if (!Array.isArray(value)) throw new FormatError("governance", "not a list");
  return value.map((each) => {
    if (!isObject(each)) throw new FormatError("governance", "not an object");
    return reader(each);
  });
}

function publicOf(value: ObjectValue): string {
  const hex = value.get("public");
  if (!isHex(hex, 32)) throw new FormatError("governance", "no public key");
  return hex;
}

function readKey(value: ObjectValue): { use: string; public: string } {
  const [use, signs] = [value.get("use"), value.has("actor")];
  if (typeof use !== "string" || !USES.includes(use)) throw new FormatError("governance", "no known use");
  if (signs !== (use === "author" || use === "device")) throw new FormatError("governance", "actor and use");
  return { use, public: publicOf(value) };
}

/** How the trust file stands to what governance says at the size of the checkpoint. */
function stand(governed: Governed, { trust, checkpoint, quorum }: Ground): Standing {
  const { origin, size } = checkpoint;
  const start = trust.windows.find((window) => window.origin === origin)?.start;
  const isNamed = (key: Key): boolean => trust.verifiers().some((each) => equal(each.public, key.public));
  const isWanted = (key: Key): boolean =>
    key.fromSize <= size &&
    size < key.toSize &&
    (key.use === "log" || governed.witnesses.some((hex) => equal(fromHex(hex), key.public)));
  return {
    governed,
    since: start === undefined ? 0 : governed.changes.filter((each) => each.index >= start).length,
    retired: governed.keys.filter((key) => key.toSize <= size && isNamed(key)).map((key) => key.public),
    added: governed.keys.filter((key) => isWanted(key) && !isNamed(key)).map((key) => key.public),
    quorum,
  };
}

/** The quorum when the keys `retired` do not count; `CheckError` where the rest does not suffice. */
async function quorumWithout(retired: readonly Bytes[], ground: Ground): Promise<Quorum> {
  const { trust, now } = ground;
  const { note } = await trust.checkLog(ground.note);
  const gone = trust.verifiers().filter((key) => retired.some((each) => equal(each, key.public)));
  const left = note.verified.filter((line) => !gone.some((key) => isLineOf(line, key)));
  if (!left.some((line) => trust.logs.some((log) => isLineOf(line, log)))) {
    throw new CheckError("trust file", "governance has retired the log key it names");
  }
  let quorum: Quorum;
  try {
    quorum = trust.quorumOf({ ...note, verified: left }, now);
  } catch (error) {
    if (!(error instanceof CheckError)) throw error;
    const why = "without the cosigners that governance has retired its quorum is not reached";
    throw new CheckError("trust file", why);
  }
  if (isReExecuted(ground.quorum) && !isReExecuted(quorum)) {
    const why = "without the cosigners that governance has retired too few mirrors are left";
    throw new CheckError("trust file", why);
  }
  return quorum;
}
