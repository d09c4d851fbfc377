/**
 * Checkpoints: a log's origin, size and root in three lines (C2SP tlog-checkpoint; `ledger/log/checkpoint.py`).
 *
 * A log's signature alone proves nothing: it could show each reader another tree. We take no
 * extension lines: cosignatures of newer types do not cover them.
 */

import { type Bytes, b64decode } from "./bytes.js";
import { FormatError } from "./errors.js";
import { HASH_SIZE } from "./merkle.js";
import { type Note, parseNote } from "./note.js";

export const ORIGIN = /^[a-z0-9.\-/]{1,255}$/;

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Bytes;
}

/** A number 0..2^53-1 in ASCII digits without sign, blank or leading zero. */
export function parseDecimal(text: string, thing: string, where: string): number {
  const number = /^(?:0|[1-9][0-9]{0,15})$/.test(text) ? Number(text) : NaN;
  if (!Number.isSafeInteger(number)) throw new FormatError(thing, "not a number 0..2^53-1", where);
  return number;
}

/** The checkpoint in a note's text: three lines exactly. */
export function parseCheckpoint(text: string): Checkpoint {
  const [origin = "", size = "", root = "", ...rest] = text.split("\n");
  if (rest.length !== 1 || rest[0] !== "") {
    throw new FormatError("checkpoint", "not exactly three lines, each with a line break");
  }
  if (!ORIGIN.test(origin)) throw new FormatError("checkpoint", "not 1-255 of a-z 0-9 . - /", "origin");
  const number = parseDecimal(size, "checkpoint", "size");
  const hash = b64decode(root, "checkpoint root");
  if (hash.length !== HASH_SIZE) throw new FormatError("checkpoint", `not ${HASH_SIZE} bytes`, "root");
  return { origin, size: number, root: hash };
}

/** Checkpoint and note in `data`, no signature checked; for those who check them next. */
export function openCheckpointText(data: Uint8Array): { checkpoint: Checkpoint; note: Note } {
  const note = parseNote(data);
  return { checkpoint: parseCheckpoint(note.text), note };
}
