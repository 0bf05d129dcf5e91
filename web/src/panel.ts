// The panel beside a screen that shows the page or text a citation or a search result points
// to. On phones it covers the screen. One panel exists at a time; Escape or its button closes
// it and the focus goes back to what opened it.

import { documentDetail, documentText, isAbort } from "./api";
import { documentName, sectionText } from "./answer_text";
import { h, replace } from "./dom";
import { findQuote } from "./highlight";
import { t } from "./i18n";
import { prose } from "./prose";
import { documentHref } from "./router";
import { Passage, Span } from "./types";
import { PageViewer } from "./viewer";
import { iconButton, labelBadge, problemNote, waiting } from "./widgets";
import { icon } from "./icons";

export const panelHost = h("aside", { class: "panel", id: "panel", hidden: true, tabindex: "-1" });

const space_above_px = 48;

let opener: HTMLElement | null = null;
let loading: AbortController | null = null;

export function openPanel(passage: Passage, from: HTMLElement | null): void {
  loading?.abort();
  loading = new AbortController();
  mark(false);
  opener = from;
  mark(true);
  panelHost.setAttribute("aria-label", `${t("panel.label")}: ${documentName(passage)}`);
  const section = sectionText(passage.section, passage.title);
  const badge = h("span", {}, labelBadge(passage.label));
  const body = h("div", { class: "panel-body" });
  replace(panelHost,
    h("header", { class: "panel-head" },
      h("div", { class: "panel-title" },
        h("h2", { dir: "auto" }, documentName(passage)),
        h("p", { class: "quiet small", dir: "auto" },
          [section, passage.page ? t("page.n", { n: passage.page }) : ""].filter((s) => s !== "").join(" · "), " ", badge)),
      iconButton("close", t("action.close"), closePanel)),
    body,
    h("footer", { class: "panel-foot" },
      h("a", { class: "button button-plain", href: documentHref(passage.document_id, passage.page, passage.chunk_id) },
        icon("documents"), h("span", {}, t("panel.open")))));
  fill(passage, body, badge, loading.signal);
  panelHost.hidden = false;
  coverRest();
  document.documentElement.classList.add("has-panel");
  panelHost.scrollTop = 0;
  panelHost.focus({ preventScroll: true });
}

function fill(passage: Passage, body: HTMLElement, badge: HTMLElement, signal: AbortSignal): void {
  if (!looksPaged(passage)) {
    void showText(passage, body, signal);
    return;
  }
  const viewer = new PageViewer({
    id: passage.document_id, title: passage.title, page: passage.page!, chunk: passage.chunk_id,
    chunkPage: passage.page, onFailed: () => void showText(passage, body, signal),
  });
  body.append(viewer.element);
  if (passage.text) {
    body.append(h("details", { class: "passage-details" },
      h("summary", {}, t("panel.passage")),
      h("div", { class: "page-text" }, ...prose(passage.text, marksOf(passage, passage.text)))));
  }
  documentDetail(passage.document_id, signal).then((detail) => {
    viewer.setCount(detail.page_count);
    if (!passage.label) replace(badge, labelBadge(detail.label));
  }).catch(() => undefined); // the page itself tells if something is wrong
}

function looksPaged(passage: Passage): boolean {
  return passage.page !== null && passage.page !== undefined
    && (passage.mime_type === "application/pdf" || /\.pdf$/i.test(passage.uri ?? ""));
}

async function showText(passage: Passage, body: HTMLElement, signal: AbortSignal): Promise<void> {
  replace(body, waiting(t("panel.loading")));
  try {
    const around = await documentText(passage.document_id, passage.chunk_id, signal);
    const text = h("div", { class: "page-text" }, ...surrounded(passage, around.text, around.highlights));
    replace(body, text);
    showPassage(text);
  } catch (error) {
    if (!isAbort(error)) replace(body, problemNote(error, () => void showText(passage, body, signal)));
  }
}

// The words to mark within a passage: those that the answer quotes, or those that were searched.
function marksOf(passage: Passage, text: string): Span[] {
  const quoted = passage.quote ? findQuote(text, passage.quote) : null;
  if (quoted) return [quoted];
  return passage.text === text ? passage.highlights ?? [] : [];
}

// The passage stands out from the text around it, and its words from the passage. Where none
// of them can be found, none is marked.
function surrounded(passage: Passage, text: string, spans: readonly Span[]): HTMLElement[] {
  const points = [...text];
  const begin = Math.max(0, Math.min(points.length, ...spans.map(([b]) => b)));
  const end = Math.min(points.length, Math.max(0, ...spans.map(([, e]) => e)));
  if (spans.length === 0 || begin >= end) return prose(text, []);
  const inside = points.slice(begin, end).join("");
  return [
    ...prose(points.slice(0, begin).join(""), []),
    h("div", { class: "passage-here" }, ...prose(inside, marksOf(passage, inside))),
    ...prose(points.slice(end).join(""), []),
  ];
}

// The passage begins below the panel's head, however many lines that has; where the passage is
// taller than the panel, its first mark may be further down.
function showPassage(text: HTMLElement): void {
  const here = text.querySelector(".passage-here");
  const head = panelHost.querySelector(".panel-head");
  if (!here || !head) return;
  const above = here.getBoundingClientRect().top - head.getBoundingClientRect().bottom;
  panelHost.scrollTop += above - space_above_px;
  const mark = here.querySelector("mark");
  const foot = panelHost.querySelector(".panel-foot");
  if (mark && foot && mark.getBoundingClientRect().bottom > foot.getBoundingClientRect().top) mark.scrollIntoView({ block: "center" });
}

export function closePanel(): void {
  if (panelHost.hidden) return;
  loading?.abort();
  mark(false);
  panelHost.hidden = true;
  coverRest();
  replace(panelHost);
  document.documentElement.classList.remove("has-panel");
  if (opener?.isConnected) opener.focus();
  opener = null;
}

// On narrow windows the panel lies over everything else, which then must not take the focus.
const narrow = matchMedia("(max-width: 959px)");
narrow.addEventListener("change", coverRest);

export function panelCovers(): boolean {
  return narrow.matches;
}

function coverRest(): void {
  const covered = !panelHost.hidden && narrow.matches;
  document.querySelectorAll(".skip, .nav, .main").forEach((element) => element.toggleAttribute("inert", covered));
}

export function panelIsOpen(): boolean {
  return !panelHost.hidden;
}

function mark(on: boolean): void {
  if (on) opener?.setAttribute("aria-current", "true");
  else opener?.removeAttribute("aria-current");
}
