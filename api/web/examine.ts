/**
 * Examining a file as a person would want it told: which state, each step, what it shows, what next.
 *
 * Rule: `verified` and `corrected` are made in one place, from a result of all eight steps of a
 * receipt; every failure has a state of its own, and whatever could not be told is `unchecked`.
 */

import { fromUtf8, toHex } from "./bytes.js";
import { type Value, encode } from "./canon.js";
import { type SubjectEntry, parseEntry } from "./entry.js";
import { CheckError, FormatError, MissingProof, UnknownSigner } from "./errors.js";
import { checkIndexProof, parseIndexProof } from "./indexproof.js";
import { parseReceipt } from "./receipt.js";
import { type Checked, FailedStep, STEPS, checkReceipt } from "./receiptcheck.js";
import { PROOF_FILE_MAX, type StateProof, type StateShown, checkStateProof, parseStateProof } from "./stateproof.js";
import { checkProof, parseProof } from "./tlogproof.js";
import { type Quorum, type TrustFile, isReExecuted } from "./trust.js";
import { type Language, type Word, clock, fieldWords, kindWords, say } from "./words.js";

export type State =
  | "mismatch" | "unchecked" | "promised" | "corrected" | "verified" // the five of a receipt
  | "refused" | "held" // results of their own: a proof that holds, of something that was not booked
  | "included" | "proved" | "absent"; // what other proofs show; they run fewer steps, and are not green

export interface Step {
  readonly title: Word;
  readonly result: "passed" | "failed" | "open";
  readonly text: string;
  readonly technical: string;
}

export interface Report {
  readonly state: State;
  readonly sentence: string;
  /** Who vouches, by name, and as of when; empty where nobody does. */
  readonly vouched: string;
  readonly next: string;
  readonly remarks: readonly string[];
  readonly steps: readonly Step[];
  readonly facts: readonly (readonly [label: string, text: string])[];
}

const RECEIPT_STEPS: readonly Word[] = [
  "step_form", "step_leaf", "step_trust", "step_log", "step_quorum", "step_place", "step_signers", "step_shown",
];
const PROOF_STEPS: readonly Word[] = ["step_form", "step_trust", "step_log", "step_quorum", "step_place"];
const ROW_STEPS: readonly Word[] = [...PROOF_STEPS, "step_row"];
const LIST_STEPS: readonly Word[] = [...ROW_STEPS, "step_list"];
const FAILS: Partial<Record<Word, Word>> = {
  step_form: "fail_form", step_leaf: "fail_form", step_trust: "fail_trust", step_log: "fail_log",
  step_quorum: "fail_quorum", step_place: "fail_place", step_signers: "fail_signers",
  step_shown: "fail_shown", step_row: "fail_row", step_list: "fail_list",
};
const DAY_S = 86_400n;

export type Kind = "receipt" | "proof" | "state" | "list" | "unknown";

/** Which of our files this is, by the words that it must hold. */
export function kindOf(data: Uint8Array): Kind {
  let text: string;
  try {
    text = fromUtf8(data.subarray(0, PROOF_FILE_MAX), "file");
  } catch {
    return "unknown";
  }
  if (text.startsWith("c2sp.org/tlog-proof")) return "proof";
  if (!text.startsWith("{")) return "unknown";
  if (/"type":\s*"receipt"/.test(text)) return "receipt";
  if (/"type":\s*"index-proof"/.test(text)) return "list";
  return /"type":\s*"state-proof"/.test(text) ? "state" : "unknown";
}

/** What the file `data` shows, by the trust file; `now` in Unix seconds. Never throws for bad input. */
export async function examine(
  data: Uint8Array,
  trust: TrustFile | null,
  now: bigint,
  language: Language,
): Promise<Report> {
  const kind = kindOf(data);
  if (kind === "unknown") return unchecked(say("next_kind", language), language);
  if (kind === "receipt") return examineReceipt(data, trust, now, language);
  return examineProof(kind, data, trust, now, language);
}

/** Nothing was proved or disproved, and why. */
export function unchecked(next: string, language: Language): Report {
  return { state: "unchecked", sentence: say("means_unchecked", language), vouched: "", next, remarks: [], steps: [], facts: [] };
}

// --- receipts

