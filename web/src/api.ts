// The one door to the server. Each function is one request of the HTTP API; each failure is a
// `Problem` with a sentence for the person. Same origin only; the session travels in a cookie
// that scripts cannot read, and whatever changes something carries X-Carrel-Request.

import { t } from "./i18n";
import {
  Access, AskDone, AskSources, Chunk, Collection, Conversations, DocumentDetail,
  DocumentRow, DocumentVersion, Id, Job, KeptConversation, Me, SearchAnswer,
  Sentence, Span, Verdict,
} from "./types";
import { readEvents } from "./sse";

export class Problem extends Error {
  constructor(
    readonly status: number, readonly code: string, title: string,
    readonly detail: string, readonly requestId: string,
  ) {
    super(title);
  }
}

export const base = "/api/v1";
let signedOut: () => void = () => undefined;

// Called whenever the server says that nobody is signed in any more.
export function onSignedOut(handler: () => void): void {
  signedOut = handler;
}

interface Sending { json?: unknown; signal?: AbortSignal; accept?: string; quiet?: boolean }

export async function send(method: string, path: string, options: Sending = {}): Promise<Response> {
  const headers: Record<string, string> = { Accept: options.accept ?? "application/json" };
  if (method !== "GET") headers["X-Carrel-Request"] = "1";
  if (options.json !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(base + path, {
      method, headers, signal: options.signal, credentials: "same-origin", cache: "no-store", redirect: "error",
      body: options.json === undefined ? undefined : JSON.stringify(options.json),
    });
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem(0, "offline", t("error.offline"), t("error.offline_detail"), "");
  }
  if (response.ok) return response;
  const problem = problemFrom(response.status, await response.text().catch(() => ""));
  if (response.status === 401 && !options.quiet) signedOut();
  throw problem;
}

export function problemFrom(status: number, body: string): Problem {
  let fields: Record<string, unknown> = {};
  try {
    const parsed: unknown = JSON.parse(body);
    if (parsed !== null && typeof parsed === "object") fields = parsed as Record<string, unknown>;
  } catch {
    // Not problem+json: something between us and the server answered.
  }
  const text = (key: string): string => (typeof fields[key] === "string" ? (fields[key] as string) : "");
  return new Problem(status, text("code"), text("title") || t("error.status", { status }), text("detail"), text("request_id"));
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  return new Problem(0, "unexpected", t("error.unexpected"), "", "");
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await send("GET", path, { signal })).json() as Promise<T>;
}

export const part = (id: Id): string => encodeURIComponent(String(id));

export async function me(): Promise<Me> {
  return (await send("GET", "/me", { quiet: true })).json() as Promise<Me>;
}

export async function signIn(user: string, password: string): Promise<Me> {
  const response = await send("POST", "/session", { json: { user, password }, quiet: true });
  return ((await response.json()) as { user: Me }).user;
}

export async function signOut(): Promise<void> {
  await send("DELETE", "/session", { quiet: true });
}

export async function collections(): Promise<Collection[]> {
  return (await get<{ collections: Collection[] }>("/collections")).collections;
}

export async function search(query: string, filter: string, top: number, signal: AbortSignal): Promise<SearchAnswer> {
  const response = await send("POST", "/search", { json: { query, top, filter, facets: true }, signal });
  return (await response.json()) as SearchAnswer;
}

export async function suggestions(signal?: AbortSignal): Promise<string[]> {
  return (await get<{ suggestions: string[] }>("/suggestions", signal)).suggestions;
}

export interface Asking { question: string; conversation: Id; collections: string[]; asWritten: boolean }

export interface AskListener {
  sources(value: AskSources): void;
  sentence(value: Sentence): void;
  done(value: AskDone): void;
}

// Resolves after `done`; throws a Problem for an `error` event or a stream that ends too soon.
export async function ask(asking: Asking, listener: AskListener, signal: AbortSignal): Promise<void> {
  const json = {
    question: asking.question, conversation_id: asking.conversation, collections: asking.collections,
    as_written: asking.asWritten,
  };
  const response = await send("POST", "/ask", { json, signal, accept: "text/event-stream" });
  if (!response.body) throw asProblem(null);
  try {
    for await (const { event, data } of readEvents(response.body)) {
      if (event === "error") throw problemFrom(0, data);
      if (event === "sources") listener.sources(JSON.parse(data) as AskSources);
      else if (event === "sentence") listener.sentence(JSON.parse(data) as Sentence);
      else if (event === "done") {
        listener.done(JSON.parse(data) as AskDone);
        return;
      }
    }
  } catch (error) {
    if (error instanceof Problem || isAbort(error)) throw error;
    throw new Problem(0, "offline", t("error.cut_off"), t("error.offline_detail"), "");
  }
  throw new Problem(0, "cut_off", t("error.cut_off"), "", "");
}

