// Shows a document's text with headings, paragraphs and tables, and the marks where they fall.

import { Block, blocksOf, Range } from "./blocks";
import { h } from "./dom";
import { pieces, toUnits } from "./highlight";
import { t } from "./i18n";
import { Span } from "./types";

// Tables with more columns keep their natural width and scroll by themselves.
const columns_fitting = 4;

// Spans count Unicode code points, as the server sends them.
export function prose(text: string, spans: readonly Span[] | null | undefined): HTMLElement[] {
  const units = toUnits(text, spans);
  const marked = ({ begin, end }: Range): (HTMLElement | string)[] =>
    pieces(text, units, begin, end).map((piece) => (piece.marked ? h("mark", {}, piece.text) : piece.text));
  return blocksOf(text).map((block) => element(block, marked));
}

function element(block: Block, marked: (range: Range) => (HTMLElement | string)[]): HTMLElement {
  switch (block.kind) {
    case "heading":
      return h("p", { class: "prose-heading", dir: "auto" }, ...marked(block.range));
    case "paragraph":
      return h("p", { dir: "auto" }, ...marked(block.range));
    case "table": {
      const wide = block.head.length > columns_fitting;
      const around = wide ? { class: "prose-table is-wide", tabindex: 0, role: "group", "aria-label": t("doc.table") } : { class: "prose-table" };
      return h("div", around, h("table", {},
        h("thead", {}, h("tr", {}, ...block.head.map((cell) => h("th", { scope: "col", dir: "auto" }, ...marked(cell))))),
        h("tbody", {}, ...block.rows.map((row) => h("tr", {}, ...row.map((cell) => h("td", { dir: "auto" }, ...marked(cell))))))));
    }
  }
}
