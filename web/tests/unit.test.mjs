// Claims about the pure functions. web/check.sh bundles this file and runs it with node --test.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { test } from "node:test";
import { answerAsText, citedNumbers, documentName, publicAddress, sectionText, withoutHeadings } from "../src/answer_text";
import { blocksOf } from "../src/blocks";
import { findQuote, pieces, snippetAround, splitByHighlights, toUnits } from "../src/highlight";
import { de } from "../src/messages/de";
import { en } from "../src/messages/en";
import { parsePrincipal, wouldRead } from "../src/principals";
import { safeNext } from "../src/router";
import { SseParser } from "../src/sse";
import { exactly, filterOf } from "../src/views/facets";

const marked = (text, spans) => splitByHighlights(text, spans).map((p) => (p.marked ? `[${p.text}]` : p.text)).join("");

test("the script stays below 150 kB as it is sent", () => {
  const out = mkdtempSync(join(tmpdir(), "carrel-web-"));
  execFileSync("sh", [join(process.env.CARREL_WEB, "build.sh"), out]);
  const bytes = gzipSync(readFileSync(join(out, "app.js"))).length;
  rmSync(out, { recursive: true });
  assert.ok(bytes > 10_000 && bytes < 150_000, `${bytes} bytes`);
});

test("an event stream is read alike however it is cut", () => {
  const stream = "\ufeff: hello\r\nevent: sentence\r\ndata: {\"a\":1}\r\n\r\ndata: x\ndata:y\n\nevent:done\rdata:  z\r\rid: 3\n\nevent: lost\ndata: not ended";
  const expected = [
    { event: "sentence", data: "{\"a\":1}" }, { event: "message", data: "x\ny" }, { event: "done", data: " z" },
  ];
  for (let size = 1; size <= stream.length; size++) {
    const parser = new SseParser();
    const events = [];
    for (let i = 0; i < stream.length; i += size) events.push(...parser.push(stream.slice(i, i + size)));
    assert.deepEqual(events, expected, `pieces of ${size}`);
  }
});

test("a line without end is refused", () => {
  const parser = new SseParser();
  assert.throws(() => parser.push("data: " + "x".repeat(5 * 1024 * 1024)));
});

test("highlights count code points, not UTF-16 units", () => {
  assert.equal(marked("a🕐bc", [[2, 3]]), "a🕐[b]c");
  assert.equal(marked("🕐🕐", [[1, 2]]), "🕐[🕐]");
  assert.equal(marked("Straße", [[4, 5]]), "Stra[ß]e");
  assert.equal(marked("e\u0301x", [[2, 3]]), "e\u0301[x]");
});

test("odd spans never lose or repeat text", () => {
  const text = "one 🕐 two";
  for (const spans of [[[0, 99]], [[5, 2]], [[-3, 2]], [[4, 6], [0, 5]], [[99, 100]], [[1, 1]], [[NaN, 3]], null, undefined]) {
    assert.equal(splitByHighlights(text, spans).map((p) => p.text).join(""), text);
  }
  assert.equal(marked("abcdef", [[3, 5], [1, 4]]), "a[bcde]f");
});

test("a snippet shows the marks of a long text and keeps them in place", () => {
  const filler = "🕐 some other words ".repeat(60);
  const text = filler + "the lamp is green " + filler;
  const begin = [...filler].length + 4;
  const { text: short, spans } = snippetAround(text, [[begin, begin + 4], [begin + 8, begin + 13]], 200);
  assert.ok([...short].length <= 205 && short.startsWith("… ") && short.endsWith(" …"));
  assert.equal(splitByHighlights(short, spans).filter((p) => p.marked).map((p) => p.text).join(), "lamp,green");
  assert.deepEqual(snippetAround("short 🕐", [[0, 5]], 200), { text: "short 🕐", spans: [[0, 5]] });
  const end = snippetAround(text, [[[...text].length - 6, [...text].length - 1]], 200);
  assert.ok(end.text.endsWith("words ") && end.text.startsWith("… "));
  assert.ok(!snippetAround(text, [], 200).text.startsWith("…"));
  assert.ok([...snippetAround("x".repeat(1000), [[500, 600]], 200).text].length <= 205);
});

