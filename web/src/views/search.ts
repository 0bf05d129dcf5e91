// The Search screen. The query, what it is narrowed to and the order live in the address, so a
// search can be kept as a bookmark and the back button works. Results are links: a plain click opens the panel, any other kind of
// click opens the document's own page.

import * as api from "../api";
import { documentName, sectionText, withoutHeadings } from "../answer_text";
import { h, hasFinePointer, highlighted, replace } from "../dom";
import { snippetAround } from "../highlight";
import { formatDate, t, tn } from "../i18n";
import { MessageKey } from "../messages/en";
import { icon } from "../icons";
import { closePanel, openPanel } from "../panel";
import { documentHref, note } from "../router";
import { hasShortcuts } from "../settings";
import { isTyping } from "../shell";
import { FacetName, Facets, Hit, SearchAnswer, Span } from "../types";
import { View } from "../view";
import { button, labelBadge, problemNote, select, waiting } from "../widgets";
import { Chosen, chosenList, correctionLine, exactly, facet_names, facetList, filterOf } from "./facets";

const top_first = 10;
const top_max = 50;
const snippet_points_max = 320;

type Order = "best" | "newest" | "title";

export function searchView(query: URLSearchParams): View {
  const initial = query.get("q") ?? "";
  const chosen: Chosen = {};
  for (const name of facet_names) if (query.get(name)) chosen[name] = query.get(name)!;
  let order: Order = (["newest", "title"] as const).find((name) => name === query.get("order")) ?? "best";
  const box = h("input", {
    type: "search", class: "input search-box", name: "q", maxlength: 1000, autocomplete: "off", "aria-label": t("search.box"),
    placeholder: t("search.placeholder"), enterkeyhint: "search",
  });
  box.value = initial;
  const results = h("div", { class: "results" });
  let running: AbortController | null = null;

  const address = (): string => {
    const words = new URLSearchParams();
    if (box.value.trim()) words.set("q", box.value.trim());
    for (const name of facet_names) if (chosen[name]) words.set(name, chosen[name]!);
    if (order !== "best") words.set("order", order);
    const tail = words.toString();
    return "/search" + (tail ? "?" + tail : "");
  };
  const run = async (words: string, top: number): Promise<void> => {
    running?.abort();
    running = new AbortController();
    if (words === "") {
      replace(results, hints((word) => { box.value = word; box.focus(); }));
      return;
    }
    if (top === top_first) replace(results, waiting(t("search.busy")));
    try {
      const answer = await api.search(words, filterOf(chosen), top, running.signal);
      draw(words, answer, top);
      if (top > top_first) links(results)[top_first]?.focus();
    } catch (error) {
      if (!api.isAbort(error)) replace(results, problemNote(error, () => void run(words, top)));
    }
  };
  const draw = (words: string, answer: SearchAnswer, top: number): void => {
    const more = top < top_max && answer.hits.length >= top ? () => void run(words, top_max) : null;
    const orders = select((["best", "newest", "title"] as const).map((value) => ({ value, text: t(`search.order_${value}`) })), order);
    orders.setAttribute("aria-label", t("search.order"));
    orders.addEventListener("change", () => {
      order = orders.value as Order;
      note(address(), { replace: true });
      draw(words, answer, top);
      results.querySelector<HTMLElement>(".order select")?.focus();
    });
    const corrections = answer.hits.length > 0 ? answer.corrections ?? [] : [];
    const corrected = correctionLine(corrections, () => {
      box.value = exactly(words, corrections);
      onSubmit(new Event("submit"));
      box.focus({ preventScroll: true });
    });
    replace(results, h("div", { class: "results-columns" },
      h("div", { class: "results-main" }, corrected, ...show(words, sorted(answer.hits, order), chosen, narrow, h("div", { class: "order" }, orders), more)),
      narrowing(answer.facets ?? {})));
  };
  const narrow = (name: FacetName, value: string | null): void => {
    if (value === null) delete chosen[name];
    else chosen[name] = value;
    note(address());
    closePanel();
    void run(box.value.trim(), top_first).then(() => box.focus({ preventScroll: true }));
  };
  // Beside the results where there is room, else folded above them.
  const narrowing = (facets: Facets): HTMLElement | null => {
    const list = facetList(facets, chosen, narrow);
    return list && h("details", { class: "narrow", open: matchMedia("(min-width: 1000px)").matches },
      h("summary", {}, icon("filter"), t("search.narrow")), list);
  };
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    note(address());
    closePanel();
    void run(box.value.trim(), top_first);
  };
  const onKey = (event: KeyboardEvent): void => {
    // Arrows move where the focus is in the box or on a result, and scroll elsewhere; j and k
    // move from anywhere but the panel, unless a letter is meant as a letter.
    const target = event.target instanceof Element ? event.target : null;
    const inBox = target === box;
    const arrows = inBox || (target !== null && results.contains(target));
    const letters = hasShortcuts() && !isTyping(event) && target?.closest("#panel") === null;
    const down = (event.key === "ArrowDown" && arrows) || (event.key === "j" && letters);
    const up = (event.key === "ArrowUp" && arrows) || (event.key === "k" && letters);
    const held = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || event.isComposing;
    if ((!down && !up) || held || event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const all = links(results);
    if (all.length === 0) return;
    const at = all.indexOf(document.activeElement as HTMLElement);
    event.preventDefault();
    if (up && at <= 0) box.focus();
    else all[Math.min(all.length - 1, at + (down ? 1 : -1))].focus();
  };
  document.addEventListener("keydown", onKey);
  void run(initial.trim(), top_first);

  const element = h("div", { class: "search page" },
    h("h1", {}, t("search.heading")),
    h("form", { class: "search-form", role: "search", onsubmit: onSubmit },
      h("div", { class: "search-field" }, icon("search"), box),
      button(t("search.submit"), null, { kind: "primary", type: "submit" })),
    results);
  const view: View = {
    title: initial ? `${initial} – ${t("search.title")}` : t("search.title"), element, box,
    dispose: () => { running?.abort(); document.removeEventListener("keydown", onKey); },
  };
  if (hasFinePointer()) view.focus = box;
  return view;
}

