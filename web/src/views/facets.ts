// The choices beside the results: how many of the documents found have which value. A press
// narrows the search to it; what is chosen stands above the results and goes with a press.

import { h } from "../dom";
import { formatNumber, t, tOr } from "../i18n";
import { icon } from "../icons";
import { MessageKey } from "../messages/en";
import { Correction, FacetName, Facets } from "../types";

export type Chosen = Partial<Record<FacetName, string>>;

export const facet_names: readonly FacetName[] = ["collection", "type", "label", "year"];

// As the server's filters are written: `collection:"annual reports" after:2024 before:2025`.
export function filterOf(chosen: Chosen): string {
  const quoted = (value: string): string => (/[\s:]/.test(value) ? `"${value}"` : value);
  return facet_names.flatMap((name) => {
    const value = chosen[name];
    if (!value) return [];
    return name === "year" ? [`after:${value}`, `before:${Number(value) + 1}`] : [`${name}:${quoted(value)}`];
  }).join(" ");
}

// The same words once more, those that were read as others between quotation marks, which the
// server takes as they are.
export function exactly(words: string, corrections: readonly Correction[]): string {
  const written = new Set(corrections.map((one) => one.written.toLowerCase()));
  return words.split(/("[^"]*")/).map((piece) => (piece.startsWith('"') ? piece
    : piece.replace(/[\p{L}\p{N}]+/gu, (word) => (written.has(word.toLowerCase()) ? `"${word}"` : word)))).join("");
}

export function correctionLine(corrections: readonly Correction[], useExactly: () => void): HTMLElement | null {
  if (corrections.length === 0) return null;
  return h("p", { class: "corrections small" },
    ...corrections.flatMap(({ written, read_as }) => [h("span", { dir: "auto" }, t("search.read_as", { written, read_as })), " "]),
    h("button", { type: "button", class: "link", onclick: useExactly }, t("search.exactly")));
}

export function valueName(name: FacetName, value: string): string {
  return name === "type" ? tOr(`type.${value}`, value) : value;
}

export function facetList(facets: Facets, chosen: Chosen, choose: (name: FacetName, value: string) => void): HTMLElement | null {
  const shown = facet_names.filter((name) => !chosen[name] && (facets[name]?.length ?? 0) > 1);
  if (shown.length === 0) return null;
  return h("div", { class: "facets" }, ...shown.map((name) => h("section", { class: "facet", "aria-label": t(`facet.${name}` as MessageKey) },
    h("h2", { class: "overline" }, t(`facet.${name}` as MessageKey)),
    h("ul", {}, ...facets[name]!.map(({ value, documents }) => h("li", {},
      h("button", { type: "button", class: "facet-value", onclick: () => choose(name, value) },
        h("span", { dir: "auto" }, valueName(name, value)), h("span", { class: "count" }, formatNumber(documents)))))))));
}

export function chosenList(chosen: Chosen, drop: (name: FacetName) => void): HTMLElement | null {
  const names = facet_names.filter((name) => chosen[name]);
  if (names.length === 0) return null;
  return h("ul", { class: "tags chosen", "aria-label": t("facet.chosen") }, ...names.map((name) => {
    const words = valueName(name, chosen[name]!);
    return h("li", { class: "tag" }, h("bdi", {}, words),
      h("button", { type: "button", "aria-label": t("facet.drop", { name: words }), title: t("facet.drop", { name: words }), onclick: () => drop(name) }, icon("close")));
  }));
}