export interface DocumentPage { documents: DocumentRow[]; next: string | null }

export function documents(
  filter: { collection: string; query: string; after: string }, signal: AbortSignal,
): Promise<DocumentPage> {
  const query = new URLSearchParams({ limit: "50" });
  for (const [key, value] of Object.entries(filter)) if (value) query.set(key, value);
  return get<DocumentPage>(`/documents?${query}`, signal);
}

export function documentDetail(id: Id, signal?: AbortSignal): Promise<DocumentDetail> {
  return get<DocumentDetail>(`/documents/${part(id)}`, signal);
}

// The passages of a page, or of the whole document: from the ordinal `from` on, or, where that is
// null, from where `chunk` is among them. `next` is the `from` of those that follow.
export function documentChunks(
  id: Id, at: { page: number | null; chunk: Id | null; from: number | null }, signal?: AbortSignal,
): Promise<{ chunks: Chunk[]; next: number | null }> {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(at)) if (value !== null) query.set(key, String(value));
  return get(`/documents/${part(id)}/chunks?${query}`, signal);
}

export interface AroundChunk { text: string; highlights: Span[]; section: string | string[] | null }

export function documentText(id: Id, chunk: Id, signal?: AbortSignal): Promise<AroundChunk> {
  return get<AroundChunk>(`/documents/${part(id)}/text?chunk=${part(chunk)}`, signal);
}

export function pageImageUrl(id: Id, page: number, chunk: Id | null): string {
  return `${base}/documents/${part(id)}/pages/${page}/image${chunk === null ? "" : `?chunk=${part(chunk)}`}`;
}

export function originalUrl(id: Id): string {
  return `${base}/documents/${part(id)}/original`;
}

export async function deleteDocument(id: Id): Promise<void> {
  await send("DELETE", `/documents/${part(id)}`);
}

export async function setAccess(id: Id, access: Access): Promise<void> {
  await send("PUT", `/documents/${part(id)}/access`, { json: access });
}

export async function documentVersions(id: Id, signal?: AbortSignal): Promise<DocumentVersion[]> {
  return (await get<{ versions: DocumentVersion[] }>(`/documents/${part(id)}/versions`, signal)).versions;
}

// --- one's own conversations and what one thinks of answers

export function conversations(signal?: AbortSignal): Promise<Conversations> {
  return get<Conversations>("/conversations", signal);
}

export function keptConversation(id: Id, signal?: AbortSignal): Promise<KeptConversation> {
  return get<KeptConversation>(`/conversations/${part(id)}`, signal);
}

export async function renameConversation(id: Id, title: string): Promise<void> {
  await send("PUT", `/conversations/${part(id)}`, { json: { title } });
}

export async function deleteConversation(id: Id): Promise<void> {
  await send("DELETE", `/conversations/${part(id)}`);
}

export async function deleteConversations(): Promise<void> {
  await send("DELETE", "/conversations");
}

export async function giveFeedback(message: Id, verdict: Verdict | "", reason: string, comment: string): Promise<void> {
  await send("POST", "/feedback", { json: { message_id: message, verdict, reason, comment } });
}

export function job(id: Id): Promise<Job> {
  return get<Job>(`/jobs/${part(id)}`);
}

export async function cancelJob(id: Id): Promise<void> {
  await send("DELETE", `/jobs/${part(id)}`);
}

export interface UploadTarget { collection: string; label: string; allow: string[] }

// XMLHttpRequest, because fetch cannot tell how much has been sent. Resolves to the job's id.
export function upload(file: File, target: UploadTarget, onSent: (share: number) => void): Promise<Id> {
  const query = new URLSearchParams({ name: file.name, collection: target.collection });
  if (target.label) query.set("label", target.label);
  for (const principal of target.allow) query.append("allow", principal);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", `${base}/documents?${query}`);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("X-Carrel-Request", "1");
    request.upload.onprogress = (event) => {
      if (event.lengthComputable && event.total > 0) onSent(event.loaded / event.total);
    };
    request.onerror = () => reject(new Problem(0, "offline", t("error.not_sent"), t("error.not_sent_detail"), ""));
    request.onload = () => {
      if (request.status === 401) signedOut();
      if (request.status < 200 || request.status > 299) {
        reject(problemFrom(request.status, request.responseText));
        return;
      }
      try {
        resolve((JSON.parse(request.responseText) as { job_id: Id }).job_id);
      } catch {
        reject(asProblem(null));
      }
    };
    request.send(file);
  });
}
