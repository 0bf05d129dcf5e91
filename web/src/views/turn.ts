// One question and its answer: sentences as they arrive, citation chips, sources, and what one
// can do with the answer. Draws a Turn; appends while it runs, so that screen readers hear new
// sentences only and the focus stays where it is.

import { answerAsText, citedNumbers, documentName, sectionText } from "../answer_text";
import { copyText } from "../clipboard";
import { Turn } from "../conversation";
import { h, replace } from "../dom";
import { t, tn } from "../i18n";
import { openPanel } from "../panel";
import { searchHref } from "../router";
import { may } from "../session";
import { Citation, Sentence, Source } from "../types";
import { button, problemNote, waiting } from "../widgets";
import { icon } from "../icons";
import { withPreview } from "../preview";
import { feedbackForm } from "./feedback_form";

export interface TurnActions {
  again(turn: Turn): void;
  ask(question: string): void;
  asWritten(turn: Turn): void;
  stateChanged(): void;
}

export function turnElement(turn: Turn, actions: TurnActions): HTMLElement {
  const body = h("p", { class: "answer-text", dir: "auto", "aria-live": "polite" });
  const status = h("div", { class: "answer-status" });
  const sources = h("div", { class: "answer-sources" });
  const tools = h("div", { class: "answer-tools" });
  const meant = h("div", { class: "meant" });
  const next = h("div", { class: "next-questions" });

  const addSentence = (sentence: Sentence): void => {
    const [start, end] = splitLastWord(sentence.text.trim());
    const chips = sentence.citations.map((n) => turn.source(n)).map((source) => source && chip(turn, source));
    body.append(h("span", { class: "sentence" }, start, h("span", { class: "nowrap" }, end, ...chips)), " ");
  };
  const draw = (): void => {
    body.hidden = turn.sentences.length === 0;
    replace(status, ...statusOf(turn, actions));
    replace(sources, turn.running || abstained(turn) ? null : sourceList(turn));
    replace(tools, ...toolsOf(turn, actions));
    replace(meant, meantLine(turn, actions));
    replace(next, turn.running || turn.state === "failed" ? null : nextQuestions(turn, actions));
    actions.stateChanged();
  };
  turn.listener = {
    changed: draw,
    sentence: (sentence) => {
      addSentence(sentence);
      body.hidden = false;
      replace(status, ...statusOf(turn, actions));
    },
  };
  turn.sentences.forEach(addSentence);
  draw();
  return h("article", { class: "turn" },
    h("h2", { class: "question", dir: "auto" }, h("span", { class: "visually-hidden" }, t("ask.you"), ": "), turn.question),
    meant,
    h("div", { class: "answer", role: "group", "aria-label": t("ask.answer") }, body, status, sources, tools), next);
}

// What was looked for, where the question leaned on the one before it.
function meantLine(turn: Turn, actions: TurnActions): HTMLElement | null {
  if (turn.searchedFor === "" || turn.searchedFor === turn.question) return null;
  return h("p", { class: "meant-line small" },
    h("span", { class: "quiet" }, t("ask.searched_for"), " "), h("span", { dir: "auto" }, turn.searchedFor), " ",
    !turn.running && h("button", { type: "button", class: "link", onclick: () => actions.asWritten(turn) }, t("ask.as_written")));
}

function nextQuestions(turn: Turn, actions: TurnActions): HTMLElement | null {
  if (turn.suggestions.length === 0) return null;
  return h("div", {}, h("h3", { class: "overline" }, t("ask.next")), questionList(turn.suggestions, actions.ask));
}

// Questions that are asked by a press.
export function questionList(questions: readonly string[], ask: (question: string) => void): HTMLElement {
  return h("ul", { class: "questions" }, ...questions.map((question) =>
    h("li", {}, h("button", { type: "button", class: "suggested", dir: "auto", onclick: () => ask(question) }, icon("ask"), h("span", {}, question)))));
}

// The last word keeps its chips with it, so that no line begins with a chip; a very long word
// has to be free to break.
function splitLastWord(text: string): [string, string] {
  const at = text.search(/\S{1,24}$/);
  const begins = at === 0 || /\s/.test(text[at - 1] ?? "");
  return begins && at >= 0 ? [text.slice(0, at), text.slice(at)] : [text, ""];
}

function abstained(turn: Turn): boolean {
  return turn.result !== null && turn.isWhole && (turn.result.abstained || turn.sentences.length === 0);
}

function statusOf(turn: Turn, actions: TurnActions): (HTMLElement | null)[] {
  switch (turn.state) {
    case "looking":
      return [waiting(t("ask.looking"))];
    case "reading":
      return [turn.sentences.length > 0 ? h("span", { class: "caret", "aria-hidden": "true" })
        : waiting(tn("ask.reading", turn.sources.length))];
    case "stopped":
      return [h("p", { class: "quiet", role: "status" }, t("ask.stopped"))];
    case "failed":
      return [problemNote(turn.problem, () => actions.again(turn))];
    case "done":
      return [abstained(turn) ? abstention(turn) : null, turn.isWhole ? null : withheld(turn, actions)];
  }
}

