// Reads the shape out of a document's plain text: headings, paragraphs and tables. Blocks are
// ranges in the text, in UTF-16 units, so that highlights still fall where they belong. Pure;
// whatever is not recognised stays a paragraph, and no words are lost.

export interface Range { begin: number; end: number }
export type Block =
  | { kind: "heading" | "paragraph"; range: Range }
  | { kind: "table"; head: Range[]; rows: Range[][] };

const heading_chars_max = 90;
const separator = " | ";

// Text between blank lines is a paragraph; lines with the same number of cells are a table.
export function blocksOf(text: string): Block[] {
  const out: Block[] = [];
  let lines: Range[] = [];
  const flush = (): void => {
    for (const run of runsOf(text, lines)) out.push(...blockOf(text, run));
    lines = [];
  };
  let begin = 0;
  while (begin <= text.length) {
    const newline = text.indexOf("\n", begin);
    const end = newline < 0 ? text.length : newline;
    if (text.slice(begin, end).trim() === "") flush();
    else lines.push({ begin, end });
    begin = end + 1;
  }
  flush();
  return out.map((block, i) => (block.kind === "heading" && i === out.length - 1 ? { ...block, kind: "paragraph" } : block));
}

// Cuts the lines of a paragraph where a table begins or ends.
function runsOf(text: string, lines: Range[]): Range[][] {
  const runs: Range[][] = [];
  let before = -1;
  for (const line of lines) {
    const cells = text.slice(line.begin, line.end).split(separator).length;
    if (before >= 0 && (cells === before || (cells === 1 && before === 1))) runs[runs.length - 1].push(line);
    else runs.push([line]);
    before = cells;
  }
  return runs;
}

function blockOf(text: string, lines: Range[]): Block[] {
  const range = { begin: lines[0].begin, end: lines[lines.length - 1].end };
  const rows = lines.map((line) => cellsOf(text, line));
  if (rows[0].length < 2 || rows.length < 2) {
    const words = text.slice(range.begin, range.end).trim();
    const short = lines.length === 1 && rows[0].length === 1 && words.length <= heading_chars_max;
    return [{ kind: short && /[\p{L}\p{N})?]$/u.test(words) ? "heading" : "paragraph", range }];
  }
  const [head, ...rest] = rows;
  return [{ kind: "table", head, rows: rest.map((cells) => withoutNames(text, cells, head)) }];
}

function cellsOf(text: string, line: Range): Range[] {
  const out: Range[] = [];
  let begin = line.begin;
  while (begin <= line.end) {
    const at = text.indexOf(separator, begin);
    const end = at < 0 || at >= line.end ? line.end : at;
    out.push({ begin, end });
    if (end === line.end) break;
    begin = end + separator.length;
  }
  return out;
}

// Rows of a CSV file repeat the column's name in each cell, "city: Leeds"; a table need not.
function withoutNames(text: string, cells: Range[], head: Range[]): Range[] {
  const names = head.map((cell) => text.slice(cell.begin, cell.end).trim() + ":");
  const named = cells.every((cell, i) => text.slice(cell.begin, cell.end).startsWith(names[i]));
  if (!named) return cells;
  return cells.map((cell, i) => {
    const spaces = /^\s*/.exec(text.slice(cell.begin + names[i].length, cell.end))![0].length;
    return { begin: cell.begin + names[i].length + spaces, end: cell.end };
  });
}
