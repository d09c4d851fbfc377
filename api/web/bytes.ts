/**
 * Bytes: text to UTF-8 and back, hex, base64, joining, comparing, SHA-256.
 *
 * Rule: everything strict. UTF-8 that is broken, hex in upper case and base64 that would be written
 * otherwise are refused, as in `ledger/canon.py`; the empty text is good base64 of no bytes.
 */

import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";

import { FormatError } from "./errors.js";

export type Bytes = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();

export function utf8(text: string): Bytes {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, a byte order mark kept as it is; `FormatError` when they are not. */
export function fromUtf8(data: Uint8Array, thing: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    throw new FormatError(thing, "not UTF-8");
  }
}

export function concat(...parts: readonly Uint8Array[]): Bytes {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Texts in the order of their UTF-8 bytes, which is not that of JavaScript for rare characters. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let at = 0; at < shared; at += 1) {
    if (a[at] !== b[at]) return (a[at] as number) - (b[at] as number);
  }
  return a.length - b.length;
}

export function sha256(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(nobleSha256(parts.length === 1 ? (parts[0] as Uint8Array) : concat(...parts)));
}

/** A number 0..2^53-1 as eight bytes, big end first. */
export function u64(value: number): Bytes {
  const data = new Uint8Array(8);
  new DataView(data.buffer).setBigUint64(0, BigInt(value));
  return data;
}

// --- hex

export function toHex(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += byte.toString(16).padStart(2, "0");
  return text;
}

export function isHex(value: unknown, size: number): value is string {
  return typeof value === "string" && value.length === 2 * size && /^[0-9a-f]*$/.test(value);
}

export function hexDecode(value: unknown, size: number, thing: string): Bytes {
  if (!isHex(value, size)) throw new FormatError(thing, `not ${2 * size} lower-case hex digits`);
  return fromHex(value);
}

export function fromHex(text: string): Bytes {
  const data = new Uint8Array(text.length / 2);
  for (let at = 0; at < data.length; at += 1) data[at] = parseInt(text.slice(2 * at, 2 * at + 2), 16);
  return data;
}

// --- base64, RFC 4648 section 4, padded

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const VALUES = new Int8Array(128).fill(-1);
for (let at = 0; at < 64; at += 1) VALUES[ALPHABET.charCodeAt(at)] = at;

export function b64encode(data: Uint8Array): string {
  let text = "";
  for (let at = 0; at < data.length; at += 3) {
    const [a, b, c] = [data[at] as number, data[at + 1], data[at + 2]];
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0);
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63);
    text += b === undefined ? "=" : ALPHABET.charAt((bits >> 6) & 63);
    text += c === undefined ? "=" : ALPHABET.charAt(bits & 63);
  }
  return text;
}

export function b64decode(text: string, thing: string): Bytes {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  const digits = text.length - padding;
  if (text.length % 4 !== 0) throw new FormatError(thing, "not base64");
  const data = new Uint8Array((text.length / 4) * 3 - padding);
  let bits = 0;
  for (let at = 0, out = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    const value = at >= digits ? 0 : code < 128 ? (VALUES[code] as number) : -1;
    if (value < 0) throw new FormatError(thing, "not base64");
    bits = ((bits << 6) | value) & 0xffffff;
    if (at % 4 === 3) {
      for (const shift of [16, 8, 0]) {
        const byte = (bits >> shift) & 255;
        if (out < data.length) data[out] = byte;
        else if (byte !== 0) throw new FormatError(thing, "base64 that is not canonical");
        out += 1;
      }
    }
  }
  return data;
}