// Kept, but what some of it rested on cannot be read now; why is not told.
function withheld(turn: Turn, actions: TurnActions): HTMLElement {
  return h("div", { class: "note", role: "status" }, icon("lock"), h("div", { class: "note-body" },
    h("p", {}, t(turn.sentences.length > 0 ? "ask.partly_withheld" : "ask.withheld")),
    h("p", {}, button(t("ask.again"), () => actions.again(turn), { icon: "retry" }))));
}

function abstention(turn: Turn): HTMLElement {
  return h("div", { class: "note abstention", role: "status" },
    icon("book"),
    h("div", { class: "note-body" },
      h("p", { class: "note-title" }, t("ask.abstained")),
      h("p", {}, t("ask.abstained_hint")),
      may("search") && h("p", {}, h("a", { class: "button button-plain", href: searchHref(turn.question) },
        icon("search"), h("span", {}, t("ask.abstained_search"))))));
}

function nameOf(source: Source | Citation): string {
  const { n, page } = source;
  const title = documentName(source);
  return page ? t("ask.source_page", { n, title, page }) : t("ask.source", { n, title });
}

// With the words the answer took from it, once the answer's end has told them.
function quoted(turn: Turn, source: Source | Citation): Source | Citation {
  return { ...source, quote: turn.result?.citations.find((c) => c.n === source.n)?.quote ?? "" };
}

function chip(turn: Turn, source: Source | Citation): HTMLElement {
  const element: HTMLElement = h("button", {
    type: "button", class: "chip", "aria-label": nameOf(source),
    onclick: () => openPanel(quoted(turn, source), element),
  }, source.n);
  withPreview(element, () => quoted(turn, source));
  return element;
}

function sourceList(turn: Turn): HTMLElement | null {
  const cited = citedNumbers(turn.sentences);
  const all: (Source | Citation)[] = turn.sources.length > 0 ? turn.sources : turn.result?.citations ?? [];
  const first = all.filter((s) => cited.includes(s.n));
  const rest = all.filter((s) => !cited.includes(s.n));
  if (all.length === 0) return null;
  return h("div", {},
    first.length > 0 && h("h3", { class: "overline" }, t("ask.sources")),
    first.length > 0 && h("ol", { class: "source-list" }, ...first.map((s) => sourceItem(turn, s))),
    rest.length > 0 && h("details", { class: "more-sources" },
      h("summary", {}, tn("ask.also_read", rest.length)),
      h("ol", { class: "source-list" }, ...rest.map((s) => sourceItem(turn, s)))));
}

function sourceItem(turn: Turn, source: Source | Citation): HTMLElement {
  const quote = quoted(turn, source).quote ?? "";
  const where = [sectionText(source.section, source.title), source.page ? t("page.n", { n: source.page }) : ""].filter((s) => s !== "").join(" · ");
  const element: HTMLElement = h("button", { type: "button", class: "source", onclick: () => openPanel(quoted(turn, source), element) },
    h("span", { class: "chip", "aria-hidden": "true" }, source.n),
    h("span", { class: "source-words" },
      h("span", { class: "visually-hidden" }, nameOf(source)),
      h("span", { class: "source-title", dir: "auto", "aria-hidden": "true" }, documentName(source)),
      where !== "" && h("span", { class: "source-where", dir: "auto" }, where),
      quote !== "" && h("q", { class: "source-quote", dir: "auto" }, quote)));
  return h("li", {}, element);
}

function toolsOf(turn: Turn, actions: TurnActions): (HTMLElement | null)[] {
  if (turn.running || turn.state === "failed") return [];
  const again = button(t("ask.again"), () => actions.again(turn), { icon: "retry" });
  if (turn.sentences.length === 0) return [turn.isWhole ? again : null, turn.messageId !== null ? feedbackForm(turn) : null];
  const copy = button(t("ask.copy"), () => {
    const sources = turn.sources.length > 0 ? turn.sources : turn.result?.citations ?? [];
    const text = answerAsText(turn.question, turn.sentences, sources, t("page"));
    void copyText(text).then((ok) => {
      replace(copy, icon(ok ? "check" : "warning"), h("span", { role: "status" }, t(ok ? "ask.copied" : "ask.copy_failed")));
      setTimeout(() => replace(copy, icon("copy"), h("span", {}, t("ask.copy"))), 2500);
    });
  }, { icon: "copy" });
  return [copy, again, turn.messageId !== null ? feedbackForm(turn) : null];
}