async function examineReceipt(
  data: Uint8Array,
  trust: TrustFile | null,
  now: bigint,
  language: Language,
): Promise<Report> {
  let checked: Checked;
  try {
    checked = await checkReceipt(data, trust, now);
  } catch (error) {
    if (!(error instanceof FailedStep)) throw error;
    return failedAt(RECEIPT_STEPS, error.step, error.cause, error.said, await isAhead(error, data, trust), language);
  }
  if (checked.said.length !== STEPS) throw new Error("a result of fewer than eight steps");
  const origin = checked.checkpoint.origin;
  const words = (word: Word, values: Record<string, string | number> = {}): string => say(word, language, values);
  const at = clock;
  const who = signedBy(checked, language);
  const texts = [
    words("ok_form"),
    words("ok_leaf"),
    words("ok_trust", { origin, size: checked.checkpoint.size }),
    words("ok_log", { origin }),
    words("ok_quorum", { names: checked.quorum.names.join(", "), time: at(checked.quorum.time) }),
    words("ok_place", { index: checked.index, size: checked.checkpoint.size, time: at(checked.batch.time) }),
    words("ok_signers", { who, outcome: outcomeWords(checked.code, language) }),
    words(checked.verdict === "corrected" ? "ok_shown_corrected" : "ok_shown", {
      shown: shownWords(checked, language),
      time: at(checked.batch.time),
    }),
  ];
  const what = kindWords(kindOfEntry(checked.entry), language);
  const sentences = [
    words("sentence_receipt", { what, index: checked.index, origin, time: at(checked.entry.time), who }),
  ];
  if (checked.verdict !== "verified") sentences.push(words(`sentence_${checked.verdict}`));
  const remarks = remarksOn(checked.quorum, now, language);
  const standing = checked.standing;
  if (standing !== null && standing.retired.length + standing.added.length > 0) remarks.push(words("remark_trust_old"));
  if (checked.verdict === "corrected" && checked.corrections.length === 0) {
    remarks.push(words("remark_text_not_shown"));
  }
  const facts: (readonly [string, string])[] = checked.receipt.shown.map(
    (field) => [fieldWords(field.name, language), String(field.value)] as const,
  );
  for (const [index, entry] of checked.corrections) {
    facts.push([words("correction", { index, time: at(entry.time) }), reasonOf(entry)]);
  }
  if (standing !== null) facts.push([words("page_genesis"), toHex(standing.governed.genesisHash)]);
  return {
    state: checked.verdict,
    sentence: sentences.join(language === "en" ? " " : ""),
    vouched: words("vouched", { names: checked.quorum.names.join(", "), time: at(checked.batch.time) }),
    next: "",
    remarks,
    steps: RECEIPT_STEPS.map((title, place) => ({
      title,
      result: "passed",
      text: texts[place] as string,
      technical: (checked.said[place] as string).replace(/^\d: /, ""),
    })),
    facts,
  };
}

/** Whether it is only this device's clock that keeps the quorum from being reached. */
async function isAhead(error: FailedStep, data: Uint8Array, trust: TrustFile | null): Promise<boolean> {
  if (trust === null || !(error.cause instanceof CheckError) || error.cause.check !== "quorum") return false;
  try {
    trust.quorumOf((await trust.checkLog(parseReceipt(data).proof.checkpoint)).note);
    return true;
  } catch {
    return false;
  }
}

function kindOfEntry(entry: SubjectEntry): string {
  return entry.type === "statement" ? entry.statement.kind : entry.kind;
}

function signedBy(checked: Checked, language: Language): string {
  if (checked.signers.length === 0) return say("derived", language);
  const names = [...new Set(checked.signers.map((each) => each.actor))];
  return say("signed_by", language, { names: names.join(language === "en" ? ", " : "、") });
}

function outcomeWords(code: string, language: Language): string {
  if (code === "ok") return say("outcome_applied", language);
  if (code === "flagged") return say("outcome_flagged", language);
  return code === "held" ? say("outcome_held", language) : say("outcome_refused", language, { code });
}

function shownWords({ receipt }: Checked, language: Language): string {
  if (receipt.line !== null) return say("a_row", language);
  const n = receipt.shown.length;
  return n > 0 ? say("fields", language, { n }) : say("nothing", language);
}

function reasonOf(entry: SubjectEntry): string {
  const body = entry.type === "statement" ? entry.statement.body : entry.body;
  const reason = body.get("say") ?? body.get("reason");
  return typeof reason === "string" ? reason : "–";
}

function remarksOn(quorum: Quorum, now: bigint, language: Language): string[] {
  const remarks: string[] = [];
  if (!isReExecuted(quorum)) remarks.push(say("remark_claimed", language));
  if (now - quorum.time > DAY_S) {
    remarks.push(say("remark_old", language, { time: clock(quorum.time) }));
  }
  return remarks;
}

// --- what failed

/** The state that a failed check comes to, as `relief verify` has it: what disproves nothing is `unchecked`. */
function stateOf(cause: CheckError | FormatError, isClock: boolean): State {
  if (cause instanceof FormatError) return "mismatch";
  if (cause.check === "quorum") return isClock ? "unchecked" : "promised";
  return cause instanceof UnknownSigner || cause.check === "trust file" ? "unchecked" : "mismatch";
}

