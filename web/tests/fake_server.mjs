// For developing the UI only: a small server with canned answers. It serves OUTDIR with the
// real content policy and imitates the HTTP API closely enough to look at every screen. It
// checks no password, keeps nothing and proves nothing about the product.
//
//   node fake_server.mjs OUTDIR [PORT]

import { once } from "node:events";
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { documents, chunkText, findHits, pagePng } from "./fake_library.mjs";
import { canned } from "./fake_account.mjs";

const [outdir, port = "8090"] = process.argv.slice(2);
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
  + "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
const types = { "app.js": "text/javascript", "app.css": "text/css", "favicon.svg": "image/svg+xml" };
const sessions = new Set();
const jobs = new Map();
const refused = new Set(); // uploads that found the server busy once
let next = 100;

const person = {
  name: "ana", display_name: "Ana Richter", roles: ["editor"], groups: ["finance", "works-council"], clearance: "confidential",
  actions: ["search", "ask", "read_original", "upload", "manage_collection", "administer", "audit"], labels: ["public", "internal", "confidential"],
};

const json = (res, status, value) => {
  res.writeHead(status, { "Content-Type": status < 400 ? "application/json" : "application/problem+json" });
  res.end(value === undefined ? "" : JSON.stringify(value));
};
const problem = (res, status, code, title, detail = "") => json(res, status, { title, detail, code, request_id: "r-" + next++ });
const body = async (req) => {
  const pieces = [];
  for await (const piece of req) pieces.push(piece);
  return Buffer.concat(pieces);
};
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const detailOf = (d) => ({
  ...d, text: undefined, access: d.may_manage ? d.access : undefined, language: "en", author: "Facilities",
  page_count: d.pages, has_pages: d.mime_type === "application/pdf",
});

async function ask(req, res) {
  const { question } = JSON.parse((await body(req)).toString());
  if (/teapot/i.test(question)) return problem(res, 503, "unavailable", "The answer engine cannot serve now", "Try again in a minute.");
  res.writeHead(200, { "Content-Type": "text/event-stream" });
  const send = (event, data) => res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  let open = true;
  res.on("close", () => { open = false; });
  await sleep(300);
  const sources = findHits(question, 6).map((hit, i) => ({ ...hit, n: i + 1 }));
  const abstained = /moon/i.test(question) || sources.length === 0;
  const meant = /^and /i.test(question) ? `What about ${question.slice(4)}` : question;
  send("sources", { searched_for: meant, sources: abstained ? [] : sources });
  await sleep(500);
  const sentences = abstained ? [] : sources.slice(0, 3).map((s, i) => ({
    text: s.text.split(/(?<=\.)\s/)[0], citations: i === 1 ? [1, s.n] : [s.n],
  }));
  for (const sentence of sentences) {
    if (!open) return;
    send("sentence", sentence);
    await sleep(350);
    if (/never come to the end/i.test(question)) await once(res, "close");
  }
  const cited = [...new Set(sentences.flatMap((s) => s.citations))];
  send("done", {
    answer: sentences.map((s) => s.text).join(" "), abstained, engine: "extractive", usage: {}, searched_for: meant,
    suggestions: ["What does Travel policy 2026 say about Receipts?"], message_id: next++,
    citations: sources.filter((s) => cited.includes(s.n)).map((s) => ({ ...s, quote: s.text.slice(0, 120) })),
  });
  res.end();
}

async function upload(req, res, url) {
  const bytes = await body(req);
  const name = url.searchParams.get("name");
  if (/^busy/.test(name) && !refused.has(name)) {
    refused.add(name);
    return problem(res, 503, "busy", "The server is busy with other requests");
  }
  const id = String(next++);
  const failures = bytes.length === 0 ? [{ path: name, reason: "The file is empty." }] : [];
  jobs.set(id, { looks: 0, failures });
  if (failures.length === 0) {
    const now = new Date().toISOString();
    documents.unshift({
      document_id: "d" + id, title: name, uri: "upload:" + name, external_id: "", mime_type: "text/plain",
      collection: url.searchParams.get("collection"), label: url.searchParams.get("label"), owner: person.name, version: 1,
      pages: 0, chunks: 1, bytes: bytes.length, state: "visible", created_at: now, updated_at: now, may_manage: true,
      access: { allow: url.searchParams.getAll("allow"), deny: [], label: url.searchParams.get("label") }, text: [bytes.toString()],
    });
  }
  json(res, 202, { job_id: id });
}

// A job is a stage further each time it is asked about.
function jobState(id) {
  const job = jobs.get(id);
  const { failures } = job;
  const step = job.looks++;
  const stages = ["reading", "storing"];
  if (step === 0) return { job_id: id, state: "queued", stage: "", done: 0, total: 1, result: null };
  if (step <= stages.length) return { job_id: id, state: "running", stage: stages[step - 1], done: step, total: stages.length, result: null };
  const failed = failures.length;
  return { job_id: id, state: "done", stage: "", done: 1, total: 1, result: { added: 1 - failed, updated: 0, unchanged: 0, failed, failures } };
}

function listDocuments(res, url) {
  const query = (url.searchParams.get("query") ?? "").toLowerCase();
  const collection = url.searchParams.get("collection") ?? "";
  const all = documents.filter((d) => d.title.toLowerCase().includes(query) && (!collection || d.collection === collection));
  const from = Number(url.searchParams.get("after") ?? 0);
  const limit = 12;
  json(res, 200, {
    documents: all.slice(from, from + limit).map((d) => ({ ...d, text: undefined, access: undefined })),
    next: from + limit < all.length ? String(from + limit) : null,
  });
}