function links(results: HTMLElement): HTMLElement[] {
  return [...results.querySelectorAll<HTMLElement>(".hit-link")];
}

const filters: [string, MessageKey][] = [
  ["type:pdf", "search.by_type"], ["collection:hr", "search.by_collection"], ["after:2025-01", "search.by_date"],
  ["label:internal", "search.by_label"], ["title:policy", "search.by_title"], ["\"paid leave\"", "search.by_phrase"],
  ["-draft", "search.by_absence"],
];

function hints(use: (word: string) => void): HTMLElement {
  const pieces = t("search.keys", { slash: "\u0000/\u0000", j: "\u0000j\u0000", k: "\u0000k\u0000", enter: "\u0000↵\u0000" }).split("\u0000");
  return h("div", { class: "empty" },
    h("p", { class: "lead" }, t("search.empty")),
    h("section", { class: "filter-hints", "aria-label": t("search.narrow") },
      h("h2", { class: "overline" }, t("search.narrow")),
      h("dl", {}, ...filters.map(([word, meaning]) => h("div", {},
        h("dt", {}, h("button", { type: "button", class: "filter-word", onclick: () => use(word + " ") }, word)),
        h("dd", {}, t(meaning)))))),
    hasShortcuts() && h("p", { class: "quiet keys-line" }, ...pieces.map((piece, i) => (i % 2 === 1 ? h("kbd", {}, piece) : piece))));
}

function sorted(hits: readonly Hit[], order: Order): Hit[] {
  const out = [...hits];
  if (order === "newest") out.sort((a, b) => (b.modified ?? "").localeCompare(a.modified ?? ""));
  if (order === "title") out.sort((a, b) => documentName(a).localeCompare(documentName(b)));
  return out;
}

function show(
  query: string, hits: Hit[], chosen: Chosen, narrow: (name: FacetName, value: null) => void, order: HTMLElement,
  more: (() => void) | null,
): (HTMLElement | null)[] {
  const narrowed = chosenList(chosen, (name) => narrow(name, null));
  if (hits.length === 0) {
    return [narrowed, h("div", { class: "empty", role: "status" },
      h("p", { class: "lead", dir: "auto" }, t("search.none", { query })),
      h("p", { class: "quiet" }, t(narrowed ? "search.none_narrowed" : "search.none_hint")))];
  }
  const list = [
    narrowed,
    h("div", { class: "results-head" }, h("p", { class: "quiet small", role: "status" }, tn("search.count", hits.length)), order),
    h("ol", { class: "hits" }, ...hits.map(hitItem)),
  ];
  return more ? [...list, h("p", { class: "more" }, button(t("search.more"), more))] : list;
}

function hitItem(hit: Hit): HTMLElement {
  const section = sectionText(hit.section, hit.title);
  const body = withoutHeadings(hit.text, hit.section, hit.title);
  const cut = [...hit.text].length - [...body].length;
  const spans = hit.highlights.map(([begin, end]): Span => [begin - cut, end - cut]);
  const snippet = snippetAround(body, spans, snippet_points_max);
  const link = h("a", {
    class: "hit-link", href: documentHref(hit.document_id, hit.page, hit.chunk_id), dir: "auto",
    onclick: (event: MouseEvent) => {
      if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      openPanel(hit, link);
    },
  }, documentName(hit));
  return h("li", { class: "hit" },
    h("div", { class: "hit-head" }, h("h2", { class: "hit-title" }, link), labelBadge(hit.label)),
    h("p", { class: "hit-where", dir: "auto" },
      [hit.collection, section, hit.page ? t("page.n", { n: hit.page }) : "", hit.modified ? formatDate(hit.modified) : ""].filter((s) => s).join(" · ")),
    h("p", { class: "snippet", dir: "auto" }, highlighted(snippet.text, snippet.spans)));
}