test("a copied answer carries its sources", () => {
  const sentences = [{ text: "Trips need approval. ", citations: [2, 1] }, { text: "Ask early.", citations: [] }];
  const sources = [
    { n: 1, document_id: "a", chunk_id: "1", title: "Travel", uri: "t", page: 4, section: ["3", "Approval"] },
    { n: 2, document_id: "b", chunk_id: "2", title: "Guide", uri: "g", page: null },
    { n: 3, document_id: "c", chunk_id: "3", title: "Unused", uri: "u", page: 1 },
  ];
  assert.equal(answerAsText("Who approves?", sentences, sources, "page"),
    "Who approves?\n\nTrips need approval. [2][1] Ask early.\n\n[1] Travel, page 4, 3 › Approval\n[2] Guide");
  assert.deepEqual(citedNumbers(sentences), [2, 1]);
  assert.equal(sectionText(null), "");
});

test("a section does not repeat the title, nor a text its headings", () => {
  assert.equal(sectionText("Leave policy > 1. Annual leave > Buying days", "Leave policy"), "1. Annual leave › Buying days");
  assert.equal(sectionText("Remote work > Money", "Remote work - Intranet"), "Money");
  assert.equal(sectionText("Leave policy", "Leave policy"), "");
  assert.equal(sectionText("Money", "Leaving"), "Money");
  assert.equal(withoutHeadings("Leave\n\nParental leave\n\nIt is sixteen weeks.", "Leave > Parental leave", "Leave"), "It is sixteen weeks.");
  assert.equal(withoutHeadings("Leave is long.", "Leave", "Leave"), "Leave is long.");
  assert.equal(withoutHeadings("Leave\n", "Leave", "Leave"), "Leave\n");
});

test("a document without a title is called by its file, and no path of the server is shown", () => {
  assert.equal(documentName({ title: "Plan", external_id: "a/plan.md", uri: "/srv/x/a/plan.md" }), "Plan");
  assert.equal(documentName({ title: "", external_id: "a/plan.md", uri: "/srv/x/a/plan.md" }), "a/plan.md");
  assert.equal(documentName({ title: "", uri: "/srv/x/a/plan.md" }), "plan.md");
  assert.equal(publicAddress("/srv/x/a/plan.md"), "");
  assert.equal(publicAddress("javascript:alert(1)"), "");
  assert.equal(publicAddress("https:/" + "/wiki.example/plan"), "https:/" + "/wiki.example/plan");
});

test("a quotation is found across line breaks, in code points", () => {
  assert.deepEqual(findQuote("🕐 The limit\nis EUR 5. More.", "The limit is EUR 5."), [2, 21]);
  assert.equal(findQuote("The limit", "the roof"), null);
  assert.equal(findQuote("The limit", "  "), null);
  assert.deepEqual(findQuote("a (b|c)+ d", "(b|c)+"), [2, 8]);
});

test("tables, headings and paragraphs are told apart, and no word is lost", () => {
  const shape = (text) => blocksOf(text).map((block) => block.kind === "table"
    ? [block.head, ...block.rows].map((row) => row.map(({ begin, end }) => text.slice(begin, end)))
    : `${block.kind}: ${text.slice(block.range.begin, block.range.end)}`);
  assert.deepEqual(shape("3. Hotels\n\nPlace | Limit\nOslo | EUR 195\n\nAsk first.\nThen go."),
    ["heading: 3. Hotels", [["Place", "Limit"], ["Oslo", "EUR 195"]], "paragraph: Ask first.\nThen go."]);
  assert.deepEqual(shape("name | city\nname: Ann | city: Ghent\nname: Bob | city:"), [[["name", "city"], ["Ann", "Ghent"], ["Bob", ""]]]);
  assert.deepEqual(shape("one | two"), ["paragraph: one | two"]);
  assert.deepEqual(shape("Only words"), ["paragraph: Only words"]);
  assert.deepEqual(shape("Intro:\na | b\nc | d\nend."), ["paragraph: Intro:", [["a", "b"], ["c", "d"]], "paragraph: end."]);
  assert.deepEqual(shape(""), []);
});

test("marks keep their place in a part of a text", () => {
  const text = "🕐 one | two | three";
  const units = toUnits(text, [[4, 10]]); // from the second letter of "one" into "two"
  assert.deepEqual(pieces(text, units, 3, 6).map((p) => [p.text, p.marked]), [["on", false], ["e", true]]);
  assert.deepEqual(pieces(text, units, 9, 12).map((p) => [p.text, p.marked]), [["tw", true], ["o", false]]);
  assert.deepEqual(pieces(text, units, 15, 20).map((p) => [p.text, p.marked]), [["three", false]]);
});

test("principals are read as people write them, and nothing else is", () => {
  assert.equal(parsePrincipal(" Everyone "), "everyone");
  assert.equal(parsePrincipal("GROUP: works council"), "group:works council");
  assert.equal(parsePrincipal("user:ana"), "user:ana");
  for (const wrong of ["", "ana", "user:", "users:ana", "team:x"]) assert.equal(parsePrincipal(wrong), null);
});

