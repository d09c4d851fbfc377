/**
 * Statements: what a member signs, a DSSE envelope around a canonical payload (`ledger/envelope.py`).
 *
 * Only the normal form in which an envelope stands in an entry is read here.
 */

import { type Bytes, b64decode, concat, equal, isHex, sha256, toHex, utf8 } from "./bytes.js";
import { type ObjectValue, PAYLOAD_MAX, type Value, decodeObject, isInteger, isObject } from "./canon.js";
import { ORIGIN } from "./checkpoint.js";
import { CheckError, FormatError } from "./errors.js";
import { SIGNATURE_SIZE, verifyStrict } from "./keys.js";

export const PAYLOAD_TYPE = "application/vnd.relief.statement+json";
export const SIGNERS_MAX = 16;
const RECEIVED_SIGNATURES_MAX = 64;
const PAYLOAD_KEYS = ["author", "body", "expires", "id", "kind", "log", "occurred_at", "v"];
const KIND = /^[a-z][a-z0-9_]{0,30}(?:\.[a-z][a-z0-9_]{0,30})?$/;

export type Signature = readonly [keyId: string, signature: Bytes];

export interface Statement {
  readonly id: string;
  readonly payload: Bytes;
  readonly log: string;
  readonly kind: string;
  readonly v: number;
  readonly author: string;
  readonly cosigners: readonly string[];
  readonly occurredAt: number;
  readonly body: ObjectValue;
  readonly signatures: readonly Signature[];
}

/** DSSE's pre-authentication encoding: the bytes that are signed. Lengths count bytes. */
export function pae(type: string, payload: Uint8Array): Bytes {
  const name = utf8(type);
  return concat(utf8(`DSSEv1 ${name.length} `), name, utf8(` ${payload.length} `), payload);
}

export function statementId(payload: Uint8Array): string {
  return toHex(sha256(pae(PAYLOAD_TYPE, payload)));
}

/** The statement in the value `statement` of an entry, which must be in normal form. */
export function parseEnvelope(value: Value | undefined): Statement {
  const { payload, received } = envelopeParts(value);
  const statement = readPayload(payload, received);
  const normal =
    statement.signatures.length === received.length &&
    statement.signatures.every(([id, sig], at) => id === received[at]?.[0] && equal(sig, received[at][1]));
  if (!normal) throw new FormatError("statement", "signatures of others, or not sorted by key id");
  if (received.length !== 1 + statement.cosigners.length) {
    throw new FormatError("statement", "the signature of a named signer is not there");
  }
  return statement;
}

function hasExactly(value: Value | undefined, keys: readonly string[]): value is ObjectValue {
  return isObject(value) && value.size === keys.length && keys.every((key) => value.has(key));
}

function envelopeParts(value: Value | undefined): { payload: Bytes; received: Signature[] } {
  if (!hasExactly(value, ["payload", "payloadType", "signatures"])) {
    throw new FormatError("statement", "not exactly the keys payload, payloadType, signatures");
  }
  const [payload, listed] = [value.get("payload"), value.get("signatures")];
  if (value.get("payloadType") !== PAYLOAD_TYPE) throw new FormatError("statement", "another payloadType");
  if (typeof payload !== "string") throw new FormatError("statement", "not text", "payload");
  if (!Array.isArray(listed) || listed.length < 1 || listed.length > RECEIVED_SIGNATURES_MAX) {
    throw new FormatError("statement", "not a list of 1-64", "signatures");
  }
  const received: Signature[] = [];
  for (const item of listed) {
    if (!hasExactly(item, ["keyid", "sig"])) throw new FormatError("statement", "not exactly keyid, sig");
    const [keyid, sig] = [item.get("keyid"), item.get("sig")];
    if (typeof keyid !== "string" || typeof sig !== "string") throw new FormatError("statement", "not text");
    if (received.some(([known]) => known === keyid)) throw new FormatError("statement", "two by one key");
    received.push([keyid, b64decode(sig, "statement signature")]);
  }
  return { payload: b64decode(payload, "statement payload"), received };
}

function readPayload(payload: Bytes, received: readonly Signature[]): Statement {
  const fields = decodeObject(payload, PAYLOAD_MAX);
  const wrong = (where: string): FormatError => new FormatError("payload", "not of the form", where);
  const cosigned = fields.has("cosigners");
  if (!hasExactly(fields, cosigned ? [...PAYLOAD_KEYS, "cosigners"] : PAYLOAD_KEYS)) throw wrong("keys");
  const [log, kind, v, body] = ["log", "kind", "v", "body"].map((name) => fields.get(name));
  const [author, nonce, occurredAt] = ["author", "id", "occurred_at"].map((name) => fields.get(name));
  if (typeof log !== "string" || !ORIGIN.test(log)) throw wrong("log");
  if (typeof kind !== "string" || !KIND.test(kind)) throw wrong("kind");
  if (!isInteger(v) || v < 1) throw wrong("v");
  if (!isHex(author, 32)) throw wrong("author");
  if (!isHex(nonce, 16)) throw wrong("id");
  if (!isInteger(occurredAt) || occurredAt < 0) throw wrong("occurred_at");
  if (!isObject(body)) throw wrong("body");
  checkExpiry(fields.get("expires"));
  const cosigners = cosigned ? readCosigners(fields.get("cosigners"), author) : [];
  const signers = [author, ...cosigners];
  const signatures = received.filter(([id]) => signers.includes(id)).sort(([a], [b]) => (a < b ? -1 : 1));
  if (signatures.some(([, sig]) => sig.length !== SIGNATURE_SIZE)) {
    throw new FormatError("envelope", "a signature that is not 64 bytes");
  }
  return { id: statementId(payload), payload, log, kind, v, author, cosigners, occurredAt, body, signatures };
}

/** `{"time": t}` or `{"size": n, "time": t}`. */
function checkExpiry(value: Value | undefined): void {
  const good =
    (hasExactly(value, ["time"]) || hasExactly(value, ["size", "time"])) &&
    [...value.values()].every((each) => isInteger(each) && each >= 0);
  if (!good) throw new FormatError("payload", "not of the form", "expires");
}

function readCosigners(value: Value | undefined, author: string): string[] {
  const wrong = new FormatError("payload", "not sorted key ids of others", "cosigners");
  if (!Array.isArray(value) || value.length < 1 || value.length >= SIGNERS_MAX) throw wrong;
  const ids = value.filter((each): each is string => isHex(each, 32));
  const rising = ids.every((id, at) => at === 0 || (ids[at - 1] as string) < id);
  if (ids.length !== value.length || !rising || ids.includes(author)) throw wrong;
  return ids;
}

/** Throw `CheckError` unless every named signer has signed; `publics` are their keys, by id. */
export async function checkSignatures(
  statement: Statement,
  publics: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const signers = [statement.author, ...statement.cosigners];
  const failed = (code: string, id: string): CheckError => new CheckError("signature", `${code} (key ${id})`);
  for (const id of signers) if (!publics.has(id)) throw failed("unknown_key", id);
  const message = pae(PAYLOAD_TYPE, statement.payload);
  for (const [id, signature] of statement.signatures) {
    const good = await verifyStrict(publics.get(id) as Uint8Array, message, signature);
    if (!good) throw failed("bad_signature", id);
  }
  for (const id of signers) {
    if (!statement.signatures.some(([signed]) => signed === id)) throw failed("signature_missing", id);
  }
}
