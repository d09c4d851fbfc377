/** A report as elements of a page. Everything is text: nothing that a file says becomes markup. */

import { type Report, type State, type Step } from "./examine.js";
import { type Language, say } from "./words.js";

/** A mark beside the word, never instead of it. */
const MARKS: Record<State | "checking", string> = {
  mismatch: "✖",
  unchecked: "▣",
  promised: "⏳",
  corrected: "✎",
  verified: "✔",
  refused: "⊘",
  held: "◑",
  included: "●",
  proved: "●",
  absent: "○",
  checking: "…",
};

export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className !== "") element.className = className;
  element.append(...children);
  return element;
}

/** A sentence, its times kept in one piece each. */
function told(text: string): HTMLElement {
  const parts = text.split(/(\d{4}-\d\d-\d\d \d\d:\d\d UTC(?:[+-][\d:]+)?)/);
  return make("bdi", "", ...parts.map((part, at) => (at % 2 === 1 ? make("span", "pc-time", part) : part)));
}

/** The line with mark and word. */
export function stateLine(state: State | "checking", language: Language): HTMLElement {
  const mark = make("span", "pc-mark", MARKS[state]);
  mark.setAttribute("aria-hidden", "true");
  return make("p", "pc-state", mark, " ", say(`state_${state}`, language));
}

/** The whole report; `open` shows the steps at once. */
export function reportView(report: Report, language: Language, open: boolean): HTMLElement {
  const box = make("div", "pc-box");
  box.dataset["state"] = report.state;
  box.append(stateLine(report.state, language), make("p", "pc-sentence", told(report.sentence)));
  if (report.vouched !== "") box.append(make("p", "pc-vouched", told(report.vouched)));
  if (report.next !== "") box.append(make("p", "pc-next", report.next));
  for (const remark of report.remarks) box.append(make("p", "pc-remark", remark));
  const shown = report.facts.filter(([, text]) => !isHash(text));
  if (shown.length > 0) box.append(factsView(shown));
  if (report.steps.length > 0) box.append(stepsView(report, language, open));
  return box;
}

/** No hash stands in the first screenful: it goes with the steps. */
function isHash(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text);
}

function factsView(facts: Report["facts"]): HTMLElement {
  const list = make("dl", "pc-facts");
  for (const [label, text] of facts) {
    const value = make("dd", isHash(text) ? "pc-hash" : "", make("bdi", "", text));
    list.append(make("div", "", make("dt", "", label), value));
  }
  return list;
}

function stepsView({ state, steps, facts }: Report, language: Language, open: boolean): HTMLElement {
  const done = steps.filter((step) => step.result === "passed").length;
  const details = make("details", "pc-details");
  details.open = open;
  details.append(make("summary", "", say("steps", language, { passed: done, all: steps.length })));
  const list = make("ol", "pc-steps");
  steps.forEach((step, place) => list.append(stepView(step, place + 1, state, language)));
  details.append(list);
  const hashes = facts.filter(([, text]) => isHash(text));
  if (hashes.length > 0) details.append(factsView(hashes));
  const technical = steps.map((step, place) => [place + 1, step.technical] as const).filter(([, text]) => text !== "");
  if (technical.length > 0) {
    const lines = technical.map(([number, text]) => make("code", "", `${number}: ${text}`));
    lines.forEach((line) => (line.lang = "en"));
    details.append(make("details", "pc-more", make("summary", "", say("technical", language)), ...lines));
  }
  return details;
}

function stepView(step: Step, number: number, state: State, language: Language): HTMLElement {
  // Red and ✖ are for what a check disproved; where nothing can be told, the step ended there.
  const isWrong = step.result === "failed" && state === "mismatch";
  const mark = make("span", "pc-mark", { passed: "✔", failed: isWrong ? "✖" : "▣", open: "–" }[step.result]);
  mark.setAttribute("aria-hidden", "true");
  const heard = step.result === "open" ? [] : [make("span", "pc-heard", ` ${say(step.result, language)}. `)];
  const title = make("b", "", `${number}. ${say(step.title, language)}`);
  return make("li", isWrong ? "pc-wrong" : `pc-${step.result}`, mark, make("span", "", title, ...heard, " ", told(step.text)));
}
