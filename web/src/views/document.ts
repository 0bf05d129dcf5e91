// One document: what is known about it, its pages or its text, and what one may do with it.
// The address carries page and chunk; turning pages keeps it up to date.

import * as api from "../api";
import { documentName, publicAddress, sectionText, withoutHeadings } from "../answer_text";
import { Child, h, replace } from "../dom";
import { formatBytes, formatDate, formatDateTime, formatNumber, t, tOr } from "../i18n";
import { icon } from "../icons";
import { personName } from "../principals";
import { prose } from "../prose";
import { documentHref, go, note } from "../router";
import { may } from "../session";
import { Chunk, DocumentDetail } from "../types";
import { View } from "../view";
import { PageViewer } from "../viewer";
import { button, labelBadge, notify, openDialog, problemNote, waiting, withBusy } from "../widgets";
import { openAccessDialog } from "./access_dialog";

export function documentView(id: string, query: URLSearchParams): View {
  const controller = new AbortController();
  const body = h("div", { class: "doc-page" }, waiting(t("docs.loading")));
  const element = h("div", { class: "document page" },
    h("p", { class: "back" }, h("a", { href: "/documents" }, icon("left"), t("doc.back"))), body);
  const chunk = query.get("chunk");
  const page = Math.max(1, Math.trunc(Number(query.get("page")) || 1));

  const load = async (): Promise<void> => {
    try {
      const detail = await api.documentDetail(id, controller.signal);
      document.title = `${documentName(detail)} – ${t("app.name")}`;
      const reload = (): void => void load();
      replace(body, head(detail, reload), h("div", { class: "doc-columns" },
        detail.has_pages ? pages(detail, page, chunk, controller.signal) : texts(detail, null, chunk, controller.signal),
        facts(detail)));
    } catch (error) {
      if (api.isAbort(error)) return;
      const gone = api.asProblem(error).status === 404;
      replace(body, gone ? notFound() : problemNote(error, () => void load()));
    }
  };
  void load();
  return { title: t("docs.title"), element, dispose: () => controller.abort() };
}

export function notFound(): HTMLElement {
  return h("div", { class: "empty" }, h("h1", {}, t("error.not_found")), h("p", { class: "quiet" }, t("error.not_found_detail")),
    h("p", {}, h("a", { class: "button button-plain", href: "/" }, h("span", {}, t("action.home")))));
}

function head(detail: DocumentDetail, reload: () => void): HTMLElement {
  return h("header", { class: "doc-head" },
    h("div", {}, h("h1", { dir: "auto" }, documentName(detail)),
      h("p", { class: "quiet", dir: "auto" }, detail.collection, " ", labelBadge(detail.label))),
    h("div", { class: "doc-actions" },
      may("read_original") && h("a", { class: "button button-plain", href: api.originalUrl(detail.document_id), download: true },
        icon("download"), h("span", {}, t("doc.download"))),
      detail.may_manage && button(t("doc.access"), () => openAccessDialog(detail, reload), { icon: "people" }),
      detail.may_manage && button(t("doc.delete"), () => confirmDelete(detail), { icon: "trash", kind: "danger" })));
}

function facts(detail: DocumentDetail): HTMLElement {
  const count = detail.page_count || detail.pages;
  const pairs: [string, string | Child[]][] = [
    [t("doc.owner"), personName(detail.owner)],
    [t("doc.author"), detail.author],
    [t("doc.pages"), count > 0 ? formatNumber(count) : ""],
    [t("doc.passages"), detail.chunks > 0 ? formatNumber(detail.chunks) : ""],
    [t("doc.size"), detail.bytes > 0 ? formatBytes(detail.bytes) : ""],
    [t("doc.type"), tOr(`type.${detail.mime_type}`, detail.mime_type)],
    [t("doc.language"), detail.language],
    [t("doc.version"), detail.version ? formatNumber(detail.version) : ""],
    [t("doc.created"), formatDate(detail.created_at)],
    [t("doc.updated"), formatDate(detail.updated_at)],
    [t("doc.external_id"), detail.external_id],
    [t("doc.uri"), publicAddress(detail.uri) ? breakable(publicAddress(detail.uri)) : ""],
    [t("access.allow"), detail.access ? detail.access.allow.join(", ") || t("access.none") : ""],
    [t("access.deny"), detail.access && detail.access.deny.length > 0 ? detail.access.deny.join(", ") : ""],
  ];
  return h("section", { class: "card facts", "aria-label": t("doc.details") },
    h("h2", { class: "overline" }, t("doc.details")),
    h("dl", {}, ...pairs.filter(([, value]) => value.length > 0).map(([name, value]) =>
      h("div", {}, h("dt", {}, name), h("dd", { dir: "auto" }, ...(typeof value === "string" ? [value] : value))))),
    detail.version > 1 && versions(detail));
}

