/**
 * Keys and signatures: Ed25519, checked so strictly that no two verifiers disagree (`ledger/keys.py`).
 *
 * Browsers accept what others refuse: Chromium takes an identity key with one signature for every
 * message. So the gate comes first, here: key and commitment R canonical, on the curve, of prime
 * order; S below the group's order. What passes has one answer everywhere, and then WebCrypto gives
 * it where it knows Ed25519, else the library does. Verdicts are held to 1,077 shared vectors.
 */

import * as ed from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";

import { type Bytes, concat, sha256, toHex, utf8 } from "./bytes.js";
import { FormatError } from "./errors.js";

ed.hashes.sha512 = sha512;

export const PUBLIC_SIZE = 32;
export const SIGNATURE_SIZE = 64;

/** The order L of the prime-order group, RFC 8032 section 5.1. */
const GROUP_ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

/** The id of an Ed25519 public key: hex of H("relief/key/v1" || 00 || 01 || key). */
export function keyId(publicKey: Uint8Array): string {
  if (publicKey.length !== PUBLIC_SIZE) throw new FormatError("public key", "not 32 bytes");
  return toHex(sha256(utf8("relief/key/v1\0\x01"), publicKey));
}

/** Whether a public key may be enrolled: 32 bytes, canonical, on the curve, of prime order. */
export function isStrong(publicKey: Uint8Array): boolean {
  if (publicKey.length !== PUBLIC_SIZE) return false;
  try {
    const point = ed.Point.fromBytes(publicKey, false);
    // The identity is free of torsion as well: it is refused as a point of small order.
    return !point.isSmallOrder() && point.isTorsionFree();
  } catch {
    return false;
  }
}

/** Whether `signature` is one of `message` by `publicKey`, with every check there is. */
export async function verifyStrict(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  return isStrong(publicKey) && verifyEnrolled(publicKey, message, signature);
}

/** As `verifyStrict`, for a key that passed `isStrong` when it was read from the trust file. */
export async function verifyEnrolled(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  if (publicKey.length !== PUBLIC_SIZE || signature.length !== SIGNATURE_SIZE) return false;
  if (littleEndian(signature.subarray(32)) >= GROUP_ORDER) return false;
  // Steps 4, 5 and 7 ask for the same checkpoint's signatures again: each is worked out once.
  const asked = toHex(sha256(publicKey, signature, sha256(message)));
  const known = answers.get(asked);
  if (known !== undefined) return known;
  const found = isStrong(signature.subarray(0, 32)) && (await equationHolds(publicKey, message, signature));
  if (answers.size >= ANSWERS_MAX) answers.clear();
  answers.set(asked, found);
  return found;
}

const ANSWERS_MAX = 256;
const answers = new Map<string, boolean>();

/** Where WebCrypto stands: not asked yet, there, or not to be used. */
let engine: "unknown" | "webcrypto" | "library" = "unknown";

/** For tests: take the library's equation, or forget what was found out. */
export function useEngine(name: "unknown" | "library"): void {
  engine = name;
  answers.clear();
}

export function engineName(): string {
  return engine;
}

async function equationHolds(
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const subtle = globalThis.crypto?.subtle;
  if (engine !== "library" && subtle !== undefined) {
    try {
      const key = await subtle.importKey("raw", copy(publicKey), "Ed25519", false, ["verify"]);
      const found = await subtle.verify("Ed25519", key, copy(signature), copy(message));
      engine = "webcrypto";
      return found;
    } catch {
      // This browser has no Ed25519 of its own.
      engine = "library";
    }
  }
  try {
    return ed.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
}

function copy(data: Uint8Array): Bytes {
  return concat(data);
}

function littleEndian(data: Uint8Array): bigint {
  return BigInt(`0x${toHex(data.slice().reverse())}`);
}
