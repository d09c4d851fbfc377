/**
 * What a receipt proves: eight steps in order, each of which may fail
 * (`docs/spec/receipt.md`, `ledger/proofs/receiptcheck.py`).
 *
 * 1. the form; 2. the leaf, hashed from the entry; 3. the trust file for this size; 4. the log's
 * signature; 5. the quorum, and whether enough mirrors re-executed the log; 6. the entry's place
 * and the batch entry that closes it; 7. the signers and the outcome; 8. the fields shown, and
 * corrections. A result exists only after the eighth: nothing green can be made of less.
 */

import { toHex, equal } from "./bytes.js";
import { type ObjectValue, isObject } from "./canon.js";
import { type Checkpoint, openCheckpointText } from "./checkpoint.js";
import { checkManifest, checkSeal, openRecord } from "./disclosure.js";
import { APPLIED, type BatchEntry, type SubjectEntry, codeOf, idOf } from "./entry.js";
import { CheckError, FormatError, MissingProof } from "./errors.js";
import { type Ground, type Standing, checkGovernance } from "./governed.js";
import { checkIndex, readIndexRow } from "./indexproof.js";
import { checkInclusion, leafHash } from "./merkle.js";
import { openNote } from "./note.js";
import { type Receipt, correctionSubjects, openEntry, parseReceipt } from "./receipt.js";
import { type Signer, checkSigners } from "./signers.js";
import { type StateProof, checkBatch, checkRow } from "./stateproof.js";
import { type TlogProof } from "./tlogproof.js";
import { type Quorum, type TrustFile, isReExecuted } from "./trust.js";

export const CLAIMED = "claimed by the log, not re-executed";
export const RE_EXECUTED = "re-executed by the mirrors";
export const STEPS = 8;

export type ReceiptVerdict = "verified" | "corrected" | "refused" | "held";

/** Step `step` failed; `said` are the sentences of the steps that passed before. */
export class FailedStep extends Error {
  constructor(
    readonly step: number,
    override readonly cause: CheckError | FormatError,
    readonly said: readonly string[],
  ) {
    super(`step ${step}, ${cause.message}`);
  }
}

/** What a receipt has shown. `index` is part of the claim: print it, and "as of" `batch.time`. */
export interface Checked {
  readonly verdict: ReceiptVerdict;
  readonly index: number;
  readonly statementId: string;
  readonly entry: SubjectEntry;
  readonly code: string;
  readonly batch: BatchEntry;
  readonly checkpoint: Checkpoint;
  readonly quorum: Quorum;
  readonly signers: readonly Signer[];
  readonly postedAt: number | null;
  readonly corrections: readonly (readonly [number, SubjectEntry])[];
  readonly receipt: Receipt;
  readonly standing: Standing | null;
  readonly said: readonly string[];
}

/** What the receipt in `data` shows; throws `FailedStep`. `now` sorts out cosignatures of the future. */
export async function checkReceipt(
  data: Uint8Array,
  trust: TrustFile | null,
  now: bigint | null = null,
): Promise<Checked> {
  const said: string[] = [];
  async function step<T>(number: number, check: () => Promise<readonly [T, string]>): Promise<T> {
    try {
      const [found, text] = await check();
      said.push(`${number}: ${text}`);
      return found;
    } catch (error) {
      if (error instanceof CheckError || error instanceof FormatError) {
        throw new FailedStep(number, error, said);
      }
      throw error;
    }
  }
  const receipt = await step(1, async () => [parseReceipt(data), "a well-formed receipt, version 1"]);
  const { checkpoint } = openCheckpointText(receipt.proof.checkpoint);
  const entry = openEntry(receipt.entry);
  const leaf = await step(2, async () => {
    const hashed = leafHash(receipt.entry);
    return [hashed, `the entry's leaf hash is ${toHex(hashed)}`];
  });
  const file = await step(3, async () => chooseTrust(trust, checkpoint));
  await step(4, () => checkLog(file, checkpoint, receipt.proof.checkpoint));
  const firstQuorum = await step(5, () => checkQuorum(file, receipt.proof.checkpoint, now));
  const batch = await step(6, async () => checkPlace(receipt, leaf, entry, checkpoint));
  const vouched = isReExecuted(firstQuorum) ? RE_EXECUTED : CLAIMED;
  const ground: Ground = { trust: file, note: receipt.proof.checkpoint, checkpoint, quorum: firstQuorum, now };
  const { signers, standing } = await step(7, () => checkEntry(receipt, entry, ground, batch, vouched));
  const corrected = await step(8, async () => checkShown(receipt, entry, checkpoint, batch, vouched));
  const code = codeOf(entry);
  const applied = APPLIED.includes(code) || receipt.posted !== null;
  const unbooked = code === "held" ? "held" : "refused";
  return {
    verdict: applied ? (corrected ? "corrected" : "verified") : unbooked,
    index: receipt.proof.index,
    statementId: idOf(entry, checkpoint.origin),
    entry,
    code,
    batch,
    checkpoint,
    quorum: standing?.quorum ?? firstQuorum,
    signers,
    postedAt: receipt.posted?.index ?? null,
    corrections: (receipt.corrected?.entries ?? []).map(([at, each]) => [at, openEntry(each)] as const),
    receipt,
    standing,
    said,
  };
}

