/**
 * Canonical JSON: one value, one spelling (`docs/spec/canonical-json.md`, `ledger/canon.py`).
 *
 * `decode` is a parser of the canonical form alone: it reads no blank, no other escape, no float, no
 * null, no unsorted or doubled key, so that whatever it takes `encode` writes with the same bytes.
 * `JSON.parse` is not used, because it rounds large integers and keeps the last of two equal keys.
 * Objects are Maps: a key `__proto__` is a key like any other.
 */

import { type Bytes, fromUtf8, utf8 } from "./bytes.js";
import { FormatError } from "./errors.js";

export type Value = number | string | boolean | Value[] | ObjectValue;
export type ObjectValue = Map<string, Value>;

export const PAYLOAD_MAX = 32_768;
export const ENTRY_MAX = 65_535;
export const INT_MAX = Number.MAX_SAFE_INTEGER;
export const DEPTH_MAX = 16;
export const KEY_MAX = 64;

const THING = "canonical JSON";

/** The value of canonical bytes, at most `sizeMax` long; `FormatError` for anything else. */
export function decode(data: Uint8Array, sizeMax: number = PAYLOAD_MAX): Value {
  if (data.length > sizeMax) throw wrong(`${data.length} bytes, at most ${sizeMax}`);
  const reader = new Reader(fromUtf8(data, THING));
  const value = reader.value(1);
  reader.end();
  return value;
}

/** As `decode`, and the outermost value is an object. */
export function decodeObject(data: Uint8Array, sizeMax: number = PAYLOAD_MAX): ObjectValue {
  const value = decode(data, sizeMax);
  if (!isObject(value)) throw wrong("the outermost value is not an object");
  return value;
}

export function isObject(value: Value | undefined): value is ObjectValue {
  return value instanceof Map;
}

/** A whole number; `true` is none, and neither is a text of digits. */
export function isInteger(value: Value | undefined): value is number {
  return typeof value === "number";
}

/** The one spelling of `value`, in UTF-8. */
export function encode(value: Value): Bytes {
  return utf8(write(value));
}

function write(value: Value): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return value ? "true" : "false";
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value)) throw wrong(`${value} is no integer up to 2^53-1`);
    return Object.is(value, -0) ? "0" : String(value);
  }
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  // Keys are ASCII, so that the order of UTF-16 units is that of bytes.
  const keys = [...value.keys()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return `{${keys.map((key) => `${quote(key)}:${write(value.get(key) as Value)}`).join(",")}}`;
}

function quote(text: string): string {
  return `"${text.replace(/["\\]/g, "\\$&").replace(/\n/g, "\\n")}"`;
}

function wrong(why: string, at?: number): FormatError {
  return new FormatError(THING, why, at === undefined ? "" : `character ${at}`);
}

class Reader {
  private at = 0;

  constructor(private readonly text: string) {}

  end(): void {
    if (this.at !== this.text.length) throw wrong("something follows the value", this.at);
  }

  /** The value that starts here; `depth` counts arrays and objects, the outermost is 1. */
  value(depth: number): Value {
    const start = this.text.charAt(this.at);
    if (start === '"') return this.string();
    if (start === "{" || start === "[") {
      if (depth > DEPTH_MAX) throw wrong(`nested deeper than ${DEPTH_MAX}`, this.at);
      this.at += 1;
      return start === "{" ? this.object(depth) : this.array(depth);
    }
    if (this.takes("true")) return true;
    if (this.takes("false")) return false;
    return this.integer();
  }

  private object(depth: number): ObjectValue {
    const found: ObjectValue = new Map();
    if (this.takes("}")) return found;
    let last = "";
    do {
      const where = this.at;
      const key = this.string();
      if (key.length > KEY_MAX || !/^[!#-[\]-~]+$/.test(key)) {
        throw wrong("a key is not 1-64 visible ASCII characters", where);
      }
      if (key <= last) throw wrong("keys are not sorted, or one stands twice", where);
      last = key;
      this.expect(":");
      found.set(key, this.value(depth + 1));
    } while (this.takes(","));
    this.expect("}");
    return found;
  }

  private array(depth: number): Value[] {
    const found: Value[] = [];
    if (this.takes("]")) return found;
    do found.push(this.value(depth + 1));
    while (this.takes(","));
    this.expect("]");
    return found;
  }

  private integer(): number {
    const pattern = /0|-?[1-9][0-9]{0,15}/y;
    pattern.lastIndex = this.at;
    const digits = pattern.exec(this.text)?.[0];
    const number = Number(digits ?? NaN);
    // At most 16 digits: the comparison below is exact, though a double may not be.
    if (digits === undefined || !Number.isSafeInteger(number)) {
      throw wrong("neither a value of this form nor an integer up to 2^53-1", this.at);
    }
    this.at += digits.length;
    return number;
  }

  private string(): string {
    this.expect('"');
    let found = "";
    let from = this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === 0x22) break;
      if (Number.isNaN(code)) throw wrong("a string does not end", from);
      if (code < 0x20 || code === 0x7f) throw wrong("a control character in a string", this.at);
      if (code === 0x5c) {
        const escaped = this.text.charAt(this.at + 1);
        if (escaped === "" || !'"\\n'.includes(escaped)) throw wrong("an escape of another form", this.at);
        found += this.text.slice(from, this.at) + (escaped === "n" ? "\n" : escaped);
        this.at += 2;
        from = this.at;
      } else this.at += 1;
    }
    found += this.text.slice(from, this.at);
    this.at += 1;
    return found;
  }

  private takes(token: string): boolean {
    const here = this.text.startsWith(token, this.at);
    if (here) this.at += token.length;
    return here;
  }

  private expect(token: string): void {
    if (!this.takes(token)) throw wrong(`no ${token} where one is due`, this.at);
  }
}
