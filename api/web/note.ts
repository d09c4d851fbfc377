/**
 * Signed notes: a text and, below it, one line for each signature (C2SP signed-note; `ledger/log/note.py`).
 *
 * Lines of unknown keys are passed over. A line whose name *and* key id are known must verify, or
 * the whole note is refused: a bad signature under a known name is never innocent.
 */

import { type Bytes, b64decode, equal, fromUtf8, sha256, toHex, utf8 } from "./bytes.js";
import { CheckError, FormatError, UnknownSigner } from "./errors.js";
import { PUBLIC_SIZE, SIGNATURE_SIZE, isStrong, verifyEnrolled } from "./keys.js";

/** Type byte of an Ed25519 signature over the text; of a timestamped cosignature. */
export const LOG = 1;
export const COSIGNATURE = 4;

export const NOTE_MAX = 1 << 20;
export const LINES_MAX = 64;
export const NAME_MAX = 255;
export const TIME_MAX = 2n ** 63n - 1n;

const DASH = "\u2014 ";
const NAME =
  /^[^+\x00-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\u{d800}-\u{dfff}]+$/u;
const CONTROL = /[\x00-\x09\x0b-\x1f]/;

export interface VerifierKey {
  readonly name: string;
  readonly keyId: Bytes;
  readonly type: number;
  readonly public: Bytes;
}

export interface NoteLine {
  readonly name: string;
  readonly keyId: Bytes;
  readonly blob: Bytes;
}

export interface Note {
  readonly text: string;
  readonly lines: readonly NoteLine[];
  readonly verified: readonly NoteLine[];
}

export function isKeyName(name: string): boolean {
  return NAME.test(name) && utf8(name).length <= NAME_MAX;
}

/** The first 4 bytes of H(name || 0A || type || public key). */
export function noteKeyId(name: string, type: number, publicKey: Uint8Array): Bytes {
  return sha256(utf8(`${name}\n`), new Uint8Array([type]), publicKey).slice(0, 4);
}

/** The time in a cosignature, Unix seconds; says nothing before the line is verified. */
export function timeOf(line: NoteLine): bigint {
  // Read as Python reads it: up to eight bytes, however few there are.
  return line.blob.slice(0, 8).reduce((time, byte) => time * 256n + BigInt(byte), 0n);
}

async function verifyLine(key: VerifierKey, text: string, line: NoteLine): Promise<boolean> {
  if (key.type === LOG) return verifyEnrolled(key.public, utf8(text), line.blob);
  if (line.blob.length !== 8 + SIGNATURE_SIZE || timeOf(line) > TIME_MAX) return false;
  const message = utf8(`cosignature/v1\ntime ${timeOf(line)}\n${text}`);
  return verifyEnrolled(key.public, message, line.blob.slice(8));
}

/** The key in `name+keyid+base64(type || public key)`. */
export function parseVkey(text: string): VerifierKey {
  // Base64 may hold a `+` itself: only the first two separate.
  const match = /^([^+]*)\+([^+]*)\+(.*)$/s.exec(text);
  if (match === null) throw new FormatError("verifier key", "not name+keyid+key");
  const [name, idHex] = [match[1] as string, match[2] as string];
  const data = b64decode(match[3] as string, "verifier key");
  const type = data[0];
  if (type === undefined) throw new FormatError("verifier key", "no type byte");
  const publicKey = data.slice(1);
  if (!isKeyName(name)) throw new FormatError("verifier key", "the name names no key");
  if (type !== LOG && type !== COSIGNATURE) throw new FormatError("verifier key", `type ${type}`);
  if (publicKey.length !== PUBLIC_SIZE) throw new FormatError("verifier key", "not a key of 32 bytes");
  if (!isStrong(publicKey)) throw new FormatError("verifier key", "not a point of prime order");
  const keyId = noteKeyId(name, type, publicKey);
  if (toHex(keyId) !== idHex) throw new FormatError("verifier key", `key id ${idHex.slice(0, 20)} is another's`);
  return { name, keyId, type, public: publicKey };
}

/** The note in `data`, no signature checked. */
export function parseNote(data: Uint8Array): Note {
  if (data.length > NOTE_MAX) throw new FormatError("note", `${data.length} bytes, at most ${NOTE_MAX}`);
  const whole = fromUtf8(data, "note");
  if (CONTROL.test(whole)) throw new FormatError("note", "a control character");
  // The text may hold blank lines: the last one separates.
  const split = whole.lastIndexOf("\n\n");
  if (split < 0) throw new FormatError("note", "no blank line between text and signatures");
  const below = whole.slice(split + 2);
  if (!below.endsWith("\n")) {
    throw new FormatError("note", "no signature line that ends with a line break");
  }
  const lines = below.slice(0, -1).split("\n");
  if (lines.length > LINES_MAX) throw new FormatError("note", `${lines.length} signature lines`);
  return { text: whole.slice(0, split + 1), lines: lines.map(parseLine), verified: [] };
}

function parseLine(line: string): NoteLine {
  const parts = line.slice(DASH.length).split(" ");
  if (!line.startsWith(DASH) || parts.length !== 2) throw new FormatError("note", "not a signature line");
  const name = parts[0] as string;
  if (!isKeyName(name)) throw new FormatError("note", "a line's name names no key");
  const data = b64decode(parts[1] as string, `signature line of ${name}`);
  if (data.length < 5) throw new FormatError("note", `the line of ${name} has no signature`);
  return { name, keyId: data.slice(0, 4), blob: data.slice(4) };
}

export function isLineOf(line: NoteLine, key: VerifierKey): boolean {
  return line.name === key.name && equal(line.keyId, key.keyId);
}

/** The note in `data`, its lines by known keys verified; see the rule above. */
export async function openNote(data: Uint8Array, verifiers: readonly VerifierKey[]): Promise<Note> {
  const note = parseNote(data);
  const verified: NoteLine[] = [];
  for (const line of note.lines) {
    const key = verifiers.find((each) => isLineOf(line, each));
    if (key === undefined) continue;
    if (!(await verifyLine(key, note.text, line))) {
      throw new CheckError("note", `the signature of ${line.name} (key id ${toHex(line.keyId)}) fails`);
    }
    verified.push(line);
  }
  if (verified.length === 0) {
    const named = note.lines.some((line) => verifiers.some((key) => key.name === line.name));
    throw new (named ? UnknownSigner : CheckError)("note", "no signature of a known key");
  }
  return { ...note, verified };
}

