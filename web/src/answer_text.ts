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
    .map((source) => `[${source.n}] ${[source.title, source.page ? `${pageWord} ${source.page}` : "", sectionText(source.section, source.title)]
      .filter((piece) => piece !== "").join(", ")}`);
  return [question, "", body, ...(list.length > 0 ? ["", ...list] : [])].join("\n");
}

// A section path comes as one string or as its steps. A first step that only repeats the
// document's title says nothing beside it.
export function sectionText(section: string | string[] | null | undefined, title = ""): string {
  return sectionSteps(section, title).join(" › ");
}

function sectionSteps(section: string | string[] | null | undefined, title: string): string[] {
  if (!section) return [];
  const steps = (Array.isArray(section) ? section : section.split(" > ")).filter((step) => step !== "");
  return steps.length > 0 && title !== "" && title.toLowerCase().startsWith(steps[0].toLowerCase()) ? steps.slice(1) : steps;
}

// A passage's text begins with the headings it stands under; where those are shown anyway, the
// text is better without them. A text of headings only stays as it is.
export function withoutHeadings(text: string, section: string | string[] | null | undefined, title: string): string {
  const names = new Set([title, ...sectionSteps(section, "")].map((name) => name.trim()));
  let rest = text;
  for (;;) {
    const line = /^\s*(\S[^\n]*)(?:\n|$)/.exec(rest);
    if (!line || !names.has(line[1].trim())) break;
    rest = rest.slice(line[0].length);
  }
  return rest.trim() === "" ? text : rest.replace(/^\n+/, "");
}

// What a document is called where it has no title: its name in its collection, never the place
// on the server's disk that it was read from.
export function documentName(document: { title: string; external_id?: string; uri?: string }): string {
  return document.title || document.external_id || (document.uri ?? "").split(/[/\\]/).pop() || "";
}

// Where a document can be looked at outside, if its address is one that people use.
export function publicAddress(uri: string | undefined): string {
  return uri && /^https?:[/]{2}/i.test(uri) ? uri : "";
}
