/**
 * `<proof-check>`: checks a receipt on the reader's own device and says what it came to.
 *
 *     <proof-check src="/v1/receipts/5a1e.." trust="/v1/trust" verifier="/verify" zone="UTC+8">
 *       ▣ This device could not check it. ..          (what is read where no script runs)
 *     </proof-check>
 *
 * The receipt is fetched from `src`, or stands inside in a `<script type="application/vnd.relief.receipt+json">`
 * as base64. What the server wrote stays until the element's own check has ended: no state but
 * `unchecked` ever comes from the server. Whoever serves the page also serves this file, so the
 * element offers to open the receipt with another member's verifier, in the fragment, never sent.
 */

import { type Bytes, b64decode, b64encode } from "./bytes.js";
import { FormatError } from "./errors.js";
import { type Report, examine, unchecked } from "./examine.js";
import { PROOF_FILE_MAX } from "./stateproof.js";
import { type TrustFile, parseTrust } from "./trust.js";
import { make, reportView, stateLine } from "./view.js";
import { type Language, languageOf, say, useZone } from "./words.js";

export * from "./verifier.js";
export { examine } from "./examine.js";

/** The bytes at an address of this site; null when they cannot be had. */
async function load(address: string): Promise<Bytes | null> {
  try {
    const answer = await fetch(address, { credentials: "omit", referrerPolicy: "no-referrer" });
    if (!answer.ok) return null;
    const data = new Uint8Array(await answer.arrayBuffer());
    return data.length <= PROOF_FILE_MAX ? data : null;
  } catch {
    return null;
  }
}

// In Node, where tests read this file, there are no elements.
const Base = (globalThis.HTMLElement ?? class {}) as typeof HTMLElement;

export class ProofCheck extends Base {
  async connectedCallback(): Promise<void> {
    const language = languageOf(this.closest("[lang]")?.getAttribute("lang") ?? "en");
    useZone(this.getAttribute("zone"));
    // The children are parsed by now: the script that defines this element is a module.
    const embedded = this.querySelector('script[type="application/vnd.relief.receipt+json"]')?.textContent;
    const kept = [...this.childNodes];
    const progress = make("div", "pc-box", stateLine("checking", language));
    progress.setAttribute("role", "status");
    this.replaceChildren(progress);
    const started = performance.now();
    const shown = await this.check(embedded?.trim() ?? null, language);
    if (shown === null) {
      const failed = reportView(unchecked(say("next_load", language), language), language, false);
      this.replaceChildren(failed, ...kept.filter((node) => !(node instanceof HTMLScriptElement)));
      this.dataset["state"] = "unchecked";
      return;
    }
    const view = reportView(shown.report, language, false);
    view.setAttribute("role", "status");
    const links = make("p", "pc-links");
    const verifier = this.getAttribute("verifier");
    if (verifier !== null) {
      const away = make("a", "", say("elsewhere", language));
      const carried = b64encode(shown.receipt).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
      away.href = `${verifier}#lang=${language}&receipt=${carried}`;
      links.append(away);
    }
    this.replaceChildren(view, links);
    this.dataset["ms"] = (performance.now() - started).toFixed(1);
    this.dataset["state"] = shown.report.state;
  }

  private async check(
    embedded: string | null,
    language: Language,
  ): Promise<{ report: Report; receipt: Bytes } | null> {
    const [source, whom] = [this.getAttribute("src"), this.getAttribute("trust")];
    let receipt: Bytes | null = null;
    try {
      receipt = embedded !== null ? b64decode(embedded, "receipt") : source !== null ? await load(source) : null;
    } catch {
      // What stands inside is no base64: as if it were not there.
    }
    if (receipt === null) return null;
    const data = whom === null ? null : await load(whom);
    let trust: TrustFile | null = null;
    try {
      if (data !== null) trust = parseTrust(data);
    } catch (error) {
      if (!(error instanceof FormatError)) throw error;
    }
    const started = performance.now();
    const report = await examine(receipt, trust, BigInt(Math.floor(Date.now() / 1000)), language);
    this.dataset["checkMs"] = (performance.now() - started).toFixed(1);
    const sameSite = trust === null ? [] : [say("remark_same_site", language)];
    return { report: { ...report, remarks: [...report.remarks, ...sameSite] }, receipt };
  }
}

globalThis.customElements?.define("proof-check", ProofCheck);
