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
  held: "⏸",
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
  box.append(stateLine(report.state, language), make("p", "pc-sentence", make("bdi", "", report.sentence)));
  if (report.next !== "") box.append(make("p", "pc-next", report.next));
  for (const remark of report.remarks) box.append(make("p", "pc-remark", remark));
  if (report.facts.length > 0) {
    const list = make("dl", "pc-facts");
    for (const [label, text] of report.facts) {
      const value = make("dd", /^[0-9a-f]{64}$/.test(text) ? "pc-hash" : "", make("bdi", "", text));
      list.append(make("div", "", make("dt", "", label), value));
    }
    box.append(list);
  }
  if (report.steps.length > 0) box.append(stepsView(report.steps, language, open));
  return box;
}

function stepsView(steps: readonly Step[], language: Language, open: boolean): HTMLElement {
  const done = steps.filter((step) => step.result === "passed").length;
  const details = make("details", "pc-details");
  details.open = open;
  details.append(make("summary", "", say("steps", language, { passed: done, all: steps.length })));
  const list = make("ol", "pc-steps");
  for (const step of steps) {
    const mark = make("span", "pc-mark", { passed: "✔", failed: "✖", open: "–" }[step.result]);
    mark.setAttribute("aria-hidden", "true");
    const heard = step.result === "open" ? [] : [make("span", "pc-heard", ` ${say(step.result, language)}. `)];
    const title = make("b", "", say(step.title, language));
    const item = make("li", `pc-${step.result}`, mark, make("span", "", title, ...heard, " ", make("bdi", "", step.text)));
    if (step.technical !== "") {
      const more = make("details", "pc-more", make("summary", "", say("technical", language)));
      const technical = make("code", "", step.technical);
      technical.lang = "en";
      more.append(technical);
      item.append(more);
    }
    list.append(item);
  }
  details.append(list);
  return details;
}