function failedAt(
  titles: readonly Word[],
  step: number,
  cause: CheckError | FormatError,
  said: readonly string[],
  isClock: boolean,
  language: Language,
): Report {
  const state = stateOf(cause, isClock);
  let next = say(state === "mismatch" ? "next_mismatch" : state === "promised" ? "next_promised" : "next_trust", language);
  if (isClock) next = say("next_clock", language);
  if (cause instanceof MissingProof) next = say("next_fresh", language);
  return {
    state,
    sentence: say(state === "mismatch" ? "means_mismatch" : state === "promised" ? "means_promised" : "means_unchecked", language),
    vouched: "",
    next,
    remarks: [],
    steps: titles.map((title, place) => {
      const number = place + 1;
      if (number < step) {
        return { title, result: "passed", text: plainText(title, language), technical: (said[place] ?? "").replace(/^\d: /, "") };
      }
      if (number > step) return { title, result: "open", text: say("not_reached", language), technical: "" };
      return { title, result: "failed", text: say(FAILS[title] as Word, language), technical: cause.message };
    }),
    facts: [],
  };
}

/** What a step that passed has shown, where that can be said without the whole result. */
function plainText(title: Word, language: Language): string {
  if (title === "step_form") return say("ok_form", language);
  return title === "step_leaf" ? say("ok_leaf", language) : "";
}

// --- proof files, state proofs, index proofs

async function examineProof(
  kind: "proof" | "state" | "list",
  data: Uint8Array,
  trust: TrustFile | null,
  now: bigint,
  language: Language,
): Promise<Report> {
  const titles = kind === "proof" ? PROOF_STEPS : kind === "state" ? ROW_STEPS : LIST_STEPS;
  const words = (word: Word, values: Record<string, string | number> = {}): string => say(word, language, values);
  let step = 1;
  try {
    if (kind === "proof") {
      const proof = parseProof(data);
      if (proof.extra === null) return unchecked(words("next_entry"), language);
      const entry = parseEntry(proof.extra);
      step = 2;
      if (trust === null) throw new CheckError("trust file", "none is given");
      const found = await checkProof(proof, proof.extra, trust, now);
      const name = entry.type === "batch" ? "batch" : kindOfEntry(entry);
      const { index, checkpoint, quorum } = found;
      const values = { what: kindWords(name, language), index, origin: checkpoint.origin, time: clock(entry.time) };
      const place = words("ok_place_only", { index, size: checkpoint.size });
      const remarks = remarksOn(quorum, now, language).filter((each) => each !== words("remark_claimed"));
      return passed("included", words("sentence_included", values), titles, [place], found, remarks, language);
    }
    const list = kind === "list" ? parseIndexProof(data) : null;
    const proof: StateProof = list === null ? parseStateProof(data) : list.proof;
    step = 2;
    if (trust === null) throw new CheckError("trust file", "none is given");
    const shown: StateShown =
      list === null ? await checkStateProof(proof, trust, now) : await checkIndexProof(list, trust, now);
    const time = clock(shown.batch.time);
    const place = words("ok_place", { index: shown.checkpoint.size - 1, size: shown.checkpoint.size, time });
    const row = shown.row === undefined ? "" : rowWords(shown.row);
    const values = { table: shown.table, key: shown.key, row, time, n: list?.entries.length ?? 0 };
    const sentence = list !== null ? "sentence_list" : shown.row === undefined ? "sentence_no_row" : "sentence_row";
    const state: State = list !== null || shown.row !== undefined ? "proved" : "absent";
    const texts = [place, words("ok_row"), words("ok_list")];
    return passed(state, words(sentence, values), titles, texts, shown, remarksOn(shown.quorum, now, language), language);
  } catch (error) {
    if (!(error instanceof CheckError || error instanceof FormatError)) throw error;
    const at = step === 1 ? 1 : titles.indexOf(stepOf(error)) + 1;
    return failedAt(titles, at, error, [], false, language);
  }
}

function rowWords(row: Value): string {
  return typeof row === "string" ? row : new TextDecoder().decode(encode(row));
}

/** In which step a check of these files stands. */
function stepOf(error: CheckError | FormatError): Word {
  if (error instanceof FormatError) return "step_log";
  const steps: Record<string, Word> = {
    "trust file": "step_trust",
    note: "step_log",
    "log signature": "step_log",
    quorum: "step_quorum",
    inclusion: "step_place",
    "batch entry": "step_place",
    "state proof": "step_row",
    "index proof": "step_list",
  };
  return steps[error.check] ?? "step_place";
}

function passed(
  state: State,
  sentence: string,
  titles: readonly Word[],
  texts: readonly string[],
  shown: { checkpoint: { origin: string; size: number }; quorum: Quorum },
  remarks: readonly string[],
  language: Language,
): Report {
  const { origin, size } = shown.checkpoint;
  const all = [
    say("ok_form", language),
    say("ok_trust", language, { origin, size }),
    say("ok_log", language, { origin }),
    say("ok_quorum", language, { names: shown.quorum.names.join(", "), time: clock(shown.quorum.time) }),
    ...texts,
  ];
  const steps: Step[] = titles.map((title, place) => ({
    title,
    result: "passed",
    text: all[place] as string,
    technical: "",
  }));
  const time = clock(shown.quorum.time);
  const vouched = say("vouched", language, { names: shown.quorum.names.join(", "), time });
  return { state, sentence, vouched, next: "", remarks, steps, facts: [] };
}
