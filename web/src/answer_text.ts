// An answer as plain text for the clipboard: sentences with [n] behind them, then the list of
// the sources that were cited. Pure.

import { Passage, Sentence } from "./types";

export interface Numbered extends Passage { n: number }

export function citedNumbers(sentences: readonly Sentence[]): number[] {
  return [...new Set(sentences.flatMap((sentence) => sentence.citations))];
}

export function answerAsText(
  question: string, sentences: readonly Sentence[], sources: readonly Numbered[], pageWord: string,
): string {
  const body = sentences
    .map((sentence) => {
      const text = sentence.text.trim();
      return sentence.citations.length > 0 ? `${text} ${sentence.citations.map((n) => `[${n}]`).join("")}` : text;
    })
    .join(" ");
  const cited = citedNumbers(sentences);
  const list = sources
    .filter((source) => cited.includes(source.n))
    .sort((a, b) => a.n - b.n)
    .map((source) => `[${source.n}] ${[source.title, source.page ? `${pageWord} ${source.page}` : "", sectionText(source.section)]
      .filter((piece) => piece !== "").join(", ")}`);
  return [question, "", body, ...(list.length > 0 ? ["", ...list] : [])].join("\n");
}

// A section path comes as one string or as its steps.
export function sectionText(section: string | string[] | null | undefined): string {
  if (!section) return "";
  return Array.isArray(section) ? section.filter((step) => step !== "").join(" › ") : section;
}
