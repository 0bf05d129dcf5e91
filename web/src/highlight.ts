// Cuts a text into marked and unmarked pieces. Offsets from the server count Unicode code
// points, JavaScript strings count UTF-16 units; here is the one place that translates.
// Pure. Spans may arrive unsorted, overlapping or out of range; no input throws.

import { Span } from "./types";

export interface Piece { text: string; marked: boolean }

export function splitByHighlights(text: string, spans: readonly Span[] | null | undefined): Piece[] {
  return pieces(text, toUnits(text, spans), 0, text.length);
}

// Sorted, merged and counted in UTF-16 units.
export function toUnits(text: string, spans: readonly Span[] | null | undefined): Span[] {
  let unit = 0;
  let point = 0;
  const unitAt = (target: number): number => {
    while (point < target && unit < text.length) {
      unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
      point++;
    }
    return unit;
  };
  return mergeSpans(spans ?? []).map(([begin, end]): Span => [unitAt(begin), unitAt(end)]);
}

// The part of a text from `begin` to `end`; all numbers are UTF-16 units, `marks` as from toUnits.
export function pieces(text: string, marks: readonly Span[], begin: number, end: number): Piece[] {
  const out: Piece[] = [];
  const add = (from: number, to: number, marked: boolean): void => {
    if (from < to) out.push({ text: text.slice(from, to), marked });
  };
  let from = begin;
  for (const [b, e] of marks) {
    const first = Math.min(Math.max(b, from), end);
    const last = Math.min(Math.max(e, first), end);
    add(from, first, false);
    add(first, last, true);
    from = last;
  }
  add(from, end, false);
  return out;
}

// Where a quotation stands in a text, in code points; spaces and line breaks count alike.
export function findQuote(text: string, quote: string): Span | null {
  const words = quote.split(/\s+/).filter((word) => word !== "");
  if (words.length === 0) return null;
  const pattern = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("\\s+");
  const match = new RegExp(pattern).exec(text);
  if (!match) return null;
  const begin = [...text.slice(0, match.index)].length;
  return [begin, begin + [...match[0]].length];
}

function mergeSpans(spans: readonly Span[]): Span[] {
  const sorted = spans
    .filter((s) => Array.isArray(s) && Number.isFinite(s[0]) && Number.isFinite(s[1]) && s[1] > s[0] && s[1] > 0)
    .map(([b, e]): Span => [Math.max(0, Math.trunc(b)), Math.trunc(e)])
    .sort((x, y) => x[0] - y[0]);
  const out: Span[] = [];
  for (const [b, e] of sorted) {
    const last = out[out.length - 1];
    if (last && b <= last[1]) last[1] = Math.max(last[1], e);
    else out.push([b, e]);
  }
  return out;
}

export interface Snippet { text: string; spans: Span[] }

// A window of at most about `points_max` code points over a long text, laid where most marks
// are, cut at spaces, with an ellipsis where something was left out. The result list shows it.
export function snippetAround(text: string, spans: readonly Span[] | null | undefined, points_max: number): Snippet {
  const points = [...text];
  const marks = mergeSpans(spans ?? []).filter(([begin]) => begin < points.length);
  if (points.length <= points_max) return { text, spans: marks };
  const lead = Math.floor(points_max / 6);
  let best = 0;
  let most = -1;
  for (const [begin] of marks) {
    const covered = marks.filter(([b, e]) => b >= begin && e <= begin + points_max - lead).length;
    if (covered > most) {
      most = covered;
      best = begin;
    }
  }
  let from = Math.max(0, Math.min(best - lead, points.length - points_max));
  if (from > 0) {
    const space = points.indexOf(" ", from);
    if (space >= 0 && space < Math.max(best, from + 1)) from = space + 1;
  }
  let to = Math.min(points.length, from + points_max);
  if (to < points.length) {
    const space = points.lastIndexOf(" ", to);
    if (space > to - lead && space > from) to = space;
  }
  const before = from > 0 ? "… " : "";
  const shift = from - before.length;
  return {
    text: before + points.slice(from, to).join("") + (to < points.length ? " …" : ""),
    spans: marks.filter(([b, e]) => b < to && e > from).map(([b, e]): Span => [Math.max(b, from) - shift, Math.min(e, to) - shift]),
  };
}
