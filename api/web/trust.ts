/**
 * Trust files: which logs, and which cosigners together, make a checkpoint believable
 * (`docs/spec/trust-file.md`, `ledger/log/trust.py`).
 *
 * Names are octets: the file is read byte by byte, and only the name of a key must be UTF-8.
 */

import { fromUtf8, toHex } from "./bytes.js";
import { type Checkpoint, ORIGIN, parseCheckpoint, parseDecimal } from "./checkpoint.js";
import { CheckError, FormatError, UnknownSigner } from "./errors.js";
import { COSIGNATURE, LOG, type Note, type VerifierKey, isLineOf, openNote, parseVkey, timeOf } from "./note.js";

export const TRUST_MAX = 131_072;
export const DEFINED_MAX = 32;
/** Seconds by which a cosigner's clock may be ahead of ours. */
export const FUTURE_S = 300;
const MIRROR_SUFFIX = "/mirror";
const NONE = "none";
const THING = "trust file";

export interface Window {
  readonly origin: string;
  readonly start: number;
  readonly end: number | null;
}

export interface Witness {
  readonly name: string;
  readonly key: VerifierKey;
}

export interface Group {
  readonly name: string;
  readonly threshold: number;
  readonly members: readonly string[];
}

/** How a checkpoint's quorum was reached: key names that count, and since when they sufficed. */
export interface Quorum {
  readonly names: readonly string[];
  readonly time: bigint;
  readonly mirrors: number;
  readonly mirrorsWanted: number;
}

/** Whether enough mirrors vouch for outcomes and state root, not for the tree alone. */
export function isReExecuted(quorum: Quorum): boolean {
  return quorum.mirrors >= quorum.mirrorsWanted;
}

export class TrustFile {
  constructor(
    readonly logs: readonly VerifierKey[],
    readonly witnesses: readonly Witness[],
    readonly groups: readonly Group[],
    readonly quorum: string,
    readonly windows: readonly Window[],
    readonly mirrors: number,
  ) {}

  verifiers(): VerifierKey[] {
    return [...this.logs, ...this.witnesses.map((each) => each.key)];
  }

  /** The checkpoint in the note `data`, signed by a log of this file, at a size it is for. */
  async checkLog(data: Uint8Array): Promise<{ checkpoint: Checkpoint; note: Note }> {
    const note = await openNote(data, this.verifiers());
    const checkpoint = parseCheckpoint(note.text);
    const logs = this.logs.filter((each) => each.name === checkpoint.origin);
    if (!note.verified.some((line) => logs.some((log) => isLineOf(line, log)))) {
      throw new UnknownSigner("log signature", `none of a known key of ${checkpoint.origin}`);
    }
    this.checkSize(checkpoint);
    return { checkpoint, note };
  }

  /** Throw `CheckError` unless this file is meant for the checkpoint's origin and size. */
  checkSize({ origin, size }: Checkpoint): void {
    const windows = this.windows.filter((window) => window.origin === origin);
    if (this.windows.length > 0 && windows.length === 0) {
      throw new CheckError(THING, `it names no sizes of ${origin}`);
    }
    for (const { start, end } of windows) {
      if (size < start || (end !== null && size >= end)) {
        const until = end === null ? "" : ` and below ${end}`;
        throw new CheckError(THING, `it is for sizes from ${start}${until}, not ${size}`);
      }
    }
  }

  /** How the cosignatures verified in `note` make the quorum; `CheckError` when they do not. */
  quorumOf(note: Note, now: bigint | null = null): Quorum {
    if (this.quorum === NONE) return { names: [], time: 0n, mirrors: 0, mirrorsWanted: this.mirrors };
    const wanted = this.witnessesUnder(this.quorum);
    const under = this.witnesses.filter((each) => wanted.has(each.name));
    const times = new Map<string, bigint>();
    for (const line of note.verified) {
      const name = under.find((each) => isLineOf(line, each.key))?.name;
      const time = timeOf(line);
      if (name === undefined || (now !== null && time > now + BigInt(FUTURE_S))) continue;
      const earlier = times.get(name);
      times.set(name, earlier !== undefined && earlier < time ? earlier : time);
    }
    // In the file's order; a cosigner with an old and a new key is one mirror, not two.
    const names = [...new Set(under.filter((each) => times.has(each.name)).map((each) => each.key.name))];
    const ordered = [...times.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    const time = ordered.find((limit) => {
      const signed = new Set([...times].filter(([, at]) => at <= limit).map(([name]) => name));
      return this.hasWitnessed(this.quorum, signed);
    });
    if (time === undefined) {
      throw new CheckError("quorum", `${this.quorum} is not reached by ${names.join(", ") || "nobody"}`);
    }
    const mirrors = names.filter((name) => name.endsWith(MIRROR_SUFFIX)).length;
    return { names, time, mirrors, mirrorsWanted: this.mirrors };
  }

  // Both walks end: a group names only what was defined before it, each name is in one group.

  private witnessesUnder(name: string): Set<string> {
    const group = this.groups.find((each) => each.name === name);
    if (group === undefined) return new Set([name]);
    return new Set(group.members.flatMap((member) => [...this.witnessesUnder(member)]));
  }

  private hasWitnessed(name: string, signed: ReadonlySet<string>): boolean {
    const group = this.groups.find((each) => each.name === name);
    if (group === undefined) return signed.has(name);
    return group.members.filter((member) => this.hasWitnessed(member, signed)).length >= group.threshold;
  }
}

/** The trust file in `data`; `FormatError` with the line's number. */
export function parseTrust(data: Uint8Array): TrustFile {
  if (data.length > TRUST_MAX) throw new FormatError(THING, `${data.length} bytes, at most ${TRUST_MAX}`);
  if (data[data.length - 1] !== 0x0a) {
    throw new FormatError(THING, "the last line has no line break: is the file cut off?");
  }
  let octets = "";
  for (const byte of data.subarray(0, data.length - 1)) octets += String.fromCharCode(byte);
  const reader = new Reader();
  octets.split("\n").forEach((line, at) => {
    try {
      reader.read(line);
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(THING, error.why, `line ${at + 1}`);
      throw error;
    }
  });
  return reader.finish();
}

const THRESHOLD = /^[1-9][0-9]?$/;

function wrong(why: string): FormatError {
  return new FormatError(THING, why);
}

class Reader {
  private readonly logs: VerifierKey[] = [];
  private readonly witnesses: Witness[] = [];
  private readonly groups: Group[] = [];
  private readonly windows: Window[] = [];
  private readonly publics = new Set<string>();
  private readonly keyIds = new Set<string>();
  private readonly groupOf = new Map<string, string | null>();
  private quorum: string | null = null;
  private mirrors: number | null = null;

