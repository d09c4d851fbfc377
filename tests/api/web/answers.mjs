// Answers of the browser's verifier, one JSON line for each JSON line of questions on standard input:
//   {"do": "receipt", "data": <base64>, "trust": <base64>?, "now": <seconds>?} and so on, below.
// It reads the built file that pages load, so that what is tested is what is shipped.
import { createInterface } from "node:readline";
import { readFileSync } from "node:fs";

const built = new URL(process.env.RELIEF_VERIFIER ?? "../../../api/static/proof-check.js", import.meta.url);
const source = readFileSync(built).toString("base64");
const v = await import(`data:text/javascript;base64,${source}`);
if (process.env.RELIEF_ENGINE) v.useEngine(process.env.RELIEF_ENGINE);

const bytes = (text) => v.b64decode(text, "question");
const hex = (text) => v.fromHex(text);
const trusts = new Map();
const trustOf = (text) => {
  if (text === undefined) return null;
  if (!trusts.has(text)) trusts.set(text, v.parseTrust(bytes(text)));
  return trusts.get(text);
};
const nowOf = (question) => (question.now === undefined ? null : BigInt(question.now));
const plain = (value) =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([key, each]) => [key, plain(each)]))
    : Array.isArray(value) ? value.map(plain) : value;
const parseAny = (question) => {
  const parsers = { receipt: v.parseReceipt, tlogproof: v.parseProof, stateproof: v.parseStateProof,
    indexproof: v.parseIndexProof, note: v.parseNote, trust: v.parseTrust,
    checkpoint: (data) => v.openCheckpointText(data) };
  parsers[question.what](bytes(question.data));
  return {};
};

const answers = {
  receipt: async (question) => {
    try {
      const found = await v.checkReceipt(bytes(question.data), trustOf(question.trust), nowOf(question));
      return { verdict: found.verdict, said: found.said, index: found.index,
        re_executed: v.isReExecuted(found.quorum), signers: found.signers.map((each) => each.actor) };
    } catch (error) {
      if (!(error instanceof v.FailedStep)) throw error;
      const verdict = error.step === 1 ? "malformed" : "false";
      return { verdict, step: error.step, said: error.step === 1 ? [] : error.said,
        unknown: error.cause instanceof v.UnknownSigner, missing: error.cause instanceof v.MissingProof,
        check: error.cause instanceof v.CheckError ? error.cause.check : "" };
    }
  },
  examine: async (question) => {
    const now = BigInt(question.now);
    const report = await v.examine(bytes(question.data), trustOf(question.trust), now, question.language);
    const passed = report.steps.filter((step) => step.result === "passed").length;
    return { state: report.state, sentence: report.sentence, passed, steps: report.steps.length };
  },
  stateproof: async (question) => {
    const found = await v.checkStateProof(
      v.parseStateProof(bytes(question.data)), trustOf(question.trust), nowOf(question));
    return { verdict: found.row === undefined ? "absent" : "present" };
  },
  indexproof: async (question) => {
    const proof = v.parseIndexProof(bytes(question.data));
    await v.checkIndexProof(proof, trustOf(question.trust), nowOf(question));
    return { count: proof.entries.length };
  },
  tlogproof: async (question) => {
    const found = await v.checkProof(
      v.parseProof(bytes(question.data)), bytes(question.entry), trustOf(question.trust), nowOf(question));
    return { index: found.index, size: found.checkpoint.size, names: found.quorum.names,
      time: String(found.quorum.time) };
  },
  signature: async ({ pk, msg, sig }) => ({ good: await v.verifyStrict(hex(pk), hex(msg), hex(sig)) }),
  keyid: async ({ pk }) => ({ id: v.keyId(hex(pk)) }),
  engine: async () => ({ engine: v.engineName() }),
  canon: async (question) => {
    const value = v.decodeObject(bytes(question.data));
    return { again: v.b64encode(v.encode(value)), value: plain(value) };
  },
  root: async ({ leaves }) => ({ root: v.toHex(v.root(leaves.map(hex))) }),
  leaf: async ({ data }) => ({ leaf: v.toHex(v.leafHash(hex(data))) }),
  inclusion: async ({ leaf, index, size, path, root }) => {
    v.checkInclusion(hex(leaf), index, size, path.map(hex), hex(root));
    return {};
  },
  consistency: async ({ old_size, old_root, new_size, new_root, path }) => {
    v.checkConsistency(old_size, hex(old_root), new_size, hex(new_root), path.map(hex));
    return {};
  },
  seal: async ({ name, value, salt }) => ({ seal: v.toHex(v.seal(name, value, hex(salt))) }),
  record: async ({ kind, v: version, shown, paths }) => ({ root: v.toHex(v.openRecord(kind, version,
    shown.map(([name, value, salt]) => ({ name, value, salt: hex(salt) })),
    paths.map(({ index, path }) => ({ index, path: path.map(hex) })))) }),
  pae: async ({ type, payload }) => ({ pae: v.b64encode(v.pae(type, bytes(payload))),
    id: v.statementId(bytes(payload)) }),
  note: async (question) => {
    const note = await v.openNote(bytes(question.data), question.vkeys.map(v.parseVkey));
    return { verified: note.verified.map((line) => line.name), text: note.text };
  },
  checkpoint: async (question) => {
    const found = v.parseCheckpoint(v.fromUtf8(bytes(question.data), "text"));
    return { origin: found.origin, size: found.size, root: v.toHex(found.root) };
  },
  vkey: async ({ vkey }) => ({ name: v.parseVkey(vkey).name }),
  parse: async (question) => parseAny(question),
  log: async (question) => {
    const found = await trustOf(question.trust).checkLog(bytes(question.data));
    const quorum = trustOf(question.trust).quorumOf(found.note, nowOf(question));
    return { size: found.checkpoint.size, names: quorum.names, time: String(quorum.time) };
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const question = JSON.parse(line);
  let answer;
  try {
    answer = await answers[question.do](question);
  } catch (error) {
    const known = error instanceof v.FormatError || error instanceof v.CheckError;
    answer = known ? { error: error.message, kind: error instanceof v.FormatError ? "form" : "check" } : { crash: String(error.stack) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