async function oneDocument(req, res, url, id, rest) {
  const at = documents.findIndex((d) => d.document_id === id);
  if (at < 0) return problem(res, 404, "not_found", "There is no such document");
  const document = documents[at];
  if (rest === "" && req.method === "DELETE") {
    documents.splice(at, 1);
    return json(res, 204);
  }
  if (rest === "") return json(res, 200, detailOf(document));
  if (rest === "/access") {
    document.access = JSON.parse((await body(req)).toString());
    document.label = document.access.label;
    return json(res, 200, document.access);
  }
  if (rest === "/chunks") {
    const page = url.searchParams.get("page");
    return json(res, 200, { chunks: chunkText(document).filter((c) => page === null || c.page === Number(page)), next: null });
  }
  if (rest === "/text") {
    const chunk = chunkText(document).find((c) => c.chunk_id === url.searchParams.get("chunk"));
    const before = "Earlier text of the document stands here, so that the passage can be read in its place.\n\n";
    const text = before + (chunk?.text ?? "") + "\n\nAnd the document goes on after it.";
    return json(res, 200, { text, highlights: [[before.length, before.length + [...(chunk?.text ?? "")].length]], section: "" });
  }
  if (rest === "/original") {
    res.writeHead(200, { "Content-Type": "application/octet-stream", "Content-Disposition": "attachment; filename=original" });
    return res.end(document.text.join("\n"));
  }
  const page = /^\/pages\/(\d+)\/image$/.exec(rest);
  if (page && document.mime_type === "application/pdf") {
    await sleep(200);
    res.writeHead(200, { "Content-Type": "image/png" });
    return res.end(pagePng(Number(page[1]), url.searchParams.has("chunk")));
  }
  return problem(res, 404, "not_found", "There is nothing here");
}

async function api(req, res, url) {
  const path = url.pathname.slice("/api/v1".length);
  const cookie = /carrel=(\w+)/.exec(req.headers.cookie ?? "")?.[1];
  if (req.method !== "GET" && req.headers["x-carrel-request"] !== "1") return problem(res, 403, "denied", "Header missing");
  if (path === "/session" && req.method === "POST") {
    const { password } = JSON.parse((await body(req)).toString());
    await sleep(200);
    if (password === "wrong") return problem(res, 401, "denied", "Sign-in refused");
    const token = "t" + next++;
    sessions.add(token);
    res.setHeader("Set-Cookie", `carrel=${token}; HttpOnly; SameSite=Strict; Path=/`);
    return json(res, 200, { user: person });
  }
  if (!cookie || !sessions.has(cookie)) return problem(res, 401, "denied", "Sign in first");
  if (path === "/session") {
    sessions.delete(cookie);
    return json(res, 204);
  }
  if (path === "/me") return json(res, 200, person);
  const fixed = req.method === "GET" ? canned(path, person, documents) : undefined;
  if (fixed !== undefined) return json(res, 200, fixed);
  if (path === "/feedback" || path === "/memberships" || path.startsWith("/conversations/")) return json(res, 204);
  if (path === "/audit/verification") return json(res, 200, { ok: true, records: 144, against_exported_head: false, findings: [] });
  if (path === "/collections") {
    const names = [...new Set(documents.map((d) => d.collection))];
    return json(res, 200, { collections: names.map((name) => ({ name, documents: documents.filter((d) => d.collection === name).length })) });
  }
  if (path === "/search") {
    const { query, top } = JSON.parse((await body(req)).toString());
    await sleep(150);
    const hits = findHits(query, top);
    const count = (name) => [...new Set(hits.map((h) => h[name]))].map((value) => ({ value, documents: hits.filter((h) => h[name] === value).length }));
    return json(res, 200, { query, hits, facets: { collection: count("collection"), label: count("label"), type: count("mime_type") } });
  }
  if (path === "/ask") return ask(req, res);
  if (path === "/documents") return req.method === "POST" ? upload(req, res, url) : listDocuments(res, url);
  const job = /^\/jobs\/(\w+)$/.exec(path);
  if (job && jobs.has(job[1])) return json(res, 200, jobState(job[1]));
  const document = /^\/documents\/(\w+)(\/.*)?$/.exec(path);
  if (document) return oneDocument(req, res, url, document[1], document[2] ?? "");
  return problem(res, 404, "not_found", "There is nothing here");
}

createServer(async (req, res) => {
  const url = new URL(req.url, "http://localhost");
  res.setHeader("Content-Security-Policy", policy);
  res.setHeader("X-Content-Type-Options", "nosniff");
  try {
    if (url.pathname.startsWith("/api/")) return await api(req, res, url);
    const name = url.pathname.slice(1);
    const file = name in types ? name : "index.html";
    res.setHeader("Content-Type", types[file] ?? "text/html; charset=utf-8");
    res.end(await readFile(join(outdir, file)));
  } catch (error) {
    if (!res.headersSent) problem(res, 500, "corrupt", String(error));
    else res.end();
  }
}).listen(Number(port), "127.0.0.1", () => console.log(`for development only: http://127.0.0.1:${port}/`));