// --- steps 3 to 6: the entry is in the log

function chooseTrust(trust: TrustFile | null, checkpoint: Checkpoint): readonly [TrustFile, string] {
  if (trust === null) {
    throw new CheckError(
      "trust file",
      "none is given, and none is derived from genesis here; give --trust",
    );
  }
  trust.checkSize(checkpoint);
  return [trust, `the trust file given is for size ${checkpoint.size} of ${checkpoint.origin}`];
}

async function checkLog(
  trust: TrustFile,
  checkpoint: Checkpoint,
  note: Uint8Array,
): Promise<readonly [null, string]> {
  try {
    await openNote(note, trust.logs.filter((log) => log.name === checkpoint.origin));
  } catch (error) {
    if (error instanceof CheckError) throw error.renamed("log signature");
    throw error;
  }
  return [null, `signed by the log ${checkpoint.origin}`];
}

async function checkQuorum(
  trust: TrustFile,
  data: Uint8Array,
  now: bigint | null,
): Promise<readonly [Quorum, string]> {
  const { note } = await trust.checkLog(data); // every line of a known cosigner must verify
  const quorum = trust.quorumOf(note, now);
  let said = `cosigned by ${quorum.names.join(", ")}; existed by ${quorum.time}`;
  if (!isReExecuted(quorum)) {
    said += `; ${quorum.mirrors} mirrors of ${quorum.mirrorsWanted} wanted: what rests on the state root is ${CLAIMED}`;
  }
  return [quorum, said];
}

function checkPlace(
  receipt: Receipt,
  leaf: Uint8Array,
  entry: SubjectEntry,
  checkpoint: Checkpoint,
): readonly [BatchEntry, string] {
  const { proof } = receipt;
  checkInclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root);
  if (!equal(receipt.batch.checkpoint, proof.checkpoint)) {
    throw new CheckError("batch entry", "it stands under another checkpoint note than the entry");
  }
  const batch = checkBatch(receipt.batch, checkpoint);
  if (batch.batch < entry.batch || batch.time < entry.time) {
    throw new CheckError("batch entry", "its number or time is before the entry's");
  }
  return [
    batch,
    `entry ${proof.index} of ${checkpoint.size}, of batch ${entry.batch} at ${entry.time};` +
      ` as of batch ${batch.batch} at ${batch.time}`,
  ];
}

// --- step 7: who signed, and what came of it

async function checkEntry(
  receipt: Receipt,
  entry: SubjectEntry,
  ground: Ground,
  batch: BatchEntry,
  vouched: string,
): Promise<readonly [{ signers: readonly Signer[]; standing: Standing | null }, string]> {
  checkOutcome(entry.outcome);
  const { origin } = ground.checkpoint;
  const rows = [...receipt.signers];
  const signers = await takeSigners(entry, receipt.proof.index, rows, origin, batch);
  const code = codeOf(entry);
  let said = signers.length > 0 ? `signatures: ${signers.length}, keys ${vouched}` : `derived, ${vouched}`;
  said += `; outcome: ${code}`;
  if (receipt.posted !== null) {
    const posting = checkPosted(receipt, receipt.posted, idOf(entry, origin));
    signers.push(...(await takeSigners(posting, receipt.posted.index, rows, origin, batch)));
    said += `, posted by entry ${receipt.posted.index}`;
  } else if (code === "held") said += ": held, nothing shows that it was posted";
  else if (!APPLIED.includes(code)) said += ": a proven refusal";
  if (rows.length > 0) throw new CheckError("signers", `${rows.length} key rows more than signatures`);
  if (receipt.gov === null) return [{ signers, standing: null }, said];
  const { standing, said: more } = await checkGovernance(receipt.gov, batch.stateRoot, ground);
  return [{ signers, standing }, said + more];
}