  read(line: string): void {
    if (/[\x00-\x08\x0a-\x1f\x7f]/.test(line)) throw wrong("an octet that is not allowed");
    const items = line.replace(/^[ \t]+|[ \t]+$/g, "").split(/[ \t]+/);
    const [first = "", second = "", ...rest] = items;
    if (items.length === 1 && first === "") return;
    if (first === "#" && second === "size") this.readWindow(rest);
    else if (first === "#" && second === "mirrors") this.readMirrors(rest);
    else if (first === "#size" || first === "#mirrors") throw wrong("put a blank behind the #");
    else if (first.startsWith("#")) return;
    else if (first === "log" && (items.length === 2 || items.length === 3)) this.readLog(second);
    else if (first === "witness" && (items.length === 3 || items.length === 4)) {
      this.define(second);
      this.witnesses.push({ name: second, key: this.readKey(rest[0] as string, COSIGNATURE) });
    } else if (first === "group" && items.length > 3) this.readGroup(second, rest[0] as string, rest.slice(1));
    else if (first === "quorum" && items.length === 2) this.readQuorum(second);
    else throw wrong("an unknown word, or a wrong number of items");
    for (const defined of [this.logs, this.witnesses, this.groups, this.windows]) {
      if (defined.length > DEFINED_MAX) throw wrong(`more than ${DEFINED_MAX} of this kind`);
    }
  }

  finish(): TrustFile {
    if (this.quorum === null) throw wrong("no quorum line");
    const { logs, witnesses, groups, quorum, windows, mirrors } = this;
    return new TrustFile(logs, witnesses, groups, quorum, windows, mirrors ?? 1);
  }

  private readWindow(items: readonly string[]): void {
    const [origin = "", from = "", to = ""] = items;
    if (items.length !== 3 || !ORIGIN.test(origin)) throw wrong("not `# size ORIGIN FROM TO`");
    const start = parseDecimal(from, "FROM", "# size");
    const end = to === "-" ? null : parseDecimal(to, "TO", "# size");
    if (end !== null && end <= start) throw wrong(`no size is from ${start} and below ${end}`);
    if (this.windows.some((window) => window.origin === origin)) throw wrong("a second `# size`");
    this.windows.push({ origin, start, end });
  }

  private readMirrors(items: readonly string[]): void {
    const [text = ""] = items;
    if (items.length !== 1 || !THRESHOLD.test(text)) throw wrong("not `# mirrors K` with K from 1");
    if (this.mirrors !== null) throw wrong("a second `# mirrors`");
    this.mirrors = Number(text);
  }

  private readLog(vkey: string): void {
    const key = this.readKey(vkey, LOG);
    if (!ORIGIN.test(key.name)) throw wrong("a log's key is named like its origin");
    this.logs.push(key);
  }

  private readKey(octets: string, type: number): VerifierKey {
    const data = Uint8Array.from(octets, (octet) => octet.charCodeAt(0));
    const key = parseVkey(fromUtf8(data, "verifier key"));
    if (key.type !== type) throw wrong(`a key of type ${key.type}, not ${type}`);
    // One key under two names would count twice; as log and cosigner it would vouch for itself.
    const [publicKey, id] = [toHex(key.public), `${toHex(key.keyId)} ${key.name}`];
    if (this.publics.has(publicKey)) throw wrong("a public key stands twice");
    if (this.keyIds.has(id)) throw wrong("two keys of one name and key id");
    this.publics.add(publicKey);
    this.keyIds.add(id);
    return key;
  }

  private readGroup(name: string, thresholdText: string, members: readonly string[]): void {
    for (const member of members) {
      const group = this.groupOf.get(member);
      if (group === undefined) throw wrong("a member that is not defined above");
      if (group !== null) throw wrong("a member of two groups");
      this.groupOf.set(member, name);
    }
    this.define(name);
    const count = members.length;
    const text = thresholdText === "all" ? String(count) : thresholdText === "any" ? "1" : thresholdText;
    // `all` of more than 99 would be no threshold of this form; 32 witnesses and groups are fewer.
    if (!THRESHOLD.test(text) || Number(text) > count) throw wrong(`neither all, any nor 1-${count}`);
    this.groups.push({ name, threshold: Number(text), members });
  }

  private readQuorum(name: string): void {
    if (this.quorum !== null) throw wrong("a second quorum line");
    if (name === NONE) throw wrong("`quorum none` trusts the log alone; name a witness or a group");
    if (!this.groupOf.has(name)) throw wrong("the quorum is not defined above");
    this.quorum = name;
  }

  private define(name: string): void {
    if (this.groupOf.has(name) || name === NONE) throw wrong("a name that is taken");
    this.groupOf.set(name, null);
  }
}
