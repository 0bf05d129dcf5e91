// Cuts a text into marked and unmarked pieces. Offsets from the server count Unicode code
// points, JavaScript strings count UTF-16 units; here is the one place that translates.
// Pure. Spans may arrive unsorted, overlapping or out of range; no input throws.

import { Span } from "./types";

export interface Piece { text: string; marked: boolean }

export function splitByHighlights(text: string, spans: readonly Span[] | null | undefined): Piece[] {
  const merged = mergeSpans(spans ?? []);
  const pieces: Piece[] = [];
  let unit = 0;
  let point = 0;
  const unitAt = (target: number): number => {
    while (point < target && unit < text.length) {
      unit += text.codePointAt(unit)! > 0xffff ? 2 : 1;
      point++;
    }
    return unit;
  };
  const add = (begin: number, end: number, marked: boolean): void => {
    if (begin < end) pieces.push({ text: text.slice(begin, end), marked });
  };
  let from = 0;
  for (const [begin, end] of merged) {
    const b = unitAt(begin);
    const e = unitAt(end);
    add(from, b, false);
    add(b, e, true);
    from = e;
  }
  add(from, text.length, false);
  return pieces;
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