/** The outcome's own form: what is not known here could change its meaning. */
function checkOutcome(outcome: ObjectValue): void {
  const judged = ["contracts", "outcome", "set"];
  const waiting = ["posted", "until", "voided"];
  const known = ["breaches", "code", "effects", "late", "would", ...judged, ...waiting];
  const unknown = [...outcome.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) throw new CheckError("outcome", `unknown field ${unknown}`);
  const count = judged.filter((name) => outcome.has(name)).length;
  if (count !== 0 && count !== judged.length) {
    throw new CheckError("outcome", "contracts, outcome and set stand together or not at all");
  }
  if (!/^[a-z_]{1,40}$/.test(outcome.get("code") as string)) throw new CheckError("outcome", "no code");
}

/** The signers of an entry, whose key rows are the first of `rows`; they are taken off it. */
async function takeSigners(
  entry: SubjectEntry,
  index: number,
  rows: StateProof[],
  origin: string,
  batch: BatchEntry,
): Promise<Signer[]> {
  if (entry.type === "auto") return [];
  const mine = rows.splice(0, entry.statement.signatures.length);
  return checkSigners(entry.statement, index, mine, origin, batch.stateRoot);
}

/** The entry that posted the held statement `held`: later, under the same note, and applied. */
function checkPosted(receipt: Receipt, posted: TlogProof, held: string): SubjectEntry {
  if (!equal(posted.checkpoint, receipt.proof.checkpoint)) {
    throw new CheckError("posted", "it stands under another checkpoint note than the entry");
  }
  const { checkpoint } = openCheckpointText(posted.checkpoint);
  const data = posted.extra as Uint8Array; // the form of a receipt
  checkInclusion(leafHash(data), posted.index, checkpoint.size, posted.path, checkpoint.root);
  const entry = openEntry(data);
  checkOutcome(entry.outcome);
  if (entry.outcome.get("posted") !== held || !APPLIED.includes(codeOf(entry))) {
    throw new CheckError("posted", `entry ${posted.index} did not post ${held}`);
  }
  if (posted.index <= receipt.proof.index) {
    throw new CheckError("posted", `entry ${posted.index} is not after the hold`);
  }
  return entry;
}

// --- step 8: what is shown, and whether it was corrected

function checkShown(
  receipt: Receipt,
  entry: SubjectEntry,
  checkpoint: Checkpoint,
  batch: BatchEntry,
  vouched: string,
): readonly [boolean, string] {
  checkFields(receipt, entry);
  const subjects = correctionSubjects(entry, checkpoint.origin, receipt.shown, receipt.paths);
  const keys = receipt.corrections.map((each) => each.key);
  if (keys.length !== subjects.length || keys.some((key, at) => key !== subjects[at])) {
    throw new MissingProof("corrections", `proofs are due for ${subjects.join(", ")}, in this order`);
  }
  const found: string[] = [];
  for (const proof of receipt.corrections) {
    if (proof.table !== "index") {
      throw new CheckError("corrections", `a row of table ${proof.table}, not of the index`);
    }
    checkRow(proof, batch.stateRoot);
    if (proof.row !== undefined) {
      readIndexRow(proof.row);
      found.push(proof.key);
    }
  }
  const shown = receipt.shown.length > 0 ? `${receipt.shown.length} fields as logged` : "nothing";
  let said = `disclosed: ${receipt.line !== null ? "1 row as logged" : shown}; `;
  if (receipt.corrected !== null) {
    if (found.length === 0 || receipt.corrected.proof.key !== found.at(-1)) {
      throw new CheckError("corrections", "the entries shown are about nothing that corrects");
    }
    checkIndex(receipt.corrected, batch.stateRoot);
    for (const [, each] of receipt.corrected.entries) openEntry(each); // they will be shown
    said += "a correction follows, its text is shown";
  } else said += found.length > 0 ? "a correction follows, text not shown" : "no correction follows";
  return [found.length > 0, `${said} (${vouched})`];
}

function checkFields(receipt: Receipt, entry: SubjectEntry): void {
  const { kind, v, body } = entry.type === "statement" ? entry.statement : entry;
  if (receipt.line !== null) {
    const { number, tag } = receipt.line;
    const rows = body.get("rows");
    const row = Array.isArray(rows) ? rows[number] : undefined;
    if (row === undefined) throw new CheckError("line", `there is no row ${number}`);
    if (!isObject(row) || row.get("tag") !== tag) throw new CheckError("line", `row ${number} has another tag`);
  } else if (receipt.paths !== null) {
    const record = openRecord(kind, v, receipt.shown, receipt.paths.record);
    if (!body.has("manifest")) throw new CheckError("manifest", "the statement has none");
    checkManifest(body.get("manifest"), record, receipt.paths.manifest);
  } else {
    const seals = body.get("seals") ?? new Map();
    if (!isObject(seals)) throw new CheckError("seal", "body.seals is no object");
    for (const field of receipt.shown) checkSeal(seals, kind, v, field);
  }
}