test("deny wins over allow in the warning, too", () => {
  const me = { name: "ana", groups: ["finance"], roles: ["editor"] };
  assert.equal(wouldRead(me, { allow: ["group:finance"], deny: [], label: "" }), true);
  assert.equal(wouldRead(me, { allow: ["everyone"], deny: ["user:ana"], label: "" }), false);
  assert.equal(wouldRead(me, { allow: [], deny: [], label: "" }), false);
});

test("signing in leads to our own routes only", () => {
  assert.equal(safeNext("/search?q=a"), "/search?q=a");
  for (const foreign of ["//foreign.invalid", "/\\foreign.invalid", "https://foreign.invalid", "javascript:1", "", null, "/sign-in?next=/", "/api/v1/me"]) {
    assert.equal(safeNext(foreign), "/");
  }
});

test("both languages have the same messages with the same places to fill", () => {
  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();
  for (const key of Object.keys(en)) assert.equal(places(de[key]), places(en[key]), key);
});

test("text reaches the contrast of WCAG AA on every surface, light and dark", () => {
  const css = readFileSync(join(process.env.CARREL_WEB, "src/styles/tokens.css"), "utf8");
  const blocks = css.split(/(?=:root)/).filter((block) => block.includes("--ink:"));
  assert.equal(blocks.length, 3);
  const pairs = [
    ...["paper", "surface", "sunken"].flatMap((on) => ["ink", "quiet", "accent", "danger"].map((of) => [of, on])),
    ["accent-ink", "accent"], ["accent", "accent-soft"], ["ink", "accent-soft"], ["quiet", "accent-soft"], ["mark-ink", "mark"],
    ["ink", "danger-soft"], ["danger", "danger-soft"], ["ink", "warning-soft"], ["quiet", "danger-soft"], ["paper", "ink"],
  ];
  for (const block of blocks) {
    const colour = Object.fromEntries([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1], m[2]]));
    for (const [of, on] of pairs) assert.ok(contrast(colour[of], colour[on]) >= 4.5, `${of} on ${on}: ${contrast(colour[of], colour[on])}`);
    for (const on of ["paper", "surface"]) assert.ok(contrast(colour.edge, colour[on]) >= 3, `edge on ${on}: ${contrast(colour.edge, colour[on])}`);
  }
});

test("no source makes markup from text, reaches outside, or outgrows a reader", () => {
  const walk = (folder) => readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
  const files = walk(join(process.env.CARREL_WEB, "src")).filter((path) => /\.(ts|css|html)$/.test(path));
  assert.ok(files.length > 30);
  for (const path of files) {
    const text = readFileSync(path, "utf8");
    assert.ok(text.split("\n").length <= 300, `${path} is longer than 300 lines`);
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function/, path);
    const addresses = text.replace("http://www.w3.org/2000/svg", "").match(/(https?:)?\/\/[a-z0-9-]+\.[a-z]/gi) ?? [];
    assert.deepEqual(addresses, [], path);
    if (path.endsWith(".ts")) assert.match(text, /^\/\/ [A-Z]/, `${path} does not say what it is for`);
    if (path.endsWith(".css")) assert.match(text, /^\/\* [A-Z]/, `${path} does not say what it is for`);
  }
});

// WCAG 2.2, relative luminance of sRGB.
function contrast(a, b) {
  const light = (hex) => {
    const [r, g, bl] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255)
      .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * bl;
  };
  const [x, y] = [light(a), light(b)].sort((p, q) => q - p);
  return (x + 0.05) / (y + 0.05);
}

test("what is chosen beside the results becomes a filter that the server reads", () => {
  assert.equal(filterOf({}), "");
  assert.equal(filterOf({ collection: "hr", year: "2024" }), "collection:hr after:2024 before:2025");
  assert.equal(filterOf({ collection: "annual reports", label: "internal" }), "collection:\"annual reports\" label:internal");
});

test("words that were read as others are asked for as they are, once", () => {
  const corrections = [{ written: "leeve", read_as: "leave" }, { written: "Über", read_as: "uber" }];
  assert.equal(exactly("Leeve policy, leeve!", corrections), "\"Leeve\" policy, \"leeve\"!");
  assert.equal(exactly("\"paid leeve\" über sleeves", corrections), "\"paid leeve\" \"über\" sleeves");
  assert.equal(exactly("leave", []), "leave");
});
