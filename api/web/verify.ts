/**
 * `verify.html`: the verifier as one page that also works from disk, without a network.
 *
 * A receipt comes by choosing or dropping a file, or in the fragment of the address
 * (`#lang=zh-Hant&receipt=<base64url>`), which browsers do not send. The trust file is chosen; where
 * a member serves the page, that member's can be taken, and the report then says whose word it is.
 */

import { type Bytes, b64decode, sha256, toHex } from "./bytes.js";
import { FormatError } from "./errors.js";
import { examine } from "./examine.js";
import { PROOF_FILE_MAX } from "./stateproof.js";
import { type TrustFile, parseTrust } from "./trust.js";
import { make, reportView } from "./view.js";
import { type Language, languageOf, say } from "./words.js";

interface Chosen {
  readonly name: string;
  readonly data: Bytes;
}

const NAMES: readonly (readonly [Language, string])[] = [
  ["zh-Hant", "繁體"],
  ["zh-Hans", "简体"],
  ["en", "English"],
];
const isServed = location.protocol === "http:" || location.protocol === "https:";
const asked = new URLSearchParams(location.hash.slice(1));
let language: Language = languageOf(asked.get("lang") ?? navigator.languages?.[0] ?? navigator.language ?? "en");
let proof: Chosen | null = null;
let trust: Chosen | null = null;
let isMembers = false;
let turn = 0;

const app = document.getElementById("app") as HTMLElement;

async function show(): Promise<void> {
  const mine = (turn += 1);
  document.documentElement.lang = language;
  document.title = say("page_title", language);
  const result = await resultView();
  if (mine !== turn) return; // something else was chosen meanwhile
  const focused = document.activeElement?.id;
  app.replaceChildren(
    languagesView(),
    make("h1", "", say("page_title", language)),
    make("p", "lead", say("page_lead", language)),
    chooser("proof", proof, (chosen) => (proof = chosen)),
    chooser("trust", trust, (chosen) => {
      trust = chosen;
      isMembers = false;
    }),
    result,
    make("p", "limits", say("page_limits", language)),
  );
  if (focused !== undefined && focused !== "") document.getElementById(focused)?.focus();
}

function languagesView(): HTMLElement {
  const nav = make("nav", "languages");
  nav.setAttribute("aria-label", say("page_languages", language));
  for (const [tag, name] of NAMES) {
    const button = make("button", "", name);
    button.type = "button";
    button.lang = tag;
    button.id = `lang-${tag}`;
    button.setAttribute("aria-pressed", String(tag === language));
    button.addEventListener("click", () => {
      language = tag;
      void show();
    });
    nav.append(button);
  }
  return nav;
}

function chooser(what: "proof" | "trust", chosen: Chosen | null, keep: (chosen: Chosen) => void): HTMLElement {
  const section = make("section", "choose");
  const label = make("label", "button", say("page_choose", language));
  const input = make("input", "");
  const title = make("h2", "", say(`page_${what}`, language));
  title.id = `title-${what}`;
  input.type = "file";
  input.id = `file-${what}`;
  label.htmlFor = input.id;
  input.setAttribute("aria-describedby", `title-${what}`);
  input.addEventListener("change", () => {
    const file = input.files?.[0];
    if (file !== undefined) void readFile(file).then(keep).then(show);
  });
  const name = chosen === null ? say("page_none", language) : say("page_chosen", language, { name: chosen.name, size: chosen.data.length });
  section.append(title, make("p", "hint", say(`page_${what}_hint`, language)));
  section.append(make("p", "pick", input, label, " ", make("bdi", "picked", name)));
  if (what === "trust") {
    if (isServed) section.append(memberButton());
    if (chosen !== null) {
      const hash = make("code", "", toHex(sha256(chosen.data)));
      section.append(make("p", "hint", `${say("page_hash", language)} `, hash));
    }
  }
  return section;
}

function memberButton(): HTMLElement {
  const button = make("button", "button quiet", say("page_use_member", language, { host: location.host }));
  button.type = "button";
  button.id = "member-trust";
  button.addEventListener("click", () => void takeMembers().then(show));
  return make("p", "", button);
}

async function takeMembers(): Promise<void> {
  try {
    const answer = await fetch("/v1/trust", { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) return;
    trust = { name: location.host, data: new Uint8Array(await answer.arrayBuffer()) };
    isMembers = true;
  } catch {
    // No network: the reader chooses a file.
  }
}

async function readFile(file: File): Promise<Chosen> {
  // One byte more than may be, so that a file that is too large is refused and not cut.
  return { name: file.name, data: new Uint8Array(await file.slice(0, PROOF_FILE_MAX + 1).arrayBuffer()) };
}

async function resultView(): Promise<HTMLElement> {
  const section = make("section", "result", make("h2", "", say("page_result", language)));
  section.setAttribute("aria-live", "polite");
  if (proof === null) {
    section.append(make("p", "hint", say("page_waiting", language)));
    return section;
  }
  let file: TrustFile | null = null;
  try {
    if (trust !== null) file = parseTrust(trust.data);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    section.append(make("p", "pc-remark", say("page_bad_trust", language)));
  }
  const started = performance.now();
  const report = await examine(proof.data, file, BigInt(Math.floor(Date.now() / 1000)), language);
  section.dataset["checkMs"] = (performance.now() - started).toFixed(1);
  section.dataset["state"] = report.state;
  const whose = isMembers ? [say("remark_member", language, { host: location.host })] : [];
  section.append(reportView({ ...report, remarks: [...report.remarks, ...whose] }, language, true));
  return section;
}

document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  void (async () => {
    for (const file of event.dataTransfer?.files ?? []) {
      const chosen = await readFile(file);
      // A trust file is plain lines, the others are JSON or begin with the name of their format.
      const isTrust = /(^|\n)\s*quorum\s/.test(new TextDecoder().decode(chosen.data.subarray(0, 131_072)));
      if (isTrust && !/^(\{|c2sp\.org)/.test(new TextDecoder().decode(chosen.data.subarray(0, 16)))) {
        trust = chosen;
        isMembers = false;
      } else proof = chosen;
    }
    await show();
  })();
});

void (async () => {
  const carried = asked.get("receipt");
  if (carried !== null) {
    try {
      const padded = carried.replaceAll("-", "+").replaceAll("_", "/");
      const text = padded + "=".repeat((4 - (padded.length % 4)) % 4);
      proof = { name: ".relief-receipt", data: b64decode(text, "receipt") };
      // Who opens a receipt with this member's verifier asks for this member's word.
      if (isServed) await takeMembers();
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
  }
  await show();
})();