// A path breaks between folders and at hyphens rather than within a word.
function breakable(path: string): Child[] {
  return (path.match(/[^/_-]*[/_-]?/g) ?? []).flatMap((piece) => [piece, h("wbr")]);
}

// Asked for only when they are looked at.
function versions(detail: DocumentDetail): HTMLElement {
  const body = h("div", {});
  return h("details", { class: "versions", ontoggle: (event: Event) => {
    if (!(event.target as HTMLDetailsElement).open || body.hasChildNodes()) return;
    api.documentVersions(detail.document_id).then((list) => replace(body, h("ol", { class: "rows rows-tight" }, ...list.map((v) =>
      h("li", { class: "activity" }, h("span", {}, t("doc.version_n", { n: v.version })), h("span", { class: "quiet small" }, formatDateTime(v.accepted_at)))))))
      .catch((error) => replace(body, problemNote(error)));
  } }, h("summary", {}, t("doc.versions")), body);
}

function pages(detail: DocumentDetail, start: number, chunk: string | null, signal: AbortSignal): HTMLElement {
  const id = detail.document_id;
  const total = detail.page_count || detail.pages;
  const first = total > 0 ? Math.min(start, total) : start;
  const words = h("div", { class: "page-words" });
  const viewer = new PageViewer({
    id, title: documentName(detail), page: first, chunk, chunkPage: first,
    onTurn: (page) => {
      note(documentHref(id, page, page === first ? chunk : null), { replace: true });
      replace(words, texts(detail, page, page === first ? chunk : null, signal));
    },
  });
  viewer.setCount(total);
  replace(words, texts(detail, first, chunk, signal));
  return h("div", { class: "doc-main" }, viewer.element, words);
}

// The passages of a page, or of the whole document where it has no pages.
function texts(detail: DocumentDetail, page: number | null, chunk: string | null, signal: AbortSignal): HTMLElement {
  const host = h("section", { class: "doc-main doc-text", "aria-label": t(page === null ? "doc.text" : "doc.page_text") }, waiting(t("docs.loading")));
  let chunks: Chunk[] = [];
  const load = async (from: number | null): Promise<void> => {
    try {
      const found = await api.documentChunks(detail.document_id, { page, chunk, from }, signal);
      chunks = from === null || from === 0 ? found.chunks : chunks.concat(found.chunks);
      const next = found.next;
      const isBegun = page === null && (chunks[0]?.ordinal ?? 0) > 0;
      replace(host, page !== null && h("h2", { class: "overline" }, t("doc.page_text")),
        isBegun && h("p", { class: "more" }, button(t("doc.from_start"), () => void load(0))),
        ...(chunks.length > 0 ? passages(chunks, detail.title, chunk, page === null ? "h2" : "h3") : [h("p", { class: "quiet" }, t("doc.no_text"))]),
        next !== null && h("p", { class: "more" }, button(t("docs.more"), () => void load(next))));
      const cited = page === null && from === null ? host.querySelector(".is-cited") : null;
      cited?.scrollIntoView({ block: cited.getBoundingClientRect().height > innerHeight * 0.6 ? "start" : "center" });
    } catch (error) {
      if (!api.isAbort(error)) replace(host, problemNote(error, () => void load(from)));
    }
  };
  void load(null);
  return host;
}

function passages(chunks: Chunk[], title: string, cited: string | null, level: "h2" | "h3"): HTMLElement[] {
  let heading = "";
  return chunks.flatMap((chunk) => {
    const section = sectionText(chunk.section, title);
    const isCited = cited !== null && String(chunk.chunk_id) === cited;
    const out: HTMLElement[] = [];
    if (section !== heading && section !== "") out.push(h(level, { class: "passage-section", dir: "auto" }, section));
    heading = section;
    out.push(h("div", { class: isCited ? "passage is-cited" : "passage" },
      isCited && h("span", { class: "visually-hidden" }, t("doc.cited"), ": "),
      ...prose(withoutHeadings(chunk.text, chunk.section, title), [])));
    return out;
  });
}

function confirmDelete(detail: DocumentDetail): void {
  openDialog(t("doc.delete_title"), (close) => {
    const problems = h("div", {});
    const remove = button(t("doc.delete"), () => void withBusy(remove, problems, async () => {
      await api.deleteDocument(detail.document_id);
      close();
      go("/documents", { replace: true });
      notify(t("doc.deleted", { title: documentName(detail) }));
    }), { kind: "danger", icon: "trash" });
    return [h("p", { dir: "auto" }, t("doc.delete_body", { title: documentName(detail) })), problems,
      h("div", { class: "dialog-foot" }, button(t("action.cancel"), close), remove)];
  });
}
